//===- Signature.cpp - What a function takes and gives -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lz/JIT/CompiledModule.h"
#include "lz/Policy/Facts.h"

namespace mlir::lz {
namespace {

FailureOr<TensorSpec> specOf(func::FuncOp function, Type type, const Twine &what) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  std::optional<lz_dtype_t> dtype = tensor ? dtypeOf(tensor.getElementType()) : std::nullopt;
  if (!dtype || dtype->bits % 8 != 0)
    return function.emitError() << what << " of the entry must be a ranked tensor of whole bytes an element, got "
                                << type;
  return TensorSpec{*dtype, llvm::to_vector(tensor.getShape()), /*donated=*/false};
}

std::string typeText(lz_dtype_t dtype, ArrayRef<int64_t> shape) { return shapeText(shape) + " " + dtypeText(dtype); }

bool mayStandFor(lz_dtype_t given, lz_dtype_t wanted) {
  bool isBits = wanted.code == LZ_CODE_BFLOAT && given.code == LZ_CODE_UINT && given.bits == wanted.bits;
  return isSame(given, wanted) || isBits;
}

bool fits(const TensorSpec &spec, const HostTensor &tensor) {
  if (!mayStandFor(tensor.dtype, spec.dtype) || spec.shape.size() != tensor.shape.size())
    return false;
  for (auto [wanted, given] : llvm::zip(spec.shape, tensor.shape))
    if (!ShapedType::isDynamic(wanted) && wanted != given)
      return false;
  return true;
}

bool shareMemory(const HostTensor &left, const HostTensor &right) {
  auto range = [](const HostTensor &tensor) {
    auto begin = reinterpret_cast<uintptr_t>(tensor.data());
    return std::pair(begin, begin + byteSize(tensor.dtype, tensor.shape).value_or(0));
  };
  auto [leftBegin, leftEnd] = range(left);
  auto [rightBegin, rightEnd] = range(right);
  return std::max(leftBegin, rightBegin) < std::min(leftEnd, rightEnd);
}

llvm::Error fault(const Twine &text) { return llvm::createStringError(llvm::inconvertibleErrorCode(), text); }

/// A donated input may be written while the others are read.
llvm::Error checkDonations(const FunctionSignature &signature, ArrayRef<HostTensor> tensors) {
  for (auto [i, spec] : llvm::enumerate(signature.inputs))
    for (size_t other = 0; spec.donated && other < tensors.size(); ++other)
      if (other != i && shareMemory(tensors[i], tensors[other]))
        return fault("input " + Twine(i) + " of `@" + signature.name +
                     "` is donated, but shares its memory with input " + Twine(other) + "; pass a copy");
  return llvm::Error::success();
}

} // namespace

FailureOr<FunctionSignature> signatureOf(func::FuncOp function) {
  FunctionSignature signature;
  signature.name = function.getName().str();
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
    FailureOr<TensorSpec> spec = specOf(function, type, "argument " + Twine(i));
    if (failed(spec))
      return failure();
    spec->donated = function.getArgAttr(i, LZDialect::getDonatedAttrName()) != nullptr;
    signature.inputs.push_back(std::move(*spec));
  }
  for (auto [i, type] : llvm::enumerate(function.getResultTypes())) {
    FailureOr<TensorSpec> spec = specOf(function, type, "result " + Twine(i));
    if (failed(spec))
      return failure();
    signature.results.push_back(std::move(*spec));
  }
  return signature;
}

FailureOr<func::FuncOp> findEntry(ModuleOp module, StringRef entry) {
  entry.consume_front("@");
  SmallVector<func::FuncOp> candidates;
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic() && !function.isExternal() && (entry.empty() || function.getName() == entry))
      candidates.push_back(function);
  if (candidates.size() == 1)
    return candidates.front();
  if (!entry.empty())
    return module.emitError() << "has no public function `@" << entry << "`";
  if (candidates.empty())
    return module.emitError() << "has no public function to run";
  auto diagnostic = module.emitError() << "has " << candidates.size() << " public functions; name one with `--entry`";
  for (func::FuncOp function : candidates)
    diagnostic.attachNote(function.getLoc()) << "`@" << function.getName() << "`";
  return diagnostic;
}

llvm::Error checkInputs(const FunctionSignature &signature, ArrayRef<HostTensor> tensors, ArrayRef<int32_t> aliases) {
  if (tensors.size() != signature.inputs.size())
    return fault("`@" + signature.name + "` takes " + Twine(signature.inputs.size()) + " inputs, got " +
                 Twine(tensors.size()));
  for (auto [i, spec, tensor] : llvm::enumerate(signature.inputs, tensors))
    if (!fits(spec, tensor))
      return fault("input " + Twine(i) + " of `@" + signature.name + "` must be " + typeText(spec.dtype, spec.shape) +
                   ", got " + typeText(tensor.dtype, tensor.shape));
  for (auto [i, input] : llvm::enumerate(aliases))
    if (const TensorSpec &spec = signature.results[i]; input >= 0 && !fits(spec, tensors[input]))
      return fault("input " + Twine(input) + " of `@" + signature.name + "` is its result " + Twine(i) +
                   ", which must be " + typeText(spec.dtype, spec.shape) + ", got " +
                   typeText(tensors[input].dtype, tensors[input].shape));
  return checkDonations(signature, tensors);
}

} // namespace mlir::lz
