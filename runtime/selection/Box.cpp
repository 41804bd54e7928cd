//===- Box.cpp - A region in the terms that a stub compares ----------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Box.h"

namespace lzrt {
namespace {

/// Room for products of extents and of the ends of intervals.
using Wide = __int128;

constexpr int64_t largest = std::numeric_limits<int64_t>::max();

Wide floorOf(Wide value, Wide divisor) { return value / divisor - (value % divisor != 0 && value < 0); }
Wide ceilingOf(Wide value, Wide divisor) { return -floorOf(-value, divisor); }

/// Facts that the site's descriptor does not tell, but the context or the candidate.
bool isOfContext(const SchemaRow &row) {
  return row.source == LZ_SOURCE_TARGET || row.source == LZ_SOURCE_CONTEXT || row.source == LZ_SOURCE_CANDIDATE;
}

} // namespace

CallView viewOf(const lz_site_t &site) {
  std::vector<uint64_t> storage((sizeof(lz_call_t) + (site.num_data + site.num_dims) * sizeof(uint64_t)) / 8, 0);
  auto *call = reinterpret_cast<lz_call_t *>(storage.data());
  call->site = &site;
  for (unsigned i = 0; i < site.num_dims; ++i)
    const_cast<int64_t *>(lz_call_dims(call))[i] = LZ_DYNAMIC;
  CallView view = viewOf(call);
  auto open = [](std::vector<std::optional<int64_t>> &list) {
    for (std::optional<int64_t> &value : list)
      if (value == LZ_DYNAMIC)
        value.reset();
  };
  for (CallView::Argument &argument : view.arguments) {
    open(argument.shape);
    open(argument.strides);
  }
  return view;
}

unsigned Box::numCompared() const {
  unsigned count = numRegisters;
  while (count != 0 && low[count - 1] == 0 && span[count - 1] == ~0u)
    --count;
  return count;
}

BoxMaker::BoxMaker(const lz_site_t &site) : site(site), view(viewOf(site)), facts(factsOf(view)) {
  for (unsigned slot = 0; slot < view.arguments.size(); ++slot) {
    const CallView::Argument &argument = view.arguments[slot];
    for (unsigned dim = 0; dim < argument.shape.size(); ++dim)
      if (!argument.shape[dim])
        registers.push_back({slot, dim});
    for (const std::optional<int64_t> &stride : argument.strides)
      seesAll &= stride.has_value();
  }
  if (registers.size() > Box::numRegisters) {
    registers.resize(Box::numRegisters);
    seesAll = false;
  }
}

/// One box in the making.
class BoxMaker::Maker {
public:
  Maker(const BoxMaker &maker, const lz_call_t &call) : maker(maker), call(call) { intervals.fill({0, largest}); }

  /// False where the registers cannot tell the fact.
  bool add(FactId fact, const std::optional<Interval> &interval) {
    const SchemaRow *row = schemaRow(maker.view.operation, fact);
    if (!row || isOfContext(*row) || !maker.facts.get(fact).isOpen())
      return true;
    std::vector<std::pair<unsigned, unsigned>> factors = extentsOf(maker.view, fact);
    if (factors.empty())
      return addEveryPoint();
    return addProduct(factors, interval);
  }

  std::optional<Box> finish() const {
    Box box;
    for (unsigned i = 0; i < intervals.size(); ++i) {
      Wide high = std::min<Wide>(intervals[i].high, ~0u);
      if (intervals[i].low < 0 || intervals[i].low > high)
        return std::nullopt; // an extent of more than 32 bits
      // A bound past 32 bits must not come to look like none.
      if (intervals[i].low == 0 && high == ~0u && intervals[i].high != largest)
        --high;
      box.low[i] = uint32_t(intervals[i].low);
      box.span[i] = uint32_t(high - intervals[i].low);
    }
    return box;
  }

private:
  int64_t extent(unsigned slot, unsigned dim) const {
    const lz_argument_t &argument = maker.site.arguments[slot];
    if (argument.shape[dim] != LZ_DYNAMIC)
      return argument.shape[dim];
    unsigned index = argument.dims_index;
    for (unsigned i = 0; i < dim; ++i)
      index += argument.shape[i] == LZ_DYNAMIC;
    return lz_call_dims(&call)[index];
  }

  std::optional<unsigned> registerOf(unsigned slot, unsigned dim) const {
    for (unsigned i = 0; i < maker.registers.size(); ++i)
      if (maker.registers[i].slot == slot && maker.registers[i].dim == dim)
        return i;
    return std::nullopt;
  }

  void pin(unsigned index) {
    int64_t value = extent(maker.registers[index].slot, maker.registers[index].dim);
    intervals[index].narrow({value, value});
  }

  bool addEveryPoint() {
    for (unsigned i = 0; i < maker.registers.size(); ++i)
      pin(i);
    return maker.seesAll;
  }

  /// All open extents but the last stay as they are; that one may move as far as the product's interval lets it.
  /// Without an interval, none may.
  bool addProduct(const std::vector<std::pair<unsigned, unsigned>> &factors, const std::optional<Interval> &interval) {
    Wide others = 1;
    std::optional<unsigned> free;
    for (auto [slot, dim] : factors) {
      if (maker.view.arguments[slot].shape[dim]) {
        others = std::min<Wide>(others * extent(slot, dim), largest);
        continue;
      }
      std::optional<unsigned> index = registerOf(slot, dim);
      if (!index)
        return false;
      if (free) {
        pin(*free);
        others = std::min<Wide>(others * extent(maker.registers[*free].slot, maker.registers[*free].dim), largest);
      }
      free = index;
    }
    if (!interval)
      return pin(*free), true;
    if (others == 0)
      return true; // the product is 0 whatever the last one is
    Wide low = std::max<Wide>(ceilingOf(interval->low, others), 0);
    // Products saturate, so that the largest number bounds nothing.
    Wide high = interval->high == largest ? Wide(largest) : floorOf(interval->high, others);
    if (low > largest)
      return pin(*free), true;
    intervals[*free].narrow({int64_t(low), int64_t(std::min<Wide>(high, largest))});
    return true;
  }

  const BoxMaker &maker;
  const lz_call_t &call;
  std::array<Interval, Box::numRegisters> intervals;
};

std::optional<Box> BoxMaker::boxOf(const Region &region, const lz_call_t &call) const {
  Maker maker(*this, call);
  for (const Region::Bound &bound : region.integers)
    if (!maker.add(bound.fact, bound.interval))
      return std::nullopt;
  for (FactId fact : region.exact)
    if (!maker.add(fact, std::nullopt))
      return std::nullopt;
  return maker.finish();
}

} // namespace lzrt
