//===- CompiledModule.cpp - A module compiled into this process -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/JIT/CompiledModule.h"
#include "RuntimeSymbols.h"

#include "lzrt/lzrt.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

#include <cstring>

namespace mlir::lz {
namespace {

llvm::Error fault(const Twine &text) { return llvm::createStringError(llvm::inconvertibleErrorCode(), text); }

/// A memref descriptor of a rank known at run time: allocated, aligned, offset, sizes, strides.
class Descriptor {
public:
  explicit Descriptor(size_t rank) : rank(rank), words(3 + 2 * rank, 0) {}
  static Descriptor of(const HostTensor &tensor) {
    Descriptor descriptor(tensor.shape.size());
    descriptor.words[0] = descriptor.words[1] = reinterpret_cast<int64_t>(tensor.data());
    int64_t stride = 1;
    for (size_t i = tensor.shape.size(); i-- > 0; stride *= tensor.shape[i]) {
      descriptor.words[3 + i] = tensor.shape[i];
      descriptor.words[3 + tensor.shape.size() + i] = stride;
    }
    return descriptor;
  }
  int64_t *data() { return words.data(); }
  size_t size() const { return words.size(); }
  ArrayRef<int64_t> shape() const { return ArrayRef(words).slice(3, rank); }
  ArrayRef<int64_t> strides() const { return ArrayRef(words).slice(3 + rank, rank); }
  const char *elements(unsigned width) const { return reinterpret_cast<const char *>(words[1]) + words[2] * width; }

private:
  size_t rank;
  SmallVector<int64_t> words;
};

/// Copies `from`, strided, to `to`, without gaps; returns the end of what was written.
char *copyOut(const char *from, char *to, unsigned width, ArrayRef<int64_t> shape, ArrayRef<int64_t> strides) {
  if (shape.empty())
    return static_cast<char *>(std::memcpy(to, from, width)) + width;
  if (shape.size() == 1 && strides[0] == 1) {
    std::memcpy(to, from, size_t(shape[0]) * width);
    return to + size_t(shape[0]) * width;
  }
  for (int64_t i = 0; i < shape[0]; ++i)
    to = copyOut(from + i * strides[0] * int64_t(width), to, width, shape.drop_front(), strides.drop_front());
  return to;
}

llvm::Expected<HostTensor> takeResult(const FunctionSignature &signature, size_t index, const Descriptor &descriptor) {
  const TensorSpec &spec = signature.results[index];
  std::optional<HostTensor> tensor = HostTensor::allocate(spec.dtype, descriptor.shape());
  if (!tensor)
    return fault("result " + Twine(index) + " of `@" + signature.name + "` does not fit into memory");
  if (byteSize(spec.dtype, descriptor.shape()) != 0u)
    copyOut(descriptor.elements(spec.dtype.bits / 8), static_cast<char *>(tensor->data()), spec.dtype.bits / 8,
            descriptor.shape(), descriptor.strides());
  return std::move(*tensor);
}

/// Copies of what the call left in `rooms`; the inputs themselves where a result is one.
llvm::Expected<std::vector<HostTensor>> takeResults(const FunctionSignature &signature, ArrayRef<int32_t> aliases,
                                                    ArrayRef<HostTensor> inputs, ArrayRef<Descriptor> rooms) {
  std::vector<HostTensor> outputs;
  for (auto [i, alias] : llvm::enumerate(aliases)) {
    if (alias >= 0) {
      outputs.push_back(inputs[alias]);
      outputs.back().dtype = signature.results[i].dtype;
      continue;
    }
    llvm::Expected<HostTensor> output = takeResult(signature, i, rooms.front());
    if (!output)
      return output.takeError();
    outputs.push_back(std::move(*output));
    rooms = rooms.drop_front();
  }
  return outputs;
}

llvm::Error failureOf(const lz_context_t &context, int32_t status) {
  const lz_error_t *error = lzrt_context_error(&context);
  std::string text = *error->message ? error->message : lzrt_status_text(status);
  if (error->status != LZ_STATUS_OK && error->status != status)
    text += std::string(" (returned as: ") + lzrt_status_text(status) + ")";
  return fault(text);
}

/// For each result the input that it is, or -1.
ArrayRef<int32_t> aliasesOf(const lz_export_t &function) {
  return {function.result_aliases, function.result_aliases ? function.num_results : 0};
}

/// Context, expanded descriptors, a room for each result that is no input.
unsigned arityOf(const FunctionSignature &signature, ArrayRef<int32_t> aliases) {
  unsigned count = 1 + unsigned(llvm::count(aliases, -1));
  for (const TensorSpec &input : signature.inputs)
    count += 3 + 2 * unsigned(input.shape.size());
  return count;
}

/// Frees what an invocation left, keeping the context's error and draw.
class BlockScope {
public:
  explicit BlockScope(lz_context_t *context) : context(context) {}
  ~BlockScope() {
    while (context->blocks.next && context->blocks.next != &context->blocks)
      lzrt_release(context, context->blocks.next + 1);
  }

private:
  lz_context_t *context;
};

llvm::Expected<std::unique_ptr<llvm::TargetMachine>> hostMachine() {
  static const bool initialized = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    return true;
  }();
  (void)initialized;
  auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!builder)
    return builder.takeError();
  builder->setCodeGenOptLevel(llvm::CodeGenOptLevel::Default);
  return builder->createTargetMachine();
}

} // namespace

CompiledModule::CompiledModule() = default;
CompiledModule::~CompiledModule() = default;

llvm::Expected<std::unique_ptr<CompiledModule>> CompiledModule::create(ModuleOp module) {
  registerBuiltinDialectTranslation(*module->getContext());
  registerLLVMDialectTranslation(*module->getContext());
  auto machine = hostMachine();
  if (!machine)
    return machine.takeError();
  ExecutionEngineOptions options;
  auto transformer = makeOptimizingTransformer(2, 0, machine->get()); // the options only refer to it
  options.transformer = transformer;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Default;
  options.enableGDBNotificationListener = false;
  options.enablePerfNotificationListener = false;
  auto engine = ExecutionEngine::create(module, options, std::move(*machine));
  if (!engine)
    return engine.takeError();
  std::unique_ptr<CompiledModule> compiled(new CompiledModule);
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    compiled->arity[function.getName()] = function.getNumArguments();
  compiled->engine = std::move(*engine);
  compiled->engine->registerSymbols(runtimeSymbols);
  auto record = compiled->engine->lookup(LZ_MODULE_SYMBOL);
  if (!record)
    return record.takeError();
  compiled->engine->initialize();
  compiled->moduleRecord = static_cast<const lz_module_t *>(*record);
  for (uint32_t i = 0; i < compiled->moduleRecord->num_exports; ++i)
    compiled->exports[compiled->moduleRecord->exports[i].name] = &compiled->moduleRecord->exports[i];
  return compiled;
}

llvm::Expected<ArrayRef<int32_t>> CompiledModule::resultAliases(const FunctionSignature &signature) const {
  const lz_export_t *entry = exports.lookup(signature.name);
  if (!entry)
    return fault("the module has no public function `@" + signature.name + "`");
  ArrayRef<int32_t> aliases = aliasesOf(*entry);
  unsigned actual = arity.lookup(signature.name), expected = arityOf(signature, aliases);
  if (entry->num_arguments != signature.inputs.size() || entry->num_results != signature.results.size() ||
      actual != expected)
    return fault("`@" + signature.name + "` was compiled to take " + Twine(entry->num_arguments) +
                 " arguments and give " + Twine(entry->num_results) + " results in " + Twine(actual) +
                 " words, but its signature needs " + Twine(signature.inputs.size()) + " and " +
                 Twine(signature.results.size()) + " in " + Twine(expected));
  return aliases;
}

llvm::Expected<std::vector<HostTensor>>
CompiledModule::invoke(const FunctionSignature &signature, lz_context_t *context, ArrayRef<HostTensor> inputs) const {
  llvm::Expected<ArrayRef<int32_t>> aliases = resultAliases(signature);
  if (!aliases)
    return aliases.takeError();
  if (llvm::Error error = checkInputs(signature, inputs, *aliases))
    return error;
  auto function = engine->lookupPacked(signature.name);
  if (!function)
    return function.takeError();
  std::vector<Descriptor> arguments, results;
  for (const HostTensor &input : inputs)
    arguments.push_back(Descriptor::of(input));
  for (auto [result, alias] : llvm::zip_equal(signature.results, *aliases))
    if (alias < 0)
      results.emplace_back(result.shape.size());
  // The packed function takes the address of each argument, and of the status last.
  SmallVector<void *> packed{&context};
  for (Descriptor &argument : arguments)
    for (size_t word = 0; word < argument.size(); ++word)
      packed.push_back(argument.data() + word);
  SmallVector<int64_t *> rooms;
  for (Descriptor &result : results)
    rooms.push_back(result.data());
  for (int64_t *&room : rooms)
    packed.push_back(&room);
  int32_t status = 0;
  packed.push_back(&status);
  BlockScope scope(context);
  lzrt_context_changed(context); // who reuses a context may have changed its settings
  (*function)(packed.data());
  if (status != LZ_STATUS_OK)
    return failureOf(*context, status);
  return takeResults(signature, *aliases, inputs, results);
}

} // namespace mlir::lz
