//===- Figures.h - The figures, one function each ---------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A new figure is a file, a line here and a line in Figures.cpp.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_BENCH_RUNTIME_FIGURES_H
#define LZ_TEST_BENCH_RUNTIME_FIGURES_H

#include "Bench.h"

namespace bench {

std::vector<Row> coldSelection(const Options &options);
std::vector<Row> compiled(const Options &options);
std::vector<Row> hits(const Options &options);
std::vector<Row> instructions(const Options &options);
std::vector<Row> parse(const Options &options);
std::vector<Row> publishing(const Options &options);
std::vector<Row> readers(const Options &options);
std::vector<Row> reloading(const Options &options);
std::vector<Row> siteMemory(const Options &options);
std::vector<Row> snapshotMemory(const Options &options);
std::vector<Row> tableHits(const Options &options);
std::vector<Row> threads(const Options &options);

} // namespace bench
#endif // LZ_TEST_BENCH_RUNTIME_FIGURES_H
