//===- Box.h - A region in the terms that a stub compares -------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A region speaks of facts. The stub of a live site has the site's first four open extents in registers (abi/call.h),
// and so compares these: a box of one interval for each.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_SELECTION_BOX_H
#define LZRT_SELECTION_BOX_H

#include "Region.h"
#include "lzrt/abi/call.h"

#include <array>
#include <optional>

namespace lzrt {

/// What is known of a site without a call: open extents and strides are Open, and so are the context's facts.
CallView viewOf(const lz_site_t &site);

/// A box around a call, within its region: it may be smaller, never larger.
struct Box {
  static constexpr unsigned numRegisters = 4;
  std::array<uint32_t, numRegisters> low{}, span{~0u, ~0u, ~0u, ~0u};
  /// How many registers must be compared: those behind it may be anything.
  unsigned numCompared() const;
};

/// Turns the regions of one site's calls into boxes. Immutable.
class BoxMaker {
public:
  explicit BoxMaker(const lz_site_t &site);
  /// The box around `call`, which lies in `region`; nullopt where the registers cannot tell the region: it hangs on an
  /// extent that has no register, or on strides. What hangs on the context or on rollouts is not part of a box.
  std::optional<Box> boxOf(const Region &region, const lz_call_t &call) const;

private:
  struct Register {
    unsigned slot, dim;
  };
  class Maker;
  const lz_site_t &site;
  CallView view;
  FactSet facts;
  std::vector<Register> registers;
  /// Every open entry of the block has a register.
  bool seesAll = true;
};

} // namespace lzrt
#endif // LZRT_SELECTION_BOX_H
