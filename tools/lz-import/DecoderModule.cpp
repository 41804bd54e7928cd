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
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
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

namespace {

/// @prefill and @decode: tokens that follow those whose keys and values are in the caches.
class CachedBuilder : public DecoderBuilder {
public:
  /// The caches are those of each layer, keys before values.
  CachedBuilder(OpBuilder &builder, const DecoderConfig &config, const Checkpoint &checkpoint, Value ids, Value lengths,
                ValueRange caches, bool isDecode)
      : DecoderBuilder(builder, config, checkpoint, ids, isDecode ? "@decode" : "@prefill"), lengths(lengths),
        caches(caches), isDecode(isDecode) {}

  /// Logits of the last token, and the caches.
  SmallVector<Value> build();

private:
  void rotate() override;
  Value attend(int64_t layer, Value q, Value k, Value v, const std::string &site) override;
  template <typename Op> Value attendTo(int64_t layer, Value q, const std::string &site);
  /// The last token of each sequence, [batch, 1, width].
  Value last(Value hidden);

  Value lengths;
  SmallVector<Value> caches;
  bool isDecode;
};

} // namespace

void CachedBuilder::rotate() {
  Value count = getValueOrCreateConstantIndexOp(builder, builder.getLoc(), sequence);
  count = arith::IndexCastOp::create(builder, builder.getI64Type(), count);
  buildRotation(batch, lengths, [&](ImplicitLocOpBuilder &inner, Value length) -> Value {
    Value first = arith::SubIOp::create(inner, length, count);
    Value token = arith::IndexCastOp::create(inner, inner.getI64Type(), linalg::IndexOp::create(inner, 1));
    return arith::AddIOp::create(inner, first, token);
  });
}

template <typename Op> Value CachedBuilder::attendTo(int64_t layer, Value q, const std::string &site) {
  Value init = empty({config.heads, config.headDim});
  IntegerAttr window;
  if (config.windows[layer])
    window = builder.getI64IntegerAttr(*config.windows[layer]);
  auto op = Op::create(builder, init.getType(), q, caches[2 * layer], caches[2 * layer + 1], lengths,
                       /*block_table=*/Value(), /*mask=*/Value(), init, /*lse=*/Value(), lz::Layout::BSHD,
                       lz::KVLayout::Dense, lz::Alignment::BottomRight, /*scale=*/FloatAttr(), /*softcap=*/FloatAttr(),
                       window, /*max_context_len=*/IntegerAttr(), lz::DecisionAttr());
  return this->atSite(op, site).getResults()[0];
}

Value CachedBuilder::attend(int64_t layer, Value q, Value k, Value v, const std::string &site) {
  auto layerCaches = MutableArrayRef(caches).slice(2 * layer, 2);
  auto update = lz::KVCacheUpdateOp::create(builder, TypeRange(ValueRange(layerCaches)), k, v, lengths,
                                            /*block_table=*/Value(), layerCaches[0], layerCaches[1], lz::Layout::BSHD,
                                            lz::KVLayout::Dense, /*max_context_len=*/IntegerAttr(), lz::DecisionAttr());
  llvm::copy(atSite(update, site + ".cache").getResults(), layerCaches.begin());
  return isDecode ? attendTo<lz::AttentionDecodeOp>(layer, q, site) : attendTo<lz::AttentionPrefillOp>(layer, q, site);
}

Value CachedBuilder::last(Value hidden) {
  OpFoldResult one = builder.getIndexAttr(1), zero = builder.getIndexAttr(0);
  OpFoldResult width = tensor::getMixedSize(builder, builder.getLoc(), hidden, 2);
  Value count = getValueOrCreateConstantIndexOp(builder, builder.getLoc(), sequence);
  Value offset = arith::SubIOp::create(builder, count, arith::ConstantIndexOp::create(builder, 1));
  return tensor::ExtractSliceOp::create(builder, hidden, {zero, getAsOpFoldResult(offset), zero}, {batch, one, width},
                                        {one, one, one});
}

SmallVector<Value> CachedBuilder::build() {
  if (!isDecode) {
    Value count = getValueOrCreateConstantIndexOp(builder, builder.getLoc(), sequence);
    Value zero = arith::ConstantIndexOp::create(builder, 0);
    Value hasTokens = arith::CmpIOp::create(builder, arith::CmpIPredicate::sgt, count, zero);
    cf::AssertOp::create(builder, hasTokens, "`@prefill` needs at least one token a sequence");
  }
  Sum sum = buildLayers();
  if (!isDecode)
    sum = {last(sum.hidden), last(sum.residual)};
  sequence = builder.getIndexAttr(1);
  SmallVector<ReassociationIndices> groups{{0, 1}, {2}};
  SmallVector<Value> results{tensor::CollapseShapeOp::create(builder, buildLogits(sum), groups)};
  llvm::append_range(results, caches);
  return results;
}

namespace {

struct EntryInfo {
  Entry entry;
  StringLiteral name;
};

constexpr EntryInfo entryNames[] = {
    {Entry::Forward, "forward"}, {Entry::Prefill, "prefill"}, {Entry::Decode, "decode"}};

} // namespace

std::optional<Entry> lzimport::entryNamed(StringRef name) {
  const EntryInfo *found = llvm::find_if(entryNames, [&](const EntryInfo &info) { return info.name == name; });
  return found == std::end(entryNames) ? std::nullopt : std::optional(found->entry);
}

/// An empty public function at the end of the module; the builder stands in its body.
static func::FuncOp createFunction(ModuleOp module, OpBuilder &builder, Entry entry, TypeRange inputs,
                                   TypeRange results) {
  builder.setInsertionPointToEnd(module.getBody());
  StringRef name = llvm::find_if(entryNames, [&](const EntryInfo &info) { return info.entry == entry; })->name;
  auto function =
      func::FuncOp::create(builder, builder.getUnknownLoc(), name, builder.getFunctionType(inputs, results));
  builder.setInsertionPointToStart(function.addEntryBlock());
  return function;
}

static void buildForward(ModuleOp module, const DecoderConfig &config, const Checkpoint &checkpoint) {
  OpBuilder builder(module.getContext());
  auto ids = RankedTensorType::get(SmallVector<int64_t>(2, ShapedType::kDynamic), builder.getI64Type());
  auto logits = RankedTensorType::get(SmallVector<int64_t>(3, ShapedType::kDynamic), builder.getF32Type());
  func::FuncOp forward = createFunction(module, builder, Entry::Forward, ids, logits);
  Value result = ForwardBuilder(builder, config, checkpoint, forward.getArgument(0), /*siteSuffix=*/"").build();
  func::ReturnOp::create(builder, builder.getUnknownLoc(), result);
}

static void buildCached(ModuleOp module, const DecoderConfig &config, const Checkpoint &checkpoint, bool isDecode) {
  constexpr int64_t open = ShapedType::kDynamic;
  OpBuilder builder(module.getContext());
  Type i64 = builder.getI64Type(), f32 = builder.getF32Type();
  SmallVector<Type> inputs{RankedTensorType::get({open, isDecode ? 1 : open}, i64), RankedTensorType::get({open}, i64)};
  SmallVector<Type> results{RankedTensorType::get({open, config.vocabSize}, f32)};
  SmallVector<Type> caches(2 * config.layers, RankedTensorType::get({open, open, config.kvHeads, config.headDim}, f32));
  llvm::append_range(inputs, caches);
  llvm::append_range(results, caches);
  func::FuncOp function = createFunction(module, builder, isDecode ? Entry::Decode : Entry::Prefill, inputs, results);
  for (unsigned i = 2; i < function.getNumArguments(); ++i)
    function.setArgAttr(i, lz::LZDialect::getDonatedAttrName(), builder.getUnitAttr());
  ValueRange arguments = function.getArguments();
  func::ReturnOp::create(
      builder, builder.getUnknownLoc(),
      CachedBuilder(builder, config, checkpoint, arguments[0], arguments[1], arguments.drop_front(2), isDecode)
          .build());
}

OwningOpRef<ModuleOp> lzimport::buildModule(MLIRContext &context, const DecoderConfig &config,
                                            const Checkpoint &checkpoint, ArrayRef<Entry> entries) {
  context.loadDialect<lz::LZDialect, func::FuncDialect, arith::ArithDialect, cf::ControlFlowDialect,
                      linalg::LinalgDialect, math::MathDialect, tensor::TensorDialect>();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  for (Entry entry : entries)
    if (entry == Entry::Forward)
      buildForward(*module, config, checkpoint);
    else
      buildCached(*module, config, checkpoint, /*isDecode=*/entry == Entry::Decode);
  return module;
}
