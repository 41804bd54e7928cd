//===- Instructions.cpp - Counts of instructions by callgrind --------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Instructions.h"

#include "Figures.h"
#include "Live.h"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {
namespace {

/// A folder that goes with the object.
struct Folder {
  Folder() {
    char name[] = "/tmp/lzrt-bench-XXXXXX";
    if (!::mkdtemp(name))
      fail("no folder can be made in /tmp");
    path = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

/// In the child: its output goes to `writeEnd`, its errors nowhere.
[[noreturn]] void become(const std::vector<std::string> &program, int writeEnd) {
  std::vector<char *> words;
  for (const std::string &word : program)
    words.push_back(const_cast<char *>(word.c_str()));
  words.push_back(nullptr);
  ::dup2(writeEnd, STDOUT_FILENO);
  ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
  ::execvp(words[0], words.data());
  ::_exit(127);
}

/// What a dump of callgrind says of the whole.
std::optional<uint64_t> totalOf(const std::string &path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    for (const char *word : {"summary: ", "totals: "})
      if (line.starts_with(word))
        return std::stoull(line.substr(std::strlen(word)));
  return std::nullopt;
}

/// What the hits are called in the table, by function of CountedCalls.cpp; in the order of its marks, behind the plain
/// call.
struct CountedHit {
  const char *function, *name;
  std::optional<double> bar, gate;
};
const CountedHit countedHits[] = {
    {"lz_count_two", "hit, 2 open facts, telemetry and breaker", 40, std::nullopt},
    {"lz_count_none", "hit, 0 open facts, no telemetry", 0, 15},
    {"lz_count_none_counted", "hit, 0 open facts, telemetry and breaker", std::nullopt, std::nullopt},
    {"lz_count_four_entries", "hit, 2 open facts, the last of four entries", std::nullopt, std::nullopt},
};

Row unavailable(std::string name, std::optional<double> bar, std::string why) {
  Row row{std::move(name), "instr", 0, bar, "", std::nullopt};
  row.unavailable = std::move(why);
  return row;
}

/// One call of a function of the driver of compiled calls.
uint64_t countStatic(const Options &options, const std::string &function) {
  std::vector<uint64_t> counts = countInstructions({options.staticCall, std::to_string(countedCalls)}, {function});
  if (counts.empty() || counts[0] == 0)
    fail("callgrind did not count `" + function + "` of " + options.staticCall);
  return counts[0] / countedCalls;
}

/// Of compiled code: the function whose count is the figure, the one it is held against, and the bar.
struct CountedStatic {
  const char *name, *function, *control;
  double bar;
};
const CountedStatic countedStatics[] = {
    {"STATIC compiled call, beside the same C call", "compiled_norm", "twin_norm", 0},
    {"call block, 4 tensors with 2 open dims each", "compiled_attention", "prebuilt_attention", 28},
    {"the same with strides", "compiled_open", "prebuilt_attention", 48},
    {"CONFIG guard, 1 compare", "guarded_1", "guarded_0", 3},
    {"CONFIG guards, 2 compares", "guarded_2", "guarded_0", 5},
    {"CONFIG guards, 4 compares", "guarded_4", "guarded_0", 9},
    {"CONFIG guards, 8 compares", "guarded_8", "guarded_0", 17},
};

std::vector<Row> staticRows(const Options &options) {
  std::vector<Row> rows;
  for (const CountedStatic &counted : countedStatics) {
    if (options.staticCall.empty()) {
      rows.push_back(unavailable(counted.name, counted.bar, needsCompiler));
      continue;
    }
    uint64_t control = countStatic(options, counted.control);
    rows.push_back({counted.name, "instr", double(countStatic(options, counted.function)) - double(control),
                    counted.bar, std::string(counted.control), double(control)});
  }
  return rows;
}

} // namespace

std::optional<std::string> outputOf(const std::vector<std::string> &program) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return std::nullopt;
  pid_t child = ::fork();
  if (child == 0)
    become(program, ends[1]);
  ::close(ends[1]);
  std::string output;
  char part[4096];
  for (ssize_t size; child > 0 && (size = ::read(ends[0], part, sizeof part)) > 0;)
    output.append(part, size_t(size));
  ::close(ends[0]);
  int status = -1;
  if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0)
    return std::nullopt;
  return output;
}

bool hasCallgrind() {
  static const bool has = outputOf({"valgrind", "--version"}).has_value();
  return has;
}

std::vector<uint64_t> countInstructions(const std::vector<std::string> &program,
                                        const std::vector<std::string> &functions, const std::string &mark) {
  Folder folder;
  const std::string out = folder.path + "/out";
  std::vector<std::string> command = {"valgrind", "--tool=callgrind", "--callgrind-out-file=" + out,
                                      "--collect-atstart=no"};
  for (const std::string &function : functions)
    command.push_back("--toggle-collect=" + function);
  if (!mark.empty())
    command.push_back("--dump-after=" + mark);
  command.insert(command.end(), program.begin(), program.end());
  std::vector<uint64_t> counts;
  if (!outputOf(command))
    return counts;
  if (mark.empty()) {
    if (std::optional<uint64_t> total = totalOf(out))
      counts.push_back(*total);
    return counts;
  }
  for (unsigned i = 1; std::optional<uint64_t> total = totalOf(out + "." + std::to_string(i)); ++i)
    counts.push_back(*total);
  return counts;
}

std::vector<Row> instructions(const Options &options) {
  std::vector<Row> rows;
  if (options.smoke) {
    driveCountedCalls();
    return rows;
  }
  if (!hasCallgrind()) {
    rows.push_back(unavailable("instructions beyond a plain indirect call", std::nullopt, "valgrind is not installed"));
    return rows;
  }
  rows = staticRows(options);
  std::vector<std::string> functions = {"lz_count_plain"};
  for (const CountedHit &hit : countedHits)
    functions.push_back(hit.function);
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  std::vector<uint64_t> counts = countInstructions({self, "--drive"}, functions, "lz_count_mark");
  if (counts.size() < functions.size())
    fail("callgrind did not count the hits");
  const double plain = double(counts[0]) / countedCalls;
  for (size_t i = 0; i < std::size(countedHits); ++i) {
    const CountedHit &hit = countedHits[i];
    rows.push_back({hit.name, "instr", double(counts[i + 1]) / countedCalls - plain, hit.bar, "the plain call", plain});
    rows.back().gate = hit.gate;
  }
  return rows;
}

} // namespace bench
