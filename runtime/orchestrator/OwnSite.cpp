//===- OwnSite.cpp - Sites that a program describes itself -----------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A descriptor that no compiler made is checked before anything reads by it.
//
//===----------------------------------------------------------------------===//
#include "OrchestratorState.h"
#include "lzrt/abi/module.h"

#include <algorithm>

namespace lzrt {
namespace {

unsigned numOpen(const lz_argument_t &argument) {
  auto count = [&](const int64_t *list) {
    return list ? unsigned(std::count(list, list + argument.rank, LZ_DYNAMIC)) : 0u;
  };
  return count(argument.shape) + count(argument.strides);
}

/// What is wrong with an argument, or "".
std::string faultOf(const lz_site_t &site, const lz_argument_t &argument, lz_argument_role_t role) {
  const bool isOptional = role == LZ_ROLE_OPTIONAL || role == LZ_ROLE_OPTIONAL_OUT;
  if ((argument.flags & LZ_ARGUMENT_PRESENT) == 0)
    return isOptional ? "" : "must be there (LZ_ARGUMENT_PRESENT)";
  if (argument.rank > LZ_MAX_RANK)
    return "has rank " + std::to_string(argument.rank) + ", the most is " + std::to_string(LZ_MAX_RANK);
  if (argument.rank != 0 && !argument.shape)
    return "has no `shape`";
  if (argument.data_index >= site.num_data)
    return "has data_index " + std::to_string(argument.data_index) + ", but num_data is " +
           std::to_string(site.num_data);
  const unsigned open = numOpen(argument);
  if (open != 0 && (argument.dims_index == LZ_NO_INDEX || argument.dims_index + open > site.num_dims))
    return "has " + std::to_string(open) + " open extents and strides from dims_index " +
           std::to_string(argument.dims_index) + " on, but num_dims is " + std::to_string(site.num_dims);
  const bool isWritten = role != LZ_ROLE_IN && role != LZ_ROLE_OPTIONAL;
  if (isWritten != ((argument.flags & LZ_ARGUMENT_WRITTEN) != 0))
    return isWritten ? "is an output (LZ_ARGUMENT_WRITTEN)" : "is an input, and must not have LZ_ARGUMENT_WRITTEN";
  return "";
}

Status refuse(const lz_site_t &site, const std::string &fault) {
  std::string name = site.name && *site.name ? " `" + std::string(site.name) + "`" : "";
  return Status::error(LZ_STATUS_INVALID_ARGUMENT, "site" + name + ": " + fault);
}

} // namespace

Status checkSite(const lz_site_t &site) {
  if (site.operation >= LZ_OP_COUNT)
    return refuse(site, "operation " + std::to_string(site.operation) + " is none of lz_operation_t");
  if (site.mode < LZ_MODE_UNSET || site.mode >= LZ_MODE_COUNT)
    return refuse(site,
                  "mode " + std::to_string(site.mode) + " is none of lz_mode_t; LZ_MODE_UNSET leaves it to the policy");
  const std::string operation = "`" + std::string(operationName(Operation(site.operation))) + "`";
  const std::vector<ArgumentSlot> &slots = argumentsOf(Operation(site.operation));
  if (site.num_arguments != slots.size() || !site.arguments)
    return refuse(site, operation + " has " + std::to_string(slots.size()) + " argument slots, got " +
                            std::to_string(site.arguments ? site.num_arguments : 0) +
                            "; a slot that the call lacks is there without LZ_ARGUMENT_PRESENT");
  for (size_t slot = 0; slot < slots.size(); ++slot)
    if (std::string fault = faultOf(site, site.arguments[slot], slots[slot].role); !fault.empty())
      return refuse(site, "argument " + std::to_string(slot) + " (`" + std::string(slots[slot].name) + "`) of " +
                              operation + " " + fault);
  if (site.num_attributes != 0 && !site.attributes)
    return refuse(site, "num_attributes is " + std::to_string(site.num_attributes) + ", but `attributes` is null");
  return Status();
}

OwnSite::OwnSite(const lz_site_t &description, std::shared_ptr<Dispatcher> dispatcher) : site(description) {
  site.struct_size = sizeof(lz_site_t);
  site.abi_version = LZ_ABI_VERSION;
  site.call_size = uint32_t(sizeof(lz_call_t) + (size_t(site.num_data) + site.num_dims) * sizeof(uint64_t));
  site.flags |= LZ_SITE_LIVE;
  site.module = &module;
  site.live = &live;
  site.index = 0;
  site.name = site.name ? site.name : "";
  site.location = site.location ? site.location : "";
  live.stub = lzrt_live_miss;
  module.struct_size = sizeof(lz_module_t);
  module.abi_version = LZ_ABI_VERSION;
  module.name = site.name;
  module.runtime = &runtime;
  runtime = &state;
  state.module = &module;
  state.dispatcher = std::move(dispatcher);
  LiveSite &made = state.dispatcher->addLive(site, state.states);
  state.sites.push_back({made.id, &made});
}

OwnSite::~OwnSite() { state.dispatcher->removeSite(state.sites.front().id); }

} // namespace lzrt
