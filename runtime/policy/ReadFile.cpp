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

/// Returns what is wrong with the file behind the descriptor, or "".
std::string checkFile(int descriptor, FileWriters writers) {
  struct stat status;
  if (fstat(descriptor, &status) != 0)
    return std::strerror(errno);
  if (!S_ISREG(status.st_mode))
    return "not a regular file";
  if (writers == FileWriters::OwnerOnly && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return "its group or others may write it; take that from them with `chmod go-w`";
  return "";
}

/// Returns what is wrong, or "".
std::string readDescriptor(int descriptor, std::string &text) {
  constexpr size_t limit = yaml::Bounds::bytes;
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

/// Without blocking, so that a FIFO cannot hang the reader.
lz_status_t openFile(const std::string &path, int *out, std::string &error) {
  *out = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (*out >= 0)
    return LZ_STATUS_OK;
  lz_status_t code = errno == ENOENT || errno == ENOTDIR ? LZ_STATUS_NOT_FOUND : LZ_STATUS_MALFORMED;
  error = "cannot open `" + path + "`: " + std::strerror(errno);
  return code;
}

/// Closes the descriptor.
lz_status_t readAndClose(int descriptor, const std::string &path, FileWriters writers, std::string &text,
                         std::string &error) {
  std::string flaw = checkFile(descriptor, writers);
  if (flaw.empty())
    flaw = readDescriptor(descriptor, text);
  close(descriptor);
  if (flaw.empty())
    return LZ_STATUS_OK;
  error = "cannot read `" + path + "`: " + flaw;
  return LZ_STATUS_MALFORMED;
}
} // namespace

lz_status_t readFile(const std::string &path, FileWriters writers, std::string *out, std::string *outError) {
  int descriptor;
  lz_status_t status = openFile(path, &descriptor, *outError);
  return status == LZ_STATUS_OK ? readAndClose(descriptor, path, writers, *out, *outError) : status;
}

std::optional<std::string> readFile(const std::string &path, Diagnostics &diagnostics) {
  int descriptor;
  std::string text, error;
  if (openFile(path, &descriptor, error) != LZ_STATUS_OK) {
    diagnostics.error({path, 0, 0}, "", error);
    return std::nullopt;
  }
  if (readAndClose(descriptor, path, FileWriters::Any, text, error) != LZ_STATUS_OK) {
    diagnostics.error({path, 0, 0}, "P2", error);
    return std::nullopt;
  }
  return text;
}

} // namespace lzrt
