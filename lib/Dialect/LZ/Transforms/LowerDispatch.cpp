//===- LowerDispatch.cpp - Decisions to sites, blocks and guarded calls -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything is checked before the first rewrite. lib/Conversion/LZToLLVM turns what this creates into the structs of
// abi/call.h.
//
//===----------------------------------------------------------------------===//
#include "Guards.h"
#include "RowMajor.h"

#include "lz/Dialect/LZ/Transforms/Failure.h"
#include "lz/Dialect/LZ/Transforms/Passes.h"
#include "lz/Policy/DispatchReport.h"
#include "lz/Policy/Facts.h"
#include "lz/Policy/PolicyAnalysis.h"

#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::lz {
#define GEN_PASS_DEF_LOWERDISPATCHPASS
#include "lz/Dialect/LZ/Transforms/Passes.h.inc"
} // namespace mlir::lz

using namespace mlir;
using namespace mlir::lz;

/// Copies are ours alone: aligned to a cache line.
static constexpr int64_t copyAlignment = 64;
/// Integers of a block that a live site's stub gets in registers.
static constexpr size_t maxRegisterDims = 4;

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

static LogicalResult checkDecision(KernelOpInterface op, SymbolTableCollection &symbols) {
  DecisionAttr decision = op.getDecision();
  if (!decision)
    return op->emitOpError("has no decision; run `lz-resolve` before `lz-lower-dispatch`");
  if (!decision.getLive() && decision.getCandidates().empty())
    return op->emitOpError("has a decision without candidates");
  auto name = op->getAttrOfType<FlatSymbolRefAttr>(attributes::decomposition);
  if (decision.hasDecomposition() && !name)
    return op->emitOpError("may decompose, but names no `lz.decomposition`; run `lz-decompose` before bufferization");
  if (name && !symbols.lookupNearestSymbolFrom<func::FuncOp>(op, name))
    return op->emitOpError("names the decomposition ") << name << ", which is no function of the module";
  for (CandidateAttr candidate : decision.getCandidates())
    if (!candidate.getKernel() && !candidate.isStrictError() && !candidate.isDecomposition())
      return op->emitOpError("has a candidate without kernel for the reason `") << candidate.getReason() << "`";
  return success();
}

static LogicalResult checkOp(KernelOpInterface op, SymbolTableCollection &symbols) {
  if (op->getNumResults() != 0 || !llvm::all_of(op->getOperandTypes(), llvm::IsaPred<MemRefType>))
    return op->emitOpError("is on tensors; bufferize before `lz-lower-dispatch`");
  auto function = dyn_cast<func::FuncOp>(op->getParentOp());
  if (!function)
    return op->emitOpError("stands in a region; lower control flow to `cf` before `lz-lower-dispatch`");
  if (function.getNumArguments() == 0 || !isa<ContextType>(function.getArgumentTypes().front()))
    return op->emitOpError("stands in a function without context; run `lz-add-context` before `lz-lower-dispatch`");
  if (op.getSiteName().empty())
    return op->emitOpError("has no `lz.site`; run `lz-name-sites` before any other pass");
  for (auto [index, type] : llvm::enumerate(op->getOperandTypes())) {
    auto memref = cast<MemRefType>(type);
    if (!SiteRecordOp::describedType(memref))
      return op->emitOpError("operand ") << index << " has a layout without strides: " << memref;
    if (!dtypeOf(memref.getElementType()))
      return op->emitOpError("operand ") << index
                                         << " has elements that kernels do not know: " << memref.getElementType();
  }
  return checkDecision(op, symbols);
}

//===----------------------------------------------------------------------===//
// Sites
//===----------------------------------------------------------------------===//

/// file:line:column where the op comes from, or "".
static std::string locationOf(Operation *op) {
  std::string text;
  op->getLoc()->walk([&](Location location) {
    auto file = dyn_cast<FileLineColLoc>(location);
    if (!file)
      return WalkResult::advance();
    text = (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" + Twine(file.getColumn())).str();
    return WalkResult::interrupt();
  });
  return text;
}

static int64_t elementAlignment(MemRefType type) {
  unsigned bits = isa<IndexType>(type.getElementType()) ? 64 : type.getElementTypeBitWidth();
  return llvm::bit_floor(std::max(bits / 8, 1u));
}

/// The bytes to which a buffer is surely aligned: what the context was asked for, else its element's.
static int64_t alignmentOf(Value value) {
  auto type = cast<MemRefType>(value.getType());
  if (auto allocation = value.getDefiningOp<AllocateOp>())
    return std::max<int64_t>(allocation.getAlignment(), elementAlignment(type));
  if (auto cast = value.getDefiningOp<memref::CastOp>(); cast && type.getLayout().isIdentity())
    if (auto source = dyn_cast<MemRefType>(cast.getSource().getType()); source && source.getLayout().isIdentity())
      return alignmentOf(cast.getSource());
  return elementAlignment(type);
}

/// The type under which a site describes an operand: row-major where that is sure, strided otherwise. A pointer
/// contains the offset.
static MemRefType describedType(Value value) {
  auto type = cast<MemRefType>(value.getType());
  if (isProvablyRowMajor(value))
    return MemRefType::get(type.getShape(), type.getElementType());
  return SiteRecordOp::describedType(type);
}

static DictionaryAttr siteValues(KernelOpInterface op) {
  OpBuilder builder(op.getContext());
  NamedAttrList values;
  for (int id = 0; id < LZ_ATTR_COUNT; ++id) {
    auto value = schemaAttributeOf(op, lz_attribute_id_t(id));
    if (!value)
      continue;
    StringRef name = schemaAttributeName(lz_attribute_id_t(id));
    if (auto *integer = std::get_if<int64_t>(&*value))
      values.append(name, builder.getI64IntegerAttr(*integer));
    else
      values.append(name, builder.getF64FloatAttr(std::get<double>(*value)));
  }
  return values.getDictionary(op.getContext());
}

namespace {

/// An operand that runs as a copy, because its layout is not row-major.
struct Copy {
  Value original, copy;
  bool isOutput;
};

struct LowerDispatch : lz::impl::LowerDispatchPassBase<LowerDispatch> {
  void runOnOperation() override;
};

/// Lowers the operations of one module.
class Lowering {
public:
  Lowering(ModuleOp module, const PolicyAnalysis &policy)
      : module(module), policy(policy), symbols(module), sitesEnd(module.getBody()->begin()) {}
  void lower(KernelOpInterface op, FailureExit &exit);

  unsigned numSites = 0, numCopies = 0, numPruned = 0;

private:
  SiteRecordOp createSite(KernelOpInterface op, ArrayRef<Value> slots, ArrayRef<GuardedLeaf> leaves);
  func::FuncOp createDecomposition(KernelOpInterface op, SiteRecordOp site, ArrayRef<Value> slots);
  std::string ruleName(CandidateAttr candidate) const;

  ModuleOp module;
  const PolicyAnalysis &policy;
  SymbolTable symbols;
  Block::iterator sitesEnd; // sites stand first in the module, in the order of their operations
};

/// Lowers one operation: the state of that rewrite.
class SiteLowering {
public:
  SiteLowering(KernelOpInterface op, FailureExit &exit)
      : op(op), exit(exit), builder(op), loc(op.getLoc()), context(op->getParentOfType<func::FuncOp>().getArgument(0)) {
  }

  /// The operands by slot, copies where the layout is not row-major.
  SmallVector<Value> prepareSlots();
  /// Ends the op's block with the decision; the code behind the op goes on in `next`.
  void buildLive(SiteRecordOp site, ArrayRef<Value> slots);
  void buildGuarded(SiteRecordOp site, ArrayRef<Value> slots, ArrayRef<GuardedLeaf> leaves,
                    function_ref<std::string(CandidateAttr)> ruleName);
  /// At the start of what follows the call: outputs are copied back, copies given back.
  void finishCopies();
  unsigned numCopies() const { return copies.size(); }

private:
  Value copyOf(Value original, const SlotInfo &slot);
  Value buildBlock(SiteRecordOp site, ArrayRef<Value> slots);
  Block *newBlock();
  Block *leafFor(CandidateAttr candidate, SiteRecordOp site);
  void buildLeaf(CandidateAttr candidate, SiteRecordOp site);
  void buildKernelLeaf(FlatSymbolRefAttr kernel);
  /// Ends the op's block behind a call: out of line where it failed. `kernel`: which ran, null at a live site.
  void continueBehind(Value status, FlatSymbolRefAttr kernel);
  Value buildTest(const Guard &guard, CandidateAttr candidate, ArrayRef<Value> slots, StringRef rule);
  Value isFailure(Value status);
  /// Branches to `next` with a status of 0, to `failing` otherwise.
  void branchOn(Value status, Block *failing, ValueRange operands, bool isCold);

  KernelOpInterface op;
  FailureExit &exit;
  OpBuilder builder;
  Location loc;
  Value context, block;
  Block *next = nullptr;
  SmallVector<Copy> copies;
  /// One leaf a kernel: equal calls share their code.
  llvm::MapVector<Attribute, Block *> leaves;
};

} // namespace

SiteRecordOp Lowering::createSite(KernelOpInterface op, ArrayRef<Value> slots, ArrayRef<GuardedLeaf> leaves) {
  OpBuilder builder(module.getContext());
  SmallVector<Attribute> types;
  SmallVector<int64_t> alignments;
  for (Value value : slots) {
    if (value)
      types.push_back(TypeAttr::get(describedType(value)));
    else
      types.push_back(builder.getUnitAttr());
    alignments.push_back(value ? alignmentOf(value) : 1);
  }
  DecisionAttr decision = op.getDecision();
  bool guarded = !decision.getLive() && (leaves.size() != 1 || !leaves.front().guards.empty());
  auto site = SiteRecordOp::create(builder, op.getLoc(), "lz_site_" + std::to_string(numSites), op.getSiteName(),
                                   op->getName().stripDialect(), decision.getMode(), decision.getLive(), guarded,
                                   builder.getArrayAttr(types), alignments, siteValues(op), FlatSymbolRefAttr(),
                                   locationOf(op));
  symbols.insert(site, sitesEnd);
  ++numSites;
  return site;
}

namespace {
/// An output of an operation whose decomposition is called: its number among the arguments of that function's model.
struct DecomposedOutput {
  Value buffer;
  int64_t argument;
};
} // namespace

/// Copies results that are not in their outputs there: buffers of their own, and arguments that are other ones.
static void fillOutputs(OpBuilder &builder, func::FuncOp callee, Value status, ArrayRef<Value> operands,
                        ArrayRef<Value> rooms, ArrayRef<DecomposedOutput> outputs) {
  Location loc = status.getLoc();
  SmallVector<int64_t> aliases(resultAliasesOf(callee));
  if (aliases.empty())
    aliases.assign(rooms.size(), noResultAlias);
  if (llvm::all_of(llvm::zip(aliases, outputs),
                   [](const auto &pair) { return std::get<0>(pair) == std::get<1>(pair).argument; }))
    return;
  FailureExit exit(status.getDefiningOp()->getParentOfType<func::FuncOp>());
  exit.branchIfFailed(builder, status);
  for (auto [alias, output] : llvm::zip_equal(aliases, outputs)) {
    if (alias == output.argument)
      continue;
    if (alias != noResultAlias) {
      memref::CopyOp::create(builder, loc, operands[1 + alias], output.buffer);
      continue;
    }
    Value room = rooms.front();
    rooms = rooms.drop_front();
    Value buffer = GetResultOp::create(builder, loc, cast<ResultType>(room.getType()).getValue(), room);
    memref::CopyOp::create(builder, loc, buffer, output.buffer);
    ReleaseOp::create(builder, loc, operands.front(), buffer);
  }
}

/// A function on a block that calls the outlined decomposition with the block's arguments.
func::FuncOp Lowering::createDecomposition(KernelOpInterface op, SiteRecordOp site, ArrayRef<Value> slots) {
  auto name = op->getAttrOfType<FlatSymbolRefAttr>(attributes::decomposition);
  auto callee = symbols.lookup<func::FuncOp>(name.getValue());
  OpBuilder builder(module.getContext());
  Location loc = op.getLoc();
  auto type = builder.getFunctionType(BlockType::get(module.getContext()), builder.getI32Type());
  auto thunk = func::FuncOp::create(loc, (site.getSymName() + ".decomposition").str(), type);
  thunk.setPrivate();
  symbols.insert(thunk);
  Block *body = thunk.addEntryBlock();
  builder.setInsertionPointToStart(body);
  Value context = BlockContextOp::create(builder, loc, body->getArgument(0));
  SmallVector<Value> operands{context};
  SmallVector<DecomposedOutput> outputs;
  for (auto [index, slot] : llvm::enumerate(slotsOf(op.getSchemaOperation()))) {
    if (!slots[index])
      continue;
    Value value = BlockArgumentOp::create(builder, loc, site.getArgumentType(index), body->getArgument(0), index,
                                          site.getSymName());
    if (slot.isOutput())
      outputs.push_back({value, int64_t(operands.size()) - 1});
    Type expected = callee.getArgumentTypes()[operands.size()];
    operands.push_back(value.getType() == expected ? value
                                                   : memref::CastOp::create(builder, loc, expected, value).getResult());
  }
  SmallVector<Value> rooms;
  for (Type room : callee.getArgumentTypes().drop_front(operands.size()))
    rooms.push_back(ResultSlotOp::create(builder, loc, room));
  llvm::append_range(operands, rooms);
  Value status = func::CallOp::create(builder, loc, callee, operands).getResult(0);
  fillOutputs(builder, callee, status, operands, rooms, outputs);
  func::ReturnOp::create(builder, loc, status);
  return thunk;
}

std::string Lowering::ruleName(CandidateAttr candidate) const {
  const std::vector<lzrt::Rule> &rules = policy.getPolicy().rules;
  int64_t rule = candidate.getRule();
  return rule >= 0 && size_t(rule) < rules.size() ? rules[rule].name : "";
}

void Lowering::lower(KernelOpInterface op, FailureExit &exit) {
  DecisionAttr decision = op.getDecision();
  SmallVector<GuardedLeaf> leaves;
  if (!decision.getLive()) {
    leaves = guardsOf(op);
    numPruned += simplifyGuards(op, leaves);
  }
  SiteLowering lowering(op, exit);
  SmallVector<Value> slots = lowering.prepareSlots();
  SiteRecordOp site = createSite(op, slots, leaves);
  if (op->hasAttr(attributes::decomposition))
    site.setDecompositionAttr(FlatSymbolRefAttr::get(createDecomposition(op, site, slots)));
  if (decision.getLive())
    lowering.buildLive(site, slots);
  else
    lowering.buildGuarded(site, slots, leaves, [&](CandidateAttr candidate) { return ruleName(candidate); });
  lowering.finishCopies();
  numCopies += lowering.numCopies();
  if (lowering.numCopies() != 0)
    countCopies(module, op.getSiteName(), op->getName().stripDialect(), lowering.numCopies());
  op->erase();
}

//===----------------------------------------------------------------------===//
// One site
//===----------------------------------------------------------------------===//

Value SiteLowering::copyOf(Value original, const SlotInfo &slot) {
  auto type = cast<MemRefType>(original.getType());
  auto copyType = MemRefType::get(type.getShape(), type.getElementType());
  SmallVector<Value> sizes;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    if (type.isDynamicDim(dim))
      sizes.push_back(memref::DimOp::create(builder, loc, original, dim));
  Value copy = exit.allocate(builder, loc, context, copyType, sizes, copyAlignment);
  if (!slot.isOutput() || slot.role == LZ_ROLE_INOUT)
    memref::CopyOp::create(builder, loc, original, copy);
  copies.push_back({original, copy, slot.isOutput()});
  return copy;
}

SmallVector<Value> SiteLowering::prepareSlots() {
  SmallVector<Value> slots;
  for (auto [index, slot] : llvm::enumerate(slotsOf(op.getSchemaOperation()))) {
    Value value = op.getSlot(index);
    if (value && !describedType(value).getLayout().isIdentity())
      value = copyOf(value, slot);
    slots.push_back(value);
  }
  return slots;
}

void SiteLowering::finishCopies() {
  builder.setInsertionPointToStart(next);
  for (Copy &copy : copies) {
    if (copy.isOutput)
      memref::CopyOp::create(builder, loc, copy.copy, copy.original);
    ReleaseOp::create(builder, loc, context, copy.copy);
  }
}

Value SiteLowering::buildBlock(SiteRecordOp site, ArrayRef<Value> slots) {
  SmallVector<Value> arguments;
  llvm::copy_if(slots, std::back_inserter(arguments), [](Value value) { return bool(value); });
  return BlockOp::create(builder, loc, context, site.getSymName(), arguments);
}

/// A block before what follows the call. Blocks that are not meant to run stand at the function's end.
Block *SiteLowering::newBlock() {
  Region *region = op->getParentRegion();
  auto *created = new Block;
  region->getBlocks().insert(next->getIterator(), created);
  return created;
}

Value SiteLowering::isFailure(Value status) {
  Value ok = arith::ConstantIntOp::create(builder, loc, 0, 32);
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, status, ok);
}

void SiteLowering::branchOn(Value status, Block *failing, ValueRange operands, bool isCold) {
  cf::CondBranchOp::create(builder, loc, isFailure(status), failing, operands, next, ValueRange(),
                           isCold ? coldTrueWeights() : ArrayRef<int32_t>());
}

/// The kernel; a failure goes on behind it, out of line (S9).
void SiteLowering::buildKernelLeaf(FlatSymbolRefAttr kernel) {
  continueBehind(CallOp::create(builder, loc, kernel, block), kernel);
}

void SiteLowering::continueBehind(Value status, FlatSymbolRefAttr kernel) {
  auto *cold = new Block;
  op->getParentRegion()->push_back(cold);
  branchOn(status, cold, {}, /*isCold=*/true);
  builder.setInsertionPointToStart(cold);
  Value rest = ContinueOp::create(builder, loc, block, kernel, status);
  branchOn(rest, exit.block(), rest, /*isCold=*/false);
}

void SiteLowering::buildLeaf(CandidateAttr candidate, SiteRecordOp site) {
  if (candidate.getKernel())
    return buildKernelLeaf(candidate.getKernel());
  if (candidate.isDecomposition()) {
    Value status = RunDecompositionOp::create(builder, loc, block);
    return branchOn(status, exit.block(), status, /*isCold=*/true);
  }
  Value status = NoKernelOp::create(builder, loc, block, /*strict=*/candidate.isStrictError());
  cf::BranchOp::create(builder, loc, exit.block(), status);
}

Block *SiteLowering::leafFor(CandidateAttr candidate, SiteRecordOp site) {
  Attribute key = candidate.getKernel() ? Attribute(candidate.getKernel())
                                        : StringAttr::get(op.getContext(), candidate.getReason());
  auto [place, isNew] = leaves.insert({key, nullptr});
  if (!isNew)
    return place->second;
  Block *leaf = place->second = newBlock();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(leaf);
  buildLeaf(candidate, site);
  return leaf;
}

Value SiteLowering::buildTest(const Guard &guard, CandidateAttr candidate, ArrayRef<Value> slots, StringRef rule) {
  if (guard.isInline())
    return buildGuard(builder, loc, guard, slots);
  FlatSymbolRefAttr subject = guard.condition.getSubject();
  return TestOp::create(builder, loc, block, guard.condition, subject ? subject : candidate.getKernel(), rule);
}

void SiteLowering::buildLive(SiteRecordOp site, ArrayRef<Value> slots) {
  next = op->getBlock()->splitBlock(std::next(op->getIterator()));
  builder.setInsertionPoint(op);
  block = buildBlock(site, slots);
  SmallVector<Value> dims;
  for (Value value : slots)
    for (int64_t dim = 0; value && dim < cast<MemRefType>(value.getType()).getRank() && dims.size() < maxRegisterDims;
         ++dim)
      if (cast<MemRefType>(value.getType()).isDynamicDim(dim))
        dims.push_back(memref::DimOp::create(builder, loc, value, dim));
  Value status = DispatchLiveOp::create(builder, loc, block, site.getSymName(), dims);
  builder.setInsertionPointToEnd(op->getBlock());
  continueBehind(status, FlatSymbolRefAttr());
}

void SiteLowering::buildGuarded(SiteRecordOp site, ArrayRef<Value> slots, ArrayRef<GuardedLeaf> guarded,
                                function_ref<std::string(CandidateAttr)> ruleName) {
  next = op->getBlock()->splitBlock(std::next(op->getIterator()));
  builder.setInsertionPoint(op);
  block = buildBlock(site, slots);
  builder.setInsertionPointToEnd(op->getBlock());
  for (const GuardedLeaf &leaf : guarded) {
    if (leaf.guards.empty())
      return buildLeaf(leaf.candidate, site);
    Block *otherwise = newBlock();
    std::string rule = ruleName(leaf.candidate);
    for (auto [index, guard] : llvm::enumerate(leaf.guards)) {
      bool isLast = index + 1 == leaf.guards.size();
      Value holds = buildTest(guard, leaf.candidate, slots, rule);
      Block *then = isLast ? leafFor(leaf.candidate, site) : newBlock();
      cf::CondBranchOp::create(builder, loc, holds, then, ValueRange(), otherwise, ValueRange());
      builder.setInsertionPointToEnd(isLast ? otherwise : then);
    }
  }
  Value status = NoKernelOp::create(builder, loc, block, /*strict=*/false);
  cf::BranchOp::create(builder, loc, exit.block(), status);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

void LowerDispatch::runOnOperation() {
  SymbolTableCollection symbols;
  SmallVector<KernelOpInterface> ops;
  bool ok = true;
  getOperation().walk([&](KernelOpInterface op) {
    ok &= succeeded(checkOp(op, symbols));
    ops.push_back(op);
  });
  auto &policy = getAnalysis<PolicyAnalysis>();
  if (!ok || !policy.isValid())
    return signalPassFailure();
  Lowering lowering(getOperation(), policy);
  llvm::MapVector<Operation *, FailureExit> exits;
  for (KernelOpInterface op : ops) {
    auto function = op->getParentOfType<func::FuncOp>();
    lowering.lower(op, exits.insert({function, FailureExit(function)}).first->second);
  }
  // Where every leaf is an error, nothing leads to what followed; the conversion to LLVM would leave it as it is.
  IRRewriter rewriter(&getContext());
  for (auto &[function, exit] : exits)
    (void)eraseUnreachableBlocks(rewriter, function->getRegions());
  numSites += lowering.numSites;
  numCopies += lowering.numCopies;
  numPruned += lowering.numPruned;
}
