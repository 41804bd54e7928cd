//===- ScratchFile.h - Bytes as a file that readers can open -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_FUZZ_SCRATCHFILE_H
#define LZ_TEST_FUZZ_SCRATCHFILE_H

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace lz::fuzz {

inline void require(bool condition, const char *claim, const std::string &detail) {
  if (condition)
    return;
  std::fprintf(stderr, "violated: %s\n%s\n", claim, detail.c_str());
  std::abort();
}

/// A regular file in memory, which ends with this.
class ScratchFile {
public:
  ScratchFile(const uint8_t *data, size_t size) : descriptor(::memfd_create("fuzz", MFD_CLOEXEC)) {
    while (size > 0) {
      const ssize_t written = ::write(descriptor, data, size);
      require(written > 0, "a file in memory takes what is written", path());
      data += written, size -= size_t(written);
    }
  }
  ~ScratchFile() { ::close(descriptor); }
  ScratchFile(const ScratchFile &) = delete;
  ScratchFile &operator=(const ScratchFile &) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor); }

private:
  int descriptor;
};

} // namespace lz::fuzz
#endif // LZ_TEST_FUZZ_SCRATCHFILE_H
