//===- LZBytecode.h - The version of the dialect that bytecode carries -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_DIALECT_LZ_IR_LZBYTECODE_H
#define LZ_DIALECT_LZ_IR_LZBYTECODE_H

#include "mlir/Bytecode/BytecodeImplementation.h"

namespace mlir::lz {

/// The version of the dialect in which a module was written. It covers the names of operations, operands, attributes
/// and types, the text of attributes and types, and what all of them mean. A change after which an older file would be
/// read wrongly or not at all raises `current`, converts the older file (upgradeFromVersion of the dialect's bytecode
/// interface), and keeps a file of the version before under test/Dialect/LZ/IR/Inputs. So does one after which an older
/// build would misread a newer file. A new operation or optional attribute does not: an older build refuses it by name.
struct LZDialectVersion : DialectVersion {
  static constexpr uint64_t current = 1;
  explicit LZDialectVersion(uint64_t number) : number(number) {}
  uint64_t number;
};

} // namespace mlir::lz

#endif // LZ_DIALECT_LZ_IR_LZBYTECODE_H
