/* Calls the counted functions; callgrind counts them by name. Without arguments it checks what kernels see instead;
 * with --time it prints nanoseconds a call, medians of interleaved runs.
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "twin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

static int32_t call_attention(int32_t (*function)(ATTENTION_ARGUMENTS), lz_context_t *context) {
  return function(context, 0, memory, 0, 2, 3, 8, 64, 1536, 512, 64, 1, 0, memory, 0, 2, 3, 8, 64, 1536, 512, 64, 1, 0,
                  memory, 0, 2, 3, 8, 64, 1536, 512, 64, 1, 0, memory, 0, 2, 3, 8, 64, 1536, 512, 64, 1);
}

typedef struct {
  const char *name;
  int32_t (*norm)(NORM_ARGUMENTS);
  int32_t (*attention)(ATTENTION_ARGUMENTS);
} timed_t;
static const timed_t timed[] = {
    {"twin_norm", twin_norm, 0},
    {"compiled_norm", compiled_norm, 0},
    {"passed_attention", 0, passed_attention},
    {"compiled_attention", 0, compiled_attention},
    {"compiled_open", 0, compiled_open},
    {"guarded_0", 0, guarded_0},
    {"guarded_1", 0, guarded_1},
    {"guarded_2", 0, guarded_2},
    {"guarded_4", 0, guarded_4},
    {"guarded_8", 0, guarded_8},
    {"prebuilt_loop", 0, prebuilt_loop},
    {"compiled_loop", 0, compiled_loop},
};
enum { num_timed = sizeof timed / sizeof timed[0], rounds = 41, calls_of_round = 20000 };

/* Nanoseconds a call. */
static double run_timed(const timed_t *one, lz_context_t *context) {
  struct timespec begin, end;
  int32_t status = 0;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (int i = 0; i < calls_of_round; ++i)
    status |= one->norm ? call_norm(one->norm, context) : call_attention(one->attention, context);
  clock_gettime(CLOCK_MONOTONIC, &end);
  expect(status == LZ_STATUS_OK, "the kernels succeed");
  return ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) / calls_of_round;
}

static int compare_times(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void print_times(lz_context_t *context) {
  static double times[num_timed][rounds];
  for (int round = -1; round < rounds; ++round) /* the first one warms up */
    for (int i = 0; i < num_timed; ++i)
      times[i][round < 0 ? 0 : round] = run_timed(&timed[i], context);
  for (int i = 0; i < num_timed; ++i) {
    qsort(times[i], rounds, sizeof(double), compare_times);
    printf("%s %.3f\n", timed[i].name, times[i][rounds / 2]);
  }
}

static void bind_all(void) {
  bind("norm", twin_norm_kernel);
  bind("attention", twin_attention_kernel);
  for (uint32_t i = 0; i < lz_module_record.num_imports; ++i) /* no rule of these holds */
    if (strncmp(lz_module_record.imports[i].kernel, "other", 5) == 0)
      *lz_module_record.imports[i].slot = refuse;
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
  bind_all();
  if (strcmp(argv[1], "--time") == 0) {
    print_times(&context);
    return 0;
  }
  int calls = atoi(argv[1]);
  for (int i = 0; i < calls; ++i) {
    int32_t status = prebuilt_attention(&standing_block);
    for (int k = 0; k < num_timed; ++k)
      status |= timed[k].norm ? call_norm(timed[k].norm, &context) : call_attention(timed[k].attention, &context);
    expect(status == LZ_STATUS_OK, "the kernels succeed");
  }
  return 0;
}
