// S7 under `on_no_kernel: decompose`: the last leaf of an open residual, the whole decision where nothing stands, and the last resort of a live site.
// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/policy-decompose.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml \
// RUN:   --lz-resolve="mode=config target=cpu" | FileCheck %s

// CHECK-LABEL: func.func @open
// CHECK: decision = #lz.decision<config, [<"dispatch_rule" kernel @fast_norm rule 0 when{{ ?}}[<"num_tokens" "gt" "128">]>, <"decompose">]>
func.func @open(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  %y = lz.rms_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) outs(%x : tensor<?x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
// CHECK-LABEL: func.func @certain
// CHECK: decision = #lz.decision<config, [<"dispatch_rule" kernel @fast_norm rule 0>]>
func.func @certain(%x: tensor<256x64xf32>, %w: tensor<64xf32>) -> tensor<256x64xf32> {
  %y = lz.rms_norm ins(%x, %w : tensor<256x64xf32>, tensor<64xf32>) outs(%x : tensor<256x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<256x64xf32>
  return %y : tensor<256x64xf32>
}
// CHECK-LABEL: func.func @nothing
// CHECK: lz.rms_norm {{.*}}decision = #lz.decision<config, [<"decompose">]>
// CHECK: lz.rms_norm {{.*}}decision = #lz.decision<dynamic live, [<"decompose">]>
func.func @nothing(%x: tensor<4x64xf32>, %w: tensor<64xf32>) -> tensor<4x64xf32> {
  %y = lz.rms_norm ins(%x, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<4x64xf32>
  %z = lz.rms_norm ins(%y, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64, lz.mode = #lz.mode<dynamic>} -> tensor<4x64xf32>
  return %z : tensor<4x64xf32>
}
