// RUN: lz-opt %s --lz-protect-arguments --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" --canonicalize | FileCheck %s
// RUN: lz-opt %s --lz-resolve --lz-decompose --canonicalize --cse --lz-protect-arguments --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" --canonicalize --cse | FileCheck %s --check-prefix=LOOPS

// A donated cache is updated where it stands, and read there.
// CHECK-LABEL: func @donated
// CHECK-SAME: %[[K:[a-z0-9]+]]: memref<2x1x2x8xf32>, %[[N:[a-z0-9]+]]: memref<2xi32>,
// CHECK-SAME: %[[KC:[a-z0-9]+]]: memref<2x64x2x8xbf16> {{{[^}]*}}}, %[[VC:[a-z0-9]+]]: memref<2x64x2x8xbf16> {{{[^}]*}}}, %[[O:[a-z0-9]+]]: memref<2x1x4x8xf32>
// CHECK-NOT: {{memref.alloc|memref.copy}}
// CHECK: lz.kv_cache.update ins(%[[K]], %[[K]], %[[N]] : {{.*}}) outs(%[[KC]], %[[VC]] : memref<2x64x2x8xbf16>, memref<2x64x2x8xbf16>)
// CHECK-NEXT: lz.attention.decode ins(%{{.*}}, %[[KC]], %[[VC]], %[[N]] : {{.*}}) outs(%[[O]] :
// CHECK-NEXT: return %[[O]], %[[KC]], %[[VC]]

// Its decomposition writes the new rows and nothing else: no buffer has the extents of a cache.
// LOOPS-LABEL: func @donated
// LOOPS-SAME: %[[KC:[a-z0-9]+]]: memref<2x64x2x8xbf16> {{{[^}]*}}}, %[[VC:[a-z0-9]+]]: memref<2x64x2x8xbf16>
// LOOPS-NOT: {{memref.copy|alloc.*xbf16>}}
// LOOPS: memref.store %{{.*}}, %[[KC]]
// LOOPS-NOT: {{memref.copy|alloc.*xbf16>}}
// LOOPS: memref.store %{{.*}}, %[[VC]]
// LOOPS-NOT: {{memref.copy|alloc.*xbf16>}}
// LOOPS: return
func.func @donated(%k: tensor<2x1x2x8xf32>, %n: tensor<2xi32>, %kc: tensor<2x64x2x8xbf16> {lz.donated}, %vc: tensor<2x64x2x8xbf16> {lz.donated},
                   %o: tensor<2x1x4x8xf32> {lz.donated}, %q: tensor<2x1x4x8xf32>)
    -> (tensor<2x1x4x8xf32>, tensor<2x64x2x8xbf16>, tensor<2x64x2x8xbf16>) {
  %c:2 = lz.kv_cache.update ins(%k, %k, %n : tensor<2x1x2x8xf32>, tensor<2x1x2x8xf32>, tensor<2xi32>)
         outs(%kc, %vc : tensor<2x64x2x8xbf16>, tensor<2x64x2x8xbf16>) {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>}
         -> tensor<2x64x2x8xbf16>, tensor<2x64x2x8xbf16>
  %r = lz.attention.decode ins(%q, %c#0, %c#1, %n : tensor<2x1x4x8xf32>, tensor<2x64x2x8xbf16>, tensor<2x64x2x8xbf16>, tensor<2xi32>)
       outs(%o : tensor<2x1x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x1x4x8xf32>
  return %r, %c#0, %c#1 : tensor<2x1x4x8xf32>, tensor<2x64x2x8xbf16>, tensor<2x64x2x8xbf16>
}

// The rows that an update does not write are in its results: a cache that nobody donated is copied first.
// CHECK-LABEL: func @borrowed
// CHECK-SAME: %[[KC:[a-z0-9]+]]: memref<64x2x8xf32>, %[[VC:[a-z0-9]+]]: memref<64x2x8xf32>
// CHECK-DAG: memref.copy %[[KC]], %[[KEYS:.*]] :
// CHECK-DAG: memref.copy %[[VC]], %[[VALUES:.*]] :
// CHECK: lz.kv_cache.update {{.*}} outs(%[[KEYS]], %[[VALUES]] :
func.func @borrowed(%k: tensor<1x2x8xf32>, %n: tensor<1xi64>, %kc: tensor<64x2x8xf32>, %vc: tensor<64x2x8xf32>)
    -> (tensor<64x2x8xf32>, tensor<64x2x8xf32>) {
  %c:2 = lz.kv_cache.update ins(%k, %k, %n : tensor<1x2x8xf32>, tensor<1x2x8xf32>, tensor<1xi64>)
         outs(%kc, %vc : tensor<64x2x8xf32>, tensor<64x2x8xf32>) {layout = #lz.layout<NHD>, kv_layout = #lz.kv_layout<dense>}
         -> tensor<64x2x8xf32>, tensor<64x2x8xf32>
  return %c#0, %c#1 : tensor<64x2x8xf32>, tensor<64x2x8xf32>
}

// A cache that is read after its update keeps what it held: the attention below reads the old keys.
// CHECK-LABEL: func @read_later
// CHECK-SAME: %[[KC:[a-z0-9]+]]: memref<64x2x8xf32> {{{[^}]*}}}, %[[VC:[a-z0-9]+]]: memref<64x2x8xf32> {{{[^}]*}}}
// CHECK: memref.copy %[[KC]], %[[KEYS:.*]] :
// CHECK-NOT: memref.copy
// CHECK: lz.kv_cache.update {{.*}} outs(%[[KEYS]], %[[VC]] :
// CHECK: lz.attention.prefill ins(%{{.*}}, %[[KC]], %[[VC]], %{{.*}} :
func.func @read_later(%k: tensor<1x2x8xf32>, %n: tensor<1xi64>, %kc: tensor<64x2x8xf32> {lz.donated}, %vc: tensor<64x2x8xf32> {lz.donated},
                      %o: tensor<1x2x8xf32> {lz.donated}) -> (tensor<1x2x8xf32>, tensor<64x2x8xf32>) {
  %c:2 = lz.kv_cache.update ins(%k, %k, %n : tensor<1x2x8xf32>, tensor<1x2x8xf32>, tensor<1xi64>)
         outs(%kc, %vc : tensor<64x2x8xf32>, tensor<64x2x8xf32>) {layout = #lz.layout<NHD>, kv_layout = #lz.kv_layout<dense>}
         -> tensor<64x2x8xf32>, tensor<64x2x8xf32>
  %r = lz.attention.prefill ins(%k, %kc, %c#1, %n : tensor<1x2x8xf32>, tensor<64x2x8xf32>, tensor<64x2x8xf32>, tensor<1xi64>)
       outs(%o : tensor<1x2x8xf32>)
       {layout = #lz.layout<NHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<1x2x8xf32>
  return %r, %c#0 : tensor<1x2x8xf32>, tensor<64x2x8xf32>
}
