//===- ContextLine.cpp - One line of --contexts -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Read as JSON events: a line's shape is two levels, so no tree is built and duplicate keys are seen.
//
//===----------------------------------------------------------------------===//
#include "ContextLine.h"

#include <nlohmann/json.hpp>

namespace lzpolicy {
namespace {

using nlohmann::json;

/// Receives the events of one line; false stops the reader with `error` set.
class Handler : public nlohmann::json_sax<json> {
public:
  explicit Handler(ContextLine &line) : line(line) {}
  std::string error;
  bool hasOperation = false, hasContext = false;

  bool null() override { return value(std::nullopt); }
  bool boolean(bool truth) override { return value(lzrt::Value(truth)); }
  bool number_integer(number_integer_t number) override { return value(lzrt::Value(int64_t(number))); }
  bool number_unsigned(number_unsigned_t number) override {
    if (number > uint64_t(INT64_MAX))
      return fail("`" + name + "`: " + std::to_string(number) + " is beyond 64-bit integers");
    return value(lzrt::Value(int64_t(number)));
  }
  bool number_float(number_float_t number, const string_t &) override { return value(lzrt::Value(number)); }
  bool string(string_t &text) override { return value(lzrt::Value(std::move(text))); }
  bool binary(binary_t &) override { return fail("binary values are no JSON"); }

  bool start_object(std::size_t) override {
    if (depth == 1 && name == "context")
      hasContext = true;
    else if (depth != 0)
      return fail("`" + name + "` must not be an object");
    ++depth;
    return true;
  }
  bool key(string_t &text) override {
    name = std::move(text);
    if (depth != 1)
      return true;
    if (name != "operation" && name != "context")
      return fail("unknown key `" + name + "`, expected `operation` and `context`");
    bool again = name == "operation" ? hasOperation : hasContext;
    return !again || fail("`" + name + "` is given twice");
  }
  bool end_object() override {
    --depth;
    return true;
  }
  bool start_array(std::size_t) override {
    return fail(depth == 0 ? "expected an object, got a list" : "`" + name + "` must not be a list");
  }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string &, const nlohmann::detail::exception &) override {
    return fail("not valid JSON at byte " + std::to_string(position));
  }

private:
  bool fail(std::string message) {
    error = std::move(message);
    return false;
  }

  bool value(std::optional<lzrt::Value> given) {
    if (depth == 0)
      return fail("expected an object with `operation` and `context`");
    if (depth == 2)
      return fact(std::move(given));
    std::string *text = given ? std::get_if<std::string>(&*given) : nullptr;
    if (name != "operation" || !text)
      return fail(name == "operation" ? "`operation` must be a string" : "`context` must be an object");
    line.operation = std::move(*text);
    hasOperation = true;
    return true;
  }

  bool fact(std::optional<lzrt::Value> given) {
    if (name != "rollout_key") {
      line.facts.push_back({std::move(name), std::move(given)});
      return true;
    }
    std::string *text = given ? std::get_if<std::string>(&*given) : nullptr;
    if (!text)
      return fail("`rollout_key` must be a string");
    if (line.rolloutKey)
      return fail("`rollout_key` is given twice");
    line.rolloutKey = std::move(*text);
    return true;
  }

  ContextLine &line;
  std::string name;
  int depth = 0;
};

} // namespace

std::string parseContextLine(std::string_view text, ContextLine *out) {
  out->operation.clear();
  out->facts.clear();
  out->rolloutKey.reset();
  Handler handler(*out);
  if (!json::sax_parse(text.begin(), text.end(), &handler))
    return handler.error;
  if (!handler.hasOperation)
    return "`operation` is missing";
  return handler.hasContext ? "" : "`context` is missing";
}

} // namespace lzpolicy
