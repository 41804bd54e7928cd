//===- CallBuilder.h - Call blocks without a compiler ---------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builds the site and the block of one kernel call from a list of tensors, as compiled code would.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_CONFORMANCE_CALLBUILDER_H
#define LZ_TEST_CONFORMANCE_CALLBUILDER_H

#include "lzrt/abi/call.h"
#include "lzrt/abi/context.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace lz::test {

/// The roles of an operation's slots, in order; empty where the schema lists none.
inline std::vector<lz_argument_role_t> rolesOf(lz_operation_t operation) {
  struct Row {
    lz_operation_t operation;
    lz_argument_role_t role;
  };
  static constexpr Row rows[] = {
#define LZ_X(op, slot, name, role) {LZ_OP_##op, LZ_ROLE_##role},
      LZ_ARGUMENTS(LZ_X)
#undef LZ_X
  };
  std::vector<lz_argument_role_t> roles;
  for (const Row &row : rows)
    if (row.operation == operation)
      roles.push_back(row.role);
  return roles;
}

/// Collects arguments and attributes, then owns the finished site and block. Not copyable: the block points into it.
/// Reusable after `build`: a changed argument needs another `build`.
class CallBuilder {
public:
  /// Which extents and strides of an argument stand in the block rather than in the site.
  enum class Open { None, Extents, All };

  explicit CallBuilder(lz_operation_t operation) : operation(operation), roles(rolesOf(operation)) {
    slots.resize(roles.size());
  }
  CallBuilder(const CallBuilder &) = delete;
  CallBuilder &operator=(const CallBuilder &) = delete;

  /// Fills `slot`. No strides: contiguous, and stated as that.
  CallBuilder &tensor(unsigned slot, void *data, lz_dtype_t dtype, std::vector<int64_t> shape,
                      std::vector<int64_t> strides = {}, Open open = Open::None) {
    slots.at(slot) = {true, data, dtype, std::move(shape), std::move(strides), open, {}, {}};
    return *this;
  }
  CallBuilder &remove(unsigned slot) {
    slots.at(slot).present = false;
    return *this;
  }
  CallBuilder &attribute(int32_t id, int64_t value) {
    lz_attribute_t added = {id, 0, {}};
    added.value.i64 = value;
    return attribute(added);
  }
  CallBuilder &attribute(int32_t id, double value) {
    lz_attribute_t added = {id, 0, {}};
    added.value.f64 = value;
    return attribute(added);
  }
  CallBuilder &removeAttribute(int32_t id) {
    std::erase_if(attributes, [&](const lz_attribute_t &entry) { return entry.id == id; });
    return *this;
  }
  CallBuilder &name(const char *siteName) {
    siteNameText = siteName;
    return *this;
  }

  /// Lays the call out; the result is valid until the builder changes or dies.
  lz_call_t *build(lz_context_t *context) {
    arguments.clear(), data.clear(), dims.clear();
    for (unsigned slot = 0; slot < slots.size(); ++slot)
      arguments.push_back(describe(slot));
    fillSite();
    block.assign((site.call_size + sizeof(uint64_t) - 1) / sizeof(uint64_t), 0);
    auto *call = reinterpret_cast<lz_call_t *>(block.data());
    *call = {context, &site, nullptr, 0};
    std::copy(data.begin(), data.end(), reinterpret_cast<void **>(call + 1));
    std::copy(dims.begin(), dims.end(), const_cast<int64_t *>(lz_call_dims(call)));
    return call;
  }

  lz_site_t site = {};

private:
  struct Slot {
    bool present = false;
    void *data = nullptr;
    lz_dtype_t dtype = {};
    std::vector<int64_t> shape, strides;
    Open open = Open::None;
    std::vector<int64_t> siteShape, siteStrides;
  };

  CallBuilder &attribute(const lz_attribute_t &added) {
    removeAttribute(added.id);
    attributes.insert(std::find_if(attributes.begin(), attributes.end(),
                                   [&](const lz_attribute_t &entry) { return entry.id > added.id; }),
                      added);
    return *this;
  }

  static uint8_t accessOf(lz_argument_role_t role) {
    if (role == LZ_ROLE_INOUT)
      return LZ_ARGUMENT_READ | LZ_ARGUMENT_WRITTEN;
    return role == LZ_ROLE_OUT || role == LZ_ROLE_OPTIONAL_OUT ? LZ_ARGUMENT_WRITTEN : LZ_ARGUMENT_READ;
  }

  /// `values` with those that are open moved to the block.
  std::vector<int64_t> split(const std::vector<int64_t> &values, bool open) {
    if (!open)
      return values;
    dims.insert(dims.end(), values.begin(), values.end());
    return std::vector<int64_t>(values.size(), LZ_DYNAMIC);
  }

  lz_argument_t describe(unsigned index) {
    Slot &slot = slots[index];
    lz_argument_t argument = {};
    argument.data_index = argument.dims_index = LZ_NO_INDEX;
    if (!slot.present)
      return argument;
    argument.dtype = slot.dtype;
    argument.rank = uint8_t(slot.shape.size());
    argument.flags = LZ_ARGUMENT_PRESENT | accessOf(roles[index]);
    argument.alignment = std::max(1, slot.dtype.bits / 8);
    argument.data_index = uint16_t(data.size());
    data.push_back(slot.data);
    size_t before = dims.size();
    slot.siteShape = split(slot.shape, slot.open != Open::None);
    slot.siteStrides = split(slot.strides, slot.open == Open::All);
    if (dims.size() != before)
      argument.dims_index = uint16_t(before);
    argument.shape = slot.siteShape.data();
    argument.strides = slot.strides.empty() ? nullptr : slot.siteStrides.data();
    if (slot.strides.empty())
      argument.flags |= LZ_ARGUMENT_CONTIGUOUS;
    return argument;
  }

  void fillSite() {
    site = {};
    site.struct_size = sizeof(site);
    site.abi_version = LZ_ABI_VERSION;
    site.operation = uint16_t(operation);
    site.call_size = uint32_t(sizeof(lz_call_t) + data.size() * sizeof(void *) + dims.size() * sizeof(int64_t));
    site.num_arguments = uint16_t(arguments.size());
    site.num_data = uint16_t(data.size());
    site.num_dims = uint16_t(dims.size());
    site.num_attributes = uint16_t(attributes.size());
    site.arguments = arguments.data();
    site.attributes = attributes.data();
    site.name = siteNameText;
    site.location = "";
    site.mode = LZ_MODE_UNSET;
  }

  lz_operation_t operation;
  std::vector<lz_argument_role_t> roles;
  std::vector<Slot> slots;
  std::vector<lz_attribute_t> attributes;
  std::vector<lz_argument_t> arguments;
  std::vector<void *> data;
  std::vector<int64_t> dims;
  std::vector<uint64_t> block;
  const char *siteNameText = "test";
};

} // namespace lz::test

#endif // LZ_TEST_CONFORMANCE_CALLBUILDER_H
