//===- DialectInterfaces.cpp - Inlining and bytecode -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/IR/LZBytecode.h"
#include "lz/Dialect/LZ/IR/LZDialect.h"

#include "mlir/Bytecode/BytecodeImplementation.h"
#include "mlir/Transforms/InliningUtils.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::lz;

namespace {

/// What a model is written in may move into another function. What lowering makes may not: it belongs to the context
/// and the frame of its function.
struct LZInlinerInterface : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  bool isLegalToInline(Operation *op, Region *, bool, IRMapping &) const override {
    return isa<KernelOpInterface, ParameterOp>(op);
  }
};

/// Attributes and types travel as text, inherent attributes as dictionaries (readNamedProperties); the version says
/// whether this build knows what they mean.
struct LZBytecodeInterface : BytecodeDialectInterface {
  explicit LZBytecodeInterface(Dialect *dialect) : BytecodeDialectInterface(dialect) {}

  void writeVersion(DialectBytecodeWriter &writer) const override { writer.writeVarInt(LZDialectVersion::current); }

  std::unique_ptr<DialectVersion> readVersion(DialectBytecodeReader &reader) const override {
    uint64_t number = 0;
    if (failed(reader.readVarInt(number)))
      return nullptr;
    if (number == 0 || number > LZDialectVersion::current) {
      reader.emitError() << "bytecode holds version " << number
                         << " of the `lz` dialect, but this build reads versions 1 to " << LZDialectVersion::current
                         << "; read it with the LZ that wrote it or a newer one";
      return nullptr;
    }
    return std::make_unique<LZDialectVersion>(number);
  }
};

} // namespace

void LZDialect::registerInterfaces() { addInterfaces<LZBytecodeInterface, LZInlinerInterface>(); }

FailureOr<DictionaryAttr> mlir::lz::detail::readNamedProperties(DialectBytecodeReader &reader, OperationName name) {
  DictionaryAttr attributes;
  if (failed(reader.readOptionalAttribute(attributes)))
    return failure();
  if (!attributes)
    return DictionaryAttr::get(reader.getContext());
  for (NamedAttribute attribute : attributes)
    if (!llvm::is_contained(name.getAttributeNames(), attribute.getName()))
      return reader.emitError() << "`" << name << "` has no attribute `" << attribute.getName().getValue()
                                << "` in this build; read the bytecode with the LZ that wrote it or a newer one";
  return attributes;
}

void mlir::lz::detail::writeNamedProperties(DialectBytecodeWriter &writer, Attribute attributes) {
  writer.writeOptionalAttribute(attributes);
}
