//===- LlamaModule.cpp - A Llama as a module of lz operations -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "LlamaModule.h"

#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace lzimport;

namespace {

/// A tensor that the model reads.
struct RequiredTensor {
  std::string name;
  SmallVector<int64_t> shape;
};

/// Names of the tensors of a layer start with this.
std::string layerPath(int64_t layer) { return ("model.layers." + Twine(layer)).str(); }

constexpr StringLiteral embeddingName = "model.embed_tokens.weight";

} // namespace

static void requireLinear(SmallVectorImpl<RequiredTensor> &tensors, const std::string &path, int64_t out, int64_t in,
                          bool hasBias) {
  tensors.push_back({path + ".weight", {out, in}});
  if (hasBias)
    tensors.push_back({path + ".bias", {out}});
}

static SmallVector<RequiredTensor> requiredTensors(const LlamaConfig &config) {
  SmallVector<RequiredTensor> tensors{{embeddingName.str(), {config.vocabSize, config.hiddenSize}}};
  int64_t hidden = config.hiddenSize, queries = config.heads * config.headDim, keys = config.kvHeads * config.headDim;
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    std::string path = layerPath(layer), attention = path + ".self_attn.", mlp = path + ".mlp.";
    tensors.push_back({path + ".input_layernorm.weight", {hidden}});
    requireLinear(tensors, attention + "q_proj", queries, hidden, config.hasAttentionBias);
    requireLinear(tensors, attention + "k_proj", keys, hidden, config.hasAttentionBias);
    requireLinear(tensors, attention + "v_proj", keys, hidden, config.hasAttentionBias);
    requireLinear(tensors, attention + "o_proj", hidden, queries, config.hasAttentionBias);
    tensors.push_back({path + ".post_attention_layernorm.weight", {hidden}});
    requireLinear(tensors, mlp + "gate_proj", config.intermediateSize, hidden, config.hasMlpBias);
    requireLinear(tensors, mlp + "up_proj", config.intermediateSize, hidden, config.hasMlpBias);
    requireLinear(tensors, mlp + "down_proj", hidden, config.intermediateSize, config.hasMlpBias);
  }
  tensors.push_back({"model.norm.weight", {hidden}});
  if (!config.tiesEmbeddings)
    tensors.push_back({"lm_head.weight", {config.vocabSize, hidden}});
  return tensors;
}

bool lzimport::checkLlamaTensors(const LlamaConfig &config, const Checkpoint &checkpoint, StringRef directory,
                                 Reporter &reporter) {
  unsigned before = reporter.count();
  llvm::StringSet<> read;
  for (const RequiredTensor &required : requiredTensors(config)) {
    read.insert(required.name);
    const StoredTensor *stored = checkpoint.find(required.name);
    if (!stored) {
      reporter.error(directory, "missing tensor `" + required.name + "`");
      continue;
    }
    if (ArrayRef<int64_t>(stored->shape) != ArrayRef<int64_t>(required.shape))
      reporter.error(stored->file, "tensor `" + required.name + "` has shape " + shapeText(stored->shape) +
                                       ", expected " + shapeText(required.shape));
    if (!llvm::is_contained({"F32", "F16", "BF16"}, stored->dtype))
      reporter.error(stored->file,
                     "tensor `" + required.name + "` has type " + stored->dtype + ", expected F32, F16 or BF16");
  }
  SmallVector<StringRef> unused;
  for (const auto &entry : checkpoint.all())
    if (!read.contains(entry.getKey()))
      unused.push_back(entry.getKey());
  llvm::sort(unused);
  for (StringRef name : unused)
    reporter.warning(directory, "tensor `" + name + "` is not read");
  return reporter.count() == before;
}

namespace {

/// Builds the body of @forward. Values named `hidden` are [batch, sequence, width].
class LlamaBuilder {
public:
  LlamaBuilder(OpBuilder &builder, const LlamaConfig &config, const Checkpoint &checkpoint, Value ids)
      : builder(builder.getUnknownLoc(), builder), config(config), checkpoint(checkpoint), ids(ids) {}

  Value build();

private:
  /// The tensor of that name as it is stored.
  Value parameter(const Twine &name);
  /// The same as f32.
  Value parameterF32(const Twine &name) { return asF32(parameter(name)); }
  Value asF32(Value tensor);
  /// An uninitialised f32 tensor [batch, sequence, trailing…].
  Value empty(ArrayRef<int64_t> trailing);
  /// Names the site of a dispatched operation.
  template <typename Op> Op atSite(Op op, const Twine &site) {
    op->setAttr(lz::LZDialect::getSiteAttrName(), builder.getStringAttr(site));
    return op;
  }

  /// cos and sin of position times inverse frequency, [1, sequence, headDim / 2].
  void buildRotation();
  Value embed();
  Value linear(Value hidden, const std::string &path, int64_t width, bool hasBias);
  Value norm(Value hidden, const std::string &path);
  /// The norm of hidden + residual, and the sum.
  std::pair<Value, Value> addNorm(Value hidden, Value residual, const std::string &path);
  Value splitHeads(Value hidden, int64_t heads);
  Value rotate(Value heads, const Twine &site);
  Value attention(Value hidden, const std::string &path);
  Value mlp(Value hidden, const std::string &path);

  ImplicitLocOpBuilder builder;
  const LlamaConfig &config;
  const Checkpoint &checkpoint;
  Value ids, batch, sequence, cosines, sines;
};

} // namespace

Value LlamaBuilder::parameter(const Twine &name) {
  std::string text = name.str();
  const StoredTensor *stored = checkpoint.find(text);
  assert(stored && "checkLlamaTensors has found every tensor");
  Type element = stored->dtype == "F32"   ? Type(builder.getF32Type())
                 : stored->dtype == "F16" ? Type(builder.getF16Type())
                                          : Type(builder.getBF16Type());
  return lz::ParameterOp::create(builder, RankedTensorType::get(stored->shape, element), builder.getStringAttr(text));
}

Value LlamaBuilder::asF32(Value tensor) {
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

Value LlamaBuilder::empty(ArrayRef<int64_t> trailing) {
  SmallVector<int64_t> shape{ShapedType::kDynamic, ShapedType::kDynamic};
  shape.append(trailing.begin(), trailing.end());
  return tensor::EmptyOp::create(builder, shape, builder.getF32Type(), ValueRange{batch, sequence});
}

void LlamaBuilder::buildRotation() {
  int64_t half = config.headDim / 2;
  Type f32 = builder.getF32Type();
  auto constant = [&](double value) -> Value {
    return arith::ConstantFloatOp::create(builder, builder.getF32Type(), APFloat(static_cast<float>(value)));
  };
  Value theta = constant(config.ropeTheta), width = constant(double(config.headDim)), one = constant(1);
  Value two = arith::ConstantIndexOp::create(builder, 2);
  Value init = tensor::EmptyOp::create(builder, ArrayRef<int64_t>{1, ShapedType::kDynamic, half}, f32, sequence);
  auto toF32 = [&](OpBuilder &nested, Location loc, Value index) -> Value {
    Value integer = arith::IndexCastOp::create(nested, loc, nested.getI64Type(), index);
    return arith::SIToFPOp::create(nested, loc, f32, integer);
  };
  auto body = [&](OpBuilder &nested, Location loc, ValueRange) {
    Value position = toF32(nested, loc, linalg::IndexOp::create(nested, loc, 1));
    Value dim = arith::MulIOp::create(nested, loc, linalg::IndexOp::create(nested, loc, 2), two);
    Value exponent = arith::DivFOp::create(nested, loc, toF32(nested, loc, dim), width);
    Value period = math::PowFOp::create(nested, loc, theta, exponent);
    Value frequency = arith::DivFOp::create(nested, loc, one, period);
    Value angle = arith::MulFOp::create(nested, loc, position, frequency);
    Value cosine = math::CosOp::create(nested, loc, angle), sine = math::SinOp::create(nested, loc, angle);
    linalg::YieldOp::create(nested, loc, ValueRange{cosine, sine});
  };
  SmallVector<AffineMap> maps(2, builder.getMultiDimIdentityMap(3));
  SmallVector<utils::IteratorType> iterators(3, utils::IteratorType::parallel);
  auto tables = linalg::GenericOp::create(builder, TypeRange{init.getType(), init.getType()}, ValueRange(),
                                          ValueRange{init, init}, maps, iterators, body);
  cosines = tables.getResult(0), sines = tables.getResult(1);
}

Value LlamaBuilder::embed() {
  Value table = parameter(embeddingName);
  Type element = cast<RankedTensorType>(table.getType()).getElementType();
  Value init =
      tensor::EmptyOp::create(builder, ArrayRef<int64_t>{ShapedType::kDynamic, ShapedType::kDynamic, config.hiddenSize},
                              element, ValueRange{batch, sequence});
  auto op = lz::EmbeddingOp::create(builder, init.getType(), table, ids, init, lz::DecisionAttr());
  return asF32(atSite(op, "model.embed_tokens").getResults()[0]);
}

Value LlamaBuilder::linear(Value hidden, const std::string &path, int64_t width, bool hasBias) {
  Value init = empty(width);
  Value weight = parameterF32(path + ".weight"), bias = hasBias ? parameterF32(path + ".bias") : Value();
  auto op =
      lz::MatmulOp::create(builder, init.getType(), hidden, weight, bias, /*scale_a=*/Value(),
                           /*scale_b=*/Value(), init, /*transpose_a=*/false, /*transpose_b=*/true, lz::DecisionAttr());
  return atSite(op, path).getResults()[0];
}

Value LlamaBuilder::norm(Value hidden, const std::string &path) {
  Value init = empty(config.hiddenSize);
  auto op = lz::RmsNormOp::create(builder, init.getType(), hidden, parameterF32(path + ".weight"), init,
                                  APFloat(config.epsilon), lz::DecisionAttr());
  return atSite(op, path).getResults()[0];
}

std::pair<Value, Value> LlamaBuilder::addNorm(Value hidden, Value residual, const std::string &path) {
  Value init = empty(config.hiddenSize), sum = empty(config.hiddenSize);
  auto op =
      lz::AddRmsNormOp::create(builder, TypeRange{init.getType(), sum.getType()}, hidden, residual,
                               parameterF32(path + ".weight"), init, sum, APFloat(config.epsilon), lz::DecisionAttr());
  atSite(op, path);
  return {op.getResults()[0], op.getResults()[1]};
}

Value LlamaBuilder::splitHeads(Value hidden, int64_t heads) {
  auto type =
      RankedTensorType::get({ShapedType::kDynamic, ShapedType::kDynamic, heads, config.headDim}, builder.getF32Type());
  SmallVector<ReassociationIndices> groups{{0}, {1}, {2, 3}};
  SmallVector<OpFoldResult> extents{batch, sequence, builder.getIndexAttr(heads), builder.getIndexAttr(config.headDim)};
  return tensor::ExpandShapeOp::create(builder, type, hidden, groups, extents);
}

Value LlamaBuilder::rotate(Value heads, const Twine &site) {
  Value init = empty(cast<RankedTensorType>(heads.getType()).getShape().drop_front(2));
  auto op =
      lz::RopeOp::create(builder, init.getType(), heads, cosines, sines, init, lz::Layout::BSHD, lz::DecisionAttr());
  return atSite(op, site).getResults()[0];
}

Value LlamaBuilder::attention(Value hidden, const std::string &path) {
  int64_t queries = config.heads * config.headDim, keys = config.kvHeads * config.headDim;
  bool hasBias = config.hasAttentionBias;
  Value q = splitHeads(linear(hidden, path + ".q_proj", queries, hasBias), config.heads);
  Value k = splitHeads(linear(hidden, path + ".k_proj", keys, hasBias), config.kvHeads);
  Value v = splitHeads(linear(hidden, path + ".v_proj", keys, hasBias), config.kvHeads);
  q = rotate(q, path + ".q_rope");
  k = rotate(k, path + ".k_rope");
  Value init = empty({config.heads, config.headDim});
  auto op = lz::AttentionCausalOp::create(builder, init.getType(), q, k, v, /*mask=*/Value(), init, /*lse=*/Value(),
                                          lz::Layout::BSHD, /*scale=*/FloatAttr(), /*softcap=*/FloatAttr(),
                                          lz::Alignment::BottomRight, lz::DecisionAttr());
  SmallVector<ReassociationIndices> groups{{0}, {1}, {2, 3}};
  Value joined = tensor::CollapseShapeOp::create(builder, atSite(op, path).getResults()[0], groups);
  return linear(joined, path + ".o_proj", config.hiddenSize, hasBias);
}

Value LlamaBuilder::mlp(Value hidden, const std::string &path) {
  Value gate = linear(hidden, path + ".gate_proj", config.intermediateSize, config.hasMlpBias);
  Value up = linear(hidden, path + ".up_proj", config.intermediateSize, config.hasMlpBias);
  Value init = empty(config.intermediateSize);
  auto op = lz::SwigluOp::create(builder, init.getType(), gate, up, init, lz::DecisionAttr());
  return linear(atSite(op, path).getResults()[0], path + ".down_proj", config.hiddenSize, config.hasMlpBias);
}

Value LlamaBuilder::build() {
  batch = tensor::DimOp::create(builder, ids, 0);
  sequence = tensor::DimOp::create(builder, ids, 1);
  buildRotation();
  // Each residual addition is one operation with the norm that follows it, the next layer's or the last one.
  Value residual = embed();
  Value hidden = norm(residual, layerPath(0) + ".input_layernorm");
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    std::string path = layerPath(layer);
    Value attended = attention(hidden, path + ".self_attn");
    std::tie(hidden, residual) = addNorm(attended, residual, path + ".post_attention_layernorm");
    bool isLast = layer + 1 == config.layers;
    std::string nextNorm = isLast ? "model.norm" : layerPath(layer + 1) + ".input_layernorm";
    Value transformed = mlp(hidden, path + ".mlp");
    std::tie(hidden, residual) = addNorm(transformed, residual, nextNorm);
  }
  Value init = empty(config.vocabSize);
  Value weight = parameterF32(config.tiesEmbeddings ? Twine(embeddingName) : Twine("lm_head.weight"));
  auto head = lz::MatmulOp::create(builder, init.getType(), hidden, weight, Value(), Value(), Value(), init,
                                   /*transpose_a=*/false, /*transpose_b=*/true, lz::DecisionAttr());
  auto open = RankedTensorType::get(SmallVector<int64_t>(3, ShapedType::kDynamic), builder.getF32Type());
  return tensor::CastOp::create(builder, open, atSite(head, "lm_head").getResults()[0]);
}

OwningOpRef<ModuleOp> lzimport::buildLlama(MLIRContext &context, const LlamaConfig &config,
                                           const Checkpoint &checkpoint) {
  context.loadDialect<lz::LZDialect, func::FuncDialect, arith::ArithDialect, linalg::LinalgDialect, math::MathDialect,
                      tensor::TensorDialect>();
  OpBuilder builder(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder.getUnknownLoc());
  builder.setInsertionPointToEnd(module->getBody());
  auto ids = RankedTensorType::get(SmallVector<int64_t>(2, ShapedType::kDynamic), builder.getI64Type());
  auto logits = RankedTensorType::get(SmallVector<int64_t>(3, ShapedType::kDynamic), builder.getF32Type());
  auto forward =
      func::FuncOp::create(builder, builder.getUnknownLoc(), "forward", builder.getFunctionType(ids, logits));
  builder.setInsertionPointToStart(forward.addEntryBlock());
  Value result = LlamaBuilder(builder, config, checkpoint, forward.getArgument(0)).build();
  func::ReturnOp::create(builder, builder.getUnknownLoc(), result);
  return module;
}
