//===- KernelLibrary.cpp - Opens a kernel library through a checked descriptor -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The file that was checked is the file that is loaded: both go through one descriptor, which stays open for the rest
// of the process, because the dynamic linker knows the library by the descriptor's name and would hand out the old
// library for a reused number.
//
//===----------------------------------------------------------------------===//
#include "KernelLibrary.h"

#include "../Descriptor.h"

#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lzrt {
namespace {

std::string quoted(const std::string &text) { return "`" + text + "`"; }

Status notFound(const std::string &path, int error) {
  return Status::error(LZ_STATUS_NOT_FOUND, "cannot open kernel library " + quoted(path) + ": " + std::strerror(error));
}

Status malformed(const std::string &path, const std::string &what) {
  return Status::error(LZ_STATUS_MALFORMED, "kernel library " + quoted(path) + " " + what);
}

bool staysBeside(const std::string &file) {
  return !file.empty() && file.front() != '/' && ("/" + file + "/").find("/../") == std::string::npos;
}

/// Regular, and only root and the user can have written it.
Status checkFile(int fd, const std::string &path) {
  struct stat info;
  if (::fstat(fd, &info) != 0)
    return notFound(path, errno);
  if (!S_ISREG(info.st_mode))
    return malformed(path, "is not a regular file");
  if (info.st_uid != 0 && info.st_uid != ::geteuid())
    return malformed(path,
                     "belongs to user " + std::to_string(info.st_uid) + "; it must belong to root or to this user");
  bool foreignGroup = info.st_gid != 0 && info.st_gid != ::getegid();
  if ((info.st_mode & S_IWOTH) != 0 || ((info.st_mode & S_IWGRP) != 0 && foreignGroup))
    return malformed(path, "may be written by others; remove their write permission");
  return Status();
}

std::string hex(const unsigned char *bytes, unsigned count) {
  static const char digits[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < count; ++i) {
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return text;
}

/// The SHA-256 of a file's bytes, "" after a read error.
std::string digestOf(int fd) {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> state(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (!state || EVP_DigestInit_ex(state.get(), EVP_sha256(), nullptr) != 1)
    return "";
  char buffer[1 << 16];
  off_t offset = 0;
  while (ssize_t count = ::pread(fd, buffer, sizeof(buffer), offset)) {
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0 || EVP_DigestUpdate(state.get(), buffer, size_t(count)) != 1)
      return "";
    offset += count;
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  return EVP_DigestFinal_ex(state.get(), digest, &size) == 1 ? hex(digest, size) : "";
}

Status checkDigest(int fd, const std::string &path, const std::string &expected) {
  if (expected.empty())
    return Status();
  std::string actual = digestOf(fd);
  if (actual.empty())
    return malformed(path, "cannot be read to check its `sha256`");
  if (actual != expected)
    return malformed(path, "has sha256 " + actual + ", but the manifest says " + expected);
  return Status();
}

Status checkTable(const lz_kernel_library_t *table, const std::string &path) {
  const uint32_t smallestKernel = offsetof(lz_kernel_t, prepare);
  if (!table)
    return Status::error(LZ_STATUS_ABI_MISMATCH, "kernel library " + quoted(path) +
                                                     " needs a newer runtime than ABI version " +
                                                     std::to_string(LZ_ABI_VERSION));
  if (table->abi_version == 0 || table->abi_version > LZ_ABI_VERSION)
    return Status::error(LZ_STATUS_ABI_MISMATCH, "kernel library " + quoted(path) + " has ABI version " +
                                                     std::to_string(table->abi_version) + ", but this runtime speaks " +
                                                     std::to_string(LZ_ABI_VERSION));
  if (table->struct_size < sizeof(lz_kernel_library_t) || table->kernel_size < smallestKernel ||
      (table->num_kernels != 0 && !table->kernels))
    return malformed(path, "has a malformed kernel table");
  return Status();
}

/// Entry `index` of a table whose entries may be shorter or longer than this runtime's.
lz_kernel_t entryOf(const lz_kernel_library_t &table, uint32_t index) {
  lz_kernel_t entry{};
  const char *at = reinterpret_cast<const char *>(table.kernels) + size_t(index) * table.kernel_size;
  std::memcpy(&entry, at, std::min<size_t>(table.kernel_size, sizeof(entry)));
  return entry;
}

struct Flag {
  uint32_t bit;
  const char *name;
  bool Kernel::*declared;
};
constexpr Flag flags[] = {{LZ_KERNEL_DETERMINISTIC, "deterministic", &Kernel::deterministic},
                          {LZ_KERNEL_GRAPH_CAPTURE_SAFE, "graph_capture_safe", &Kernel::graphCaptureSafe},
                          {LZ_KERNEL_FAILURE_ATOMIC, "failure_atomic", &Kernel::failureAtomic}};

Status checkEntry(const Kernel &kernel, const lz_kernel_t &entry, const KernelLibrary &library) {
  std::string where = "kernel " + quoted(kernel.name) + " of " + quoted(library.path);
  if (!entry.execute || (entry.prepare == nullptr) != (entry.release == nullptr))
    return Status::error(LZ_STATUS_MALFORMED,
                         where + " must have `execute`, and `prepare` and `release` both or neither");
  for (const Flag &flag : flags)
    if (kernel.*flag.declared != ((entry.flags & flag.bit) != 0))
      return Status::error(LZ_STATUS_MALFORMED, where + " has `" + flag.name + ": " +
                                                    (kernel.*flag.declared ? "true" : "false") +
                                                    "` in the manifest, but the library's table says otherwise");
  return Status();
}

/// Loads a file through its descriptor, which the library keeps, but once: later loads of the same file keep nothing.
Status loadOnce(Descriptor &descriptor, const std::string &path, void **out) {
  static std::mutex mutex;
  static auto &known = *new std::map<std::pair<dev_t, ino_t>, void *>; // kernels may be looked up until the very end
  struct stat file{};
  if (::fstat(descriptor.get(), &file) != 0)
    return notFound(path, errno);
  std::lock_guard<std::mutex> lock(mutex);
  void *&handle = known[{file.st_dev, file.st_ino}];
  if (!handle) {
    handle = ::dlopen(("/proc/self/fd/" + std::to_string(descriptor.get())).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
      const char *why = ::dlerror();
      return malformed(path, std::string("cannot be loaded: ") + (why ? why : "unknown reason"));
    }
    descriptor.release();
  }
  *out = handle;
  return Status();
}

} // namespace

Status openKernelLibrary(const std::string &directory, const std::string &file, const std::string &sha256,
                         KernelLibrary *out) {
  out->path = directory.empty() ? file : directory + "/" + file;
  if (!staysBeside(file))
    return malformed(out->path, "must be named relative to its manifest, without `..`");
  Descriptor descriptor(::open(out->path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.get() < 0)
    return notFound(out->path, errno);
  if (Status status = checkFile(descriptor.get(), out->path); !status.isOk())
    return status;
  if (Status status = checkDigest(descriptor.get(), out->path, sha256); !status.isOk())
    return status;
  void *handle = nullptr;
  if (Status status = loadOnce(descriptor, out->path, &handle); !status.isOk())
    return status;
  auto query = reinterpret_cast<lz_kernel_library_query_fn>(::dlsym(handle, LZ_KERNEL_LIBRARY_QUERY));
  if (!query)
    return malformed(out->path, "is no kernel library: it does not export `" LZ_KERNEL_LIBRARY_QUERY "`");
  out->table = query(LZ_ABI_VERSION);
  return checkTable(out->table, out->path);
}

Status matchTable(const Manifest &manifest, const KernelLibrary &library, std::vector<LoadedKernel> *out) {
  std::map<std::string, lz_kernel_t> table;
  for (uint32_t i = 0; i < library.table->num_kernels; ++i)
    if (lz_kernel_t entry = entryOf(*library.table, i); entry.symbol)
      table[entry.symbol] = entry;
  std::optional<Version> version = Version::parse(library.table->version ? library.table->version : "");
  if (!version)
    return malformed(library.path, "has no version of dotted integers");
  for (const Kernel &kernel : manifest.kernels) {
    auto found = table.find(kernel.symbol);
    if (found == table.end())
      return Status::error(LZ_STATUS_NOT_FOUND, "kernel " + quoted(kernel.name) + ": library " + quoted(library.path) +
                                                    " has no symbol " + quoted(kernel.symbol));
    if (Status status = checkEntry(kernel, found->second, library); !status.isOk())
      return status;
    out->push_back({kernel.name, found->second, *version});
  }
  return Status();
}

} // namespace lzrt
