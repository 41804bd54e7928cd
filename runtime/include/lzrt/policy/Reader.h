//===- Reader.h - YAML text to a validated policy or manifest, and back to the normal form -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The only door by which a policy or a manifest enters. Reads text, never a path, but for readFile.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_POLICY_READER_H
#define LZRT_POLICY_READER_H

#include "lzrt/abi/status.h"
#include "lzrt/policy/Policy.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lzrt {

/// The text of a regular file of at most P2's 1 MiB; an error in `diagnostics` otherwise.
std::optional<std::string> readFile(const std::string &path, Diagnostics &diagnostics);
/// Who may be able to write a file that is read. Who follows a file trusts whoever can.
enum class FileWriters : uint8_t { Any, OwnerOnly };
/// The same read. LZ_STATUS_NOT_FOUND where no file stands at the path, LZ_STATUS_MALFORMED for any other error, which
/// `*outError` names.
lz_status_t readFile(const std::string &path, FileWriters writers, std::string *out, std::string *outError);

/// Parses and validates a policy (P1..P6, C1..C3), reporting every error of the text. `environment` "" merges none; an
/// unknown one is an error with a suggestion. Null after an error. Lints of single constructs are left to lint().
std::shared_ptr<const Policy> parsePolicy(std::string_view text, const std::string &file,
                                          const std::string &environment, Diagnostics &diagnostics);
/// The policy that an empty document would be: no rules, every default.
std::shared_ptr<const Policy> emptyPolicy();

/// Parses and validates a kernel manifest. Nullopt after an error.
std::optional<Manifest> parseManifest(std::string_view text, const std::string &file, Diagnostics &diagnostics);
/// Parses what kernelsNormalForm wrote: the manifests of a compiled module, joined.
std::shared_ptr<const KernelSet> parseKernels(std::string_view text, const std::string &file, Diagnostics &diagnostics);

/// P5's normal form, as JSON that parsePolicy reads back to an equal policy with the same digest.
std::string normalForm(const Policy &policy);
/// The manifests' normal form, as JSON that parseKernels reads back.
std::string normalForm(const KernelSet &kernels);
/// P5: lower-case hex SHA-256.
std::string policyDigest(const Policy &policy);
std::string selectionDigest(const Policy &policy, const KernelSet &kernels);

/// Parses a condition of a compiled residual back: field, operator without underscore, JSON value. Returns the error,
/// or "".
std::string parseCondition(std::string_view field, std::string_view op, std::string_view valueJson, Condition *out);

} // namespace lzrt
#endif // LZRT_POLICY_READER_H
