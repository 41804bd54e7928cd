// S7: where only some leaves decompose, the decomposition is a private function in destination style, shared by ops that differ in nothing but site
// and decision; bufferization writes its result into the output operand.
// RUN: lz-opt %s --lz-decompose | FileCheck %s
// RUN: lz-opt %s --lz-decompose > %t.once
// RUN: lz-opt %s --lz-decompose --lz-decompose | diff %t.once -
// RUN: lz-opt %s --lz-decompose --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" --drop-equivalent-buffer-results --canonicalize | FileCheck %s --check-prefix=BUFFER

lz.kernel @some_softmax {manifest = ""}

// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<?x64xf32>, %init: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: lz.softmax {{.*}}lz.decomposition = @[[$F:[a-z_.]+]], lz.site = "a"
  %a = lz.softmax ins(%x : tensor<?x64xf32>) outs(%init : tensor<?x64xf32>) {decision = #lz.decision<dynamic live, [<"decompose">]>, lz.site = "a"} -> tensor<?x64xf32>
  // CHECK: lz.softmax {{.*}}lz.decomposition = @[[$F]], lz.site = "b"
  %b = lz.softmax ins(%a : tensor<?x64xf32>) outs(%init : tensor<?x64xf32>) {
      decision = #lz.decision<config, [<"default" kernel @some_softmax when [<"num_tokens" "gt" "8">]>, <"decompose">]>, lz.site = "b"} -> tensor<?x64xf32>
  return %b : tensor<?x64xf32>
}

// Another type is another function.
// CHECK-LABEL: func.func @static_shape
func.func @static_shape(%x: tensor<2x64xf32>, %init: tensor<2x64xf32>) -> tensor<2x64xf32> {
  // CHECK: lz.softmax {{.*}}lz.decomposition = @[[$G:[a-z_.0-9]+]], lz.site = "c"
  %a = lz.softmax ins(%x : tensor<2x64xf32>) outs(%init : tensor<2x64xf32>) {decision = #lz.decision<dynamic live, [<"decompose">]>, lz.site = "c"} -> tensor<2x64xf32>
  return %a : tensor<2x64xf32>
}

// CHECK-LABEL: func.func @updated
func.func @updated(%k: tensor<1x2x8xf32>, %n: tensor<1xi32>, %kc: tensor<64x2x8xf32>, %vc: tensor<64x2x8xf32>)
    -> (tensor<64x2x8xf32>, tensor<64x2x8xf32>) {
  %c:2 = lz.kv_cache.update ins(%k, %k, %n : tensor<1x2x8xf32>, tensor<1x2x8xf32>, tensor<1xi32>)
         outs(%kc, %vc : tensor<64x2x8xf32>, tensor<64x2x8xf32>)
         {layout = #lz.layout<NHD>, kv_layout = #lz.kv_layout<dense>, decision = #lz.decision<dynamic live, [<"decompose">]>}
         -> tensor<64x2x8xf32>, tensor<64x2x8xf32>
  return %c#0, %c#1 : tensor<64x2x8xf32>, tensor<64x2x8xf32>
}

// CHECK: func.func private @[[$F]](%{{.*}}: tensor<?x64xf32> {bufferization.writable = false}, %[[OUT:.*]]: tensor<?x64xf32> {bufferization.writable = true})
// CHECK-NOT: lz.softmax
// CHECK: %[[R:.*]] = bufferization.materialize_in_destination %{{.*}} in %[[OUT]]
// CHECK: return %[[R]]
// CHECK: func.func private @[[$G]](%{{.*}}: tensor<2x64xf32>

// BUFFER: func.func private @lz.softmax.decomposition(%[[X:.*]]: memref<?x64xf32>, %[[OUT:.*]]: memref<?x64xf32>) {
// BUFFER-NOT: memref.copy
// BUFFER: linalg.generic {{.*}} outs(%[[OUT]] : memref<?x64xf32>)
// BUFFER-NOT: memref.copy
// BUFFER: return

// What is updated in place stands in its argument already: it is returned, not written there once more.
// CHECK: func.func private @lz.kv_cache.update.decomposition({{.*}}, %[[KC:[a-z0-9]+]]: tensor<64x2x8xf32> {bufferization.writable = true}, %[[VC:[a-z0-9]+]]: tensor<64x2x8xf32> {bufferization.writable = true})
// CHECK-NOT: materialize_in_destination
// CHECK: %[[KEYS:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[KC]])
// CHECK: %[[VALUES:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[VC]])
// CHECK: return %[[KEYS]], %[[VALUES]]
// CHECK-NOT: func.func

// BUFFER: func.func private @lz.kv_cache.update.decomposition({{.*}}, %[[KC:[a-z0-9]+]]: memref<64x2x8xf32>, %[[VC:[a-z0-9]+]]: memref<64x2x8xf32>)
// BUFFER-NOT: {{memref.alloc|memref.copy}}
// BUFFER: memref.store %{{.*}}, %[[KC]]
// BUFFER-NOT: {{memref.alloc|memref.copy}}
// BUFFER: memref.store %{{.*}}, %[[VC]]
// BUFFER-NOT: {{memref.alloc|memref.copy}}
// BUFFER: return
