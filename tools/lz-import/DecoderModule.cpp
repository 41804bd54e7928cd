//===- DecoderModule.cpp - A decoder as a module of lz operations -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "DecoderModule.h"

#include "DecoderBuilder.h"

#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace lzimport;

namespace {

/// @forward: whole sequences, which start at position 0.
class ForwardBuilder : public DecoderBuilder {
public:
  using DecoderBuilder::DecoderBuilder;

  Value build() {
    auto open = RankedTensorType::get(SmallVector<int64_t>(3, ShapedType::kDynamic), builder.getF32Type());
    return tensor::CastOp::create(builder, open, buildLogits(buildLayers()));
  }

private:
  void rotate() override {
    buildRotation(builder.getIndexAttr(1), /*lengths=*/Value(), [](ImplicitLocOpBuilder &inner, Value) -> Value {
      return arith::IndexCastOp::create(inner, inner.getI64Type(), linalg::IndexOp::create(inner, 1));
    });
  }
  Value attend(int64_t layer, Value q, Value k, Value v, const std::string &site) override;
};

} // namespace

Value ForwardBuilder::attend(int64_t layer, Value q, Value k, Value v, const std::string &site) {
  Value init = empty({config.heads, config.headDim});
  auto align = lz::Alignment::BottomRight;
  if (std::optional<int64_t> window = config.windows[layer]) {
    auto op = lz::AttentionSlidingWindowOp::create(
        builder, init.getType(), q, k, v, /*mask=*/Value(), init, /*lse=*/Value(), lz::Layout::BSHD,
        /*scale=*/FloatAttr(), /*softcap=*/FloatAttr(), align, *window, lz::DecisionAttr());
    return atSite(op, site).getResults()[0];
  }
  auto op = lz::AttentionCausalOp::create(builder, init.getType(), q, k, v, /*mask=*/Value(), init, /*lse=*/Value(),
                                          lz::Layout::BSHD, /*scale=*/FloatAttr(), /*softcap=*/FloatAttr(), align,
                                          lz::DecisionAttr());
  return atSite(op, site).getResults()[0];
}

static void buildForward(ModuleOp module, const DecoderConfig &config, const Checkpoint &checkpoint) {
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Location loc = builder.getUnknownLoc();
  auto ids = RankedTensorType::get(SmallVector<int64_t>(2, ShapedType::kDynamic), builder.getI64Type());
  auto logits = RankedTensorType::get(SmallVector<int64_t>(3, ShapedType::kDynamic), builder.getF32Type());
  auto forward = func::FuncOp::create(builder, loc, "forward", builder.getFunctionType(ids, logits));
  builder.setInsertionPointToStart(forward.addEntryBlock());
  Value result = ForwardBuilder(builder, config, checkpoint, forward.getArgument(0), /*siteSuffix=*/"").build();
  func::ReturnOp::create(builder, loc, result);
}

OwningOpRef<ModuleOp> lzimport::buildModule(MLIRContext &context, const DecoderConfig &config,
                                            const Checkpoint &checkpoint) {
  context.loadDialect<lz::LZDialect, func::FuncDialect, arith::ArithDialect, linalg::LinalgDialect, math::MathDialect,
                      tensor::TensorDialect>();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  buildForward(*module, config, checkpoint);
  return module;
}
