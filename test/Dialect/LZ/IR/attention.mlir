// RUN: lz-opt %s | lz-opt | FileCheck %s
// RUN: lz-opt %s --mlir-print-op-generic | lz-opt | FileCheck %s

// CHECK-LABEL: func @causal
func.func @causal(%q: tensor<?x32x?x128xf32>, %k: tensor<?x8x?x128xf32>, %init: tensor<?x32x?x128xf32>) -> tensor<?x32x?x128xf32> {
  // CHECK: lz.attention.causal ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<?x32x?x128xf32>, tensor<?x8x?x128xf32>, tensor<?x8x?x128xf32>)
  // CHECK-SAME: outs(%{{.*}} : tensor<?x32x?x128xf32>)
  // CHECK-SAME: {causal_alignment = #lz.alignment<bottom_right>, layout = #lz.layout<BHSD>, scale = 8.830000e-02 : f64}
  // CHECK-SAME: -> tensor<?x32x?x128xf32>
  %o = lz.attention.causal ins(%q, %k, %k : tensor<?x32x?x128xf32>, tensor<?x8x?x128xf32>, tensor<?x8x?x128xf32>)
       outs(%init : tensor<?x32x?x128xf32>)
       {layout = #lz.layout<BHSD>, causal_alignment = #lz.alignment<bottom_right>, scale = 0.0883 : f64} -> tensor<?x32x?x128xf32>
  return %o : tensor<?x32x?x128xf32>
}

// CHECK-LABEL: func @full_with_mask_and_lse
func.func @full_with_mask_and_lse(%q: tensor<2x7x4x64xbf16>, %m: tensor<2x1x7x7xf32>, %lse: tensor<2x4x7xf32>)
    -> (tensor<2x7x4x64xbf16>, tensor<2x4x7xf32>) {
  // CHECK: lz.attention.full
  // CHECK-SAME: mask(%{{.*}} : tensor<2x1x7x7xf32>) outs(%{{.*}} : tensor<2x7x4x64xbf16>) lse(%{{.*}} : tensor<2x4x7xf32>)
  // CHECK-SAME: {layout = #lz.layout<BSHD>, softcap = 2.000000e+01 : f64} -> tensor<2x7x4x64xbf16>, tensor<2x4x7xf32>
  %o:2 = lz.attention.full ins(%q, %q, %q : tensor<2x7x4x64xbf16>, tensor<2x7x4x64xbf16>, tensor<2x7x4x64xbf16>)
         mask(%m : tensor<2x1x7x7xf32>) outs(%q : tensor<2x7x4x64xbf16>) lse(%lse : tensor<2x4x7xf32>)
         {layout = #lz.layout<BSHD>, softcap = 20.0 : f64} -> tensor<2x7x4x64xbf16>, tensor<2x4x7xf32>
  return %o#0, %o#1 : tensor<2x7x4x64xbf16>, tensor<2x4x7xf32>
}

// CHECK-LABEL: func @cross_without_batch
func.func @cross_without_batch(%q: tensor<?x4x64xf16>, %k: tensor<55x4x64xf16>) -> tensor<?x4x64xf16> {
  // CHECK: lz.attention.cross {{.*}} {layout = #lz.layout<NHD>, lz.site = "decoder.cross"} -> tensor<?x4x64xf16>
  %o = lz.attention.cross ins(%q, %k, %k : tensor<?x4x64xf16>, tensor<55x4x64xf16>, tensor<55x4x64xf16>)
       outs(%q : tensor<?x4x64xf16>) {layout = #lz.layout<NHD>, lz.site = "decoder.cross"} -> tensor<?x4x64xf16>
  return %o : tensor<?x4x64xf16>
}

// CHECK-LABEL: func @sliding_window_on_buffers
func.func @sliding_window_on_buffers(%q: memref<4x50x64xf32>, %k: memref<2x50x64xf32>, %o: memref<4x50x64xf32>) {
  // CHECK: lz.attention.sliding_window ins(%{{.*}}, %{{.*}}, %{{.*}} : memref<4x50x64xf32>, memref<2x50x64xf32>, memref<2x50x64xf32>)
  // CHECK-SAME: outs(%{{.*}} : memref<4x50x64xf32>)
  // CHECK-SAME: {causal_alignment = #lz.alignment<top_left>, layout = #lz.layout<HND>, window_size = 8 : i64}
  // CHECK-NOT: ->
  lz.attention.sliding_window ins(%q, %k, %k : memref<4x50x64xf32>, memref<2x50x64xf32>, memref<2x50x64xf32>)
    outs(%o : memref<4x50x64xf32>) {layout = #lz.layout<HND>, causal_alignment = #lz.alignment<top_left>, window_size = 8 : i64}
  return
}

// A value of another head dimension, and no heads at all.
// CHECK-LABEL: func @extents
func.func @extents(%q: tensor<1x0x3x16xf32>, %v: tensor<1x0x3x8xf32>) -> tensor<1x0x3x8xf32> {
  // CHECK: lz.attention.full
  %o = lz.attention.full ins(%q, %q, %v : tensor<1x0x3x16xf32>, tensor<1x0x3x16xf32>, tensor<1x0x3x8xf32>)
       outs(%v : tensor<1x0x3x8xf32>) {layout = #lz.layout<BHSD>} -> tensor<1x0x3x8xf32>
  return %o : tensor<1x0x3x8xf32>
}
