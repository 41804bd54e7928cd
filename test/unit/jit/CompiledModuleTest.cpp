//===- CompiledModuleTest.cpp - Compiled modules called from C++ -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/JIT/CompiledModule.h"
#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lz/Pipelines/Pipelines.h"
#include "lzrt/Module.h"
#include "lzrt/lzrt.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <atomic>
#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

using namespace mlir;
using namespace mlir::lz;
using testing::HasSubstr;

namespace {

constexpr lz_dtype_t f32 = {LZ_CODE_FLOAT, 32, 1};

/// Counts the blocks that are out.
struct CountingAllocator {
  std::atomic<int> live{0};
  lz_allocator_t interface{sizeof(lz_allocator_t), 0, this,
                           [](void *self, lz_context_t *, uint64_t size, uint64_t alignment) -> void * {
                             ++static_cast<CountingAllocator *>(self)->live;
                             return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
                           },
                           [](void *self, lz_context_t *, void *pointer) {
                             --static_cast<CountingAllocator *>(self)->live;
                             std::free(pointer);
                           }};
};

class Compiled : public testing::Test {
protected:
  Compiled() : context(makeRegistry()) {
    context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
        diagnostics += diagnostic.str() + "\n";
      return success();
    });
  }
  ~Compiled() override { bound.reset(); }
  static DialectRegistry makeRegistry() {
    DialectRegistry registry;
    registerAllDialects(registry);
    registerAllExtensions(registry);
    registry.insert<LZDialect>();
    registerBufferizableOpInterfaceExternalModels(registry);
    return registry;
  }
  void parse(StringRef text) {
    module = parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(module) << diagnostics;
  }
  /// Compiles and binds `text`; with the test kernels where `mode` is given.
  void compile(StringRef text, StringRef mode = "") {
    parse(text);
    auto entry = findEntry(*module, "");
    ASSERT_TRUE(succeeded(entry)) << diagnostics;
    signature = *signatureOf(*entry);
    PipelineOptions options;
    options.target = "cpu";
    options.assume = true;
    if (!mode.empty()) {
      options.kernels.push_back(LZ_TEST_KERNELS_DIR "/test_kernels.yaml");
      ASSERT_TRUE(registry.load(LZ_TEST_KERNELS_DIR "/test_kernels.yaml").isOk());
      options.mode = mode.str();
    }
    PassManager passes(&context);
    buildPipeline(passes, options);
    ASSERT_TRUE(succeeded(passes.run(*module))) << diagnostics;
    auto made = CompiledModule::create(*module);
    ASSERT_TRUE(bool(made)) << llvm::toString(made.takeError());
    code = std::move(*made);
    ASSERT_TRUE(registry.freeze().isOk());
    lzrt::BindOptions bind;
    bind.registry = &registry;
    lzrt::Status status = lzrt::BoundModule::bind(code->record(), bind, &bound, nullptr);
    ASSERT_TRUE(status.isOk()) << status.message();
  }
  MLIRContext context;
  std::string diagnostics;
  OwningOpRef<ModuleOp> module;
  FunctionSignature signature;
  lzrt::KernelRegistry registry;
  std::unique_ptr<CompiledModule> code;
  std::unique_ptr<lzrt::BoundModule> bound;
};

HostTensor tensorOf(ArrayRef<int64_t> shape, ArrayRef<float> values) {
  HostTensor tensor = *HostTensor::allocate(f32, shape);
  std::copy(values.begin(), values.end(), static_cast<float *>(tensor.data()));
  return tensor;
}

std::vector<float> valuesOf(const HostTensor &tensor) {
  auto *begin = static_cast<const float *>(tensor.data());
  return std::vector<float>(begin, begin + *byteSize(tensor.dtype, tensor.shape) / sizeof(float));
}

const char *softmax = R"(
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x2xf32>
  %init = tensor.empty(%n) : tensor<?x2xf32>
  %y = lz.softmax ins(%x : tensor<?x2xf32>) outs(%init : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
})";

TEST_F(Compiled, RunsADecomposedModelOnAnyExtent) {
  compile(softmax);
  lz_context_t call;
  lzrt_context_init(&call);
  for (int64_t rows : {0, 1, 3}) {
    auto results = code->invoke(signature, &call, {tensorOf({rows, 2}, std::vector<float>(rows * 2, 7))});
    ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
    EXPECT_EQ(results->front().shape, (SmallVector<int64_t>{rows, 2}));
    EXPECT_THAT(valuesOf(results->front()), testing::Each(0.5f));
  }
  lzrt_context_release(&call);
}

TEST_F(Compiled, LeavesNoBlockAfterSuccessOrFailure) {
  compile(softmax, "dynamic");
  CountingAllocator allocator;
  lz_context_t call;
  lzrt_context_init(&call);
  call.allocator = &allocator.interface;
  auto results = code->invoke(signature, &call, {tensorOf({2, 2}, {1, 2, 3, 4})});
  EXPECT_TRUE(bool(results)) << llvm::toString(results.takeError());
  EXPECT_EQ(allocator.live, 0);
  // Other settings, without a reset in between: what is cached for the old ones must not serve them.
  call.known |= LZ_KNOWS_IS_CUDA_GRAPH_CAPTURING; // no test kernel is safe under capture
  call.is_cuda_graph_capturing = 1;
  auto failed = code->invoke(signature, &call, {tensorOf({2, 2}, {1, 2, 3, 4})});
  ASSERT_FALSE(bool(failed));
  EXPECT_THAT(llvm::toString(failed.takeError()), HasSubstr("no kernel available: "));
  EXPECT_EQ(allocator.live, 0);
  lzrt_context_release(&call);
}

TEST_F(Compiled, ServesSeveralThreads) {
  compile(softmax, "config");
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      lz_context_t call;
      lzrt_context_init(&call);
      for (int64_t k = 0; k < 50; ++k) {
        auto results =
            code->invoke(signature, &call, {tensorOf({k % 5 + i, 2}, std::vector<float>((k % 5 + i) * 2, 1))});
        failures += !results;
        if (!results)
          llvm::consumeError(results.takeError());
      }
      lzrt_context_release(&call);
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(failures, 0);
}

TEST_F(Compiled, ContextThatDiffersFromTheFactsAssumedIsRefused) {
  compile(softmax, "config");
  lz_context_t call;
  lzrt_context_init(&call);
  EXPECT_TRUE(bound->admit(call).isOk());
  call.known |= LZ_KNOWS_TP_SIZE;
  call.tp_size = 4;
  EXPECT_EQ(bound->admit(call).code(), LZ_STATUS_FACT_MISMATCH);
  lzrt_context_release(&call);
}

TEST_F(Compiled, ModuleOfAnotherAbiVersionIsRefused) {
  compile(softmax, "config");
  bound.reset();
  lz_module_t other = *code->record();
  other.abi_version = LZ_ABI_VERSION + 1;
  lzrt::BindOptions bind;
  bind.registry = &registry;
  EXPECT_EQ(lzrt::BoundModule::bind(&other, bind, &bound, nullptr).code(), LZ_STATUS_ABI_MISMATCH);
}

TEST_F(Compiled, InputsAreCheckedBeforeTheCall) {
  compile(softmax);
  lz_context_t call;
  lzrt_context_init(&call);
  auto results = code->invoke(signature, &call, {tensorOf({2, 3}, {})});
  ASSERT_FALSE(bool(results));
  EXPECT_EQ(llvm::toString(results.takeError()), "input 0 of `@main` must be ?x2 float32, got 2x3 float32");
  lzrt_context_release(&call);
}

TEST_F(Compiled, SignatureOfAnotherFunctionIsRefused) {
  compile(softmax);
  FunctionSignature other = signature;
  other.results.push_back(other.results.front());
  lz_context_t call;
  lzrt_context_init(&call);
  auto results = code->invoke(other, &call, {tensorOf({1, 2}, {1, 2})});
  ASSERT_FALSE(bool(results));
  EXPECT_THAT(llvm::toString(results.takeError()), HasSubstr("its signature needs"));
  lzrt_context_release(&call);
}

/// A cache whose row 1 becomes %x; %old is what row 1 was, a part of the cache, %all the cache itself.
const char *step = R"(
func.func @main(%cache: tensor<?x2xf32> {lz.donated}, %x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<?x2xf32>, tensor<3x2xf32>) {
  %old = tensor.extract_slice %cache[1, 0] [1, 2] [1, 1] : tensor<?x2xf32> to tensor<1x2xf32>
  %all = tensor.insert_slice %x into %cache[1, 0] [1, 2] [1, 1] : tensor<1x2xf32> into tensor<?x2xf32>
  %three = tensor.cast %all : tensor<?x2xf32> to tensor<3x2xf32>
  return %old, %all, %three : tensor<1x2xf32>, tensor<?x2xf32>, tensor<3x2xf32>
})";

TEST_F(Compiled, ResultThatIsADonatedInputIsHandedBackWithoutACopy) {
  compile(step);
  CountingAllocator allocator;
  lz_context_t call;
  lzrt_context_init(&call);
  call.allocator = &allocator.interface;
  HostTensor cache = tensorOf({3, 2}, {1, 2, 3, 4, 5, 6});
  for (float value : {7.0f, 9.0f}) {
    auto results = code->invoke(signature, &call, {cache, tensorOf({1, 2}, {value, value})});
    ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
    ASSERT_EQ(results->size(), 3u);
    EXPECT_EQ((*results)[1].storage, cache.storage);
    EXPECT_EQ((*results)[2].storage, cache.storage);
    EXPECT_NE((*results)[0].storage, cache.storage);
    EXPECT_EQ(valuesOf((*results)[0]), value == 7 ? std::vector<float>({3, 4}) : std::vector<float>({7, 7}));
    EXPECT_EQ(valuesOf((*results)[1]), std::vector<float>({1, 2, value, value, 5, 6}));
    cache = (*results)[2];
  }
  EXPECT_EQ(allocator.live, 0);
  lzrt_context_release(&call);
}

TEST_F(Compiled, DonatedInputMustFitTheResultThatItIs) {
  compile(step);
  lz_context_t call;
  lzrt_context_init(&call);
  HostTensor cache = tensorOf({2, 2}, {1, 2, 3, 4});
  auto results = code->invoke(signature, &call, {cache, tensorOf({1, 2}, {7, 7})});
  ASSERT_FALSE(bool(results));
  EXPECT_EQ(llvm::toString(results.takeError()),
            "input 0 of `@main` is its result 2, which must be 3x2 float32, got 2x2 float32");
  EXPECT_EQ(valuesOf(cache), std::vector<float>({1, 2, 3, 4}));
  lzrt_context_release(&call);
}

TEST_F(Compiled, DonatedInputSharesItsMemoryWithNoOther) {
  compile(step);
  lz_context_t call;
  lzrt_context_init(&call);
  HostTensor cache = tensorOf({3, 2}, {1, 2, 3, 4, 5, 6}), row = cache;
  row.shape = {1, 2};
  auto results = code->invoke(signature, &call, {cache, row});
  ASSERT_FALSE(bool(results));
  EXPECT_EQ(llvm::toString(results.takeError()),
            "input 0 of `@main` is donated, but shares its memory with input 1; pass a copy");
  lzrt_context_release(&call);
}

TEST_F(Compiled, SliceOfADonatedInputIsACopy) {
  compile(R"(
func.func @main(%cache: tensor<3x2xf32> {lz.donated}) -> (tensor<2x2xf32>, tensor<3x2xf32>) {
  %rows = tensor.extract_slice %cache[1, 0] [2, 2] [1, 1] : tensor<3x2xf32> to tensor<2x2xf32>
  return %rows, %cache : tensor<2x2xf32>, tensor<3x2xf32>
})");
  lz_context_t call;
  lzrt_context_init(&call);
  HostTensor cache = tensorOf({3, 2}, {1, 2, 3, 4, 5, 6});
  auto results = code->invoke(signature, &call, {cache});
  ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
  static_cast<float *>(cache.data())[2] = 0;
  EXPECT_EQ(valuesOf((*results)[0]), std::vector<float>({3, 4, 5, 6}));
  EXPECT_EQ((*results)[1].storage, cache.storage);
  lzrt_context_release(&call);
}

TEST_F(Compiled, InputThatIsNotDonatedIsReturnedAsACopy) {
  compile("func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> { return %x : tensor<2xf32> }");
  lz_context_t call;
  lzrt_context_init(&call);
  HostTensor input = tensorOf({2}, {1, 2});
  auto results = code->invoke(signature, &call, {input});
  ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
  EXPECT_NE(results->front().storage, input.storage);
  EXPECT_EQ(valuesOf(results->front()), std::vector<float>({1, 2}));
  lzrt_context_release(&call);
}

TEST(Inputs, UnsignedBitsMayStandForBFloat16) {
  FunctionSignature signature{"f", {{{LZ_CODE_BFLOAT, 16, 1}, {2}}}, {}};
  EXPECT_FALSE(bool(checkInputs(signature, {*HostTensor::allocate({LZ_CODE_UINT, 16, 1}, {2})})));
  EXPECT_FALSE(bool(checkInputs(signature, {*HostTensor::allocate({LZ_CODE_BFLOAT, 16, 1}, {2})})));
  llvm::Error error = checkInputs(signature, {*HostTensor::allocate({LZ_CODE_INT, 16, 1}, {2})});
  EXPECT_EQ(llvm::toString(std::move(error)), "input 0 of `@f` must be 2 bfloat16, got 2 int16");
}

} // namespace
