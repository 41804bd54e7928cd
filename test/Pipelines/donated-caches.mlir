// RUN: lz-opt %s --lz-pipeline="target=cpu" | FileCheck %s
// RUN: lz-opt %s --lz-pipeline="kernels=%S/Inputs/rest.yaml mode=static target=cpu" | FileCheck %s
// RUN: lz-opt %s --lz-pipeline="policy=%S/Inputs/caches.yaml kernels=%S/Inputs/rest.yaml mode=config target=cpu" | FileCheck %s --check-prefixes=CHECK,OUTLINED

// Donated caches are updated where they stand, decomposed in place, by a kernel, and by the decomposition that is one leaf of several: nothing is allocated
// or copied, and the results are arguments.
// CHECK-NOT: {{call @lzrt_allocate|memcpy}}
// CHECK: llvm.func @f({{.*}} attributes {lz.result_aliases = array<i64: 2, 3>}
// CHECK-NOT: {{call @lzrt_allocate|memcpy}}
// OUTLINED: llvm.func internal @lz.kv_cache.update.decomposition({{.*}} attributes {lz.result_aliases = array<i64: 3, 4>
// OUTLINED-NOT: {{call @lzrt_allocate|memcpy}}
func.func @f(%k: tensor<2x?x2x8xf32>, %n: tensor<2xi32>, %kc: tensor<2x64x2x8xbf16> {lz.donated}, %vc: tensor<2x64x2x8xbf16> {lz.donated})
    -> (tensor<2x64x2x8xbf16>, tensor<2x64x2x8xbf16>) {
  %c:2 = lz.kv_cache.update ins(%k, %k, %n : tensor<2x?x2x8xf32>, tensor<2x?x2x8xf32>, tensor<2xi32>)
         outs(%kc, %vc : tensor<2x64x2x8xbf16>, tensor<2x64x2x8xbf16>) {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>}
         -> tensor<2x64x2x8xbf16>, tensor<2x64x2x8xbf16>
  return %c#0, %c#1 : tensor<2x64x2x8xbf16>, tensor<2x64x2x8xbf16>
}
