/* What the counted functions share: signatures as the compiler expands memrefs, kernels, the block of the attention
 * call.
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef LZ_TEST_BENCH_STATIC_CALL_TWIN_H
#define LZ_TEST_BENCH_STATIC_CALL_TWIN_H

#include "lzrt/abi/module.h"

#define MEMREF1(name)                                                                                                  \
  void *name##_base, float *name, int64_t name##_offset, int64_t name##_size0, int64_t name##_stride0
#define MEMREF2(name)                                                                                                  \
  void *name##_base, float *name, int64_t name##_offset, int64_t name##_size0, int64_t name##_size1,                   \
      int64_t name##_stride0, int64_t name##_stride1
#define MEMREF4(name)                                                                                                  \
  void *name##_base, float *name, int64_t name##_offset, int64_t name##_size0, int64_t name##_size1,                   \
      int64_t name##_size2, int64_t name##_size3, int64_t name##_stride0, int64_t name##_stride1,                      \
      int64_t name##_stride2, int64_t name##_stride3

#define NORM_ARGUMENTS lz_context_t *context, MEMREF2(x), MEMREF1(weight), MEMREF2(out)
#define ATTENTION_ARGUMENTS lz_context_t *context, MEMREF4(q), MEMREF4(k), MEMREF4(v), MEMREF4(out)

/* The kernels, from another object: called as -fno-plt does. */
int32_t twin_norm_kernel(const lz_call_t *call);
int32_t twin_attention_kernel(const lz_call_t *call);

int32_t twin_norm(NORM_ARGUMENTS);
int32_t compiled_norm(NORM_ARGUMENTS);
int32_t compiled_attention(ATTENTION_ARGUMENTS);
/* All extents of its tensors are open: the block is as long as one with two open extents and two open strides. */
int32_t compiled_open(ATTENTION_ARGUMENTS);
/* So many compares of rules before the kernel that compiled_attention calls. */
int32_t guarded_0(ATTENTION_ARGUMENTS);
int32_t guarded_1(ATTENTION_ARGUMENTS);
int32_t guarded_2(ATTENTION_ARGUMENTS);
int32_t guarded_4(ATTENTION_ARGUMENTS);
int32_t guarded_8(ATTENTION_ARGUMENTS);
/* The attention call with a block that stands already; passed to, as the compiled one is, and not. */
extern lz_call_t standing_block;
int32_t prebuilt_attention(lz_call_t *block);
int32_t passed_attention(ATTENTION_ARGUMENTS);
/* Sixteen times the attention call: with a block that stands, and with one that is filled each time. */
int32_t prebuilt_loop(ATTENTION_ARGUMENTS);
int32_t compiled_loop(ATTENTION_ARGUMENTS);

#endif /* LZ_TEST_BENCH_STATIC_CALL_TWIN_H */
