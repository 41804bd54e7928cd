/* norm_kernels.c - A kernel library of the program's own: two kernels of rms_norm
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "lzrt/abi/kernel.h"

#include <math.h>

/* The arguments of rms_norm: x [rows, size], weight [size], out [rows, size]. */
typedef struct norm {
  const float *x, *weight;
  float *out;
  int64_t rows, size;
  double epsilon;
} norm_t;

static int32_t read_call(const lz_call_t *call, norm_t *out_norm) {
  lz_tensor_view_t x, weight, out;
  lz_call_tensor(call, 0, &x);
  lz_call_tensor(call, 1, &weight);
  lz_call_tensor(call, 2, &out);
  if (x.tensor.dtype.code != LZ_CODE_FLOAT || x.tensor.dtype.bits != 32 || x.tensor.ndim != 2)
    return LZ_STATUS_UNSUPPORTED;
  if (weight.shape[0] != x.shape[1] || out.shape[0] != x.shape[0] || out.shape[1] != x.shape[1])
    return LZ_STATUS_INVALID_ARGUMENT;
  out_norm->x = (const float *)x.tensor.data;
  out_norm->weight = (const float *)weight.tensor.data;
  out_norm->out = (float *)out.tensor.data;
  out_norm->rows = x.shape[0];
  out_norm->size = x.shape[1];
  out_norm->epsilon = lz_call_f64(call, LZ_ATTR_EPSILON, 1e-6);
  return LZ_STATUS_OK;
}

static void scale_row(const norm_t *norm, int64_t row, double scale) {
  for (int64_t i = 0; i < norm->size; ++i)
    norm->out[row * norm->size + i] = (float)(norm->x[row * norm->size + i] * scale * norm->weight[i]);
}

/* Sums in double. */
static int32_t exact_norm(const lz_call_t *call) {
  norm_t norm;
  int32_t status = read_call(call, &norm);
  for (int64_t row = 0; status == LZ_STATUS_OK && row < norm.rows; ++row) {
    double sum = 0;
    for (int64_t i = 0; i < norm.size; ++i)
      sum += (double)norm.x[row * norm.size + i] * norm.x[row * norm.size + i];
    scale_row(&norm, row, 1.0 / sqrt(sum / (double)norm.size + norm.epsilon));
  }
  return status;
}

/* Sums in float. A sum that does not fit is a failure: `quick_norm` is not the kernel for such data. It looks before it
 * writes, and so is `failure_atomic`. */
static int32_t quick_norm(const lz_call_t *call) {
  norm_t norm;
  int32_t status = read_call(call, &norm);
  for (int pass = 0; pass < 2 && status == LZ_STATUS_OK; ++pass)
    for (int64_t row = 0; row < norm.rows; ++row) {
      float sum = 0;
      for (int64_t i = 0; i < norm.size; ++i)
        sum += norm.x[row * norm.size + i] * norm.x[row * norm.size + i];
      if (!isfinite(sum))
        return LZ_STATUS_INTERNAL;
      if (pass == 1)
        scale_row(&norm, row, 1.0 / sqrt((double)sum / (double)norm.size + norm.epsilon));
    }
  return status;
}

static const lz_kernel_t kernels[] = {
    {sizeof(lz_kernel_t), LZ_KERNEL_DETERMINISTIC, "exact_norm", exact_norm, 0, 0, 0},
    {sizeof(lz_kernel_t), LZ_KERNEL_DETERMINISTIC | LZ_KERNEL_FAILURE_ATOMIC, "quick_norm", quick_norm, 0, 0, 0}};

LZ_KERNEL_EXPORT const lz_kernel_library_t *lz_kernel_library_query(uint32_t max_abi_version);
LZ_KERNEL_EXPORT const lz_kernel_library_t *lz_kernel_library_query(uint32_t max_abi_version) {
  static const lz_kernel_library_t library = {sizeof(lz_kernel_library_t), LZ_ABI_VERSION, "norm_kernels", "1.0", 2,
                                              sizeof(lz_kernel_t),         kernels};
  return max_abi_version >= LZ_ABI_VERSION ? &library : 0;
}
