// RUN: lz-opt %s --lz-pipeline="kernels=%S/Inputs/rest.yaml mode=static target=cpu" --mlir-print-ir-before=lz-add-context -o %t 2>&1 \
// RUN:   | FileCheck %s --implicit-check-not="{{memref.(alloc|copy).*[?]x(4x16|16|64)xf32}}"
// RUN: FileCheck %s --check-prefix=LLVM --input-file=%t
// RUN: lz-opt %s --lz-pipeline="mode=static target=cpu" --mlir-print-ir-before=lz-add-context -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=DECOMPOSED --implicit-check-not="{{memref.(alloc|copy).*[?]x(4x16|16|64)xf32}}"

// Steps of generation with a cache a layer, and with one cache of all layers. Nothing of a cache's size, with its open extent, is allocated or copied; caches
// are no results. What is allocated are hidden states.

// CHECK-LABEL: func.func private @append
// CHECK-SAME: memref<4x?x64xf32>{{.*}}) attributes {lz.result_aliases = array<i64: 0>}
// CHECK: memref.copy %{{.*}}, %{{.*}} : memref<4x1x64xf32> to memref<4x1x64xf32, strided<[?, 64, 1], offset: ?>>
func.func private @append(%cache: tensor<4x?x64xf32>, %row: tensor<4x1x64xf32>, %at: index) -> tensor<4x?x64xf32> {
  %r = tensor.insert_slice %row into %cache[0, %at, 0] [4, 1, 64] [1, 1, 1] : tensor<4x1x64xf32> into tensor<4x?x64xf32>
  return %r : tensor<4x?x64xf32>
}

// CHECK-LABEL: func.func @step
// CHECK-SAME: -> memref<4x64xf32> attributes {lz.result_aliases = array<i64: -1, 1, 2>}
// CHECK-COUNT-2: memref.alloc() {alignment = 64 : i64} : memref<4x64xf32>
// LLVM-LABEL: llvm.func @step
// LLVM-COUNT-2: @lzrt_allocate
// LLVM-NOT: @lzrt_allocate
// LLVM: llvm.return
func.func @step(%h: tensor<4x64xf32>, %k0: tensor<4x?x64xf32> {lz.donated}, %k1: tensor<4x?x64xf32> {lz.donated}, %w: tensor<64xf32>, %at: index)
    -> (tensor<4x64xf32>, tensor<4x?x64xf32>, tensor<4x?x64xf32>) {
  %e = tensor.empty() : tensor<4x64xf32>
  %n0 = lz.rms_norm ins(%h, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%e : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<4x64xf32>
  %r0 = tensor.expand_shape %n0 [[0], [1, 2]] output_shape [4, 1, 64] : tensor<4x64xf32> into tensor<4x1x64xf32>
  %c0 = call @append(%k0, %r0, %at) : (tensor<4x?x64xf32>, tensor<4x1x64xf32>, index) -> tensor<4x?x64xf32>
  %n1 = lz.rms_norm ins(%n0, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%e : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<4x64xf32>
  %r1 = tensor.expand_shape %n1 [[0], [1, 2]] output_shape [4, 1, 64] : tensor<4x64xf32> into tensor<4x1x64xf32>
  %c1 = call @append(%k1, %r1, %at) : (tensor<4x?x64xf32>, tensor<4x1x64xf32>, index) -> tensor<4x?x64xf32>
  return %n1, %c0, %c1 : tensor<4x64xf32>, tensor<4x?x64xf32>, tensor<4x?x64xf32>
}

// The layers of one tensor, in a loop: a kernel writes each where it stands.
// CHECK-LABEL: func.func @stacked
// CHECK-SAME: memref<?x?x64xf32> {lz.donated}{{.*}}) attributes {lz.result_aliases = array<i64: 0>}
// CHECK: %[[LAYER:.*]] = memref.reinterpret_cast %{{.*}} : memref<?x?x64xf32> to memref<?x64xf32, strided<[64, 1], offset: ?>>
// CHECK: lz.softmax ins(%{{.*}} : memref<?x64xf32>) outs(%[[LAYER]] :
// LLVM-LABEL: llvm.func @stacked
// LLVM-NOT: @lzrt_allocate
// LLVM: llvm.return
func.func @stacked(%caches: tensor<?x?x64xf32> {lz.donated}, %x: tensor<?x64xf32>, %layers: index) -> tensor<?x?x64xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %caches, %c1 : tensor<?x?x64xf32>
  %r = scf.for %l = %c0 to %layers step %c1 iter_args(%all = %caches) -> tensor<?x?x64xf32> {
    %layer = tensor.extract_slice %all[%l, 0, 0] [1, %n, 64] [1, 1, 1] : tensor<?x?x64xf32> to tensor<?x64xf32>
    %y = lz.softmax ins(%x : tensor<?x64xf32>) outs(%layer : tensor<?x64xf32>) -> tensor<?x64xf32>
    %next = tensor.insert_slice %y into %all[%l, 0, 0] [1, %n, 64] [1, 1, 1] : tensor<?x64xf32> into tensor<?x?x64xf32>
    scf.yield %next : tensor<?x?x64xf32>
  }
  return %r : tensor<?x?x64xf32>
}

// The dialect's update of caches, and attention that reads them, by kernels and decomposed.
// CHECK-LABEL: func.func @generate
// CHECK-SAME: -> memref<2x1x4x16xf32> attributes {lz.result_aliases = array<i64: -1, 1, 2, 3, 4>}
// CHECK-COUNT-2: lz.kv_cache.update
// LLVM-LABEL: llvm.func @generate
// LLVM-COUNT-2: @lzrt_allocate
// LLVM-NOT: @lzrt_allocate
// LLVM: llvm.return
// DECOMPOSED-LABEL: func.func @generate
// DECOMPOSED-SAME: attributes {lz.result_aliases = array<i64: -1, 1, 2, 3, 4>}
func.func @generate(%q: tensor<2x1x4x16xf32>, %k0: tensor<2x?x4x16xf32> {lz.donated}, %v0: tensor<2x?x4x16xf32> {lz.donated},
                    %k1: tensor<2x?x4x16xf32> {lz.donated}, %v1: tensor<2x?x4x16xf32> {lz.donated}, %n: tensor<2xi32>)
    -> (tensor<2x1x4x16xf32>, tensor<2x?x4x16xf32>, tensor<2x?x4x16xf32>, tensor<2x?x4x16xf32>, tensor<2x?x4x16xf32>) {
  %e = tensor.empty() : tensor<2x1x4x16xf32>
  %c0:2 = lz.kv_cache.update ins(%q, %q, %n : tensor<2x1x4x16xf32>, tensor<2x1x4x16xf32>, tensor<2xi32>)
    outs(%k0, %v0 : tensor<2x?x4x16xf32>, tensor<2x?x4x16xf32>) {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>}
    -> tensor<2x?x4x16xf32>, tensor<2x?x4x16xf32>
  %h = lz.attention.decode ins(%q, %c0#0, %c0#1, %n : tensor<2x1x4x16xf32>, tensor<2x?x4x16xf32>, tensor<2x?x4x16xf32>, tensor<2xi32>)
    outs(%e : tensor<2x1x4x16xf32>) {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>}
    -> tensor<2x1x4x16xf32>
  %c1:2 = lz.kv_cache.update ins(%h, %h, %n : tensor<2x1x4x16xf32>, tensor<2x1x4x16xf32>, tensor<2xi32>)
    outs(%k1, %v1 : tensor<2x?x4x16xf32>, tensor<2x?x4x16xf32>) {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>}
    -> tensor<2x?x4x16xf32>, tensor<2x?x4x16xf32>
  %o = lz.attention.decode ins(%h, %c1#0, %c1#1, %n : tensor<2x1x4x16xf32>, tensor<2x?x4x16xf32>, tensor<2x?x4x16xf32>, tensor<2xi32>)
    outs(%e : tensor<2x1x4x16xf32>) {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>}
    -> tensor<2x1x4x16xf32>
  return %o, %c0#0, %c0#1, %c1#0, %c1#1
    : tensor<2x1x4x16xf32>, tensor<2x?x4x16xf32>, tensor<2x?x4x16xf32>, tensor<2x?x4x16xf32>, tensor<2x?x4x16xf32>
}
