//===- Protocol.cpp - Requests and replies as JSON -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A request is read as JSON events: it is two levels deep at most, so no tree is built and duplicate keys are seen.
//
//===----------------------------------------------------------------------===//
#include "Protocol.h"

#include "Json.h"

#include <algorithm>

namespace lzrt {
namespace {

constexpr std::array<std::string_view, parameterCount> parameterNames = {"subject", "context", "mode",     "format",
                                                                         "kernel",  "device",  "operation"};

/// The members of one object of strings.
class Members : public nlohmann::json_sax<nlohmann::json> {
public:
  std::string error;
  std::vector<std::pair<std::string, std::string>> list;

  /// Null where the object has no such member.
  const std::string *find(std::string_view key) const {
    auto found = std::find_if(list.begin(), list.end(), [&](const auto &member) { return member.first == key; });
    return found == list.end() ? nullptr : &found->second;
  }

  bool null() override { return notString(); }
  bool boolean(bool) override { return notString(); }
  bool number_integer(number_integer_t) override { return notString(); }
  bool number_unsigned(number_unsigned_t) override { return notString(); }
  bool number_float(number_float_t, const string_t &) override { return notString(); }
  bool binary(binary_t &) override { return notString(); }
  bool string(string_t &text) override {
    if (!isOpen)
      return notString();
    list.emplace_back(std::move(name), std::move(text));
    return true;
  }
  bool start_object(std::size_t) override {
    if (isOpen)
      return notString();
    return isOpen = true;
  }
  bool key(string_t &text) override {
    if (find(text))
      return fail("`" + text + "` is given twice");
    if (list.size() == most)
      return fail("a request has at most " + std::to_string(most) + " members");
    name = std::move(text);
    return true;
  }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return notString(); }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string &, const nlohmann::detail::exception &) override {
    return fail("not valid JSON at byte " + std::to_string(position));
  }

private:
  static constexpr size_t most = 16;

  bool fail(std::string message) {
    error = std::move(message);
    return false;
  }
  bool notString() { return fail(isOpen ? "`" + name + "` must be a string" : "a request must be an object"); }

  std::string name;
  bool isOpen = false;
};

std::string flawOfProtocol(const Members &members) {
  const std::string *protocol = members.find("protocol");
  if (!protocol)
    return "`protocol` is missing, expected `" + std::string(controlProtocol) + "`";
  if (*protocol != controlProtocol)
    return "this process speaks `" + std::string(controlProtocol) + "`, got `" + *protocol + "`";
  return "";
}

std::string unknownMember(const std::string &key) {
  std::vector<std::string> known(parameterNames.begin(), parameterNames.end());
  std::string near = nearest(key, known);
  return "unknown member `" + key + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?");
}

} // namespace

std::string_view parameterName(Parameter parameter) { return parameterNames[size_t(parameter)]; }

std::string parseRequest(std::string_view line, Request *out_request) {
  *out_request = Request();
  Members members;
  if (!nlohmann::json::sax_parse(line.begin(), line.end(), &members))
    return members.error;
  // The protocol first: another one may have other members.
  if (std::string flaw = flawOfProtocol(members); !flaw.empty())
    return flaw;
  for (auto &[key, value] : members.list) {
    auto parameter = std::find(parameterNames.begin(), parameterNames.end(), key);
    if (parameter != parameterNames.end())
      out_request->parameters[size_t(parameter - parameterNames.begin())] = std::move(value);
    else if (key == "command")
      out_request->command = std::move(value);
    else if (key != "protocol")
      return unknownMember(key);
  }
  return out_request->command.empty() ? "`command` is missing" : "";
}

std::string formatRequest(const Request &request) {
  Json json = {{"protocol", controlProtocol}, {"command", request.command}};
  for (size_t i = 0; i < parameterCount; ++i)
    if (request.parameters[i])
      json[std::string(parameterNames[i])] = *request.parameters[i];
  return lineOf(json);
}

std::string failureReply(std::string_view status, std::string_view error) {
  return lineOf({{"protocol", controlProtocol}, {"ok", false}, {"status", status}, {"error", error}}) + "\n";
}

} // namespace lzrt
