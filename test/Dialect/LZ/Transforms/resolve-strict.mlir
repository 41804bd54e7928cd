// S5: the error of a strict rule is a leaf where its conditions are open, without one where its kernel certainly fits.
// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/policy-strict.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml \
// RUN:   --lz-resolve="mode=config target=cpu" | FileCheck %s

// CHECK-LABEL: func.func @fits
// CHECK: decision = #lz.decision<config, [<"dispatch_rule" kernel @fast_norm rule 0 when{{ ?}}[<"num_tokens" "gt" "128">]>, <"default" kernel @fast_norm>]>
func.func @fits(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  %y = lz.rms_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) outs(%x : tensor<?x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
// CHECK-LABEL: func.func @unfit
// CHECK: decision = #lz.decision<config, [<"strict" rule 0 when{{ ?}}[<"num_tokens" "gt" "128">]>, <"default" kernel @plain_norm>]>
func.func @unfit(%x: tensor<?x60xf32>, %w: tensor<60xf32>) -> tensor<?x60xf32> {
  %y = lz.rms_norm ins(%x, %w : tensor<?x60xf32>, tensor<60xf32>) outs(%x : tensor<?x60xf32>) {epsilon = 1.0e-6 : f64} -> tensor<?x60xf32>
  return %y : tensor<?x60xf32>
}
