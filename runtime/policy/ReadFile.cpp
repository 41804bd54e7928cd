//===- ReadFile.cpp - One bounded read of a regular file --------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "YamlTree.h"
#include "lzrt/policy/Reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace lzrt {
namespace {
/// Returns what is wrong, or "". The descriptor is opened without blocking, so that a FIFO cannot hang the reader.
std::string readDescriptor(int descriptor, std::string &text) {
  constexpr size_t limit = yaml::Bounds::bytes;
  struct stat status;
  if (fstat(descriptor, &status) != 0)
    return std::strerror(errno);
  if (!S_ISREG(status.st_mode))
    return "not a regular file";
  // The size may change while it is read: one byte past the limit tells.
  text.resize(limit + 1);
  size_t filled = 0;
  while (filled < text.size()) {
    ssize_t got = read(descriptor, text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return std::strerror(errno);
    if (got == 0)
      break;
    filled += size_t(got);
  }
  text.resize(filled);
  return filled > limit ? "more than " + std::to_string(limit) + " bytes" : "";
}
} // namespace

std::optional<std::string> readFile(const std::string &path, Diagnostics &diagnostics) {
  int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) {
    diagnostics.error({path, 0, 0}, "", "cannot open `" + path + "`: " + std::strerror(errno));
    return std::nullopt;
  }
  std::string text;
  std::string flaw = readDescriptor(descriptor, text);
  close(descriptor);
  if (flaw.empty())
    return text;
  diagnostics.error({path, 0, 0}, "P2", "cannot read `" + path + "`: " + flaw);
  return std::nullopt;
}

} // namespace lzrt
