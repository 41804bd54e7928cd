//===- Digest.cpp - policy_digest and selection_digest ----------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// P5. The operation schema enters as the text of its tables: any change of a row changes every selection_digest.
//
//===----------------------------------------------------------------------===//
#include "NormalForm.h"
#include "lzrt/policy/Reader.h"

#include <openssl/sha.h>

#include <algorithm>

namespace lzrt {
namespace {
std::string sha256(std::string_view text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char *>(text.data()), text.size(), digest);
  static constexpr char hex[] = "0123456789abcdef";
  std::string out;
  for (unsigned char byte : digest)
    out += {hex[byte >> 4], hex[byte & 15]};
  return out;
}

constexpr std::string_view schemaText =
#define LZ_X(id, name) "operation " #id " " name ";"
    LZ_OPERATIONS(LZ_X)
#undef LZ_X
#define LZ_X(alias, id) "alias " alias " " #id ";"
        LZ_OPERATION_ALIASES(LZ_X)
#undef LZ_X
#define LZ_X(id, name, type) "fact " #id " " name " " #type ";"
            LZ_FACTS(LZ_X)
#undef LZ_X
#define LZ_X(op, fact, source, a, b, completion, c)                                                                    \
  "row " #op " " #fact " " #source " " #a " " #b " " #completion " " #c ";"
                LZ_SCHEMA(LZ_X)
#undef LZ_X
#define LZ_X(op, slot, name, role) "argument " #op " " #slot " " name " " #role ";"
                    LZ_ARGUMENTS(LZ_X)
#undef LZ_X
    ;

/// The listed values (P4), which decide what a condition may say.
std::string listedText() {
  std::string text;
  for (FactType type : {LZ_TYPE_DTYPE, LZ_TYPE_LAYOUT, LZ_TYPE_ALIGNMENT, LZ_TYPE_PLATFORM, LZ_TYPE_KV_LAYOUT}) {
    for (std::string_view value : listedValues(type))
      text += std::string(value) + ",";
    text += ";";
  }
  return text;
}

const std::string &schemaDigest() {
  static const std::string digest = sha256(std::string(schemaText) + listedText());
  return digest;
}
} // namespace

std::string policyDigest(const Policy &policy) { return sha256(normalForm(policy)); }

std::string selectionDigest(const Policy &policy, const KernelSet &kernels) {
  JsonWriter json;
  json.beginMap();
  json.key("semantics");
  json.integer(semanticsVersion);
  json.key("schema");
  json.string(schemaDigest());
  json.key("fallback_policy");
  json.string(policy.fallbackPolicy.name);
  writeSelectionSections(json, policy);
  std::vector<const Kernel *> ordered;
  for (const Kernel &kernel : kernels.kernels())
    ordered.push_back(&kernel);
  std::sort(ordered.begin(), ordered.end(), [](const Kernel *a, const Kernel *b) { return a->name < b->name; });
  json.key("kernels");
  json.beginList();
  for (const Kernel *kernel : ordered)
    writeKernel(json, *kernel, false);
  json.endList();
  json.endMap();
  return sha256(json.take());
}

} // namespace lzrt
