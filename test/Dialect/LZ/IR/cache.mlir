// RUN: lz-opt %s | lz-opt | FileCheck %s
// RUN: lz-opt %s --mlir-print-op-generic | lz-opt | FileCheck %s

// CHECK-LABEL: func @prefill
func.func @prefill(%q: tensor<?x?x32x128xf32>, %k: tensor<?x4096x8x128xbf16>, %v: tensor<?x4096x8x64xbf16>, %n: tensor<?xi32>,
                   %m: tensor<?x1x?x4096xf32>, %o: tensor<?x?x32x64xf32>, %l: tensor<?x32x?xf32>) -> (tensor<?x?x32x64xf32>, tensor<?x32x?xf32>) {
  // CHECK: lz.attention.prefill ins(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x?x32x128xf32>, tensor<?x4096x8x128xbf16>, tensor<?x4096x8x64xbf16>, tensor<?xi32>)
  // CHECK-SAME: mask(%{{.*}} : tensor<?x1x?x4096xf32>) outs(%{{.*}} : tensor<?x?x32x64xf32>) lse(%{{.*}} : tensor<?x32x?xf32>)
  // CHECK-SAME: {causal_alignment = #lz.alignment<bottom_right>, kv_layout = #lz.kv_layout<dense>, layout = #lz.layout<BSHD>, max_context_len = 4000 : i64,
  // CHECK-SAME: scale = 5.000000e-01 : f64, softcap = 2.000000e+01 : f64, window_size = 1024 : i64} -> tensor<?x?x32x64xf32>, tensor<?x32x?xf32>
  %r:2 = lz.attention.prefill ins(%q, %k, %v, %n : tensor<?x?x32x128xf32>, tensor<?x4096x8x128xbf16>, tensor<?x4096x8x64xbf16>, tensor<?xi32>)
         mask(%m : tensor<?x1x?x4096xf32>) outs(%o : tensor<?x?x32x64xf32>) lse(%l : tensor<?x32x?xf32>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>, scale = 0.5 : f64,
          softcap = 20.0 : f64, window_size = 1024 : i64, max_context_len = 4000 : i64} -> tensor<?x?x32x64xf32>, tensor<?x32x?xf32>
  return %r#0, %r#1 : tensor<?x?x32x64xf32>, tensor<?x32x?xf32>
}

// Blocks stand on the batch axis, their positions on the sequence axis; the mask is as long as a row of the table can name positions.
// CHECK-LABEL: func @decode
func.func @decode(%q: tensor<2x32x1x128xf16>, %c: tensor<900x8x16x128xf16>, %n: tensor<2xi64>, %t: tensor<2x4xi32>, %m: tensor<1x1x1x64xf16>)
    -> tensor<2x32x1x128xf16> {
  // CHECK: lz.attention.decode ins(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x32x1x128xf16>, tensor<900x8x16x128xf16>, tensor<900x8x16x128xf16>, tensor<2xi64>)
  // CHECK-SAME: block_table(%{{.*}} : tensor<2x4xi32>) mask(%{{.*}} : tensor<1x1x1x64xf16>) outs(%{{.*}} : tensor<2x32x1x128xf16>)
  // CHECK-SAME: {causal_alignment = #lz.alignment<top_left>, kv_layout = #lz.kv_layout<paged>, layout = #lz.layout<BHSD>} -> tensor<2x32x1x128xf16>
  %r = lz.attention.decode ins(%q, %c, %c, %n : tensor<2x32x1x128xf16>, tensor<900x8x16x128xf16>, tensor<900x8x16x128xf16>, tensor<2xi64>)
       block_table(%t : tensor<2x4xi32>) mask(%m : tensor<1x1x1x64xf16>) outs(%q : tensor<2x32x1x128xf16>)
       {layout = #lz.layout<BHSD>, kv_layout = #lz.kv_layout<paged>, causal_alignment = #lz.alignment<top_left>} -> tensor<2x32x1x128xf16>
  return %r : tensor<2x32x1x128xf16>
}

// CHECK-LABEL: func @update
func.func @update(%k: tensor<?x?x8x128xf32>, %v: tensor<?x?x8x64xf32>, %n: tensor<?xi32>, %kc: tensor<?x4096x8x128xbf16>,
                  %vc: tensor<?x4096x8x64xbf16>) -> (tensor<?x4096x8x128xbf16>, tensor<?x4096x8x64xbf16>) {
  // CHECK: lz.kv_cache.update ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<?x?x8x128xf32>, tensor<?x?x8x64xf32>, tensor<?xi32>)
  // CHECK-SAME: outs(%{{.*}}, %{{.*}} : tensor<?x4096x8x128xbf16>, tensor<?x4096x8x64xbf16>)
  // CHECK-SAME: {kv_layout = #lz.kv_layout<dense>, layout = #lz.layout<BSHD>} -> tensor<?x4096x8x128xbf16>, tensor<?x4096x8x64xbf16>
  %r:2 = lz.kv_cache.update ins(%k, %v, %n : tensor<?x?x8x128xf32>, tensor<?x?x8x64xf32>, tensor<?xi32>)
         outs(%kc, %vc : tensor<?x4096x8x128xbf16>, tensor<?x4096x8x64xbf16>) {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>}
         -> tensor<?x4096x8x128xbf16>, tensor<?x4096x8x64xbf16>
  return %r#0, %r#1 : tensor<?x4096x8x128xbf16>, tensor<?x4096x8x64xbf16>
}

// In buffer form, and for layouts that have one sequence.
// CHECK-LABEL: func @buffers
func.func @buffers(%k: memref<?x8x16xf32>, %n: memref<1xi64>, %c: memref<8x64x16xf32>, %p: memref<9x8x4x16xf32>, %x: memref<3x8x1x16xf32>,
                   %xn: memref<3xi32>, %t: memref<3x5xi64>) {
  // CHECK: lz.kv_cache.update ins(%{{.*}}, %{{.*}}, %{{.*}} : memref<3x8x1x16xf32>, memref<3x8x1x16xf32>, memref<3xi32>)
  // CHECK-SAME: block_table(%{{.*}} : memref<3x5xi64>) outs(%{{.*}}, %{{.*}} : memref<9x8x4x16xf32>, memref<9x8x4x16xf32>)
  // CHECK-SAME: {kv_layout = #lz.kv_layout<paged>, layout = #lz.layout<BHSD>, max_context_len = 20 : i64}
  lz.kv_cache.update ins(%x, %x, %xn : memref<3x8x1x16xf32>, memref<3x8x1x16xf32>, memref<3xi32>) block_table(%t : memref<3x5xi64>)
      outs(%p, %p : memref<9x8x4x16xf32>, memref<9x8x4x16xf32>)
      {layout = #lz.layout<BHSD>, kv_layout = #lz.kv_layout<paged>, max_context_len = 20 : i64}
  // CHECK: lz.attention.prefill {{.*}} outs(%{{.*}} : memref<?x8x16xf32>)
  lz.attention.prefill ins(%k, %c, %c, %n : memref<?x8x16xf32>, memref<8x64x16xf32>, memref<8x64x16xf32>, memref<1xi64>)
      outs(%k : memref<?x8x16xf32>) {layout = #lz.layout<HND>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>}
  return
}
