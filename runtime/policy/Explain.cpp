//===- Explain.cpp - A selection as JSON and as text -----------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The answer of `lz-policy explain`, whose keys other tools read. Appends to one string, since `--contexts` prints
// many.
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Selector.h"

#include <charconv>

namespace lzrt {
namespace {

void appendName(std::string &out, const Selector &selector, int kernel) {
  if (kernel < 0)
    out += "null";
  else
    appendJson(out, selector.kernels().kernels()[kernel].name);
}

void appendRule(std::string &out, int rule) {
  char digits[16];
  if (rule < 0)
    out += "null";
  else
    out.append(digits, std::to_chars(digits, std::end(digits), rule).ptr);
}

/// A name of this library's own, which needs no escapes.
void appendPlain(std::string &out, std::string_view name) { out.append(1, '"').append(name).append(1, '"'); }

void appendFailed(std::string &out, const std::vector<FailedCondition> &failed) {
  out += ", \"failed_conditions\": [";
  for (size_t i = 0; i < failed.size(); ++i) {
    out.append(i ? ", {\"field\": \"" : "{\"field\": \"").append(failed[i].field);
    out.append("\", \"operator\": \"").append(failed[i].op);
    out.append("\", \"expected\": ").append(failed[i].expectedJson);
    out.append(", \"actual\": ").append(failed[i].actualJson).append("}");
  }
  out += "]";
}

void appendPathEntry(std::string &out, const PathEntry &entry) {
  out.append("{\"step\": \"").append(reasonName(entry.step)).append("\", \"kernel\": ");
  appendJson(out, entry.kernelName);
  out += ", \"rule\": ";
  appendRule(out, entry.rule);
  out.append(", \"result\": \"").append(resultName(entry.result)).append(1, '"');
  if (!entry.failed.empty())
    appendFailed(out, entry.failed);
  out += "}";
}

void appendCandidate(std::string &out, const Selector &selector, const Candidate &candidate) {
  out += "{\"kernel\": ";
  appendName(out, selector, candidate.kernel);
  out += ", \"reason\": ";
  appendPlain(out, reasonName(candidate.reason));
  out += ", \"rule\": ";
  appendRule(out, candidate.rule);
  out += ", \"conditions\": [";
  for (size_t i = 0; i < candidate.conditions.size(); ++i) {
    const OpenCondition &condition = candidate.conditions[i];
    out += i ? ", {\"field\": " : "{\"field\": ";
    appendPlain(out, condition.field);
    out += ", \"operator\": ";
    appendPlain(out, condition.op);
    out.append(", \"value\": ").append(condition.valueJson).append("}");
  }
  out += candidate.panic ? "], \"panic\": true}" : "]}";
}

template <typename T, typename Append> void appendList(std::string &out, const std::vector<T> &list, Append append) {
  out += "[";
  for (size_t i = 0; i < list.size(); ++i) {
    out += i ? ", " : "";
    append(list[i]);
  }
  out += "]";
}

std::string kernelText(const Selector &selector, int kernel) {
  return kernel < 0 ? "error" : "`" + selector.kernels().kernels()[kernel].name + "`";
}

std::string stepText(Reason step, int rule) {
  std::string text(reasonName(step));
  return rule < 0 ? text : text + " " + std::to_string(rule);
}

std::string pathText(const PathEntry &entry) {
  std::string text = "  " + stepText(entry.step, entry.rule) + ": `" + entry.kernelName + "` " +
                     std::string(resultName(entry.result)) + "\n";
  for (const FailedCondition &failed : entry.failed)
    text += "    " + failed.field + " " + failed.op + " " + failed.expectedJson + ", got " + failed.actualJson + "\n";
  return text;
}

std::string candidateText(const Selector &selector, const Candidate &candidate) {
  std::string text = "  " + kernelText(selector, candidate.kernel) + " (" + stepText(candidate.reason, candidate.rule) +
                     ")" + (candidate.panic ? " by panic" : "");
  for (size_t i = 0; i < candidate.conditions.size(); ++i) {
    const OpenCondition &condition = candidate.conditions[i];
    text += (i ? " and " : " if ") + condition.field + " " + condition.op + " " + condition.valueJson;
  }
  return text + "\n";
}

} // namespace

std::string explainJson(const Selector &selector, Operation operation, const Selection &selection) {
  std::string out;
  out.reserve(256 + 320 * (selection.path.size() + selection.candidates.size()));
  out += "{\"operation\": ";
  appendPlain(out, operationName(operation));
  out += ", \"policy_digest\": ";
  appendPlain(out, selector.policyDigest());
  out += ", \"selected_kernel\": ";
  appendName(out, selector, selection.kernel());
  out += ", \"reason\": ";
  appendPlain(out, reasonName(selection.reason));
  out += ", \"rule\": ";
  appendRule(out, selection.rule);
  if (selection.panic)
    out += ", \"panic\": true";
  out += ", \"path\": ";
  appendList(out, selection.path, [&](const PathEntry &entry) { appendPathEntry(out, entry); });
  out += ", \"residual\": ";
  appendList(out, selection.candidates, [&](const Candidate &entry) { appendCandidate(out, selector, entry); });
  return out += "}";
}

std::string explainText(const Selector &selector, Operation operation, const Selection &selection) {
  std::string out = std::string(operationName(operation)) + ": ";
  if (selection.kernel() >= 0)
    out += kernelText(selector, selection.kernel()) + ", ";
  out += stepText(selection.reason, selection.rule) + (selection.panic ? " by panic" : "") + "\npath:\n";
  for (const PathEntry &entry : selection.path)
    out += pathText(entry);
  bool isOpen = !selection.candidates.empty() && !selection.candidates.front().conditions.empty();
  if (isOpen)
    out += "residual, the first that holds:\n";
  for (size_t i = 0; isOpen && i < selection.candidates.size(); ++i)
    out += candidateText(selector, selection.candidates[i]);
  return out;
}

} // namespace lzrt
