//===- Decisions.h - What sites have decided, and how that went -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_DECISIONS_H
#define LZRT_DISPATCH_DECISIONS_H

#include "../telemetry/Cells.h"
#include "AtomicTable.h"
#include "lzrt/policy/Selector.h"
#include "lzrt/telemetry/Histogram.h"

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

namespace lzrt {

/// One kernel that one site has chosen for one reason: what calls, failures and times are counted by.
struct Decision {
  uint32_t site;
  int kernel; ///< -1: the decomposition.
  Reason reason;
  std::string rule; ///< Name or "#index" of its rule, else "".
  uint32_t cell;    ///< Counts its calls; cells::none where memory was short.
  std::atomic<uint64_t> failures{0}, continuations{0};
  Histogram duration; ///< Of a sample of its calls.
};

/// Every decision since its owner began, one for equal ones however often policies come and go. Thread-safe.
class DecisionTable {
public:
  /// Past this many names of rules, or decisions, further names count as "(other)": a policy that is rewritten for ever
  /// must not grow the process, nor use up the cells, without which nothing is cached.
  static constexpr size_t maxRules = 4096, maxNamed = 65'536;

  DecisionTable() = default;
  ~DecisionTable();
  DecisionTable(const DecisionTable &) = delete;
  DecisionTable &operator=(const DecisionTable &) = delete;

  Decision &of(uint32_t site, int kernel, Reason reason, const std::string &rule);
  /// By the number of its cell, without a lock.
  Decision *ofCell(uint32_t cell) const { return byCell.get(cell); }
  void forEach(const std::function<void(const Decision &)> &body) const;
  /// Ends the decisions of a site that is no more: their numbers may come back for others.
  void forget(uint32_t site);

private:
  using Key = std::tuple<uint32_t, int, Reason, std::string>;
  mutable std::mutex mutex;
  std::map<Key, std::unique_ptr<Decision>> decisions;
  std::set<std::string> rules;
  AtomicTable<Decision> byCell;
};

} // namespace lzrt
#endif // LZRT_DISPATCH_DECISIONS_H
