//===- Facts.cpp - From an op, a target and a command line to facts -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Policy/Facts.h"

#include "lzrt/policy/Diagnostics.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::lz;

std::optional<lz_dtype_t> mlir::lz::dtypeOf(Type elementType) {
  auto dtype = [](lz_dtype_code_t code, unsigned bits) { return lz_dtype_t{uint8_t(code), uint8_t(bits), 1}; };
  if (auto integer = dyn_cast<IntegerType>(elementType)) {
    unsigned width = integer.getWidth();
    if (width == 1)
      return dtype(LZ_CODE_BOOL, 8);
    if (width != 8 && width != 16 && width != 32 && width != 64)
      return std::nullopt;
    return dtype(integer.isUnsigned() ? LZ_CODE_UINT : LZ_CODE_INT, width);
  }
  return TypeSwitch<Type, std::optional<lz_dtype_t>>(elementType)
      .Case([&](Float16Type) { return dtype(LZ_CODE_FLOAT, 16); })
      .Case([&](BFloat16Type) { return dtype(LZ_CODE_BFLOAT, 16); })
      .Case([&](Float32Type) { return dtype(LZ_CODE_FLOAT, 32); })
      .Case([&](Float64Type) { return dtype(LZ_CODE_FLOAT, 64); })
      .Case([&](Float8E4M3FNType) { return dtype(LZ_CODE_FLOAT8_E4M3FN, 8); })
      .Case([&](Float8E5M2Type) { return dtype(LZ_CODE_FLOAT8_E5M2, 8); })
      .Case([&](Float6E2M3FNType) { return dtype(LZ_CODE_FLOAT6_E2M3FN, 6); })
      .Case([&](Float6E3M2FNType) { return dtype(LZ_CODE_FLOAT6_E3M2FN, 6); })
      .Case([&](Float4E2M1FNType) { return dtype(LZ_CODE_FLOAT4_E2M1FN, 4); })
      .Default(std::optional<lz_dtype_t>());
}

std::optional<std::variant<int64_t, double>> mlir::lz::schemaAttributeOf(KernelOpInterface op, lz_attribute_id_t id) {
  using Result = std::optional<std::variant<int64_t, double>>;
  Attribute attribute = op->getAttr(schemaAttributeName(id));
  if (!attribute)
    return std::nullopt;
  return TypeSwitch<Attribute, Result>(attribute)
      .Case([](FloatAttr value) { return Result(value.getValueAsDouble()); })
      .Case([](BoolAttr value) { return Result(int64_t(value.getValue())); })
      .Case([](IntegerAttr value) { return Result(value.getValue().getSExtValue()); })
      .Case([](LayoutAttr value) { return Result(int64_t(value.getValue())); })
      .Case([](AlignmentAttr value) { return Result(int64_t(value.getValue())); })
      .Case([](KVLayoutAttr value) { return Result(int64_t(value.getValue())); })
      .Case([](ApproximationAttr value) { return Result(int64_t(value.getValue())); })
      .Default(Result());
}

static lzrt::CallView::Argument viewOf(Value value, const SlotInfo &slot) {
  lzrt::CallView::Argument argument;
  if (!value)
    return argument;
  auto type = cast<ShapedType>(value.getType());
  argument.present = true;
  argument.written = slot.isOutput();
  argument.dtype = dtypeOf(type.getElementType()).value_or(lz_dtype_t{LZ_CODE_OPAQUE, 0, 1});
  for (int64_t extent : type.getShape())
    argument.shape.push_back(ShapedType::isDynamic(extent) ? std::nullopt : std::optional<int64_t>(extent));
  return argument;
}

lzrt::CallView mlir::lz::viewOf(KernelOpInterface op) {
  lzrt::CallView view;
  view.operation = op.getSchemaOperation();
  view.site = op.getSiteName().str();
  for (auto [index, slot] : llvm::enumerate(slotsOf(view.operation)))
    view.arguments.push_back(::viewOf(op.getSlot(index), slot));
  for (int id = 0; id < LZ_ATTR_COUNT; ++id) {
    auto value = schemaAttributeOf(op, lz_attribute_id_t(id));
    if (!value)
      continue;
    if (auto *integer = std::get_if<int64_t>(&*value))
      view.integers[id] = *integer;
    else
      view.floats[id] = std::get<double>(*value);
  }
  return view;
}

std::string mlir::lz::describeFact(lzrt::FactId fact, const lzrt::Value &value) {
  std::string text;
  if (auto *string = std::get_if<std::string>(&value))
    text = string->empty() || string->find_first_of(", \t") != std::string::npos ? "\"" + *string + "\"" : *string;
  else if (auto *version = std::get_if<lzrt::Version>(&value))
    text = version->str();
  else
    text = lzrt::toJson(value);
  return std::string(lzrt::factName(fact)) + "=" + text;
}

namespace {
using TargetFacts = SmallVector<std::pair<lzrt::FactId, lzrt::Fact>>;
} // namespace

/// C6: what follows from the platform alone.
static TargetFacts factsOfPlatform(const std::string &platform) {
  TargetFacts facts;
  facts.emplace_back(LZ_FACT_PLATFORM, lzrt::Fact::known(platform));
  if (platform != "cpu")
    return facts;
  facts.emplace_back(LZ_FACT_DEVICE, lzrt::Fact::known(std::string("cpu")));
  facts.emplace_back(LZ_FACT_IS_CUDA_GRAPH_CAPTURING, lzrt::Fact::known(false));
  facts.emplace_back(LZ_FACT_SM, lzrt::Fact::absent());
  facts.emplace_back(LZ_FACT_ARCH, lzrt::Fact::absent());
  return facts;
}

static StringAttr stringEntry(TargetDeviceSpecInterface spec, StringRef key) {
  for (DataLayoutEntryInterface entry : spec.getEntries())
    if (auto name = dyn_cast<StringAttr>(entry.getKey()); name && name.getValue() == key)
      return dyn_cast<StringAttr>(entry.getValue());
  return {};
}

/// The device spec whose `platform` is `platform`, any where that is "". Fails on two.
static FailureOr<TargetDeviceSpecInterface> findDeviceSpec(ModuleOp module, StringRef platform) {
  TargetDeviceSpecInterface found;
  TargetSystemSpecInterface system = module.getTargetSystemSpec();
  for (DataLayoutEntryInterface entry : system ? system.getEntries() : ArrayRef<DataLayoutEntryInterface>()) {
    auto spec = dyn_cast<TargetDeviceSpecInterface>(entry.getValue());
    StringAttr name = spec ? stringEntry(spec, "platform") : StringAttr();
    if (!name || (!platform.empty() && name.getValue() != platform))
      continue;
    if (found)
      return module.emitError("two device specs of the target have a `platform`")
             << (platform.empty() ? "; choose one with `target`" : " that is the target's");
    found = spec;
  }
  return found;
}

/// Puts the target's facts that a device spec states into `facts`, in place of what the platform says.
static LogicalResult readDeviceSpec(ModuleOp module, TargetDeviceSpecInterface spec, TargetFacts &facts) {
  for (lzrt::FactId fact : {LZ_FACT_DEVICE, LZ_FACT_SM, LZ_FACT_ARCH})
    for (DataLayoutEntryInterface entry : spec.getEntries()) {
      auto name = dyn_cast<StringAttr>(entry.getKey());
      if (!name || name.getValue() != StringRef(lzrt::factName(fact)))
        continue;
      llvm::erase_if(facts, [&](auto &pair) { return pair.first == fact; });
      auto text = dyn_cast<StringAttr>(entry.getValue());
      auto number = dyn_cast<IntegerAttr>(entry.getValue());
      bool wantsNumber = lzrt::factType(fact) == LZ_TYPE_INT;
      if (wantsNumber ? !number : !text)
        return module.emitError("entry `") << name.getValue() << "` of the target's device spec: expected "
                                           << (wantsNumber ? "an integer" : "a string") << ", got " << entry.getValue();
      facts.emplace_back(fact, lzrt::Fact::known(wantsNumber ? lzrt::Value(number.getInt()) : lzrt::Value(text.str())));
    }
  return success();
}

static LogicalResult checkPlatform(ModuleOp module, StringRef platform) {
  const auto &known = lzrt::listedValues(LZ_TYPE_PLATFORM);
  if (platform.empty() || llvm::is_contained(known, std::string_view(platform)))
    return success();
  std::string near = lzrt::nearest(platform.str(), std::vector<std::string>(known.begin(), known.end()));
  InFlightDiagnostic diagnostic = module.emitError("unknown target platform `") << platform << "`";
  if (!near.empty())
    diagnostic << "; did you mean `" << near << "`?";
  return diagnostic;
}

FailureOr<ModuleFacts> ModuleFacts::create(ModuleOp module, StringRef target, StringRef facts) {
  ModuleFacts result;
  result.given = facts.trim().str();
  // Any operation does: the target's facts are common to all.
  lzrt::FactSet given(LZ_OP_ATTENTION_PREFILL);
  if (std::string error = lzrt::parseFacts(result.given, given, nullptr); !error.empty())
    return module.emitError("facts given to the compiler: ") << error;
  given.derive();
  std::string platform = target.str();
  if (given.get(LZ_FACT_PLATFORM).isKnown())
    platform = std::get<std::string>(given.get(LZ_FACT_PLATFORM).value());
  FailureOr<TargetDeviceSpecInterface> spec = findDeviceSpec(module, platform);
  if (failed(spec))
    return failure();
  if (platform.empty() && *spec)
    platform = stringEntry(*spec, "platform").str();
  if (failed(checkPlatform(module, platform)))
    return failure();
  TargetFacts targetFacts;
  if (!platform.empty())
    targetFacts = factsOfPlatform(platform);
  if (*spec && failed(readDeviceSpec(module, *spec, targetFacts)))
    return failure();
  for (auto &[fact, value] : targetFacts)
    if (!given.isGiven(fact))
      result.target.emplace_back(fact, value);
  return result;
}

FailureOr<lzrt::FactSet> ModuleFacts::factsOf(KernelOpInterface op) const {
  for (auto [index, slot] : llvm::enumerate(slotsOf(op.getSchemaOperation())))
    if (Value value = op.getSlot(index); value && !dtypeOf(getElementTypeOrSelf(value.getType())))
      return op->emitOpError("operand `") << slot.name << "` has element type " << getElementTypeOrSelf(value.getType())
                                          << ", which no kernel can be given";
  lzrt::FactSet facts = lzrt::factsOf(lz::viewOf(op));
  if (std::string error = lzrt::parseFacts(given, facts, nullptr); !error.empty())
    return op->emitOpError("facts given to the compiler: ") << error;
  for (auto &[fact, value] : target)
    facts.set(fact, value);
  facts.derive();
  return facts;
}

std::string ModuleFacts::describe() const {
  std::string text = given;
  for (auto &[fact, value] : target)
    if (value.isKnown())
      text += (text.empty() ? "" : ",") + describeFact(fact, value.value());
  return text;
}
