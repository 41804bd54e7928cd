/* Calls the counted functions; callgrind counts them by name. Without arguments it checks what kernels see instead.
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "twin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const lz_module_t lz_module_record;

int32_t lzrt_continue(lz_call_t *call, uint32_t import_index, int32_t status) {
  (void)call;
  return import_index == 0 && status == LZ_STATUS_UNSUPPORTED ? LZ_STATUS_EXHAUSTED : LZ_STATUS_INTERNAL;
}

static void bind(const char *kernel, lz_kernel_fn function) {
  for (uint32_t i = 0; i < lz_module_record.num_imports; ++i)
    if (strcmp(lz_module_record.imports[i].kernel, kernel) == 0) {
      *lz_module_record.imports[i].slot = function;
      return;
    }
  fprintf(stderr, "the module imports no kernel `%s`\n", kernel);
  exit(1);
}

static float memory[4];

static int32_t call_norm(int32_t (*function)(NORM_ARGUMENTS), lz_context_t *context) {
  return function(context, 0, memory, 0, 3, 5, 5, 1, 0, memory + 1, 0, 5, 1, 0, memory + 2, 0, 3, 5, 5, 1);
}

static void expect(int condition, const char *what) {
  if (condition)
    return;
  fprintf(stderr, "not so: %s\n", what);
  exit(1);
}

static lz_context_t *expected_context;
static int32_t check_norm(const lz_call_t *call) {
  lz_tensor_view_t x, weight, out;
  expect(call->context == expected_context && call->state == 0, "the block has the context and no state");
  expect(call->site->struct_size == sizeof(lz_site_t) && call->site->operation == LZ_OP_RMS_NORM,
         "the site is that of rms_norm");
  expect(call->site->call_size == sizeof(lz_call_t) + 3 * 8 + 5 * 8, "the block has three pointers and five extents");
  expect(lz_call_f64(call, LZ_ATTR_EPSILON, 0) == 1.0e-6, "epsilon is an attribute");
  lz_call_tensor(call, 0, &x);
  lz_call_tensor(call, 1, &weight);
  lz_call_tensor(call, 2, &out);
  expect(x.tensor.data == memory && x.shape[0] == 3 && x.shape[1] == 5 && x.strides[0] == 5, "x is the first argument");
  expect(weight.tensor.data == memory + 1 && weight.tensor.ndim == 1 && weight.shape[0] == 5, "weight is the second");
  expect(out.tensor.data == memory + 2 && out.shape[0] == 3 && out.shape[1] == 5, "out is the third");
  expect((call->site->arguments[2].flags & LZ_ARGUMENT_WRITTEN) != 0, "out is written");
  return LZ_STATUS_OK;
}
static int32_t refuse(const lz_call_t *call) {
  (void)call;
  return LZ_STATUS_UNSUPPORTED;
}

int main(int argc, char **argv) {
  static lz_context_t context;
  if (argc == 1) {
    expected_context = &context;
    bind("norm", check_norm);
    expect(call_norm(compiled_norm, &context) == LZ_STATUS_OK, "a call that succeeds returns ok");
    bind("norm", refuse);
    expect(call_norm(compiled_norm, &context) == LZ_STATUS_EXHAUSTED, "a failure goes on behind its kernel");
    return 0;
  }
  bind("norm", twin_norm_kernel);
  bind("attention", twin_attention_kernel);
  int calls = atoi(argv[1]);
  static lz_call_t block;
  for (int i = 0; i < calls; ++i) {
    int32_t status = call_norm(twin_norm, &context) | call_norm(compiled_norm, &context) | prebuilt_attention(&block) |
                     compiled_attention(&context, 0, memory, 0, 2, 3, 8, 64, 1536, 512, 64, 1, 0, memory, 0, 2, 3, 8,
                                        64, 1536, 512, 64, 1, 0, memory, 0, 2, 3, 8, 64, 1536, 512, 64, 1, 0, memory, 0,
                                        2, 3, 8, 64, 1536, 512, 64, 1);
    expect(status == LZ_STATUS_OK, "the kernels succeed");
  }
  return 0;
}
