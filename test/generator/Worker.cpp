//===- Worker.cpp - Checks modules in processes that may crash -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A child checks a batch of seeds and writes what it is about to do to memory that it shares with its parent, so that
// the parent knows where a child ended that was killed, hung, or found a failure.
//
//===----------------------------------------------------------------------===//
#include "Worker.h"
#include "Shrink.h"

#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace lz::generator;

namespace {

/// Seeds that a child checks: what MLIR keeps of a module grows with each.
constexpr uint64_t batch = 200;
/// Seconds for one module, after which it counts as hanging.
constexpr unsigned patience = 120;

struct Shared {
  Tally tally;
  uint64_t seed;
  bool failed;
  char step[512];
  char detail[6000];
  char trail[12000]; ///< The passes since the module was parsed.

  void setStep(const std::string &text) { std::strncpy(step, text.c_str(), sizeof step - 1); }
  void begin(const std::string &text, const std::string &pass) {
    setStep(text);
    if (text == "parse")
      trail[0] = 0;
    if (pass.empty())
      return;
    if (trail[0])
      std::strncat(trail, ",", sizeof trail - std::strlen(trail) - 1);
    std::strncat(trail, pass.c_str(), sizeof trail - std::strlen(trail) - 1);
  }
  void setDetail(const std::string &text) { std::strncpy(detail, text.c_str(), sizeof detail - 1); }
};

Shared *share() {
  void *memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<Shared *>(memory);
}

/// A directory for the files that passes read, for as long as this lives.
struct Directory {
  llvm::SmallString<128> path;
  Directory() { (void)llvm::sys::fs::createUniqueDirectory("lz-generator", path); }
  ~Directory() { (void)llvm::sys::fs::remove_directories(path); }
};

CompileSpec compilationOf(uint64_t seed, const ModuleSpec &module) {
  Random random(seed + 0x9e3779b9);
  return generateCompilation(random, module);
}

/// Runs `work` in a child and returns how it ended: "" or "killed by signal 11".
std::string inChild(const std::function<void()> &work) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    // Passes print reports, and a crash its stack: the parent says what matters.
    const int nowhere = ::open("/dev/null", O_WRONLY);
    if (!std::getenv("LZ_GENERATOR_VERBOSE"))
      ::dup2(nowhere, STDERR_FILENO);
    work();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status))
    return WTERMSIG(status) == SIGALRM ? "hangs" : std::string("killed by signal ") + strsignal(WTERMSIG(status));
  return WEXITSTATUS(status) == 0 ? "" : "exits with " + std::to_string(WEXITSTATUS(status));
}

/// Checks one module in this process.
bool checkHere(const ModuleSpec &module, uint64_t seed, bool runs, mlir::MLIRContext &context,
               const Directory &directory, Shared &shared) {
  ::alarm(patience);
  Tally tally;
  Checker checker(
      context, directory.path.str().str(),
      [&](const std::string &step, const std::string &pass) { shared.begin(step, pass); }, tally);
  std::optional<Failure> failure = checker.check(module, compilationOf(seed, module), seed, runs);
  ::alarm(0);
  if (!failure) {
    uint64_t *sums = reinterpret_cast<uint64_t *>(&shared.tally), *added = reinterpret_cast<uint64_t *>(&tally);
    for (size_t i = 0; i < sizeof(Tally) / sizeof(uint64_t); ++i)
      sums[i] += added[i];
    return true;
  }
  shared.setStep(failure->step);
  shared.setDetail(failure->detail);
  shared.failed = true;
  return false;
}

mlir::DialectRegistry &registry() {
  static mlir::DialectRegistry *everything = [] {
    auto *made = new mlir::DialectRegistry;
    registerEverything(*made);
    return made;
  }();
  return *everything;
}

bool isRun(uint64_t seed, const Range &range) { return Random(seed * 31 + 7).chance(int(range.runPercent)); }

/// What two failures of a step have in common: the first words of what was said, without numbers and types.
std::string kindOf(llvm::StringRef detail) {
  return detail.take_until([](char c) { return isdigit(c) || c == '<'; }).str();
}

std::string reportOf(const ModuleSpec &whole, const Shared &shared, const std::string &end, const Range &range,
                     const Directory &directory) {
  const uint64_t seed = shared.seed;
  const std::string step = shared.step;
  std::string text = "seed " + std::to_string(seed) + " at `" + step + "`: " + (end.empty() ? shared.detail : end);
  const std::string kind = kindOf(shared.detail);
  Shared *attempt = share();
  auto failsAlike = [&](const std::string &smaller) {
    ModuleSpec module = whole;
    module.text = smaller;
    attempt->failed = false;
    std::string smallerEnd = inChild([&] {
      mlir::MLIRContext context(registry(), mlir::MLIRContext::Threading::DISABLED);
      checkHere(module, seed, isRun(seed, range), context, directory, *attempt);
    });
    return smallerEnd == end && attempt->step == step && attempt->failed == end.empty() &&
           (!end.empty() || kindOf(attempt->detail) == kind);
  };
  ModuleSpec small = whole;
  small.text = shrink(whole.text, failsAlike, registry());
  const CompileSpec compilation = compilationOf(seed, whole);
  text += "\nmode '" + compilation.mode + "' policy:\n" + compilation.policy + compilation.manifest + "kernels:";
  for (const std::string &manifest : compilation.kernels)
    text += " " + manifest;
  text += std::string("\npasses: builtin.module(") + shared.trail + ")";
  return text + "\nmodule, shrunk:\n" + small.text + (attempt->failed ? attempt->detail : "");
}

} // namespace

void lz::generator::checkRange(const Range &range, Tally &tally,
                               const std::function<bool(const std::string &)> &report) {
  Shared *shared = share();
  Directory directory;
  const uint64_t end = range.first + range.count;
  registry();
  for (uint64_t next = range.first; next < end;) {
    const uint64_t stop = std::min(end, next + batch);
    shared->failed = false;
    std::string death = inChild([&] {
      mlir::MLIRContext context(registry(), mlir::MLIRContext::Threading::DISABLED);
      for (uint64_t seed = next; seed < stop; ++seed) {
        shared->seed = seed;
        shared->setStep("generate");
        ModuleSpec module = generateModule(seed);
        if (range.prints)
          llvm::outs() << "// seed " << seed << "\n" << module.text << "\n", llvm::outs().flush();
        if (!checkHere(module, seed, isRun(seed, range), context, directory, *shared))
          return;
      }
      shared->seed = stop;
    });
    next = shared->seed + 1;
    if (death.empty() && !shared->failed)
      next = stop;
    else if (!report(reportOf(generateModule(shared->seed), *shared, death, range, directory)))
      break;
  }
  tally = shared->tally;
}

std::vector<std::string> lz::generator::dialectPasses() {
  registry();
  // MLIR lists its passes to standard output only.
  int ends[2];
  std::vector<std::string> passes;
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return passes;
  std::string ended = inChild([&] {
    Directory directory;
    const std::string path = directory.path.str().str() + "/passes";
    ::dup2(::open(path.c_str(), O_RDWR | O_CREAT, 0600), STDOUT_FILENO);
    mlir::printRegisteredPasses();
    llvm::outs().flush();
    std::string text, line;
    char buffer[4096];
    ::lseek(STDOUT_FILENO, 0, SEEK_SET);
    for (ssize_t size; (size = ::read(STDOUT_FILENO, buffer, sizeof buffer)) > 0;)
      text.append(buffer, size_t(size));
    llvm::SmallVector<llvm::StringRef> lines;
    llvm::StringRef(text).split(lines, '\n');
    for (llvm::StringRef one : lines)
      if (one = one.trim(); one.consume_front("--lz-")) {
        std::string name = "lz-" + one.take_while([](char c) { return c == '-' || isalnum(c); }).str() + "\n";
        (void)!::write(ends[1], name.data(), name.size());
      }
  });
  ::close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t size; (size = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, size_t(size));
  ::close(ends[0]);
  llvm::SmallVector<llvm::StringRef> names;
  llvm::StringRef(text).split(names, '\n', -1, false);
  return {names.begin(), names.end()};
}
