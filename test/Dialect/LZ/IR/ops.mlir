// RUN: lz-opt %s | lz-opt | FileCheck %s
// RUN: lz-opt %s --mlir-print-op-generic | lz-opt | FileCheck %s

// CHECK-LABEL: func @norms
func.func @norms(%x: tensor<?x64xf16>, %w: tensor<64xf32>) -> (tensor<?x64xf16>, tensor<?x64xf16>, tensor<?x64xf16>) {
  // CHECK: lz.rms_norm ins(%{{.*}}, %{{.*}} : tensor<?x64xf16>, tensor<64xf32>) outs(%{{.*}} : tensor<?x64xf16>)
  // CHECK-SAME: {epsilon = 9.9999999999999995E-7 : f64} -> tensor<?x64xf16>
  %y = lz.rms_norm ins(%x, %w : tensor<?x64xf16>, tensor<64xf32>) outs(%x : tensor<?x64xf16>) {epsilon = 1.0e-6 : f64} -> tensor<?x64xf16>
  // CHECK: lz.add_rms_norm ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<?x64xf16>, tensor<?x64xf16>, tensor<64xf32>)
  // CHECK-SAME: outs(%{{.*}}, %{{.*}} : tensor<?x64xf16>, tensor<?x64xf16>) {epsilon = 0.000000e+00 : f64} -> tensor<?x64xf16>, tensor<?x64xf16>
  %z:2 = lz.add_rms_norm ins(%x, %y, %w : tensor<?x64xf16>, tensor<?x64xf16>, tensor<64xf32>)
         outs(%x, %y : tensor<?x64xf16>, tensor<?x64xf16>) {epsilon = 0.0 : f64} -> tensor<?x64xf16>, tensor<?x64xf16>
  return %y, %z#0, %z#1 : tensor<?x64xf16>, tensor<?x64xf16>, tensor<?x64xf16>
}

// CHECK-LABEL: func @rope
func.func @rope(%x: tensor<?x?x8x64xf32>, %c: tensor<1x?x32xf32>, %n: tensor<5x8x64xbf16>, %d: tensor<5x32xf32>)
    -> (tensor<?x?x8x64xf32>, tensor<5x8x64xbf16>) {
  // CHECK: lz.rope ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<?x?x8x64xf32>, tensor<1x?x32xf32>, tensor<1x?x32xf32>)
  // CHECK-SAME: outs(%{{.*}} : tensor<?x?x8x64xf32>) {layout = #lz.layout<BSHD>} -> tensor<?x?x8x64xf32>
  %y = lz.rope ins(%x, %c, %c : tensor<?x?x8x64xf32>, tensor<1x?x32xf32>, tensor<1x?x32xf32>) outs(%x : tensor<?x?x8x64xf32>)
       {layout = #lz.layout<BSHD>} -> tensor<?x?x8x64xf32>
  // CHECK: lz.rope {{.*}} {layout = #lz.layout<NHD>} -> tensor<5x8x64xbf16>
  %z = lz.rope ins(%n, %d, %d : tensor<5x8x64xbf16>, tensor<5x32xf32>, tensor<5x32xf32>) outs(%n : tensor<5x8x64xbf16>)
       {layout = #lz.layout<NHD>} -> tensor<5x8x64xbf16>
  return %y, %z : tensor<?x?x8x64xf32>, tensor<5x8x64xbf16>
}

// CHECK-LABEL: func @pointwise
func.func @pointwise(%x: tensor<?x344xbf16>) -> (tensor<?x344xbf16>, tensor<?x344xbf16>) {
  // CHECK: lz.swiglu ins(%{{.*}}, %{{.*}} : tensor<?x344xbf16>, tensor<?x344xbf16>) outs(%{{.*}} : tensor<?x344xbf16>) -> tensor<?x344xbf16>
  %y = lz.swiglu ins(%x, %x : tensor<?x344xbf16>, tensor<?x344xbf16>) outs(%x : tensor<?x344xbf16>) -> tensor<?x344xbf16>
  // CHECK: lz.softmax ins(%{{.*}} : tensor<?x344xbf16>) outs(%{{.*}} : tensor<?x344xbf16>) -> tensor<?x344xbf16>
  %z = lz.softmax ins(%y : tensor<?x344xbf16>) outs(%x : tensor<?x344xbf16>) -> tensor<?x344xbf16>
  return %y, %z : tensor<?x344xbf16>, tensor<?x344xbf16>
}

// CHECK-LABEL: func @gelus
func.func @gelus(%x: tensor<?x344xbf16>) -> (tensor<?x344xbf16>, tensor<?x344xbf16>, tensor<?x344xbf16>) {
  // CHECK: lz.gelu ins(%{{.*}} : tensor<?x344xbf16>) outs(%{{.*}} : tensor<?x344xbf16>) {approximate = #lz.approximation<none>} -> tensor<?x344xbf16>
  %y = lz.gelu ins(%x : tensor<?x344xbf16>) outs(%x : tensor<?x344xbf16>) {approximate = #lz.approximation<none>} -> tensor<?x344xbf16>
  // CHECK: lz.geglu ins(%{{.*}}, %{{.*}} : tensor<?x344xbf16>, tensor<?x344xbf16>) outs(%{{.*}} : tensor<?x344xbf16>)
  // CHECK-SAME: {approximate = #lz.approximation<tanh>} -> tensor<?x344xbf16>
  %z = lz.geglu ins(%x, %y : tensor<?x344xbf16>, tensor<?x344xbf16>) outs(%x : tensor<?x344xbf16>)
       {approximate = #lz.approximation<tanh>} -> tensor<?x344xbf16>
  // CHECK: lz.silu ins(%{{.*}} : tensor<?x344xbf16>) outs(%{{.*}} : tensor<?x344xbf16>) -> tensor<?x344xbf16>
  %s = lz.silu ins(%z : tensor<?x344xbf16>) outs(%x : tensor<?x344xbf16>) -> tensor<?x344xbf16>
  return %y, %z, %s : tensor<?x344xbf16>, tensor<?x344xbf16>, tensor<?x344xbf16>
}

// CHECK-LABEL: func @affine_norms
func.func @affine_norms(%x: tensor<?x64xf16>, %w: tensor<64xf32>, %b: tensor<64xf16>, %i: memref<2x64x?xf32>, %v: memref<64xf32>) -> tensor<?x64xf16> {
  // CHECK: lz.layer_norm ins(%{{.*}}, %{{.*}} : tensor<?x64xf16>, tensor<64xf32>) bias(%{{.*}} : tensor<64xf16>)
  // CHECK-SAME: outs(%{{.*}} : tensor<?x64xf16>) {epsilon = 1.000000e-05 : f64} -> tensor<?x64xf16>
  %y = lz.layer_norm ins(%x, %w : tensor<?x64xf16>, tensor<64xf32>) bias(%b : tensor<64xf16>) outs(%x : tensor<?x64xf16>)
       {epsilon = 1.0e-5 : f64} -> tensor<?x64xf16>
  // CHECK: lz.group_norm ins(%{{.*}}, %{{.*}} : memref<2x64x?xf32>, memref<64xf32>) outs(%{{.*}} : memref<2x64x?xf32>)
  // CHECK-SAME: {epsilon = 1.000000e-05 : f64, groups = 4 : i64}
  lz.group_norm ins(%i, %v : memref<2x64x?xf32>, memref<64xf32>) outs(%i : memref<2x64x?xf32>) {groups = 4 : i64, epsilon = 1.0e-5 : f64}
  return %y : tensor<?x64xf16>
}

// CHECK-LABEL: func @rope_interleaved
func.func @rope_interleaved(%x: tensor<5x8x64xbf16>, %c: tensor<5x32xf32>) -> tensor<5x8x64xbf16> {
  // CHECK: lz.rope_interleaved ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<5x8x64xbf16>, tensor<5x32xf32>, tensor<5x32xf32>)
  // CHECK-SAME: outs(%{{.*}} : tensor<5x8x64xbf16>) {layout = #lz.layout<NHD>} -> tensor<5x8x64xbf16>
  %y = lz.rope_interleaved ins(%x, %c, %c : tensor<5x8x64xbf16>, tensor<5x32xf32>, tensor<5x32xf32>) outs(%x : tensor<5x8x64xbf16>)
       {layout = #lz.layout<NHD>} -> tensor<5x8x64xbf16>
  return %y : tensor<5x8x64xbf16>
}

// CHECK-LABEL: func @alibi
func.func @alibi(%q: tensor<1x4x5x8xf16>, %k: tensor<1x2x7x8xf16>, %m: tensor<4xf32>, %a: tensor<1x1x5x7xf32>, %l: tensor<1x4x5xf32>)
    -> (tensor<1x4x5x8xf16>, tensor<1x4x5xf32>) {
  // CHECK: lz.alibi ins(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<1x4x5x8xf16>, tensor<1x2x7x8xf16>, tensor<1x2x7x8xf16>, tensor<4xf32>)
  // CHECK-SAME: mask(%{{.*}} : tensor<1x1x5x7xf32>) outs(%{{.*}} : tensor<1x4x5x8xf16>) lse(%{{.*}} : tensor<1x4x5xf32>)
  // CHECK-SAME: {layout = #lz.layout<BHSD>, scale = 5.000000e-01 : f64} -> tensor<1x4x5x8xf16>, tensor<1x4x5xf32>
  %o:2 = lz.alibi ins(%q, %k, %k, %m : tensor<1x4x5x8xf16>, tensor<1x2x7x8xf16>, tensor<1x2x7x8xf16>, tensor<4xf32>)
         mask(%a : tensor<1x1x5x7xf32>) outs(%q : tensor<1x4x5x8xf16>) lse(%l : tensor<1x4x5xf32>)
         {layout = #lz.layout<BHSD>, scale = 0.5 : f64} -> tensor<1x4x5x8xf16>, tensor<1x4x5xf32>
  return %o#0, %o#1 : tensor<1x4x5x8xf16>, tensor<1x4x5xf32>
}

// Attributes that have their default are not written.
// CHECK-LABEL: func @logits
func.func @logits(%x: tensor<?x3x64xbf16>, %t: tensor<?x3xi64>, %l: tensor<?x3xf32>, %i: tensor<?x3xi32>)
    -> (tensor<?x3xf32>, tensor<?x3xi32>, tensor<?x3xi64>, tensor<?x3xi64>) {
  // CHECK: lz.cross_entropy ins(%{{.*}}, %{{.*}} : tensor<?x3x64xbf16>, tensor<?x3xi64>) outs(%{{.*}} : tensor<?x3xf32>) -> tensor<?x3xf32>
  %a = lz.cross_entropy ins(%x, %t : tensor<?x3x64xbf16>, tensor<?x3xi64>) outs(%l : tensor<?x3xf32>) {ignore_index = -100 : i64}
       -> tensor<?x3xf32>
  // CHECK: lz.sample.greedy ins(%{{.*}} : tensor<?x3x64xbf16>) outs(%{{.*}} : tensor<?x3xi32>) -> tensor<?x3xi32>
  %b = lz.sample.greedy ins(%x : tensor<?x3x64xbf16>) outs(%i : tensor<?x3xi32>) -> tensor<?x3xi32>
  // CHECK: lz.sample.top_k ins(%{{.*}}, %{{.*}} : tensor<?x3x64xbf16>, tensor<?x3xf32>) outs(%{{.*}} : tensor<?x3xi64>)
  // CHECK-SAME: {top_k = 40 : i64} -> tensor<?x3xi64>
  %c = lz.sample.top_k ins(%x, %l : tensor<?x3x64xbf16>, tensor<?x3xf32>) outs(%t : tensor<?x3xi64>) {top_k = 40 : i64, temperature = 1.0 : f64}
       -> tensor<?x3xi64>
  // CHECK: lz.sample.top_p {{.*}} {temperature = 5.000000e-01 : f64, top_p = 9.000000e-01 : f64} -> tensor<?x3xi64>
  %d = lz.sample.top_p ins(%x, %l : tensor<?x3x64xbf16>, tensor<?x3xf32>) outs(%t : tensor<?x3xi64>) {top_p = 0.9 : f64, temperature = 0.5 : f64}
       -> tensor<?x3xi64>
  return %a, %b, %c, %d : tensor<?x3xf32>, tensor<?x3xi32>, tensor<?x3xi64>, tensor<?x3xi64>
}

// CHECK-LABEL: func @matmul
func.func @matmul(%a: tensor<?x?x128xf32>, %w: tensor<344x128xf16>, %bias: tensor<344xf32>, %o: tensor<?x?x344xf32>,
                  %s: memref<3x4xf32>, %t: memref<3x5xf32>, %r: memref<4x5xf32>) -> tensor<?x?x344xf32> {
  // CHECK: lz.matmul ins(%{{.*}}, %{{.*}} : tensor<?x?x128xf32>, tensor<344x128xf16>) bias(%{{.*}} : tensor<344xf32>)
  // CHECK-SAME: outs(%{{.*}} : tensor<?x?x344xf32>) {transpose_b = true} -> tensor<?x?x344xf32>
  %y = lz.matmul ins(%a, %w : tensor<?x?x128xf32>, tensor<344x128xf16>) bias(%bias : tensor<344xf32>)
       outs(%o : tensor<?x?x344xf32>) {transpose_b = true} -> tensor<?x?x344xf32>
  // CHECK: lz.matmul ins(%{{.*}}, %{{.*}} : memref<3x4xf32>, memref<3x5xf32>) outs(%{{.*}} : memref<4x5xf32>) {transpose_a = true}
  lz.matmul ins(%s, %t : memref<3x4xf32>, memref<3x5xf32>) outs(%r : memref<4x5xf32>) {transpose_a = true}
  return %y : tensor<?x?x344xf32>
}

// CHECK-LABEL: func @fp8
func.func @fp8(%a: tensor<?x128xf8E4M3FN>, %b: tensor<344x128xf8E5M2>, %bias: tensor<344xbf16>, %s: tensor<?xf32>, %t: tensor<f32>,
               %o: tensor<?x344xbf16>) -> tensor<?x344xbf16> {
  // CHECK: lz.matmul ins(%{{.*}}, %{{.*}} : tensor<?x128xf8E4M3FN>, tensor<344x128xf8E5M2>) bias(%{{.*}} : tensor<344xbf16>)
  // CHECK-SAME: scale_a(%{{.*}} : tensor<?xf32>) scale_b(%{{.*}} : tensor<f32>) outs(%{{.*}} : tensor<?x344xbf16>) {transpose_b = true} -> tensor<?x344xbf16>
  %y = lz.matmul ins(%a, %b : tensor<?x128xf8E4M3FN>, tensor<344x128xf8E5M2>) bias(%bias : tensor<344xbf16>) scale_a(%s : tensor<?xf32>)
       scale_b(%t : tensor<f32>) outs(%o : tensor<?x344xbf16>) {transpose_b = true} -> tensor<?x344xbf16>
  return %y : tensor<?x344xbf16>
}

// CHECK-LABEL: func @embedding
func.func @embedding(%ids: tensor<?x?xi64>, %o: tensor<?x?x128xf32>) -> tensor<?x?x128xf32> {
  // CHECK: %[[TABLE:.*]] = lz.parameter "model.embed_tokens.weight" : tensor<512x128xf32>
  %table = lz.parameter "model.embed_tokens.weight" : tensor<512x128xf32>
  // CHECK: lz.embedding ins(%[[TABLE]], %{{.*}} : tensor<512x128xf32>, tensor<?x?xi64>) outs(%{{.*}} : tensor<?x?x128xf32>) -> tensor<?x?x128xf32>
  %y = lz.embedding ins(%table, %ids : tensor<512x128xf32>, tensor<?x?xi64>) outs(%o : tensor<?x?x128xf32>) -> tensor<?x?x128xf32>
  return %y : tensor<?x?x128xf32>
}

// CHECK-LABEL: func @decided
func.func @decided(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  // CHECK: lz.softmax {{.*}} {decision = #lz.decision<static, [<"static_kernel_map" kernel @plain>]>, lz.site = "a"}
  %y = lz.softmax ins(%x : tensor<2x8xf32>) outs(%x : tensor<2x8xf32>)
       {decision = #lz.decision<static, [<"static_kernel_map" kernel @plain>]>, lz.site = "a"} -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}
