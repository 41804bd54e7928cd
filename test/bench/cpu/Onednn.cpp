//===- Onednn.cpp - oneDNN's matmul as the yardstick ----------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Everything but the execution happens once, and the scratchpad is oneDNN's own.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include "oneapi/dnnl/dnnl.hpp"

#include <string_view>

struct lz_bench_matmul {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  dnnl::matmul primitive;
  std::unordered_map<int, dnnl::memory> arguments;
};

lz_bench_matmul_t *lz_bench_matmul_create(const char *element, int64_t m, int64_t n, int64_t k, int32_t transposed,
                                          void *a, void *b, void *out) {
  const auto type =
      std::string_view(element) == "bfloat16" ? dnnl::memory::data_type::bf16 : dnnl::memory::data_type::f32;
  try {
    auto matmul = std::make_unique<lz_bench_matmul>();
    const dnnl::memory::dims strides = transposed ? dnnl::memory::dims{1, k} : dnnl::memory::dims{n, 1};
    const dnnl::memory::desc left({m, k}, type, dnnl::memory::dims{k, 1}), right({k, n}, type, strides),
        product({m, n}, type, dnnl::memory::dims{n, 1});
    matmul->primitive = dnnl::matmul({dnnl::matmul::desc(left, right, product), matmul->engine});
    matmul->arguments = {{DNNL_ARG_SRC, {left, matmul->engine, a}},
                         {DNNL_ARG_WEIGHTS, {right, matmul->engine, b}},
                         {DNNL_ARG_DST, {product, matmul->engine, out}}};
    return matmul.release();
  } catch (const dnnl::error &) {
    return nullptr;
  }
}

int32_t lz_bench_matmul_run(lz_bench_matmul_t *matmul) {
  try {
    matmul->primitive.execute(matmul->stream, matmul->arguments);
    matmul->stream.wait();
    return 0;
  } catch (const dnnl::error &) {
    return 1;
  }
}
void lz_bench_matmul_release(lz_bench_matmul_t *matmul) { delete matmul; }
