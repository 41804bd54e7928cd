// RUN: lz-opt %s --lz-resolve --lz-decompose -split-input-file | FileCheck %s --implicit-check-not="= lz."

// Sum of squares over the last dimension, then the quotient; both in f32, one rounding at the end.
// CHECK-LABEL: func @rms_norm
// CHECK-SAME: %[[X:.*]]: tensor<?x64xbf16>, %[[W:.*]]: tensor<64xf32>, %[[INIT:.*]]: tensor<?x64xbf16>
// CHECK: %[[ZERO:.*]] = linalg.fill {{.*}} -> tensor<?xf32>
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[X]] : tensor<?x64xbf16>) outs(%[[ZERO]] : tensor<?xf32>)
// CHECK: arith.extf %{{.*}} : bf16 to f32
// CHECK: linalg.generic {{.*}} ins(%[[X]], %[[SUM]], %[[W]] : tensor<?x64xbf16>, tensor<?xf32>, tensor<64xf32>) outs(%[[INIT]] : tensor<?x64xbf16>)
// CHECK: math.sqrt
// CHECK: arith.truncf %{{.*}} : f32 to bf16
// CHECK-NOT: arith.truncf
func.func @rms_norm(%x: tensor<?x64xbf16>, %w: tensor<64xf32>, %init: tensor<?x64xbf16>) -> tensor<?x64xbf16> {
  %y = lz.rms_norm ins(%x, %w : tensor<?x64xbf16>, tensor<64xf32>) outs(%init : tensor<?x64xbf16>) {epsilon = 1.0e-6 : f64} -> tensor<?x64xbf16>
  return %y : tensor<?x64xbf16>
}

// -----

// The second output is the sum that the norm is taken of.
// CHECK-LABEL: func @add_rms_norm
// CHECK-SAME: %[[X:.*]]: tensor<3x64xf32>, %[[R:.*]]: tensor<3x64xf32>, %[[W:.*]]: tensor<64xf32>
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[R]] : tensor<3x64xf32>, tensor<3x64xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[X]], %[[R]], %[[SUM]], %[[W]] :
// CHECK: %[[H:.*]] = arith.addf
// CHECK: linalg.yield %{{.*}}, %[[H]] : f32, f32
func.func @add_rms_norm(%x: tensor<3x64xf32>, %r: tensor<3x64xf32>, %w: tensor<64xf32>) -> (tensor<3x64xf32>, tensor<3x64xf32>) {
  %y:2 = lz.add_rms_norm ins(%x, %r, %w : tensor<3x64xf32>, tensor<3x64xf32>, tensor<64xf32>)
         outs(%x, %r : tensor<3x64xf32>, tensor<3x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<3x64xf32>, tensor<3x64xf32>
  return %y#0, %y#1 : tensor<3x64xf32>, tensor<3x64xf32>
}

// -----

// Scores, their mask, row maxima, weights, row sums, weighted values, quotient: [2, 4, 5, 7] in f32, whatever the layout.
// CHECK-LABEL: func @causal
// CHECK-SAME: %[[Q:.*]]: tensor<2x5x4x16xf16>
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]} ins(%[[Q]] : tensor<2x5x4x16xf16>) outs(%{{.*}} : tensor<2x4x5x7xf32>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<2x4x5x7xf32>)
// CHECK: arith.cmpi slt
// CHECK: arith.select
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<2x4x5x7xf32>) outs(%{{.*}} : tensor<2x4x5xf32>)
// CHECK: arith.maximumf
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<2x4x5x7xf32>)
// CHECK: math.exp
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<2x4x5xf32>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<2x4x5x16xf32>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<2x5x4x16xf16>)
// CHECK: arith.truncf %{{.*}} : f32 to f16
func.func @causal(%q: tensor<2x5x4x16xf16>, %k: tensor<2x7x2x16xf16>) -> tensor<2x5x4x16xf16> {
  %o = lz.attention.causal ins(%q, %k, %k : tensor<2x5x4x16xf16>, tensor<2x7x2x16xf16>, tensor<2x7x2x16xf16>)
       outs(%q : tensor<2x5x4x16xf16>) {layout = #lz.layout<BSHD>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x16xf16>
  return %o : tensor<2x5x4x16xf16>
}

// -----

// f32 sums build up in the output itself, others in a tensor of their own.
// CHECK-LABEL: func @matmul
// CHECK-SAME: %[[A:.*]]: tensor<?x8xf32>, %[[B:.*]]: tensor<4x8xf32>, %[[O:.*]]: tensor<?x4xf32>
// CHECK: %[[ZERO:.*]] = linalg.fill {{.*}} outs(%[[O]] : tensor<?x4xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[A]], %[[B]] : tensor<?x8xf32>, tensor<4x8xf32>) outs(%[[ZERO]] : tensor<?x4xf32>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<2x4xf32>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<2x4xf16>)
func.func @matmul(%a: tensor<?x8xf32>, %b: tensor<4x8xf32>, %o: tensor<?x4xf32>, %h: tensor<2x4xf16>, %s: tensor<4x4xf16>) -> (tensor<?x4xf32>, tensor<2x4xf16>) {
  %y = lz.matmul ins(%a, %b : tensor<?x8xf32>, tensor<4x8xf32>) outs(%o : tensor<?x4xf32>) {transpose_b = true} -> tensor<?x4xf32>
  %z = lz.matmul ins(%h, %s : tensor<2x4xf16>, tensor<4x4xf16>) outs(%h : tensor<2x4xf16>) -> tensor<2x4xf16>
  return %y, %z : tensor<?x4xf32>, tensor<2x4xf16>
}

// -----

// CHECK-LABEL: func @others
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x?x8x64xf32>)
// CHECK: arith.subf
// CHECK: arith.addf
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<?x8xf32>)
// CHECK: math.exp
// CHECK: arith.divf
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<?xf32>)
// CHECK: arith.maximumf
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<?xf32>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<?x8xf32>)
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<?xi64>) outs(%{{.*}} : tensor<?x8xf32>)
// CHECK: tensor.extract %{{.*}} : tensor<9x8xf32>
func.func @others(%x: tensor<1x?x8x64xf32>, %c: tensor<1x?x32xf32>, %g: tensor<?x8xf32>, %t: tensor<9x8xf32>, %i: tensor<?xi64>)
    -> (tensor<1x?x8x64xf32>, tensor<?x8xf32>, tensor<?x8xf32>) {
  %y = lz.rope ins(%x, %c, %c : tensor<1x?x8x64xf32>, tensor<1x?x32xf32>, tensor<1x?x32xf32>) outs(%x : tensor<1x?x8x64xf32>)
       {layout = #lz.layout<BSHD>} -> tensor<1x?x8x64xf32>
  %s = lz.swiglu ins(%g, %g : tensor<?x8xf32>, tensor<?x8xf32>) outs(%g : tensor<?x8xf32>) -> tensor<?x8xf32>
  %p = lz.softmax ins(%s : tensor<?x8xf32>) outs(%g : tensor<?x8xf32>) -> tensor<?x8xf32>
  %e = lz.embedding ins(%t, %i : tensor<9x8xf32>, tensor<?xi64>) outs(%g : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y, %p, %e : tensor<1x?x8x64xf32>, tensor<?x8xf32>, tensor<?x8xf32>
}

// -----

// Sum, sum of squared deviations from the mean, quotient; the groups are a dimension of their own until the result.
// CHECK-LABEL: func @group_norm
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x8x?xf16>
// CHECK: %[[G:.*]] = tensor.expand_shape %[[X]] {{\[\[}}0], [1, 2], [3]] {{.*}} : tensor<?x8x?xf16> into tensor<?x4x2x?xf16>
// CHECK: %[[SUMS:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction", "reduction"]} ins(%[[G]] : {{.*}}) outs(%{{.*}} : tensor<?x4xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[G]], %[[SUMS]] : {{.*}}) outs(%{{.*}} : tensor<?x4xf32>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<?x4x2x?xf16>)
// CHECK: arith.truncf %{{.*}} : f32 to f16
// CHECK-NOT: arith.truncf
// CHECK: tensor.collapse_shape %{{.*}} {{\[\[}}0], [1, 2], [3]] : tensor<?x4x2x?xf16> into tensor<?x8x?xf16>
func.func @group_norm(%x: tensor<?x8x?xf16>, %w: tensor<8xf32>, %o: tensor<?x8x?xf16>) -> tensor<?x8x?xf16> {
  %y = lz.group_norm ins(%x, %w : tensor<?x8x?xf16>, tensor<8xf32>) outs(%o : tensor<?x8x?xf16>) {groups = 4 : i64, epsilon = 1.0e-5 : f64}
       -> tensor<?x8x?xf16>
  return %y : tensor<?x8x?xf16>
}

// -----

// gelu by its two formulas, each in f32 with one rounding; silu has neither.
// CHECK-LABEL: func @activations
// CHECK: math.erf %{{.*}} : f32
// CHECK: arith.truncf
// CHECK: math.tanh %{{.*}} : f32
// CHECK: arith.truncf
// CHECK: math.exp %{{.*}} : f32
// CHECK: arith.truncf
func.func @activations(%x: tensor<?x8xbf16>) -> tensor<?x8xbf16> {
  %e = lz.gelu ins(%x : tensor<?x8xbf16>) outs(%x : tensor<?x8xbf16>) {approximate = #lz.approximation<none>} -> tensor<?x8xbf16>
  %t = lz.geglu ins(%e, %x : tensor<?x8xbf16>, tensor<?x8xbf16>) outs(%x : tensor<?x8xbf16>) {approximate = #lz.approximation<tanh>}
       -> tensor<?x8xbf16>
  %s = lz.silu ins(%t : tensor<?x8xbf16>) outs(%x : tensor<?x8xbf16>) -> tensor<?x8xbf16>
  return %s : tensor<?x8xbf16>
}

// -----

// The greatest logit so far and its number run along together; what the output held is not read.
// CHECK-LABEL: func @greedy
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x8xf16>, %[[O:[a-z0-9]+]]: tensor<?xi32>
// CHECK: %[[TOKENS:.*]] = linalg.fill {{.*}} outs(%[[O]] : tensor<?xi32>)
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[X]] : tensor<?x8xf16>) outs(%{{.*}}, %[[TOKENS]] : tensor<?xf32>, tensor<?xi32>)
// CHECK: arith.cmpf ogt
func.func @greedy(%x: tensor<?x8xf16>, %o: tensor<?xi32>) -> tensor<?xi32> {
  %t = lz.sample.greedy ins(%x : tensor<?x8xf16>) outs(%o : tensor<?xi32>) -> tensor<?xi32>
  return %t : tensor<?xi32>
}
