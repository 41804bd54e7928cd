//===- Run.cpp - Runs one module compiled in two ways -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Chains of operations may magnify what rounding leaves, and a token hangs on it altogether. So the decomposed module
// runs a second time on inputs that differ in their last digits: what then moves may differ as much between two
// compilations; a token that moves says nothing.
//
//===----------------------------------------------------------------------===//
#include "Run.h"

#include "../../kernels/common/Element.h"
#include "lzrt/Module.h"
#include "lzrt/lzrt.h"

#include <cmath>
#include <cstring>
#include <map>

using namespace lz::generator;
using namespace lz::kernels;
using mlir::lz::HostTensor;

namespace {

lz_dtype_t dtypeOf(const std::string &element) {
  if (element == "bf16")
    return {LZ_CODE_BFLOAT, 16, 1};
  if (element.starts_with("f8"))
    return {uint8_t(element == "f8E5M2" ? LZ_CODE_FLOAT8_E5M2 : LZ_CODE_FLOAT8_E4M3FN), 8, 1};
  return {uint8_t(element[0] == 'i' ? LZ_CODE_INT : LZ_CODE_FLOAT), uint8_t(std::stoi(element.substr(1))), 1};
}

double drawElement(const Tensor &tensor, std::mt19937_64 &engine) {
  switch (tensor.data) {
  case Data::Normal:
    return std::normal_distribution<>()(engine);
  case Data::Slope:
    return std::uniform_real_distribution<>(0.05, 1)(engine);
  case Data::Unit:
    return std::uniform_real_distribution<>(0, 0.9999)(engine);
  case Data::Lengths:
    return double(std::uniform_int_distribution<int64_t>(0, tensor.limit)(engine));
  default:
    return double(std::uniform_int_distribution<int64_t>(0, std::max<int64_t>(tensor.limit, 1) - 1)(engine));
  }
}

/// The neighbour of a 16-bit number, or one of a few near an f32; numbers of 8 bits stay, their neighbours are far.
template <typename T> T moved(T value, std::mt19937_64 &engine) {
  if constexpr (sizeof(T) == 1) {
    return value;
  } else if constexpr (sizeof(T) == 2) {
    value.bits += value.bits % 2 ? -(engine() % 2) : engine() % 2;
    return value;
  } else {
    return fromDouble<T>(toDouble(value) * (1 + (engine() % 2 ? 0x1p-19 : -0x1p-19)));
  }
}

/// Fills an array with the numbers of a seed; `moves` changes the last digits of floats.
void fill(HostTensor &array, const Tensor &tensor, uint64_t seed, bool moves) {
  std::mt19937_64 engine(seed), digits(seed + 1);
  std::vector<double> values;
  for (int64_t i = 0; i < tensor.count(); ++i)
    values.push_back(drawElement(tensor, engine));
  if (tensor.data == Data::Blocks)
    for (size_t i = 0; i < values.size(); ++i) // a permutation's beginning
      values[i] = double((i * 7 + seed % 5) % size_t(std::max<int64_t>(tensor.limit, 1)));
  const Element element = elementOf(array.dtype);
  for (size_t i = 0; i < values.size(); ++i) {
    if (element == Element::I32)
      static_cast<int32_t *>(array.data())[i] = int32_t(values[i]);
    else if (element == Element::I64)
      static_cast<int64_t *>(array.data())[i] = int64_t(values[i]);
    else
      withFloatType(element, [&](auto type) {
        auto value = fromDouble<decltype(type)>(values[i]);
        static_cast<decltype(type) *>(array.data())[i] = moves ? moved(value, digits) : value;
      });
  }
}

std::vector<double> valuesOf(const HostTensor &array) {
  int64_t count = 1;
  for (int64_t extent : array.shape)
    count *= extent;
  std::vector<double> values(count);
  const Element element = elementOf(array.dtype);
  for (int64_t i = 0; i < count; ++i) {
    if (element == Element::I32)
      values[i] = static_cast<const int32_t *>(array.data())[i];
    else if (element == Element::I64)
      values[i] = double(static_cast<const int64_t *>(array.data())[i]);
    else
      values[i] = withFloatType(
          element, [&](auto type) { return toDouble(static_cast<const decltype(type) *>(array.data())[i]); });
  }
  return values;
}

/// The registry of some manifests, loaded once a process.
const lzrt::KernelRegistry *registryOf(const std::vector<std::string> &manifests, std::string &complaint) {
  static std::map<std::vector<std::string>, std::unique_ptr<lzrt::KernelRegistry>> registries;
  auto &registry = registries[manifests];
  if (registry)
    return registry.get();
  registry = std::make_unique<lzrt::KernelRegistry>();
  lzrt::Status status;
  for (const std::string &manifest : manifests)
    if (status = registry->load(manifest); !status.isOk())
      complaint = status.message();
  if (status = registry->freeze(); !status.isOk())
    complaint = status.message();
  return registry.get();
}

} // namespace

/// A compiled module, bound.
struct Comparison::Program {
  std::unique_ptr<mlir::lz::CompiledModule> code;
  std::unique_ptr<lzrt::BoundModule> bound; // goes before the code

  std::string create(mlir::ModuleOp lowered, const std::vector<std::string> &manifests,
                     const std::map<std::string, HostTensor> &parameters) {
    auto compiled = mlir::lz::CompiledModule::create(lowered);
    if (!compiled)
      return llvm::toString(compiled.takeError());
    code = std::move(*compiled);
    std::string complaint;
    lzrt::BindOptions bind;
    bind.registry = manifests.empty() ? nullptr : registryOf(manifests, complaint);
    bind.parameter = [&](const std::string &name, lzrt::ParameterData *out) {
      const HostTensor &array = parameters.at(name);
      *out = {array.data(), array.dtype, std::vector<int64_t>(array.shape.begin(), array.shape.end())};
      return lzrt::Status();
    };
    std::vector<std::string> warnings;
    lzrt::Status status = lzrt::BoundModule::bind(code->record(), bind, &bound, &warnings);
    return complaint + (status.isOk() ? "" : std::string(status.message()));
  }

  Results run(const mlir::lz::FunctionSignature &signature, const std::vector<HostTensor> &inputs) const {
    lz_context_t context;
    lzrt_context_init(&context);
    if (lzrt::Status status = bound->admit(context); !status.isOk())
      return llvm::createStringError(llvm::inconvertibleErrorCode(), std::string(status.message()));
    Results results = code->invoke(signature, &context, inputs);
    lzrt_context_release(&context);
    return results;
  }
};

Comparison::Comparison(const ModuleSpec &module, mlir::ModuleOp parsed) : module(module) {
  mlir::FailureOr<mlir::func::FuncOp> entry = mlir::lz::findEntry(parsed, "main");
  if (succeeded(entry))
    if (auto found = mlir::lz::signatureOf(*entry); succeeded(found))
      signature = *found;
}

namespace {

/// What compilations may differ by, of the largest element: rounding in the coarsest type of the module.
double precisionOf(const ModuleSpec &module) {
  if (module.text.find("bf16") != std::string::npos)
    return 0x1p-5;
  return module.text.find("f16") != std::string::npos ? 0x1p-8 : 2e-5;
}

enum class Verdict { Agree, Differ, Unstable };

Verdict judge(const HostTensor &expected, const HostTensor &moved, const HostTensor &actual, double precision) {
  if (expected.shape != actual.shape)
    return Verdict::Differ;
  std::vector<double> e = valuesOf(expected), m = valuesOf(moved), a = valuesOf(actual);
  double largest = 0, motion = 0;
  for (size_t i = 0; i < e.size(); ++i) {
    if (std::isfinite(e[i]) != std::isfinite(m[i]))
      return Verdict::Unstable;
    if (!std::isfinite(e[i]))
      continue;
    largest = std::max(largest, std::fabs(e[i])), motion = std::max(motion, std::fabs(e[i] - m[i]));
  }
  const bool whole = isInteger(elementOf(expected.dtype));
  if (motion > (whole ? 0 : 0.1 * largest))
    return Verdict::Unstable;
  const double allowed = whole ? 0 : precision * largest + 32 * motion;
  for (size_t i = 0; i < e.size(); ++i) {
    if (std::isnan(e[i]) ? std::isnan(a[i]) : e[i] == a[i])
      continue;
    if (!std::isfinite(e[i]) || !(std::fabs(e[i] - a[i]) <= allowed))
      return Verdict::Differ;
  }
  return Verdict::Agree;
}

std::string show(const HostTensor &array) {
  std::string text = mlir::lz::shapeText(array.shape) + ":";
  std::vector<double> values = valuesOf(array);
  for (size_t i = 0; i < std::min<size_t>(values.size(), 24); ++i)
    text += " " + std::to_string(values[i]);
  return text + "\n";
}

} // namespace

/// What a run has written to that it was not given.
std::string Comparison::checkInputs(const std::vector<HostTensor> &used, const std::vector<HostTensor> &fresh) const {
  for (size_t i = 0; i < used.size(); ++i)
    if (!signature.inputs[i].donated &&
        std::memcmp(used[i].data(), fresh[i].data(), *mlir::lz::byteSize(used[i].dtype, used[i].shape)) != 0)
      return "input " + std::to_string(i) + " was overwritten, but not donated";
  return "";
}

std::string Comparison::onData(const Program &decomposed, const Program &other, uint64_t data, Tally &tally) {
  auto inputs = [&](bool moves) {
    std::vector<HostTensor> arrays;
    for (size_t i = 0; i < module.inputs.size(); ++i) {
      const Tensor &input = module.inputs[i];
      arrays.push_back(*HostTensor::allocate(dtypeOf(input.element), input.shape));
      fill(arrays.back(), input, data + 2 * i, moves);
    }
    return arrays;
  };
  std::vector<HostTensor> left = inputs(false), right = inputs(false);
  Results expected = decomposed.run(signature, left);
  if (!expected)
    return "decomposed: " + llvm::toString(expected.takeError());
  Results moved = decomposed.run(signature, inputs(true)), actual = other.run(signature, right);
  for (const std::vector<HostTensor> *used : {&left, &right})
    if (std::string complaint = checkInputs(*used, inputs(false)); !complaint.empty())
      return complaint;
  if (!actual)
    return llvm::toString(actual.takeError());
  if (!moved)
    return "decomposed, moved: " + llvm::toString(moved.takeError());
  for (size_t i = 0; i < expected->size(); ++i) {
    const Verdict verdict = judge((*expected)[i], (*moved)[i], (*actual)[i], precisionOf(module));
    ++tally.outputs;
    tally.unstable += verdict == Verdict::Unstable;
    if (verdict == Verdict::Differ)
      return "result " + std::to_string(i) + " differs\ndecomposed " + show((*expected)[i]) + "moved " +
             show((*moved)[i]) + "other " + show((*actual)[i]);
  }
  return "";
}

std::string Comparison::compare(mlir::ModuleOp decomposed, mlir::ModuleOp other, const CompileSpec &compilation,
                                uint64_t data, Tally &tally) {
  std::map<std::string, HostTensor> parameters;
  for (const Tensor &parameter : module.parameters) {
    HostTensor &array = parameters[parameter.name] = *HostTensor::allocate(dtypeOf(parameter.element), parameter.shape);
    fill(array, parameter, data + parameters.size(), false);
  }
  Program left, right;
  if (std::string complaint = left.create(decomposed, {}, parameters); !complaint.empty())
    return "decomposed: " + complaint;
  if (std::string complaint = right.create(other, compilation.kernels, parameters); !complaint.empty())
    return complaint;
  std::string complaint = onData(left, right, data, tally);
  if (complaint.empty() || module.text.find("lz.sample") == std::string::npos)
    return complaint;
  // A draw at the border between two tokens; elsewhere the same code must differ again.
  for (uint64_t other = 1000; other <= 3000; other += 1000)
    if (onData(left, right, data + other, tally).empty())
      return "";
  return complaint;
}
