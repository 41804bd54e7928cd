/* A kernel library: the one symbol it exports and the table behind it.
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef LZRT_ABI_KERNEL_H
#define LZRT_ABI_KERNEL_H

#include "lzrt/abi/call.h"
#include "lzrt/abi/context.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What `lz_call_t::state` points to where the kernel prepares. The runtime owns it; one an overlapping call, site and
 * shape class. */
typedef struct lz_kernel_state {
  uint32_t struct_size;
  uint32_t reserved;
  void *prepared;  /* what `prepare` returned */
  void *workspace; /* at least `workspace_size` bytes, aligned to 256, alive during `execute` */
  uint64_t workspace_size;
} lz_kernel_state_t;

enum {
  LZ_KERNEL_DETERMINISTIC = 1u << 0,      /* equal inputs give equal bits */
  LZ_KERNEL_GRAPH_CAPTURE_SAFE = 1u << 1, /* may be called while a device graph is captured */
  LZ_KERNEL_FAILURE_ATOMIC = 1u << 2,     /* after a failure its outputs are as before the call */
  LZ_KERNEL_IGNORES_EXECUTOR = 1u << 3    /* has threads of its own: the context's executor is not used */
};

/* A kernel of a library. Append-only. */
typedef struct lz_kernel {
  uint32_t struct_size;
  uint32_t flags;     /* LZ_KERNEL_*; must agree with the manifest */
  const char *symbol; /* as the manifest's `symbol` */
  lz_kernel_fn execute;
  /* Optional, all or none but workspace_size: plans of a site and shape class. `prepare` is called before the first
   * execute with these extents; it reads extents and attributes, not data, and hands over *out_prepared, which
   * `release` takes back. */
  int32_t (*prepare)(const lz_call_t *call, void **out_prepared);
  uint64_t (*workspace_size)(const lz_call_t *call, void *prepared);
  void (*release)(void *prepared);
} lz_kernel_t;

typedef struct lz_kernel_library {
  uint32_t struct_size;
  uint32_t abi_version; /* what the table is written for, at most the version asked for */
  const char *name;
  const char *version; /* dotted integers: the fact library_version of its kernels */
  uint32_t num_kernels;
  uint32_t kernel_size; /* sizeof(lz_kernel_t) as the library was compiled */
  const lz_kernel_t *kernels;
} lz_kernel_library_t;

/* Returns the table, static and constant, or null where the library needs a newer runtime than `max_abi_version`.
 * Exported as `lz_kernel_library_query`, the only symbol that the runtime looks up. */
typedef const lz_kernel_library_t *(*lz_kernel_library_query_fn)(uint32_t max_abi_version);
#define LZ_KERNEL_LIBRARY_QUERY "lz_kernel_library_query"

#if defined(__GNUC__)
#define LZ_KERNEL_EXPORT __attribute__((visibility("default")))
#else
#define LZ_KERNEL_EXPORT
#endif

#ifdef __cplusplus
}
#endif
#endif /* LZRT_ABI_KERNEL_H */
