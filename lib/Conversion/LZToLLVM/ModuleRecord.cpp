//===- ModuleRecord.cpp - The globals of a compiled module -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Field for field the structs of abi/call.h and abi/module.h; abi/layout_asserts.h holds the offsets that these types
// must have. Slots are external, hidden, mutable definitions: an internal one that nothing in the module writes would
// be folded away.
//
//===----------------------------------------------------------------------===//
#include "ModuleLayout.h"

#include "lz/Policy/Facts.h"
#include "lz/Policy/PolicyAnalysis.h"
#include "lzrt/abi/layout_asserts.h"

using namespace mlir;
using namespace mlir::lz;
using LLVM::LLVMArrayType;
using LLVM::LLVMPointerType;
using LLVM::LLVMStructType;

namespace {

/// A constant to be built inside an initializer: a symbol's address, an integer, a double's bits, or nested constants.
struct Constant {
  enum class Kind { Null, Address, Integer, Aggregate } kind = Kind::Null;
  std::string symbol;
  int64_t integer = 0;
  unsigned bits = 0;
  Type type; // of aggregates
  std::vector<Constant> fields;

  static Constant null() { return {}; }
  static Constant address(const Twine &symbol) {
    Constant constant;
    constant.kind = Kind::Address;
    constant.symbol = symbol.str();
    return constant;
  }
  static Constant number(unsigned bits, int64_t value) {
    Constant constant;
    constant.kind = Kind::Integer;
    constant.bits = bits;
    constant.integer = value;
    return constant;
  }
  static Constant aggregate(Type type, std::vector<Constant> fields) {
    Constant constant;
    constant.kind = Kind::Aggregate;
    constant.type = type;
    constant.fields = std::move(fields);
    return constant;
  }
};

class RecordBuilder {
public:
  RecordBuilder(ModuleOp module, const ModuleLayout &layout)
      : module(module), layout(layout), builder(module.getContext()), loc(module.getLoc()),
        pointer(LLVMPointerType::get(module.getContext())), i8(builder.getI8Type()), i16(builder.getI16Type()),
        i32(builder.getI32Type()), i64(builder.getI64Type()), dtype(structOf({i8, i8, i16})),
        argument(structOf({dtype, i8, i8, i16, i16, i16, i32, pointer, pointer, i64})),
        attribute(structOf({i32, i32, i64})) {
    builder.setInsertionPointToStart(module.getBody());
  }

  void createSlots();
  void createTests();
  void createSites();
  void createRecord(const PolicyTexts &texts);

private:
  LLVMStructType structOf(ArrayRef<Type> fields) { return LLVMStructType::getLiteral(builder.getContext(), fields); }
  Value build(const Constant &constant);
  LLVM::GlobalOp create(const Twine &name, Type type, const Constant &value, bool isConstant,
                        LLVM::Linkage linkage = LLVM::Linkage::Internal);
  /// A word that the runtime writes.
  void createWord(const Twine &name, bool isSlot);
  /// The address of a NUL-terminated text; equal texts share one.
  Constant text(StringRef value);
  void createText(StringRef name, StringRef value);
  /// The address of an array, null where it is empty.
  Constant array(const Twine &name, Type element, std::vector<Constant> elements);
  Constant integers(const Twine &name, ArrayRef<int64_t> values);
  std::vector<Constant> exportConstants(Type type);
  Constant dtypeConstant(Type elementType);
  Constant argumentConstant(SiteRecordOp site, unsigned slot, const BlockLayout::Argument &argument);
  std::vector<Constant> attributeConstants(SiteRecordOp site);
  void createLive(SiteRecordOp site);
  void createSite(SiteRecordOp site, unsigned index);

  ModuleOp module;
  const ModuleLayout &layout;
  OpBuilder builder;
  Location loc;
  Type pointer, i8, i16, i32, i64, dtype, argument, attribute;
  llvm::StringMap<std::string> texts;
};

} // namespace

Value RecordBuilder::build(const Constant &constant) {
  switch (constant.kind) {
  case Constant::Kind::Null:
    return LLVM::ZeroOp::create(builder, loc, pointer);
  case Constant::Kind::Address:
    return LLVM::AddressOfOp::create(builder, loc, pointer, constant.symbol);
  case Constant::Kind::Integer: {
    Type type = builder.getIntegerType(constant.bits);
    return LLVM::ConstantOp::create(builder, loc, type, builder.getIntegerAttr(type, constant.integer));
  }
  case Constant::Kind::Aggregate: {
    Value value = LLVM::UndefOp::create(builder, loc, constant.type);
    for (auto [index, field] : llvm::enumerate(constant.fields))
      value = LLVM::InsertValueOp::create(builder, loc, value, build(field), index);
    return value;
  }
  }
  llvm_unreachable("a constant has one of four kinds");
}

LLVM::GlobalOp RecordBuilder::create(const Twine &name, Type type, const Constant &value, bool isConstant,
                                     LLVM::Linkage linkage) {
  auto global = LLVM::GlobalOp::create(builder, loc, type, isConstant, linkage, name.str(), Attribute());
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&global.getInitializerRegion());
  LLVM::ReturnOp::create(builder, loc, build(value));
  return global;
}

void RecordBuilder::createWord(const Twine &name, bool isSlot) {
  LLVM::GlobalOp word = create(name, pointer, Constant::null(), /*isConstant=*/false,
                               isSlot ? LLVM::Linkage::External : LLVM::Linkage::Internal);
  word.setAlignment(8);
  if (!isSlot)
    return;
  word.setVisibility_(LLVM::Visibility::Hidden);
  word.setDsoLocal(true);
}

void RecordBuilder::createText(StringRef name, StringRef value) {
  std::string bytes = value.str() + '\0';
  Type type = LLVMArrayType::get(i8, bytes.size());
  LLVM::GlobalOp::create(builder, loc, type, /*isConstant=*/true, LLVM::Linkage::Internal, name,
                         builder.getStringAttr(bytes));
}

Constant RecordBuilder::text(StringRef value) {
  auto [place, isNew] = texts.try_emplace(value, "lz_text." + std::to_string(texts.size()));
  if (isNew)
    createText(place->second, value);
  return Constant::address(place->second);
}

Constant RecordBuilder::array(const Twine &name, Type element, std::vector<Constant> elements) {
  if (elements.empty())
    return Constant::null();
  Type type = LLVMArrayType::get(element, elements.size());
  create(name, type, Constant::aggregate(type, std::move(elements)), /*isConstant=*/true);
  return Constant::address(name);
}

Constant RecordBuilder::integers(const Twine &name, ArrayRef<int64_t> values) {
  std::vector<Constant> elements;
  for (int64_t value : values)
    elements.push_back(Constant::number(64, ShapedType::isDynamic(value) ? LZ_DYNAMIC : value));
  return array(name, i64, std::move(elements));
}

//===----------------------------------------------------------------------===//
// Slots and tests
//===----------------------------------------------------------------------===//

void RecordBuilder::createSlots() {
  for (StringAttr kernel : layout.imports)
    createWord(slotSymbol(kernel.getValue()), /*isSlot=*/true);
  for (auto &[name, type] : layout.parameters)
    createWord(parameterSymbol(name.getValue()), /*isSlot=*/true);
  createWord("lz_module_runtime", /*isSlot=*/false);
  for (auto &[message, symbol] : layout.messages)
    createText(symbol, message);
}

void RecordBuilder::createTests() {
  LLVMStructType type = structOf(SmallVector<Type>(6, pointer));
  for (auto [index, op] : llvm::enumerate(layout.tests)) {
    auto test = cast<TestOp>(op);
    std::string symbol = testSymbol(index);
    createWord(symbol + ".cache", /*isSlot=*/false);
    ConditionAttr condition = test.getCondition();
    create(symbol, type,
           Constant::aggregate(type, {text(condition.getField()), text(condition.getOp()), text(condition.getValue()),
                                      text(test.getKernel().value_or("")), text(test.getRule()),
                                      Constant::address(symbol + ".cache")}),
           /*isConstant=*/true);
  }
}

//===----------------------------------------------------------------------===//
// Sites
//===----------------------------------------------------------------------===//

Constant RecordBuilder::dtypeConstant(Type elementType) {
  lz_dtype_t value = dtypeOf(elementType).value_or(lz_dtype_t{LZ_CODE_OPAQUE, 0, 1});
  return Constant::aggregate(
      dtype, {Constant::number(8, value.code), Constant::number(8, value.bits), Constant::number(16, value.lanes)});
}

Constant RecordBuilder::argumentConstant(SiteRecordOp site, unsigned slot, const BlockLayout::Argument &place) {
  auto number = Constant::number;
  if (!place.type)
    return Constant::aggregate(argument,
                               {Constant::aggregate(dtype, {number(8, 0), number(8, 0), number(16, 0)}), number(8, 0),
                                number(8, 0), number(16, LZ_NO_INDEX), number(16, LZ_NO_INDEX), number(16, 0),
                                number(32, 1), Constant::null(), Constant::null(), number(64, 0)});
  const SlotInfo &info = slotsOf(site.getSchemaOperation())[slot];
  unsigned flags = LZ_ARGUMENT_PRESENT | (place.strides.empty() ? LZ_ARGUMENT_CONTIGUOUS : 0) |
                   (info.isOutput() ? LZ_ARGUMENT_WRITTEN : 0) |
                   (!info.isOutput() || info.role == LZ_ROLE_INOUT ? LZ_ARGUMENT_READ : 0);
  std::string prefix = (site.getSymName() + "." + info.name).str();
  Constant shape = integers(prefix + ".shape", place.type.getShape());
  Constant strides = integers(prefix + ".strides", place.strides);
  return Constant::aggregate(argument, {dtypeConstant(place.type.getElementType()), number(8, place.type.getRank()),
                                        number(8, flags), number(16, place.data), number(16, place.dims), number(16, 0),
                                        number(32, site.getAlignments()[slot]), shape, strides, number(64, 0)});
}

std::vector<Constant> RecordBuilder::attributeConstants(SiteRecordOp site) {
  static constexpr bool isFloat[] = {
#define LZ_IS_FLOAT_I64 false
#define LZ_IS_FLOAT_F64 true
#define LZ_X(id, name, type) LZ_IS_FLOAT_##type,
      LZ_ATTRIBUTES(LZ_X)
#undef LZ_X
#undef LZ_IS_FLOAT_I64
#undef LZ_IS_FLOAT_F64
  };
  std::vector<Constant> values;
  for (int id = 0; id < LZ_ATTR_COUNT; ++id) {
    Attribute value = site.getValues().get(schemaAttributeName(lz_attribute_id_t(id)));
    if (!value)
      continue;
    auto integer = dyn_cast<IntegerAttr>(value);
    int64_t bits = integer ? integer.getInt() : 0;
    if (isFloat[id])
      bits = llvm::bit_cast<int64_t>(integer ? double(bits) : cast<FloatAttr>(value).getValueAsDouble());
    values.push_back(Constant::aggregate(
        attribute, {Constant::number(32, id), Constant::number(32, 0), Constant::number(64, bits)}));
  }
  return values;
}

/// The mutable record of a live site, in a cache line of its own. Its stub selects at first.
void RecordBuilder::createLive(SiteRecordOp site) {
  Type integers = LLVMArrayType::get(i32, 4);
  LLVMStructType type = structOf({pointer, i64, pointer, i64, integers, integers});
  Constant zero = Constant::number(32, 0), zeros = Constant::aggregate(integers, {zero, zero, zero, zero});
  Constant none = Constant::number(64, 0);
  create(liveSymbol(site.getSymName()), type,
         Constant::aggregate(type, {Constant::address("lzrt_live_miss"), none, Constant::null(), none, zeros, zeros}),
         /*isConstant=*/false)
      .setAlignment(64);
}

void RecordBuilder::createSite(SiteRecordOp site, unsigned index) {
  const BlockLayout &block = layout.sites.find(site.getSymName())->second;
  std::string name = site.getSymName().str();
  unsigned flags = (site.getLive() ? LZ_SITE_LIVE : 0) | (site.getGuarded() ? LZ_SITE_GUARDED : 0);
  std::vector<Constant> arguments;
  for (auto [slot, place] : llvm::enumerate(block.slots)) {
    arguments.push_back(argumentConstant(site, slot, place));
    if (place.type && slotsOf(site.getSchemaOperation())[slot].role == LZ_ROLE_INOUT)
      flags |= LZ_SITE_IN_PLACE;
  }
  std::vector<Constant> values = attributeConstants(site);
  size_t numValues = values.size();
  if (site.getLive())
    createLive(site);
  auto number = Constant::number;
  LLVMStructType type = structOf({i32, i16, i16, i32, i32, i16, i16, i16, i16, pointer, pointer, pointer, pointer,
                                  pointer, pointer, pointer, i32, i32});
  Constant record = Constant::aggregate(
      type,
      {number(32, sizeof(lz_site_t)), number(16, LZ_ABI_VERSION), number(16, site.getSchemaOperation()),
       number(32, block.callSize()), number(32, flags), number(16, block.slots.size()), number(16, block.numData),
       number(16, block.numDims), number(16, numValues), array(name + ".arguments", argument, std::move(arguments)),
       array(name + ".attributes", attribute, std::move(values)), text(site.getSite()), text(site.getLocation()),
       Constant::address(LZ_MODULE_SYMBOL), site.getLive() ? Constant::address(liveSymbol(name)) : Constant::null(),
       site.getDecomposition() ? Constant::address(*site.getDecomposition()) : Constant::null(),
       number(32, int32_t(site.getMode())), number(32, index)});
  create(name, type, record, /*isConstant=*/true);
}

void RecordBuilder::createSites() {
  for (auto [index, site] : llvm::enumerate(llvm::to_vector(module.getOps<SiteRecordOp>())))
    createSite(site, index);
}

//===----------------------------------------------------------------------===//
// The record
//===----------------------------------------------------------------------===//

/// The public functions that take a context, as their model has them.
std::vector<Constant> RecordBuilder::exportConstants(Type type) {
  auto number = Constant::number;
  std::vector<Constant> exports;
  for (auto function : module.getOps<func::FuncOp>()) {
    ArrayRef<Type> arguments = function.getArgumentTypes();
    if (!function.isPublic() || function.isDeclaration() || arguments.empty() || !isa<ContextType>(arguments.front()))
      continue;
    size_t rooms = llvm::count_if(arguments, llvm::IsaPred<ResultType>);
    SmallVector<int64_t> aliases(resultAliasesOf(function));
    if (aliases.empty())
      aliases.assign(rooms, noResultAlias);
    std::vector<Constant> entries;
    for (int64_t alias : aliases)
      entries.push_back(number(32, alias));
    exports.push_back(Constant::aggregate(
        type, {text(function.getName()), number(32, arguments.size() - 1 - rooms), number(32, aliases.size()),
               array(exportSymbol(function.getName()) + ".result_aliases", i32, std::move(entries))}));
  }
  return exports;
}

void RecordBuilder::createRecord(const PolicyTexts &policy) {
  auto number = Constant::number;
  std::vector<Constant> imports, parameters, sites;
  LLVMStructType import = structOf({pointer, pointer}), parameter = structOf({pointer, pointer, i32, dtype, pointer});
  for (StringAttr kernel : layout.imports)
    imports.push_back(Constant::aggregate(import, {text(kernel), Constant::address(slotSymbol(kernel.getValue()))}));
  for (auto &[name, type] : layout.parameters)
    parameters.push_back(Constant::aggregate(
        parameter,
        {text(name), integers(parameterSymbol(name.getValue()) + ".shape", type.getShape()), number(32, type.getRank()),
         dtypeConstant(type.getElementType()), Constant::address(parameterSymbol(name.getValue()))}));
  for (auto &[name, block] : layout.sites)
    sites.push_back(Constant::address(name));

  LLVMStructType exported = structOf({pointer, i32, i32, pointer});
  std::vector<Constant> exports = exportConstants(exported);

  auto factsText = [&](StringRef name) {
    auto facts = module->getAttrOfType<StringAttr>(name);
    return text(facts ? facts.getValue() : "");
  };
  SmallVector<Type> fields{i32, i32};
  fields.append(7, pointer);
  fields.append(4, i32);
  fields.append(5, pointer);
  LLVMStructType type = structOf(fields);
  create(LZ_MODULE_SYMBOL, type,
         Constant::aggregate(
             type, {number(32, sizeof(lz_module_t)), number(32, LZ_ABI_VERSION), text(module.getSymName().value_or("")),
                    text(policy.policy), text(policy.kernels), text(policy.policyDigest), text(policy.selectionDigest),
                    factsText(attributes::assumedFacts), factsText(attributes::targetFacts), number(32, imports.size()),
                    number(32, parameters.size()), number(32, sites.size()), number(32, exports.size()),
                    array("lz_module_imports", import, imports), array("lz_module_parameters", parameter, parameters),
                    array("lz_module_sites", pointer, sites), Constant::address("lz_module_runtime"),
                    array("lz_module_exports", exported, exports)}),
         /*isConstant=*/true, LLVM::Linkage::External);
}

void mlir::lz::createModuleRecord(ModuleOp module, const ModuleLayout &layout, const PolicyTexts &texts) {
  RecordBuilder builder(module, layout);
  builder.createSlots();
  builder.createTests();
  builder.createSites();
  builder.createRecord(texts);
  if (PolicyOp policy = findPolicy(module)) {
    module->setAttr(attributes::policyDigest, policy.getPolicyDigestAttr());
    module->setAttr(attributes::selectionDigest, policy.getSelectionDigestAttr());
  }
  for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
    if (isa<PolicyOp, KernelDeclOp, SiteRecordOp>(op))
      op.erase();
}
