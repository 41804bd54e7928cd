//===- DecoderBuilder.h - The operations of a decoder's pass -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_IMPORT_DECODERBUILDER_H
#define LZ_TOOLS_LZ_IMPORT_DECODERBUILDER_H

#include "DecoderTensors.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace lzimport {

/// Builds the body of an entry, but for what entries differ in: where the tokens stand, and which keys they attend to.
/// Values named `hidden` are f32 [batch, sequence, width].
class DecoderBuilder {
public:
  /// `ids` is [batch, sequence]. Every dispatched operation gets its module path and `siteSuffix` as `lz.site`.
  DecoderBuilder(mlir::OpBuilder &builder, const DecoderConfig &config, const Checkpoint &checkpoint, mlir::Value ids,
                 llvm::StringRef siteSuffix);
  virtual ~DecoderBuilder() = default;

protected:
  /// What a layer hands to the next norm, which adds the two.
  struct Sum {
    mlir::Value hidden, residual;
  };

  /// From the ids to the sum that the last norm takes.
  Sum buildLayers();
  /// The last norm and the head: logits [batch, sequence, vocabulary].
  mlir::Value buildLogits(Sum sum);

  /// Angles' cosines and sines [extent, sequence, headDim / 2] for `rope`. `position` gives the position, an i64, of
  /// the batch item and token at hand; `length` is the item's element of `lengths`, where these are given.
  using PositionOf = llvm::function_ref<mlir::Value(mlir::ImplicitLocOpBuilder &builder, mlir::Value length)>;
  void buildRotation(mlir::OpFoldResult extent, mlir::Value lengths, PositionOf position);
  /// Sets `cosines` and `sines`.
  virtual void rotate() = 0;
  /// Attention of a layer's queries; out is [batch, sequence, heads, headDim].
  virtual mlir::Value attend(int64_t layer, mlir::Value q, mlir::Value k, mlir::Value v, const std::string &site) = 0;

  /// Names the site of a dispatched operation.
  template <typename Op> Op atSite(Op op, const llvm::Twine &path) {
    nameSite(op, path);
    return op;
  }
  /// An uninitialised f32 tensor [batch, sequence, trailing…].
  mlir::Value empty(llvm::ArrayRef<int64_t> trailing);

  mlir::ImplicitLocOpBuilder builder;
  const DecoderConfig &config;
  mlir::Value ids;
  mlir::OpFoldResult batch, sequence;

private:
  void nameSite(mlir::Operation *op, const llvm::Twine &path);
  /// The tensor of that name as it is stored.
  mlir::Value parameter(const llvm::Twine &name);
  /// The same as f32.
  mlir::Value parameterF32(const llvm::Twine &name) { return asF32(parameter(name)); }
  mlir::Value asF32(mlir::Value tensor);
  mlir::Value embed();
  mlir::Value linear(mlir::Value hidden, const std::string &path, int64_t width, bool hasBias);
  /// Over the last dimension, of whatever rank.
  mlir::Value norm(mlir::Value x, const std::string &path);
  Sum addNorm(Sum sum, const std::string &path);
  /// A projection to heads, normalised where the model asks for it.
  mlir::Value heads(mlir::Value hidden, const std::string &path, int64_t heads, llvm::StringRef projection,
                    llvm::StringRef normName);
  mlir::Value turn(mlir::Value heads, const std::string &site);
  mlir::Value attention(int64_t layer, mlir::Value hidden, const std::string &path);
  mlir::Value mlp(mlir::Value hidden, const std::string &path);

  const Checkpoint &checkpoint;
  std::string siteSuffix;
  mlir::Value cosines, sines;
};

} // namespace lzimport

#endif // LZ_TOOLS_LZ_IMPORT_DECODERBUILDER_H
