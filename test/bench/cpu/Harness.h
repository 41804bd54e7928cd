//===- Harness.h - What the CPU benchmark's driver calls ------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The driver, run.py, calls these through ctypes: harness.py repeats the signatures. One thread at a time. A function
// that returns a pointer returns null on failure; statuses are lz_status_t.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_BENCH_CPU_HARNESS_H
#define LZ_TEST_BENCH_CPU_HARNESS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A context whose executor is the runtime's thread pool. */
typedef struct lz_bench_session lz_bench_session_t;
lz_bench_session_t *lz_bench_session_create(uint32_t threads);
void lz_bench_session_release(lz_bench_session_t *session);

/* `bytes` aligned to a page, full of numbers drawn uniformly from [-1, 1) where `element` ("float32", "bfloat16") names
 * their type, else of zeros. */
void *lz_bench_allocate(uint64_t bytes, const char *element, uint64_t seed);
void lz_bench_free(void *memory);
/* Largest |ours - theirs| over the largest |theirs|; NaN where either holds a NaN. */
double lz_bench_difference(const void *ours, const void *theirs, uint64_t count, const char *element);

/* A call of the kernel `symbol` of the library at `path`, for `operation`. Slots are filled with contiguous tensors,
 * attributes by name; then it runs. */
typedef struct lz_bench_call lz_bench_call_t;
lz_bench_call_t *lz_bench_call_create(lz_bench_session_t *session, const char *path, const char *symbol,
                                      const char *operation);
int32_t lz_bench_call_tensor(lz_bench_call_t *call, uint32_t slot, void *data, const char *element, uint32_t rank,
                             const int64_t *shape);
int32_t lz_bench_call_attribute(lz_bench_call_t *call, const char *name, double value);
int32_t lz_bench_call_run(lz_bench_call_t *call);
void lz_bench_call_release(lz_bench_call_t *call);

/* Copies with memcpy, an equal part on each thread. */
void lz_bench_copy(lz_bench_session_t *session, void *target, const void *source, uint64_t bytes);

/* out = a * b of m x k and k x n (n x k where transposed), by oneDNN without anything of ours in between. */
typedef struct lz_bench_matmul lz_bench_matmul_t;
lz_bench_matmul_t *lz_bench_matmul_create(const char *element, int64_t m, int64_t n, int64_t k, int32_t transposed,
                                          void *a, void *b, void *out);
int32_t lz_bench_matmul_run(lz_bench_matmul_t *matmul);
void lz_bench_matmul_release(lz_bench_matmul_t *matmul);

#ifdef __cplusplus
}
#endif
#endif /* LZ_TEST_BENCH_CPU_HARNESS_H */
