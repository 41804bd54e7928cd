//===- Arguments.h - Checked access to the arguments of a call ------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A kernel reads its call through `ArgumentReader`, which checks what the call block does not promise: that a slot is
// filled, that ranks and extents are sane, that pointers fit their elements. After the first fault the reader keeps its
// status and hands out empty tensors.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_COMMON_ARGUMENTS_H
#define LZ_KERNELS_COMMON_ARGUMENTS_H

#include "Element.h"
#include "lzrt/abi/context.h"

#include <cstring>

namespace lz::kernels {

/// A borrowed argument. Strides count elements; `data` is null only where `count` is 0 or `present` is false.
struct Tensor {
  char *data = nullptr;
  Element element = Element::Other;
  bool present = false;
  bool contiguous = true; ///< Row-major without gaps, extents of 1 aside.
  int rank = 0;
  int64_t count = 0;
  int64_t shape[LZ_MAX_RANK] = {};
  int64_t strides[LZ_MAX_RANK] = {};

  int64_t last() const { return shape[rank - 1]; }
  template <typename T> T *as() const { return reinterpret_cast<T *>(data); }
};

inline bool sameShape(const Tensor &a, const Tensor &b) {
  return a.rank == b.rank && std::memcmp(a.shape, b.shape, sizeof(int64_t) * a.rank) == 0;
}

/// What stands beside the data, as weights and tables do, may have the type of the data or float32.
inline bool isParameterOf(const Tensor &parameter, const Tensor &data) {
  return parameter.element == data.element || parameter.element == Element::F32;
}

/// Reads slots of one call. The call block itself is trusted to be as the site describes it.
class ArgumentReader {
public:
  explicit ArgumentReader(const lz_call_t *call) : call(call) {
    if (!call || !call->site || !call->site->arguments)
      result = LZ_STATUS_INVALID_ARGUMENT;
  }

  int32_t status() const { return result; }
  bool ok() const { return result == LZ_STATUS_OK; }
  /// Keeps the first status whose condition fails.
  void require(bool condition, int32_t otherwise) {
    if (!condition && ok())
      result = otherwise;
  }
  void valid(bool condition) { require(condition, LZ_STATUS_INVALID_ARGUMENT); }
  void supported(bool condition) { require(condition, LZ_STATUS_UNSUPPORTED); }

  Tensor argument(unsigned slot) {
    valid(ok() && lz_call_has(call, slot));
    return read(slot);
  }
  /// An argument that may be missing: then `present` is false.
  Tensor optional(unsigned slot) { return ok() && lz_call_has(call, slot) ? read(slot) : Tensor(); }

  const lz_attribute_t *attribute(int32_t id) const { return ok() ? lz_call_attribute(call, id) : nullptr; }
  int64_t mandatory(int32_t id) {
    const lz_attribute_t *found = attribute(id);
    valid(found != nullptr);
    return found ? found->value.i64 : 0;
  }

private:
  Tensor read(unsigned slot) {
    Tensor tensor;
    if (!ok())
      return tensor;
    const lz_argument_t &argument = call->site->arguments[slot];
    valid(argument.rank <= LZ_MAX_RANK && argument.data_index < call->site->num_data);
    if (!ok())
      return tensor;
    lz_tensor_view_t view;
    lz_call_tensor(call, slot, &view);
    fill(view, tensor);
    check(tensor);
    return ok() ? tensor : Tensor();
  }

  static void fill(const lz_tensor_view_t &view, Tensor &tensor) {
    tensor.data = static_cast<char *>(view.tensor.data);
    tensor.element = elementOf(view.tensor.dtype);
    tensor.present = true;
    tensor.rank = view.tensor.ndim;
    std::memcpy(tensor.shape, view.shape, sizeof(int64_t) * tensor.rank);
    std::memcpy(tensor.strides, view.strides, sizeof(int64_t) * tensor.rank);
  }

  void check(Tensor &tensor) {
    supported(tensor.element != Element::Other);
    bool empty = false;
    for (int i = 0; i < tensor.rank; ++i) {
      valid(tensor.shape[i] >= 0);
      empty |= tensor.shape[i] == 0;
    }
    int64_t count = empty ? 0 : 1, bytes = 0;
    for (int i = tensor.rank - 1; i >= 0 && !empty; --i) {
      tensor.contiguous &= tensor.shape[i] == 1 || tensor.strides[i] == count;
      valid(!__builtin_mul_overflow(count, tensor.shape[i], &count));
    }
    valid(!__builtin_mul_overflow(count, int64_t(sizeOf(tensor.element)), &bytes));
    tensor.count = count;
    valid(count == 0 || tensor.data != nullptr);
    auto address = reinterpret_cast<uintptr_t>(tensor.data);
    supported(count == 0 || !ok() || address % sizeOf(tensor.element) == 0);
  }

  const lz_call_t *call;
  int32_t result = LZ_STATUS_OK;
};

} // namespace lz::kernels

#endif // LZ_KERNELS_COMMON_ARGUMENTS_H
