//===- Shrink.h - Makes a failing module smaller -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_GENERATOR_SHRINK_H
#define LZ_TEST_GENERATOR_SHRINK_H

#include "mlir/IR/DialectRegistry.h"

#include <functional>
#include <string>

namespace lz::generator {

/// A module without what `failsAlike` does without: functions, operations, attributes, results. Arguments of the entry
/// stay.
std::string shrink(const std::string &text, const std::function<bool(const std::string &)> &failsAlike,
                   const mlir::DialectRegistry &registry);

} // namespace lz::generator
#endif // LZ_TEST_GENERATOR_SHRINK_H
