//===- RunningCall.cpp - The facts of a call block -------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads abi/call.h and abi/context.h. What a running call does not tell and nothing completes is Absent: no later
// moment could settle it.
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Facts.h"

namespace lzrt {
namespace {

std::optional<int64_t> openOr(int64_t fixed, const int64_t *&open) { return fixed == LZ_DYNAMIC ? *open++ : fixed; }

CallView::Argument argumentOf(const lz_call_t *call, const lz_argument_t &slot) {
  CallView::Argument argument;
  argument.present = (slot.flags & LZ_ARGUMENT_PRESENT) != 0;
  if (!argument.present)
    return argument;
  argument.written = (slot.flags & LZ_ARGUMENT_WRITTEN) != 0;
  argument.dtype = slot.dtype;
  const int64_t *open = lz_call_dims(call) + (slot.dims_index == LZ_NO_INDEX ? 0 : slot.dims_index);
  for (unsigned dim = 0; dim < slot.rank; ++dim)
    argument.shape.push_back(openOr(slot.shape[dim], open));
  for (unsigned dim = 0; slot.strides && dim < slot.rank; ++dim)
    argument.strides.push_back(openOr(slot.strides[dim], open));
  return argument;
}

void readAttribute(const lz_attribute_t &attribute, CallView &view) {
  switch (attribute.id) {
#define LZ_READ_I64(id) view.integers[id] = attribute.value.i64
#define LZ_READ_F64(id) view.floats[id] = attribute.value.f64
#define LZ_X(id, name, type)                                                                                           \
  case LZ_ATTR_##id:                                                                                                   \
    LZ_READ_##type(LZ_ATTR_##id);                                                                                      \
    break;
    LZ_ATTRIBUTES(LZ_X)
#undef LZ_X
#undef LZ_READ_I64
#undef LZ_READ_F64
  }
}

/// The policy's name of a device: "cpu", "cuda:0"; Absent where policies have none. Types are DLPack's.
Fact deviceFact(const lz_device_t &device) {
  const char *platform = device.type == 2 ? "cuda" : device.type == 10 ? "rocm" : device.type == 14 ? "xpu" : nullptr;
  if (device.type == 1)
    return Fact::known(std::string("cpu"));
  return platform ? Fact::known(platform + (":" + std::to_string(device.id))) : Fact::absent();
}

Fact textFact(const char *text) { return text ? Fact::known(std::string(text)) : Fact::absent(); }

/// The process facts that the embedder has set.
void readContext(const lz_context_t &context, FactSet &facts) {
  auto knows = [&](uint32_t bit) { return (context.known & bit) != 0; };
  facts.set(LZ_FACT_DEVICE, knows(LZ_KNOWS_DEVICE) ? textFact(context.device_name) : deviceFact(context.device));
  if (knows(LZ_KNOWS_REQUIRES_DETERMINISTIC))
    facts.set(LZ_FACT_REQUIRES_DETERMINISTIC, Fact::known(context.requires_deterministic != 0));
  if (knows(LZ_KNOWS_IS_CUDA_GRAPH_CAPTURING))
    facts.set(LZ_FACT_IS_CUDA_GRAPH_CAPTURING, Fact::known(context.is_cuda_graph_capturing != 0));
  if (knows(LZ_KNOWS_TP_SIZE))
    facts.set(LZ_FACT_TP_SIZE, Fact::known(context.tp_size));
  if (knows(LZ_KNOWS_PP_SIZE))
    facts.set(LZ_FACT_PP_SIZE, Fact::known(context.pp_size));
  if (knows(LZ_KNOWS_RANK))
    facts.set(LZ_FACT_RANK, Fact::known(context.rank));
  if (knows(LZ_KNOWS_TENANT))
    facts.set(LZ_FACT_TENANT, textFact(context.tenant));
  if (knows(LZ_KNOWS_SM))
    facts.set(LZ_FACT_SM, Fact::known(context.sm));
  if (knows(LZ_KNOWS_ARCH))
    facts.set(LZ_FACT_ARCH, textFact(context.arch));
  if (knows(LZ_KNOWS_PLATFORM))
    facts.set(LZ_FACT_PLATFORM, textFact(context.platform));
  const SchemaRow *keys = schemaRow(facts.operation(), LZ_FACT_SEQ_LEN_K);
  if (knows(LZ_KNOWS_SEQ_LEN_K) && keys && keys->source == LZ_SOURCE_CONTEXT)
    facts.set(LZ_FACT_SEQ_LEN_K, Fact::known(context.seq_len_k));
}

} // namespace

CallView viewOf(const lz_call_t *call) {
  const lz_site_t &site = *call->site;
  CallView view;
  view.operation = Operation(site.operation);
  view.arguments.reserve(site.num_arguments);
  for (unsigned slot = 0; slot < site.num_arguments; ++slot)
    view.arguments.push_back(argumentOf(call, site.arguments[slot]));
  for (unsigned i = 0; i < site.num_attributes; ++i)
    readAttribute(site.attributes[i], view);
  view.site = site.name ? site.name : "";
  return view;
}

FactSet factsOf(const lz_call_t *call) {
  FactSet facts = factsOf(viewOf(call));
  if (call->context)
    readContext(*call->context, facts);
  facts.complete();
  for (const SchemaRow &row : schemaOf(facts.operation()))
    if (row.source != LZ_SOURCE_CANDIDATE && facts.get(row.fact).isOpen())
      facts.set(row.fact, Fact::absent());
  return facts;
}

} // namespace lzrt
