/* The C twin of the compiled functions: what one writes by hand to call a kernel under this ABI.
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "twin.h"

extern const lz_site_t twin_norm_site;

int32_t twin_norm(NORM_ARGUMENTS) {
  struct {
    lz_call_t head;
    void *data[3];
    int64_t dims[5];
  } block;
  block.head.context = context;
  block.head.site = &twin_norm_site;
  block.head.state = 0;
  block.data[0] = x;
  block.data[1] = weight;
  block.data[2] = out;
  block.dims[0] = x_size0;
  block.dims[1] = x_size1;
  block.dims[2] = weight_size0;
  block.dims[3] = out_size0;
  block.dims[4] = out_size1;
  int32_t status = twin_norm_kernel(&block.head);
  if (__builtin_expect(status != 0, 0))
    status = lzrt_continue(&block.head, 0, status);
  return status;
}

int32_t prebuilt_attention(lz_call_t *block) {
  int32_t status = twin_attention_kernel(block);
  if (__builtin_expect(status != 0, 0))
    status = lzrt_continue(block, 1, status);
  return status;
}

#define UNUSED4(name)                                                                                                  \
  (void)name##_base, (void)name, (void)name##_offset, (void)name##_size0, (void)name##_size1, (void)name##_size2,      \
      (void)name##_size3, (void)name##_stride0, (void)name##_stride1, (void)name##_stride2, (void)name##_stride3
lz_call_t standing_block;
int32_t passed_attention(ATTENTION_ARGUMENTS) {
  (void)context;
  UNUSED4(q), UNUSED4(k), UNUSED4(v), UNUSED4(out);
  return prebuilt_attention(&standing_block);
}

int32_t prebuilt_loop(ATTENTION_ARGUMENTS) {
  (void)context;
  UNUSED4(q), UNUSED4(k), UNUSED4(v), UNUSED4(out);
  int32_t status = 0;
  for (int i = 0; i < 16 && status == 0; ++i) {
    status = twin_attention_kernel(&standing_block);
    if (__builtin_expect(status != 0, 0))
      status = lzrt_continue(&standing_block, 1, status);
  }
  return status;
}

__attribute__((visibility("hidden"))) const lz_site_t twin_norm_site = {.struct_size = sizeof(lz_site_t)};
