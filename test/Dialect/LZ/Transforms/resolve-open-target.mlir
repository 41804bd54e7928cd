// Without a target its facts stay open: guards, in the order of C7.
// RUN: lz-opt %s --lz-import-kernels=kernels=%S/Inputs/kernels.yaml --lz-resolve=mode=config | FileCheck %s

// CHECK-NOT: lz.target_facts
// CHECK: decision = #lz.decision<config, [<"default" kernel @gpu_norm when{{ ?}}[<"platform" "eq" "\22cuda\22">, <"sm" "gte" "90">]>, <"default" kernel @fast_norm>]>
func.func @forward(%x: tensor<4x64xf32>, %w: tensor<64xf32>) -> tensor<4x64xf32> {
  %y = lz.rms_norm ins(%x, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<4x64xf32>
  return %y : tensor<4x64xf32>
}
