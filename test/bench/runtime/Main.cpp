//===- Main.cpp - lzrt-bench -----------------------------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints each figure beside its bar and yardstick. Exits with 0 whatever the times are: this machine's are no test.
// Only counts of instructions are, with --assert.
//
//===----------------------------------------------------------------------===//
#include "Bench.h"
#include "Instructions.h"

#include <cstdio>
#include <cstring>

using namespace bench;

namespace {

constexpr char usage[] = "usage: lzrt-bench [--list] [--only NAME]… [--json] [--smoke] [--static-call PATH]\n"
                         "       lzrt-bench --assert [--static-call PATH]\n"
                         "Measures the runtime and prints each figure beside its bar and what it is held against.\n"
                         "  --list       name the figures\n"
                         "  --only NAME  measure this figure alone; may be given several times\n"
                         "  --json       one object a row, in a list\n"
                         "  --smoke      a few iterations, whose times mean nothing\n"
                         "  --static-call PATH  the driver of compiled calls, for the figures of compiled code\n"
                         "  --assert     count instructions alone; 1 if more than before are needed, 77 without "
                         "valgrind\n"
                         "  --drive      make the calls that are counted, and nothing else\n";

struct Command {
  Options options;
  bool list = false, json = false, help = false, drive = false, assertCounts = false;
  std::vector<std::string_view> only;
};

bool isFigure(std::string_view name) {
  for (const Figure &figure : figures())
    if (figure.name == name)
      return true;
  return false;
}

/// The error, or "".
std::string parseCommand(int argc, char **argv, Command &command) {
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    if (word == "--list")
      command.list = true;
    else if (word == "--json")
      command.json = true;
    else if (word == "--smoke")
      command.options.smoke = true;
    else if (word == "--help")
      command.help = true;
    else if (word == "--drive")
      command.drive = true;
    else if (word == "--assert")
      command.assertCounts = true;
    else if (word == "--static-call" && i + 1 < argc)
      command.options.staticCall = argv[++i];
    else if (word == "--only" && i + 1 < argc && isFigure(argv[i + 1]))
      command.only.push_back(argv[++i]);
    else if (word == "--only")
      return "`--only` takes a name that `--list` prints";
    else
      return "unknown option `" + std::string(word) + "`";
  }
  return "";
}

bool isWanted(const Command &command, const Figure &figure) {
  bool wanted = command.only.empty();
  for (std::string_view name : command.only)
    wanted |= name == figure.name;
  return wanted;
}

void printText(const Figure &figure, const std::vector<Row> &rows) {
  std::printf("%.*s: %.*s\n", int(figure.name.size()), figure.name.data(), int(figure.what.size()), figure.what.data());
  for (const Row &row : rows) {
    if (!row.unavailable.empty()) {
      std::printf("  %-60s not measured: %s\n", row.name.c_str(), row.unavailable.c_str());
      continue;
    }
    std::printf("  %-60s %10.2f %-6s", row.name.c_str(), row.measured, row.unit.c_str());
    if (row.bar)
      std::printf("  bar %s %8.2f %s", row.isFloor ? ">=" : "<=", *row.bar, row.isMet() ? "met   " : "MISSED");
    else
      std::printf("  %22s", "");
    if (row.yardstickMeasured)
      std::printf("  %s: %.2f", row.yardstick.c_str(), *row.yardstickMeasured);
    std::printf("\n");
  }
}

bool isJudged(const Row &row) { return row.bar && row.unavailable.empty(); }

/// Names are the program's own, without anything to escape.
void printJson(const Figure &figure, const std::vector<Row> &rows, bool &isFirst) {
  auto number = [](std::optional<double> value) { return value ? std::to_string(*value) : std::string("null"); };
  for (const Row &row : rows) {
    std::printf(
        "%s\n  {\"figure\": \"%s\", \"name\": \"%s\", \"unit\": \"%s\", \"measured\": %s, \"bar\": %s, "
        "\"is_floor\": %s, \"met\": %s, \"yardstick\": \"%s\", \"yardstick_measured\": %s, \"unavailable\": \"%s\"}",
        isFirst ? "" : ",", std::string(figure.name).c_str(), row.name.c_str(), row.unit.c_str(),
        row.unavailable.empty() ? number(row.measured).c_str() : "null", number(row.bar).c_str(),
        row.isFloor ? "true" : "false", isJudged(row) ? (row.isMet() ? "true" : "false") : "null",
        row.yardstick.c_str(), number(row.yardstickMeasured).c_str(), row.unavailable.c_str());
    isFirst = false;
  }
}

/// A bar that is missed for a reason that the README gives has a gate in its place.
int assertCounts(const Options &options) {
  constexpr int skipped = 77;
  if (!hasCallgrind()) {
    std::printf("skipped: valgrind is not installed\n");
    return skipped;
  }
  bool holds = true;
  for (const Figure &figure : figures()) {
    if (figure.name != "instructions")
      continue;
    std::vector<Row> rows = figure.run(options);
    printText(figure, rows);
    for (const Row &row : rows)
      holds &= !isJudged(row) || (row.gate ? row.measured <= *row.gate : row.isMet());
  }
  return holds ? 0 : 1;
}

} // namespace

int main(int argc, char **argv) {
  Command command;
  if (std::string error = parseCommand(argc, argv, command); !error.empty()) {
    std::fprintf(stderr, "lzrt-bench: %s\n%s", error.c_str(), usage);
    return 2;
  }
  if (command.help) {
    std::fputs(usage, stdout);
    return 0;
  }
  if (command.drive) {
    driveCountedCalls();
    return 0;
  }
  if (command.assertCounts)
    return assertCounts(command.options);
  bool isFirst = true;
  if (command.json)
    std::printf("[");
  for (const Figure &figure : figures()) {
    if (!isWanted(command, figure))
      continue;
    if (command.list) {
      std::printf("%s\n", std::string(figure.name).c_str());
      continue;
    }
    std::vector<Row> rows = figure.run(command.options);
    command.json ? printJson(figure, rows, isFirst) : printText(figure, rows);
    std::fflush(stdout);
  }
  if (command.json)
    std::printf("\n]\n");
  return 0;
}
