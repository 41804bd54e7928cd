//===- LZOps.td - Operations of the lz dialect -*- tablegen -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_OPS
#define LZ_OPS

include "lz/Dialect/LZ/IR/LZAttributes.td"
include "lz/Dialect/LZ/IR/LZInterfaces.td"
include "lz/Dialect/LZ/IR/LZTypes.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class LZ_Op<string mnemonic, list<Trait> traits = []> : Op<LZ_Dialect, mnemonic, traits>;

/// An operation that models are written in: its attributes are named in bytecode. It must have at least one.
class LZ_StableOp<string mnemonic, list<Trait> traits = []> : LZ_Op<mnemonic, traits> {
  let useCustomPropertiesEncoding = 1;
  code bytecodeDefinition = [{
    ::llvm::LogicalResult $cppClass::readProperties(::mlir::DialectBytecodeReader &reader, ::mlir::OperationState &state) {
      auto attributes = ::mlir::lz::detail::readNamedProperties(reader, state.name);
      return ::mlir::success(::mlir::succeeded(attributes) &&
          ::mlir::succeeded(setPropertiesFromAttr(state.getOrAddProperties<Properties>(), *attributes, [&] { return reader.emitError(); })));
    }
    void $cppClass::writeProperties(::mlir::DialectBytecodeWriter &writer) {
      ::mlir::lz::detail::writeNamedProperties(writer, getPropertiesAsAttr(getContext(), getProperties()));
    }
  }];
  let extraClassDefinition = bytecodeDefinition;
}

/// An operation of the schema. Operands are its argument slots in order; results are tied to its outputs, none in buffer form.
class LZ_KernelOp<string mnemonic, list<Trait> traits = []>
    : LZ_StableOp<mnemonic, traits # [
        DestinationStyleOpInterface,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
        DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>,
        DeclareOpInterfaceMethods<LZ_KernelOpInterface, ["decompose"]>]> {
  dag decisionArgument = (ins OptionalAttr<LZ_DecisionAttr>:$decision);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let hasVerifier = 1;
  code kernelOpDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return ::mlir::lz::detail::outputsOf(getOperation()); }
  }];
  let extraClassDeclaration = kernelOpDeclaration;
  let extraClassDefinition = bytecodeDefinition # [{
    void $cppClass::getEffects(::llvm::SmallVectorImpl<::mlir::MemoryEffects::EffectInstance> &effects) {
      ::mlir::lz::detail::collectEffects(getOperation(), effects);
    }
    ::mlir::LogicalResult $cppClass::reifyResultShapes(::mlir::OpBuilder &builder, ::mlir::ReifiedRankedShapedTypeDims &shapes) {
      return ::mlir::lz::detail::reifyFromOutputs(getOperation(), builder, shapes);
    }
  }];
}

class LZ_Shaped<list<Type> elements, string description>
    : AnyTypeOf<[RankedTensorOf<elements>, MemRefOf<elements>], "tensor or memref of " # description>;
/// A number; kernels read it as a double, so f32 and f64 are both welcome.
def LZ_RealAttr : Attr<And<[CPred<"::llvm::isa<::mlir::FloatAttr>($_self)">,
    Or<[CPred<"::llvm::cast<::mlir::FloatAttr>($_self).getType().isF32()">,
        CPred<"::llvm::cast<::mlir::FloatAttr>($_self).getType().isF64()">]>]>, "f32 or f64 number"> {
  let storageType = "::mlir::FloatAttr";
  let returnType = "::llvm::APFloat";
  let convertFromStorage = "$_self.getValue()";
  let constBuilderCall = "$_builder.getFloatAttr($_builder.getF64Type(), $0)";
}

def LZ_FloatShaped : LZ_Shaped<[F32, F16, BF16], "f32, f16 or bf16">;
/// Operands that have a last dimension.
def LZ_FloatRows : ConfinedType<LZ_FloatShaped, [HasRankGreaterOrEqualPred<1>], "tensor or memref of rank 1 or more of f32, f16 or bf16">;
def LZ_FloatVector : ConfinedType<LZ_FloatShaped, [HasAnyRankOfPred<[1]>], "vector of f32, f16 or bf16">;
def LZ_FloatMatrix : ConfinedType<LZ_FloatShaped, [HasAnyRankOfPred<[2]>], "matrix of f32, f16 or bf16">;
def LZ_FloatMatrices : ConfinedType<LZ_FloatShaped, [HasRankGreaterOrEqualPred<2>], "tensor or memref of rank 2 or more of f32, f16 or bf16">;
def LZ_F32Shaped : LZ_Shaped<[F32], "f32">;
def LZ_IdShaped : LZ_Shaped<[I32, I64], "i32 or i64">;
def LZ_IdVector : ConfinedType<LZ_IdShaped, [HasAnyRankOfPred<[1]>], "vector of i32 or i64">;
def LZ_IdMatrix : ConfinedType<LZ_IdShaped, [HasAnyRankOfPred<[2]>], "matrix of i32 or i64">;

include "lz/Dialect/LZ/IR/LZModelOps.td"
include "lz/Dialect/LZ/IR/LZCacheOps.td"
include "lz/Dialect/LZ/IR/LZLogitsOps.td"
include "lz/Dialect/LZ/IR/LZModuleOps.td"
include "lz/Dialect/LZ/IR/LZRuntimeOps.td"

#endif // LZ_OPS
