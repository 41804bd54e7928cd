//===- Modes.cpp - Precedence and fallback of modes -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Policy/Modes.h"

#include "lz/Policy/Residual.h"
#include "lzrt/policy/Diagnostics.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace mlir::lz;

FailureOr<Mode> mlir::lz::parseMode(ModuleOp module, StringRef option, StringRef name) {
  if (std::optional<Mode> mode = symbolizeMode(name))
    return *mode;
  std::vector<std::string> names;
  for (int mode = 0; mode < LZ_MODE_COUNT; ++mode)
    names.emplace_back(lzrt::modeName(lzrt::Mode(mode)));
  InFlightDiagnostic diagnostic = module.emitError("option `") << option << "`: unknown mode `" << name << "`";
  if (std::string near = lzrt::nearest(name.str(), names); !near.empty())
    diagnostic << "; did you mean `" << near << "`?";
  return diagnostic;
}

/// The `lz.mode` of an op; null where there is none.
static FailureOr<ModeAttr> modeAttributeOf(Operation *op) {
  Attribute attribute = op->getAttr(LZDialect::getModeAttrName());
  if (!attribute || isa<ModeAttr>(attribute))
    return dyn_cast_or_null<ModeAttr>(attribute);
  return op->emitError("expected `lz.mode` to be a #lz.mode, got ") << attribute;
}

/// The `lz.mode` of the nearest enclosing `OpT` that has one.
template <typename OpT> static FailureOr<ModeAttr> enclosingModeOf(Operation *op) {
  for (auto parent = op->getParentOfType<OpT>(); parent; parent = parent->template getParentOfType<OpT>()) {
    FailureOr<ModeAttr> mode = modeAttributeOf(parent);
    if (failed(mode) || *mode)
      return mode;
  }
  return ModeAttr();
}

FailureOr<Mode> mlir::lz::requestedMode(KernelOpInterface op, const ModeOptions &options,
                                        const lzrt::Selector &selector) {
  FailureOr<ModeAttr> own = modeAttributeOf(op), function = enclosingModeOf<FunctionOpInterface>(op),
                      module = enclosingModeOf<ModuleOp>(op);
  if (failed(own) || failed(function) || failed(module))
    return failure();
  if (*own)
    return own->getValue();
  if (*function)
    return function->getValue();
  if (options.mode)
    return *options.mode;
  if (lzrt::Mode mode = selector.modeOf(op.getSchemaOperation()); mode != LZ_MODE_UNSET)
    return toMode(mode);
  return *module ? module->getValue() : Mode::Auto;
}

SmallVector<Mode> mlir::lz::modesToTry(KernelOpInterface op, Mode requested, const ModeOptions &options,
                                       const PolicyAnalysis &policy) {
  SmallVector<Mode> modes;
  // Static has candidates of its own (S0), all others share theirs (S1..S3).
  auto add = [&](lzrt::Mode mode) {
    bool isStatic = mode == LZ_MODE_STATIC;
    if (llvm::none_of(modes, [&](Mode other) { return (other == Mode::Static) == isStatic; }))
      modes.push_back(toMode(mode));
  };
  add(requested == Mode::Auto
          ? policy.getSelector().resolveAuto(op.getSchemaOperation(), policy.hasPath(), fromMode(options.otherwise))
          : fromMode(requested));
  for (lzrt::Mode mode : lzrt::Selector::fallbackModes(fromMode(requested)))
    add(mode);
  return modes;
}
