//===- Text.cpp - Results for people -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Text.h"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace lzctl {
namespace {

size_t widthOf(const std::string &text) {
  return size_t(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// Rows of cells, of which the first names the columns; numbers stand to the right.
class Table {
public:
  explicit Table(std::vector<std::string> names) { rows.push_back(std::move(names)); }
  void add(const std::vector<Json> &cells) {
    std::vector<std::string> row;
    isNumber.resize(cells.size());
    for (size_t i = 0; i < cells.size(); ++i) {
      isNumber[i] = isNumber[i] || cells[i].is_number();
      row.push_back(cellOf(cells[i]));
    }
    rows.push_back(std::move(row));
  }
  std::string text() const {
    std::vector<size_t> widths(rows.front().size());
    for (const std::vector<std::string> &row : rows)
      for (size_t i = 0; i < row.size(); ++i)
        widths[i] = std::max(widths[i], widthOf(row[i]));
    std::string out;
    for (const std::vector<std::string> &row : rows)
      out += line(row, widths);
    return out;
  }

  /// As one cell: "-" where there is nothing.
  static std::string cellOf(const Json &value) {
    if (value.is_null() || value.empty() || value == "")
      return "-";
    if (value.is_string()) {
      std::string text = printable(value.get<std::string>());
      std::replace(text.begin(), text.end(), '\n', ' ');
      return text;
    }
    if (value.is_boolean())
      return value.get<bool>() ? "yes" : "no";
    if (!value.is_array())
      return value.dump();
    std::string list;
    for (const Json &entry : value)
      list += (list.empty() ? "" : ", ") + cellOf(entry);
    return list;
  }

private:
  std::string line(const std::vector<std::string> &row, const std::vector<size_t> &widths) const {
    std::string out;
    for (size_t i = 0; i < row.size(); ++i) {
      std::string padding(widths[i] - widthOf(row[i]), ' ');
      bool toTheRight = i < isNumber.size() && isNumber[i];
      out += (i ? "  " : "") + (toTheRight ? padding + row[i] : row[i] + padding);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out + "\n";
  }

  std::vector<std::vector<std::string>> rows;
  std::vector<bool> isNumber;
};

std::string fixed(double number, const char *unit) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.1f %s", number, unit);
  return text;
}

/// The two largest units.
std::string duration(double seconds) {
  auto whole = int64_t(seconds);
  auto two = [](int64_t large, const char *unit, int64_t small, const char *smallUnit) {
    return std::to_string(large) + " " + unit + " " + std::to_string(small) + " " + smallUnit;
  };
  if (whole >= 86'400)
    return two(whole / 86'400, "d", whole % 86'400 / 3600, "h");
  if (whole >= 3600)
    return two(whole / 3600, "h", whole % 3600 / 60, "min");
  return whole >= 60 ? two(whole / 60, "min", whole % 60, "s") : fixed(seconds, "s");
}

std::string reloadText(const Json &reload) {
  auto count = [&](const char *key) { return std::to_string(reload.at(key).get<uint64_t>()); };
  return Table::cellOf(reload.at("state")) + "; " + count("total") + " done, " + count("failed") + " failed, " +
         count("rollbacks") + " rolled back; the last took " + fixed(reload.at("last_ms").get<double>(), "ms");
}

std::string statusText(const Json &status) {
  std::vector<std::pair<std::string, std::string>> lines;
  auto add = [&](const std::string &name, std::string value) { lines.emplace_back(name, std::move(value)); };
  auto cell = [&](const char *key) { return Table::cellOf(status.at(key)); };
  add("process",
      cell("pid") + ", LZ " + cell("version") + ", up " + duration(status.at("uptime_seconds").get<double>()));
  add("mode", cell("mode"));
  add("policy file", cell("policy_file"));
  add("config version", cell("config_version"));
  add("policy digest", cell("policy_digest"));
  add("selection digest", cell("selection_digest"));
  add("reload", reloadText(status.at("reload")));
  if (!status.at("reload").at("last_error").is_null())
    add("last error", Table::cellOf(status.at("reload").at("last_error")));
  add("sites", cell("sites"));
  add("kernels", cell("kernels"));
  add("calls", cell("calls") + ", " + cell("failures") + " failed");
  std::string out;
  for (const auto &[name, value] : lines)
    out += name + std::string(18 - name.size(), ' ') + value + "\n";
  return out;
}

std::string sitesText(const Json &sites) {
  Table table(
      {"SITE", "OPERATION", "MODE", "KERNEL", "REASON", "RULE", "CALLS", "FAILURES", "HITS", "MISSES", "FIRST"});
  for (const Json &site : sites)
    table.add({site.at("site"), site.at("operation"), site.at("mode"), site.at("kernels"), site.at("reason"),
               site.at("rule"), site.at("calls"), site.at("failures"), site.at("hits"), site.at("misses"),
               site.at("ran_first_choice")});
  return table.text();
}

std::string kernelsText(const Json &kernels) {
  Table table({"KERNEL", "PRIORITY", "LOADED", "DENIED", "VERSION", "LIBRARY", "OPERATIONS", "ALIASES"});
  for (const Json &kernel : kernels)
    table.add({kernel.at("kernel"), kernel.at("priority"), kernel.at("loaded"), kernel.at("denied"),
               kernel.at("version"), kernel.at("library"), kernel.at("operations"), kernel.at("aliases")});
  return table.text();
}

std::string breakersText(const Json &breakers) {
  Table table({"KERNEL", "DEVICE", "STATE", "GENERATION", "IN A ROW", "FAILURES", "RETRY"});
  for (const Json &breaker : breakers) {
    const Json &retry = breaker.at("retry_seconds");
    table.add({breaker.at("kernel"), breaker.at("device"), breaker.at("state"), breaker.at("generation"),
               breaker.at("failures_in_a_row"), breaker.at("charged_failures"),
               retry.is_null() ? Json() : Json(fixed(retry.get<double>(), "s"))});
  }
  return table.text();
}

} // namespace

std::string printable(const std::string &text) {
  std::string out = text.substr(0, text.find_last_not_of('\n') + 1);
  std::replace_if(out.begin(), out.end(), [](char c) { return (uint8_t(c) < 0x20 && c != '\n') || c == 0x7f; }, '?');
  return out;
}

std::string textOf(const std::string &command, const Json &result) {
  if (command == "status")
    return statusText(result);
  if (command == "sites")
    return sitesText(result);
  if (command == "kernels")
    return kernelsText(result);
  if (result.is_array()) // breakers, and the commands that force them
    return breakersText(result);
  return printable((command == "explain" ? result : result.at("message")).get<std::string>()) + "\n";
}

} // namespace lzctl
