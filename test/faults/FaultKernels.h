/* A kernel library that fails as it is told to, while it runs. For tests.
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Each kernel belongs to a slot, which says what its calls come to and counts them: `a` to `h` of plain kernels, `p`
 * and `q` of kernels that prepare. The symbol is the slot's letter and the flags of the kernel, as `lz_fault_a5`, so
 * that a manifest may give any flags to any slot; they stand in fault_kernels.yaml. No kernel touches tensor data. All
 * functions are thread-safe; change together with fault_kernels.yaml. */
#ifndef LZ_TEST_FAULTKERNELS_H
#define LZ_TEST_FAULTKERNELS_H

#include "lzrt/abi/kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the calls of a slot do from now on. All zero: they succeed. */
typedef struct lz_fault {
  int32_t status;              /* of a call that fails; 0: none does */
  uint32_t every;              /* fails every so many calls since it was set; 0: each */
  uint32_t one_in;             /* of those, fails one in so many, at random; 0: each */
  uint32_t hold;               /* not 0: calls wait inside the kernel until lz_faults_open */
  uint64_t after_ns, until_ns; /* fails from .. to .. since it was set; until 0: for ever */
  uint64_t sleep_ns, spin_ns;  /* before it returns */
} lz_fault_t;

/* One call, as a log has it. */
typedef struct lz_fault_entry {
  const lz_site_t *site;
  const void *snapshot; /* that the invocation is pinned to */
  char slot;
  int32_t status;
} lz_fault_entry_t;
/* A log of one thread: calls whose context's `stream` points to it are written there. `count` goes on past `capacity`,
 * entries do not. */
typedef struct lz_fault_log {
  uint64_t capacity, count;
  lz_fault_entry_t *entries;
} lz_fault_log_t;

/* Looked up in the library by name. An unknown slot does nothing and counts 0. */
typedef struct lz_faults {
  void (*set)(char slot, const lz_fault_t *fault);
  /* All slots succeed, counters are 0, held calls go on. */
  void (*reset)(void);
  uint64_t (*calls)(char slot);
  uint64_t (*failures)(char slot);
  /* States of kernels that prepare: made, and not yet released. */
  uint64_t (*prepared)(char slot);
  uint64_t (*alive)(char slot);
  /* Calls that wait inside the kernel, now. */
  uint64_t (*held)(char slot);
  /* Lets them go on, and those that come. */
  void (*open)(char slot);
} lz_faults_t;
const lz_faults_t *lz_faults_query(void);
#define LZ_FAULTS_QUERY "lz_faults_query"

#ifdef __cplusplus
}
#endif
#endif /* LZ_TEST_FAULTKERNELS_H */
