//===- OnednnMatmul.cpp - Matrix multiplication by oneDNN -----------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../common/Index.h"
#include "../common/Scratch.h"
#include "Kernels.h"
#include "Parallel.h"

#include "oneapi/dnnl/dnnl.h"

#include <algorithm>
#include <memory>

// The OpenMP that oneDNN was built on, if it was; whichever oneDNN brings is the one to be told.
extern "C" {
[[gnu::weak]] int omp_get_max_threads(void);
[[gnu::weak]] void omp_set_num_threads(int count);
}

namespace lz::kernels::cpu {

namespace {

template <typename T, auto destroy> struct Destroy {
  void operator()(T *object) const { destroy(object); }
};
template <typename T, auto destroy> using Owned = std::unique_ptr<T, Destroy<T, destroy>>;
using PrimitiveDesc = Owned<dnnl_primitive_desc, dnnl_primitive_desc_destroy>;
using Primitive = Owned<dnnl_primitive, dnnl_primitive_destroy>;
using Attributes = Owned<dnnl_primitive_attr, dnnl_primitive_attr_destroy>;
using Memory = Owned<dnnl_memory, dnnl_memory_destroy>;
using Stream = Owned<dnnl_stream, dnnl_stream_destroy>;

int32_t statusOf(dnnl_status_t status) {
  switch (status) {
  case dnnl_success:
    return LZ_STATUS_OK;
  case dnnl_unimplemented:
  case dnnl_invalid_arguments: // what this version of oneDNN cannot describe
    return LZ_STATUS_UNSUPPORTED;
  case dnnl_out_of_memory:
    return LZ_STATUS_OUT_OF_MEMORY;
  default:
    return LZ_STATUS_INTERNAL;
  }
}

/// The process's CPU engine; null where oneDNN has none.
dnnl_engine_t cpuEngine() {
  static const dnnl_engine_t engine = [] {
    dnnl_engine_t made = nullptr;
    return dnnl_engine_create(&made, dnnl_cpu, 0) == dnnl_success ? made : nullptr;
  }();
  return engine;
}

/// oneDNN has threads of its own; while this lives, what this thread asks of it uses no more than the call's executor
/// has, and no more than the work is worth: a team waits for its slowest thread, which on a busy machine may not be
/// running.
class TeamLimit {
public:
  TeamLimit(const lz_call_t *call, const MatmulProblem &p) {
    if (!omp_get_max_threads || !omp_set_num_threads)
      return;
    constexpr double productsPerThread = 1 << 18;
    const double worth = double(p.batches) * double(p.m) * double(p.n) * double(p.k) / productsPerThread;
    before = omp_get_max_threads();
    omp_set_num_threads(int(std::clamp(worth, 1.0, double(numWorkers(call)))));
  }
  ~TeamLimit() {
    if (before)
      omp_set_num_threads(before);
  }
  TeamLimit(const TeamLimit &) = delete;
  TeamLimit &operator=(const TeamLimit &) = delete;

private:
  int before = 0; // 0: nothing to restore
};

/// The operands as [batch, rows, columns], the batch 1 where there is one only.
struct Descriptors {
  dnnl_memory_desc_t a, b, bias, out;
};

dnnl_data_type_t typeOf(Element element) { return element == Element::BF16 ? dnnl_bf16 : dnnl_f32; }

dnnl_status_t describe(dnnl_memory_desc_t &desc, Element element, int64_t batches, int64_t rows, int64_t columns,
                       bool transposed) {
  const dnnl_dims_t extents = {batches, rows, columns};
  const dnnl_dims_t strides = {rows * columns, transposed ? 1 : columns, transposed ? rows : 1};
  return dnnl_memory_desc_init_by_strides(&desc, 3, extents, typeOf(element), strides);
}

int32_t describeAll(const MatmulProblem &p, Descriptors &descriptors) {
  Element element = p.a.element;
  dnnl_status_t status = describe(descriptors.a, element, p.batches, p.m, p.k, p.transposeA);
  if (status == dnnl_success)
    status = describe(descriptors.b, element, p.sharedB ? 1 : p.batches, p.k, p.n, p.transposeB);
  if (status == dnnl_success)
    status = describe(descriptors.out, element, p.batches, p.m, p.n, false);
  if (status == dnnl_success && p.bias.present)
    status = describe(descriptors.bias, p.bias.element, 1, 1, p.n, false);
  return statusOf(status);
}

int32_t makePrimitive(const MatmulProblem &p, const Descriptors &descriptors, PrimitiveDesc &desc,
                      Primitive &primitive) {
  dnnl_primitive_attr_t attributes = nullptr;
  if (dnnl_status_t status = dnnl_primitive_attr_create(&attributes))
    return statusOf(status);
  Attributes owner(attributes);
  dnnl_matmul_desc_t matmul;
  dnnl_primitive_desc_t made = nullptr;
  dnnl_status_t status = dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
  if (status == dnnl_success)
    status = dnnl_matmul_desc_init(&matmul, &descriptors.a, &descriptors.b,
                                   p.bias.present ? &descriptors.bias : nullptr, &descriptors.out);
  if (status == dnnl_success)
    status = dnnl_primitive_desc_create(&made, &matmul, attributes, cpuEngine(), nullptr);
  desc.reset(made);
  if (status != dnnl_success)
    return statusOf(status);
  dnnl_primitive_t built = nullptr;
  status = dnnl_primitive_create(&built, made); // oneDNN's own cache makes this cheap after the first time
  primitive.reset(built);
  return statusOf(status);
}

/// The arguments of one execution; their memory objects live as long as it.
class Arguments {
public:
  dnnl_status_t add(int index, const dnnl_memory_desc_t &desc, void *data) {
    dnnl_memory_t memory = nullptr;
    dnnl_status_t status = dnnl_memory_create(&memory, &desc, cpuEngine(), data);
    owned[count].reset(memory);
    arguments[count++] = {index, memory};
    return status;
  }
  dnnl_status_t run(dnnl_primitive_t primitive, dnnl_stream_t stream) const {
    dnnl_status_t status = dnnl_primitive_execute(primitive, stream, count, arguments);
    return status == dnnl_success ? dnnl_stream_wait(stream) : status;
  }

private:
  static constexpr int capacity = 5;
  Memory owned[capacity];
  dnnl_exec_arg_t arguments[capacity];
  int count = 0;
};

int32_t execute(const MatmulProblem &p, const Descriptors &descriptors, const lz_call_t *call) {
  PrimitiveDesc desc;
  Primitive primitive;
  if (int32_t status = makePrimitive(p, descriptors, desc, primitive))
    return status;
  const dnnl_memory_desc_t *pad = dnnl_primitive_desc_query_md(desc.get(), dnnl_query_scratchpad_md, 0);
  Scratch scratch(call->context, int64_t(pad ? dnnl_memory_desc_get_size(pad) : 0));
  if (!scratch)
    return LZ_STATUS_OUT_OF_MEMORY;
  dnnl_stream_t made = nullptr;
  if (dnnl_status_t status = dnnl_stream_create(&made, cpuEngine(), dnnl_stream_default_flags))
    return statusOf(status);
  Stream stream(made);
  Arguments arguments;
  dnnl_status_t status = arguments.add(DNNL_ARG_SRC, descriptors.a, p.a.data);
  if (status == dnnl_success)
    status = arguments.add(DNNL_ARG_WEIGHTS, descriptors.b, p.b.data);
  if (status == dnnl_success)
    status = arguments.add(DNNL_ARG_DST, descriptors.out, p.out.data);
  if (status == dnnl_success && p.bias.present)
    status = arguments.add(DNNL_ARG_BIAS, descriptors.bias, p.bias.data);
  if (status == dnnl_success && pad)
    status = arguments.add(DNNL_ARG_SCRATCHPAD, *pad, scratch.as<void>());
  return statusOf(status == dnnl_success ? arguments.run(primitive.get(), stream.get()) : status);
}

} // namespace

int32_t onednnMatmul(const lz_call_t *call) {
  MatmulProblem problem;
  if (int32_t status = readMatmul(call, problem))
    return status;
  // oneDNN describes any strides, but 2.6 reads a bias with gaps as if it had none.
  if ((problem.a.element != Element::F32 && problem.a.element != Element::BF16) ||
      !allContiguous(problem.a, problem.b, problem.bias, problem.out))
    return LZ_STATUS_UNSUPPORTED;
  if (problem.out.count == 0)
    return LZ_STATUS_OK;
  // oneDNN leaves the output as it was where there is nothing to sum, and takes operands of one type.
  if (problem.k == 0 || problem.b.element != problem.a.element)
    return matmul(call);
  if (!cpuEngine())
    return LZ_STATUS_UNSUPPORTED;
  TeamLimit limit(call, problem);
  Descriptors descriptors;
  if (int32_t status = describeAll(problem, descriptors))
    return status;
  return execute(problem, descriptors, call);
}

} // namespace lz::kernels::cpu
