//===- AliasResults.cpp - Drop results that are arguments given up -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The answer is found for all functions at once, starting from "every result may be an argument": a function that
// returns what it gets from itself, or from another that calls it, is then no special case. Nothing is rewritten
// before the answer stands.
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lz/Dialect/LZ/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"

namespace mlir::lz {
#define GEN_PASS_DEF_ALIASRESULTSPASS
#include "lz/Dialect/LZ/Transforms/Passes.h.inc"
} // namespace mlir::lz

using namespace mlir;
using namespace mlir::lz;

namespace {

/// Of a result: no path to a value is known yet. An argument's number and noResultAlias are the other answers; an
/// answer only ever moves from here to an argument, and from there to noResultAlias.
constexpr int64_t undetermined = -2;

/// Which argument each result of each function is.
class ResultOrigins {
public:
  explicit ResultOrigins(ModuleOp module);
  ArrayRef<int64_t> of(func::FuncOp function) const { return answers.find(function)->second; }

private:
  int64_t originOf(func::FuncOp function, unsigned result);
  /// The one value that all of `values` are, on every path; null where there are several, or none yet.
  Value commonOrigin(SmallVector<Value> values, bool &isUndetermined);
  /// Appends the values that `value` is one of; false where it is none but itself.
  bool appendSources(Value value, SmallVectorImpl<Value> &sources);
  bool appendBranchSources(BlockArgument argument, SmallVectorImpl<Value> &sources);
  bool appendCallSources(func::CallOp call, unsigned result, SmallVectorImpl<Value> &sources);
  bool appendRegionSources(Value value, RegionBranchOpInterface op, SmallVectorImpl<Value> &sources);

  llvm::MapVector<func::FuncOp, SmallVector<int64_t>> answers;
  DenseMap<Operation *, RegionBranchInverseSuccessorMapping> regionSources;
  SymbolTableCollection symbols;
};

struct AliasResults : lz::impl::AliasResultsPassBase<AliasResults> {
  void runOnOperation() override;
};

} // namespace

//===----------------------------------------------------------------------===//
// Analysis
//===----------------------------------------------------------------------===//

ResultOrigins::ResultOrigins(ModuleOp module) {
  // Who takes a function as a value relies on its type.
  DenseSet<StringAttr> taken;
  module.walk([&](func::ConstantOp op) { taken.insert(op.getValueAttr().getAttr()); });
  for (auto function : module.getOps<func::FuncOp>()) {
    bool isFixed = function.isDeclaration() || taken.contains(function.getSymNameAttr());
    answers[function].assign(function.getNumResults(), isFixed ? noResultAlias : undetermined);
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (auto &[function, results] : answers)
      for (auto [index, answer] : llvm::enumerate(results)) {
        int64_t before = answer;
        if (before != noResultAlias)
          answer = originOf(function, index);
        changed |= answer != before;
      }
  }
  // A function that never returns gives nothing back.
  for (auto &[function, results] : answers)
    llvm::replace(results, undetermined, noResultAlias);
}

int64_t ResultOrigins::originOf(func::FuncOp function, unsigned result) {
  SmallVector<Value> returned;
  for (auto ret : function.getBody().getOps<func::ReturnOp>())
    returned.push_back(ret.getOperand(result));
  bool isUndetermined = false;
  auto argument = dyn_cast_or_null<BlockArgument>(commonOrigin(std::move(returned), isUndetermined));
  if (isUndetermined)
    return undetermined;
  if (!argument || argument.getOwner() != &function.front())
    return noResultAlias;
  unsigned number = argument.getArgNumber();
  // The argument of a public function is the caller's, unless it was given up.
  if (!function.isPrivate() && !function.getArgAttr(number, LZDialect::getDonatedAttrName()))
    return noResultAlias;
  bool isCast = memref::CastOp::areCastCompatible(argument.getType(), function.getResultTypes()[result]);
  return isCast ? number : noResultAlias;
}

Value ResultOrigins::commonOrigin(SmallVector<Value> values, bool &isUndetermined) {
  DenseSet<Value> seen;
  Value origin;
  while (!values.empty()) {
    Value value = values.pop_back_val();
    if (!seen.insert(value).second || appendSources(value, values))
      continue;
    if (origin)
      return {};
    origin = value;
  }
  isUndetermined = !origin;
  return origin;
}

bool ResultOrigins::appendSources(Value value, SmallVectorImpl<Value> &sources) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (!argument.getOwner()->isEntryBlock())
      return appendBranchSources(argument, sources);
    auto parent = dyn_cast<RegionBranchOpInterface>(argument.getOwner()->getParentOp());
    return parent && appendRegionSources(value, parent, sources);
  }
  Operation *op = value.getDefiningOp();
  if (auto cast = dyn_cast<memref::CastOp>(op)) {
    sources.push_back(cast.getSource());
    return true;
  }
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    sources.append({select.getTrueValue(), select.getFalseValue()});
    return true;
  }
  if (auto call = dyn_cast<func::CallOp>(op))
    return appendCallSources(call, cast<OpResult>(value).getResultNumber(), sources);
  auto region = dyn_cast<RegionBranchOpInterface>(op);
  return region && appendRegionSources(value, region, sources);
}

bool ResultOrigins::appendBranchSources(BlockArgument argument, SmallVectorImpl<Value> &sources) {
  SmallVector<Value> found;
  Block *block = argument.getOwner();
  for (auto predecessor = block->pred_begin(); predecessor != block->pred_end(); ++predecessor) {
    auto branch = dyn_cast<BranchOpInterface>((*predecessor)->getTerminator());
    if (!branch)
      return false;
    Value forwarded = branch.getSuccessorOperands(predecessor.getSuccessorIndex())[argument.getArgNumber()];
    if (!forwarded)
      return false;
    found.push_back(forwarded);
  }
  llvm::append_range(sources, found);
  return true;
}

bool ResultOrigins::appendCallSources(func::CallOp call, unsigned result, SmallVectorImpl<Value> &sources) {
  auto callee = symbols.lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
  auto answer = answers.find(callee);
  if (answer == answers.end() || answer->second[result] == noResultAlias)
    return false;
  if (answer->second[result] != undetermined)
    sources.push_back(call.getOperand(answer->second[result]));
  return true;
}

bool ResultOrigins::appendRegionSources(Value value, RegionBranchOpInterface op, SmallVectorImpl<Value> &sources) {
  auto [place, isNew] = regionSources.try_emplace(op);
  if (isNew)
    op.getSuccessorInputOperandMapping(place->second);
  auto found = place->second.find(value);
  if (found == place->second.end() || found->second.empty())
    return false;
  for (OpOperand *operand : found->second)
    sources.push_back(operand->get());
  return true;
}

//===----------------------------------------------------------------------===//
// Rewrites
//===----------------------------------------------------------------------===//

static bool hasAlias(ArrayRef<int64_t> origins) {
  return llvm::any_of(origins, [](int64_t origin) { return origin != noResultAlias; });
}

/// The call without the results that are operands; these take their place.
static void rewriteCall(func::CallOp call, ArrayRef<int64_t> origins) {
  OpBuilder builder(call);
  SmallVector<Type> kept;
  for (auto [type, origin] : llvm::zip_equal(call.getResultTypes(), origins))
    if (origin == noResultAlias)
      kept.push_back(type);
  auto shorter = func::CallOp::create(builder, call.getLoc(), kept, call.getCalleeAttr(), call.getOperands());
  shorter->setDiscardableAttrs(call->getDiscardableAttrDictionary());
  unsigned next = 0;
  for (auto [result, origin] : llvm::zip_equal(call.getResults(), origins)) {
    if (origin == noResultAlias) {
      result.replaceAllUsesWith(shorter.getResult(next++));
      continue;
    }
    Value operand = call.getOperand(origin);
    if (operand.getType() != result.getType())
      operand = memref::CastOp::create(builder, call.getLoc(), result.getType(), operand);
    result.replaceAllUsesWith(operand);
  }
  call.erase();
}

/// What the function says of its results, with those that an earlier run dropped.
static SmallVector<int64_t> mergeAliases(func::FuncOp function, ArrayRef<int64_t> origins) {
  ArrayRef<int64_t> before = resultAliasesOf(function);
  if (before.empty())
    return llvm::to_vector(origins);
  SmallVector<int64_t> merged(before);
  for (int64_t &entry : merged)
    if (entry == noResultAlias) {
      entry = origins.front();
      origins = origins.drop_front();
    }
  return merged;
}

static void rewriteFunction(func::FuncOp function, ArrayRef<int64_t> origins) {
  function->setAttr(LZDialect::getResultAliasesAttrName(),
                    DenseI64ArrayAttr::get(function.getContext(), mergeAliases(function, origins)));
  llvm::BitVector dropped(origins.size());
  for (auto [index, origin] : llvm::enumerate(origins))
    dropped[index] = origin != noResultAlias;
  for (auto ret : function.getBody().getOps<func::ReturnOp>())
    ret->eraseOperands(dropped);
  (void)function.eraseResults(dropped);
}

static LogicalResult checkFunction(func::FuncOp function) {
  for (Type type : llvm::concat<const Type>(function.getArgumentTypes(), function.getResultTypes()))
    if (isa<TensorType>(type))
      return function.emitOpError("takes or returns ") << type << "; bufferize before `lz-alias-results`";
  ArrayRef<int64_t> before = resultAliasesOf(function);
  if (!before.empty() && size_t(llvm::count(before, noResultAlias)) != function.getNumResults())
    return function.emitOpError("has ") << function.getNumResults() << " results, but `"
                                        << LZDialect::getResultAliasesAttrName() << "` leaves "
                                        << llvm::count(before, noResultAlias);
  return success();
}

void AliasResults::runOnOperation() {
  bool ok = true;
  for (auto function : getOperation().getOps<func::FuncOp>())
    ok &= succeeded(checkFunction(function));
  if (!ok)
    return signalPassFailure();
  ResultOrigins origins(getOperation());
  SymbolTableCollection symbols;
  SmallVector<std::pair<func::CallOp, func::FuncOp>> calls;
  getOperation().walk([&](func::CallOp call) {
    auto callee = symbols.lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
    if (hasAlias(origins.of(callee)))
      calls.push_back({call, callee});
  });
  for (auto [call, callee] : calls)
    rewriteCall(call, origins.of(callee));
  for (auto function : getOperation().getOps<func::FuncOp>()) {
    if (!hasAlias(origins.of(function)))
      continue;
    numDropped += llvm::count_if(origins.of(function), [](int64_t origin) { return origin != noResultAlias; });
    rewriteFunction(function, origins.of(function));
  }
}
