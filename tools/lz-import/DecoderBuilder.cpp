//===- DecoderBuilder.cpp - The operations of a decoder's pass -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "DecoderBuilder.h"

#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace lzimport;

static const SmallVector<ReassociationIndices> headGroups{{0}, {1}, {2, 3}};

DecoderBuilder::DecoderBuilder(OpBuilder &builder, const DecoderConfig &config, const Checkpoint &checkpoint, Value ids,
                               StringRef siteSuffix)
    : builder(builder.getUnknownLoc(), builder), config(config), ids(ids), checkpoint(checkpoint),
      siteSuffix(siteSuffix) {
  SmallVector<OpFoldResult> extents = tensor::getMixedSizes(this->builder, this->builder.getLoc(), ids);
  batch = extents[0], sequence = extents[1];
}

void DecoderBuilder::nameSite(Operation *op, const Twine &path) {
  op->setAttr(lz::LZDialect::getSiteAttrName(), builder.getStringAttr(path + siteSuffix));
}

Value DecoderBuilder::parameter(const Twine &name) {
  std::string text = name.str();
  const StoredTensor *stored = checkpoint.find(text);
  assert(stored && "checkTensors has found every tensor");
  Type element = stored->dtype == "F32"   ? Type(builder.getF32Type())
                 : stored->dtype == "F16" ? Type(builder.getF16Type())
                                          : Type(builder.getBF16Type());
  return lz::ParameterOp::create(builder, RankedTensorType::get(stored->shape, element), builder.getStringAttr(text));
}

Value DecoderBuilder::asF32(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (type.getElementType().isF32())
    return tensor;
  SmallVector<OpFoldResult> extents = tensor::getMixedSizes(builder, builder.getLoc(), tensor);
  Value init = tensor::EmptyOp::create(builder, extents, builder.getF32Type());
  SmallVector<AffineMap> maps(2, builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
  auto body = [](OpBuilder &nested, Location loc, ValueRange arguments) {
    Value wide = arith::ExtFOp::create(nested, loc, nested.getF32Type(), arguments[0]);
    linalg::YieldOp::create(nested, loc, wide);
  };
  return linalg::GenericOp::create(builder, init.getType(), tensor, init, maps, iterators, body).getResult(0);
}

Value DecoderBuilder::empty(ArrayRef<int64_t> trailing) {
  SmallVector<OpFoldResult> extents{batch, sequence};
  llvm::append_range(extents, getAsIndexOpFoldResult(builder.getContext(), trailing));
  return tensor::EmptyOp::create(builder, extents, builder.getF32Type());
}

void DecoderBuilder::buildRotation(OpFoldResult extent, Value lengths, PositionOf position) {
  int64_t half = config.headDim / 2;
  auto angles = DenseElementsAttr::get(RankedTensorType::get({half}, builder.getF32Type()), ArrayRef(config.rotation));
  SmallVector<Value> inputs{arith::ConstantOp::create(builder, angles)};
  SmallVector<AffineMap> maps{builder.getMultiDimIdentityMap(3).getSubMap({2})};
  if (lengths) {
    inputs.push_back(lengths);
    maps.push_back(builder.getMultiDimIdentityMap(3).getSubMap({0}));
  }
  maps.append(2, builder.getMultiDimIdentityMap(3));
  SmallVector<OpFoldResult> extents{extent, sequence, builder.getIndexAttr(half)};
  Value init = tensor::EmptyOp::create(builder, extents, builder.getF32Type());
  auto body = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
    ImplicitLocOpBuilder inner(loc, nested);
    Value at = position(inner, lengths ? arguments[1] : Value());
    Value angle = arith::MulFOp::create(inner, arith::SIToFPOp::create(inner, inner.getF32Type(), at), arguments[0]);
    Value cosine = math::CosOp::create(inner, angle), sine = math::SinOp::create(inner, angle);
    linalg::YieldOp::create(inner, ValueRange{cosine, sine});
  };
  SmallVector<utils::IteratorType> iterators(3, utils::IteratorType::parallel);
  auto tables = linalg::GenericOp::create(builder, TypeRange{init.getType(), init.getType()}, inputs,
                                          ValueRange{init, init}, maps, iterators, body);
  cosines = tables.getResult(0), sines = tables.getResult(1);
}

Value DecoderBuilder::embed() {
  Value table = parameter(embeddingName);
  Type element = cast<RankedTensorType>(table.getType()).getElementType();
  SmallVector<OpFoldResult> extents{batch, sequence, builder.getIndexAttr(config.hiddenSize)};
  Value init = tensor::EmptyOp::create(builder, extents, element);
  auto op = lz::EmbeddingOp::create(builder, init.getType(), table, ids, init, lz::DecisionAttr());
  return asF32(atSite(op, "model.embed_tokens").getResults()[0]);
}

Value DecoderBuilder::linear(Value hidden, const std::string &path, int64_t width, bool hasBias) {
  Value init = empty(width);
  Value weight = parameter(path + ".weight"), bias = hasBias ? parameterF32(path + ".bias") : Value();
  auto op =
      lz::MatmulOp::create(builder, init.getType(), hidden, weight, bias, /*scale_a=*/Value(),
                           /*scale_b=*/Value(), init, /*transpose_a=*/false, /*transpose_b=*/true, lz::DecisionAttr());
  return atSite(op, path).getResults()[0];
}

Value DecoderBuilder::norm(Value x, const std::string &path) {
  Value init = empty(cast<RankedTensorType>(x.getType()).getShape().drop_front(2));
  auto op = lz::RmsNormOp::create(builder, init.getType(), x, parameterF32(path + ".weight"), init,
                                  APFloat(config.epsilon), lz::DecisionAttr());
  return atSite(op, path).getResults()[0];
}

DecoderBuilder::Sum DecoderBuilder::addNorm(Sum sum, const std::string &path) {
  Value init = empty(config.hiddenSize), total = empty(config.hiddenSize);
  auto op = lz::AddRmsNormOp::create(builder, TypeRange{init.getType(), total.getType()}, sum.hidden, sum.residual,
                                     parameterF32(path + ".weight"), init, total, APFloat(config.epsilon),
                                     lz::DecisionAttr());
  atSite(op, path);
  return {op.getResults()[0], op.getResults()[1]};
}

Value DecoderBuilder::heads(Value hidden, const std::string &path, int64_t heads, StringRef projection,
                            StringRef normName) {
  Value flat = linear(hidden, (path + projection).str(), heads * config.headDim, config.hasQkvBias);
  SmallVector<int64_t> shape(cast<RankedTensorType>(flat.getType()).getShape().take_front(2));
  shape.append({heads, config.headDim});
  SmallVector<OpFoldResult> extents{batch, sequence, builder.getIndexAttr(heads), builder.getIndexAttr(config.headDim)};
  Value split = tensor::ExpandShapeOp::create(builder, RankedTensorType::get(shape, builder.getF32Type()), flat,
                                              headGroups, extents);
  return config.hasHeadNorms && !normName.empty() ? norm(split, (path + normName).str()) : split;
}

Value DecoderBuilder::turn(Value heads, const std::string &site) {
  Value init = empty(cast<RankedTensorType>(heads.getType()).getShape().drop_front(2));
  auto op =
      lz::RopeOp::create(builder, init.getType(), heads, cosines, sines, init, lz::Layout::BSHD, lz::DecisionAttr());
  return atSite(op, site).getResults()[0];
}

Value DecoderBuilder::attention(int64_t layer, Value hidden, const std::string &path) {
  Value q = turn(heads(hidden, path, config.heads, ".q_proj", ".q_norm"), path + ".q_rope");
  Value k = turn(heads(hidden, path, config.kvHeads, ".k_proj", ".k_norm"), path + ".k_rope");
  Value v = heads(hidden, path, config.kvHeads, ".v_proj", /*normName=*/"");
  Value joined = tensor::CollapseShapeOp::create(builder, attend(layer, q, k, v, path), headGroups);
  return linear(joined, path + ".o_proj", config.hiddenSize, config.hasOutputBias);
}

Value DecoderBuilder::mlp(Value hidden, const std::string &path) {
  Value gate = linear(hidden, path + ".gate_proj", config.intermediateSize, config.hasMlpBias);
  Value up = linear(hidden, path + ".up_proj", config.intermediateSize, config.hasMlpBias);
  Value init = empty(config.intermediateSize);
  auto op = lz::SwigluOp::create(builder, init.getType(), gate, up, init, lz::DecisionAttr());
  return linear(atSite(op, path).getResults()[0], path + ".down_proj", config.hiddenSize, config.hasMlpBias);
}

DecoderBuilder::Sum DecoderBuilder::buildLayers() {
  rotate();
  // Each residual addition is one operation with the norm that follows it, the next layer's or the last one.
  Value residual = embed();
  Sum normed{norm(residual, layerPath(0) + ".input_layernorm"), residual};
  Sum sum;
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    std::string path = layerPath(layer);
    if (layer > 0)
      normed = addNorm(sum, path + ".input_layernorm");
    Value attended = attention(layer, normed.hidden, path + ".self_attn");
    normed = addNorm({attended, normed.residual}, path + ".post_attention_layernorm");
    sum = {mlp(normed.hidden, path + ".mlp"), normed.residual};
  }
  return sum;
}

Value DecoderBuilder::buildLogits(Sum sum) {
  Value hidden = addNorm(sum, "model.norm").hidden, init = empty(config.vocabSize);
  Value weight = parameter(config.tiesEmbeddings ? Twine(embeddingName) : Twine("lm_head.weight"));
  auto head = lz::MatmulOp::create(builder, init.getType(), hidden, weight, Value(), Value(), Value(), init,
                                   /*transpose_a=*/false, /*transpose_b=*/true, lz::DecisionAttr());
  return atSite(head, "lm_head").getResults()[0];
}
