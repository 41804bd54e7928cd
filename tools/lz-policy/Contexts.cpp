//===- Contexts.cpp - lz-policy explain --contexts -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One answer a line, in order, whatever the line. Answers are written before more input is waited for, so that a
// program may ask line by line.
//
//===----------------------------------------------------------------------===//
#include "Commands.h"
#include "ContextLine.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lzpolicy {

using namespace lzrt;

namespace {

constexpr size_t longestLine = 1u << 20;
/// Answers that wait to be written, so that memory does not grow with what one read delivers.
constexpr size_t mostWaiting = 1u << 18;

/// Answers lines, counting the faulty ones. Not thread-safe.
class Answerer {
public:
  Answerer(const Options &options, const Selector &selector) : options(options), selector(selector) {}

  void answer(std::string_view text) {
    ++lines;
    if (std::string error = answerOrError(text); !error.empty())
      fault(error);
    output += '\n';
    if (output.size() > mostWaiting)
      write();
  }
  void answerTooLong() {
    ++lines;
    fault("the line is longer than " + std::to_string(longestLine) + " bytes");
    output += '\n';
  }
  /// False once an answer could not be written; `writeError` says why.
  bool write() {
    bool done = std::fwrite(output.data(), 1, output.size(), stdout) == output.size() && std::fflush(stdout) == 0;
    if (!done && writeError == 0)
      writeError = errno;
    output.clear();
    return writeError == 0;
  }

  int writeError = 0;
  size_t lines = 0, faulty = 0, firstFaulty = 0;
  std::string firstError;

private:
  void fault(const std::string &error) {
    if (faulty++ == 0) {
      firstFaulty = lines;
      firstError = error;
    }
    output += "{\"error\": " + toJson(error) + "}";
  }

  std::string answerOrError(std::string_view text) {
    if (text.find_first_not_of(" \t\r") == std::string_view::npos)
      return "the line is empty";
    if (std::string error = parseContextLine(text, &line); !error.empty())
      return error;
    std::optional<Operation> operation = findOperation(line.operation);
    if (!operation)
      return unknownOperation(line.operation);
    FactSet facts(*operation);
    if (std::string error = giveFacts(line.facts, facts); !error.empty())
      return error;
    facts.complete();
    Query query;
    query.facts = &facts;
    query.mode = modeFor(options, selector, *operation);
    query.rolloutKey = std::move(line.rolloutKey);
    query.explain = true;
    output += explainJson(selector, *operation, selector.select(query));
    return "";
  }

  const Options &options;
  const Selector &selector;
  ContextLine line;
  std::string output;
};

/// Splits what a descriptor delivers into lines of bounded length.
class Lines {
public:
  explicit Lines(Answerer &answerer) : answerer(answerer) {}

  void feed(std::string_view chunk) {
    while (true) {
      size_t end = chunk.find('\n');
      take(chunk.substr(0, end));
      if (end == std::string_view::npos)
        return;
      finishLine();
      chunk.remove_prefix(end + 1);
    }
  }
  /// The last line needs no line feed.
  void finish() {
    if (!pending.empty() || tooLong)
      finishLine();
  }

private:
  void take(std::string_view part) {
    tooLong = tooLong || pending.size() + part.size() > longestLine;
    if (!tooLong)
      pending += part;
  }
  void finishLine() {
    if (tooLong)
      answerer.answerTooLong();
    else
      answerer.answer(pending);
    pending.clear();
    tooLong = false;
  }

  Answerer &answerer;
  std::string pending;
  bool tooLong = false;
};

ExitCode cannot(const std::string &what, const std::string &path, const std::string &why) {
  std::fprintf(stderr, "%s: error: cannot %s: %s\n", path.c_str(), what.c_str(), why.c_str());
  return InputAtFault;
}

ExitCode answerAll(int descriptor, const std::string &path, Answerer &answerer) {
  Lines lines(answerer);
  std::string chunk(1u << 16, '\0');
  while (true) {
    ssize_t size = ::read(descriptor, chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR)
      continue;
    if (size < 0)
      return cannot("read", path, std::strerror(errno));
    if (size == 0)
      lines.finish();
    else
      lines.feed(std::string_view(chunk).substr(0, static_cast<size_t>(size)));
    if (!answerer.write())
      return cannot("write the answers", "stdout", std::strerror(answerer.writeError));
    if (size == 0)
      break;
  }
  if (answerer.faulty == 0)
    return Done;
  std::fprintf(stderr, "%s:%zu: error: %s\n", path.c_str(), answerer.firstFaulty, answerer.firstError.c_str());
  std::fprintf(stderr, "lz-policy: %zu of %zu lines are faulty; their answers say why\n", answerer.faulty,
               answerer.lines);
  return InputAtFault;
}

} // namespace

ExitCode explainAll(const Options &options, const Selector &selector) {
  const std::string &path = *options.contexts;
  int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return cannot("open", path, std::strerror(errno));
  struct stat status;
  bool isDirectory = ::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
  Answerer answerer(options, selector);
  ExitCode code = isDirectory ? cannot("read", path, "it is a directory") : answerAll(descriptor, path, answerer);
  ::close(descriptor);
  return code;
}

} // namespace lzpolicy
