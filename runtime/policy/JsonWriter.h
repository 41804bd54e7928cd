//===- JsonWriter.h - JSON on one line --------------------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The text of normal forms and digests. A space follows each colon, so that the text is YAML to any reader of YAML.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_POLICY_JSONWRITER_H
#define LZRT_POLICY_JSONWRITER_H

#include "lzrt/policy/Facts.h"

#include <string>
#include <string_view>

namespace lzrt {

/// Appends in document order; the caller nests begin and end rightly.
class JsonWriter {
public:
  void beginMap() { begin('{'); }
  void endMap() { end('}'); }
  void beginList() { begin('['); }
  void endList() { end(']'); }
  void key(std::string_view name) {
    separate();
    text += toJson(std::string(name)) + ": ";
    needsComma = false;
  }
  void raw(std::string_view json) {
    separate();
    text += json;
    needsComma = true;
  }
  void string(std::string_view value) { raw(toJson(std::string(value))); }
  void boolean(bool value) { raw(value ? "true" : "false"); }
  void integer(int64_t value) { raw(toJson(value)); }
  void number(double value) { raw(toJson(value)); }
  std::string take() { return std::move(text); }

private:
  void separate() {
    if (needsComma)
      text += ", ";
  }
  void begin(char bracket) {
    separate();
    text += bracket;
    needsComma = false;
  }
  void end(char bracket) {
    text += bracket;
    needsComma = true;
  }
  std::string text;
  bool needsComma = false;
};

} // namespace lzrt
#endif // LZRT_POLICY_JSONWRITER_H
