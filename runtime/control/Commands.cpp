//===- Commands.cpp - What each command does -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A command is a row of the table: its name, what it takes, and a function that asks the surface.
//
//===----------------------------------------------------------------------===//
#include "Protocol.h"

#include "Json.h"

#include <algorithm>

namespace lzrt {
namespace {

Status refuse(std::string message) { return Status::error(LZ_STATUS_INVALID_ARGUMENT, std::move(message)); }

std::string meant(const std::string &word, const std::vector<std::string> &known) {
  std::string near = nearest(word, known);
  return near.empty() ? "" : "; did you mean `" + near + "`?";
}

Status readMode(const std::string &text, Mode *out_mode) {
  static const std::vector<std::string> known = {"static", "config", "dynamic", "hot_reload", "auto"};
  std::optional<Mode> mode = findMode(text);
  if (!mode)
    return refuse("unknown mode `" + text + "`, expected static, config, dynamic, hot_reload or auto" +
                  meant(text, known));
  *out_mode = *mode;
  return Status();
}

Status status(ControlSurface &surface, const Request &, Json *out_result) {
  *out_result = toJson(surface.status());
  return Status();
}

template <auto list> Status listed(ControlSurface &surface, const Request &, Json *out_result) {
  *out_result = toJson((surface.*list)());
  return Status();
}

/// reload and rollback.
template <auto change> Status changed(ControlSurface &surface, const Request &, Json *out_result) {
  std::string message;
  Status done = (surface.*change)(&message);
  *out_result = Json::object({{"message", message}});
  return done;
}

Status findSubject(const ControlSurface &surface, const std::string &subject, std::optional<ExplainQuestion> *out) {
  if (std::optional<Operation> operation = findOperation(subject)) {
    out->emplace(*operation);
    return Status();
  }
  if (std::optional<Operation> operation = surface.operationOfSite(subject)) {
    out->emplace(*operation);
    (*out)->site = subject;
    return Status();
  }
  std::vector<std::string> operations;
  for (int i = 0; i < LZ_OP_COUNT; ++i)
    operations.emplace_back(operationName(Operation(i)));
  return Status::error(LZ_STATUS_NOT_FOUND,
                       "`" + subject + "` is neither an operation nor a site of this process, which `sites` lists" +
                           meant(subject, operations));
}

Status readFormat(const Request &request, ExplainFormat *out_format) {
  std::string text = request.get(Parameter::Format).value_or("json");
  if (text != "json" && text != "text")
    return refuse("unknown format `" + text + "`, expected json or text");
  *out_format = text == "json" ? ExplainFormat::Json : ExplainFormat::Text;
  return Status();
}

Status readQuestion(const ControlSurface &surface, const Request &request, std::optional<ExplainQuestion> *out) {
  if (Status found = findSubject(surface, *request.get(Parameter::Subject), out); !found.isOk())
    return found;
  ExplainQuestion &question = **out;
  if (const std::optional<std::string> &text = request.get(Parameter::Context))
    if (std::string flaw = parseFacts(*text, question.facts, &question.rolloutKey); !flaw.empty())
      return refuse("context: " + flaw);
  const std::optional<std::string> &mode = request.get(Parameter::Mode);
  return mode ? readMode(*mode, &question.mode) : Status();
}

Status explain(ControlSurface &surface, const Request &request, Json *out_result) {
  ExplainFormat format;
  if (Status read = readFormat(request, &format); !read.isOk())
    return read;
  std::optional<ExplainQuestion> question;
  if (Status read = readQuestion(surface, request, &question); !read.isOk())
    return read;
  std::string answer;
  if (Status explained = surface.explain(*question, format, &answer); !explained.isOk())
    return explained;
  *out_result = format == ExplainFormat::Text ? Json(answer) : Json::parse(answer, nullptr, false);
  return out_result->is_discarded() ? Status::error(LZ_STATUS_INTERNAL, "the explanation is no JSON") : Status();
}

template <Force action> Status force(ControlSurface &surface, const Request &request, Json *out_result) {
  std::vector<BreakerAnswer> breakers;
  std::string device = request.get(Parameter::Device).value_or("");
  Status forced = surface.force(*request.get(Parameter::Kernel), device, action, &breakers);
  *out_result = toJson(breakers);
  return forced;
}

Status readOperations(const std::string &text, Pattern *out_pattern) {
  constexpr size_t longest = 1024; // P2
  if (text.size() > longest)
    return refuse("a pattern has at most " + std::to_string(longest) + " bytes");
  if (std::string flaw = Glob::parse(text, &out_pattern->glob); !flaw.empty())
    return refuse("`" + text + "`: " + flaw);
  for (int i = 0; i < LZ_OP_COUNT; ++i)
    if (out_pattern->matchesOperation(Operation(i)))
      return Status();
  return Status::error(LZ_STATUS_NOT_FOUND, "`" + text + "` matches no operation");
}

Status setMode(ControlSurface &surface, const Request &request, Json *out_result) {
  Mode mode;
  if (Status read = readMode(*request.get(Parameter::Mode), &mode); !read.isOk())
    return read;
  std::optional<Pattern> operations;
  if (const std::optional<std::string> &text = request.get(Parameter::Operation))
    if (Status read = readOperations(*text, &operations.emplace()); !read.isOk())
      return read;
  std::string message;
  Status set = surface.setMode(operations, mode, &message);
  *out_result = Json::object({{"message", message}});
  return set;
}

using Parameters = std::vector<Parameter>;

struct Command {
  std::string_view name;
  Parameters needed, allowed;
  Status (*run)(ControlSurface &surface, const Request &request, Json *out_result);
};

const std::vector<Command> &commands() {
  using enum Parameter;
  static const std::vector<Command> table = {
      {"status", {}, {}, status},
      {"sites", {}, {}, listed<&ControlSurface::sites>},
      {"kernels", {}, {}, listed<&ControlSurface::kernels>},
      {"breakers", {}, {}, listed<&ControlSurface::breakers>},
      {"explain", {Subject}, {Context, Parameter::Mode, Format}, explain},
      {"reload", {}, {}, changed<&ControlSurface::reload>},
      {"rollback", {}, {}, changed<&ControlSurface::rollback>},
      {"force-open", {Parameter::Kernel}, {Device}, force<Force::Open>},
      {"force-close", {Parameter::Kernel}, {Device}, force<Force::Close>},
      {"reset", {Parameter::Kernel}, {Device}, force<Force::Reset>},
      {"mode", {Parameter::Mode}, {Parameter::Operation}, setMode},
  };
  return table;
}

const Command *findCommand(std::string_view name) {
  auto found =
      std::find_if(commands().begin(), commands().end(), [&](const Command &command) { return command.name == name; });
  return found == commands().end() ? nullptr : &*found;
}

std::string unknownCommand(const std::string &name) {
  std::vector<std::string> known;
  for (const Command &command : commands())
    known.emplace_back(command.name);
  return "unknown command `" + name + "`" + meant(name, known);
}

/// Each parameter that a command needs is there and not empty, and no other but those that it allows.
Status checkParameters(const Command &command, const Request &request) {
  auto has = [](const Parameters &list, Parameter parameter) {
    return std::find(list.begin(), list.end(), parameter) != list.end();
  };
  std::string name = "`" + std::string(command.name) + "`";
  for (size_t i = 0; i < parameterCount; ++i) {
    auto parameter = Parameter(i);
    std::string spelled = "`" + std::string(parameterName(parameter)) + "`";
    const std::optional<std::string> &given = request.get(parameter);
    if (has(command.needed, parameter) && (!given || given->empty()))
      return refuse(name + " needs " + spelled);
    if (given && !has(command.needed, parameter) && !has(command.allowed, parameter))
      return refuse(name + " takes no " + spelled);
  }
  return Status();
}

Status run(ControlSurface &surface, std::string_view line, Json *out_result) {
  Request request;
  if (std::string flaw = parseRequest(line, &request); !flaw.empty())
    return Status::error(LZ_STATUS_MALFORMED, flaw);
  const Command *command = findCommand(request.command);
  if (!command)
    return Status::error(LZ_STATUS_NOT_FOUND, unknownCommand(request.command));
  if (Status checked = checkParameters(*command, request); !checked.isOk())
    return checked;
  return command->run(surface, request, out_result);
}

} // namespace

std::string answerRequest(ControlSurface &surface, std::string_view line) {
  try {
    Json result;
    Status done = run(surface, line, &result);
    if (!done.isOk())
      return failureReply(statusText(done.code()), done.message());
    return lineOf({{"protocol", controlProtocol}, {"ok", true}, {"result", std::move(result)}}) + "\n";
  } catch (const std::exception &error) {
    return failureReply(statusText(LZ_STATUS_INTERNAL), error.what());
  }
}

} // namespace lzrt
