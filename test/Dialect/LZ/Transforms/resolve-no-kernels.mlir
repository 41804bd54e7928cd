// S7: with no manifest at all every op decomposes, under every mode, whatever the policy says.
// RUN: lz-opt %s --lz-resolve | FileCheck %s --check-prefixes=CHECK,AUTO
// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/policy.yaml --lz-resolve=mode=static | FileCheck %s --check-prefixes=CHECK,STATIC

// CHECK-LABEL: func.func @forward
// AUTO: decision = #lz.decision<dynamic, [<"decompose">]>
// STATIC: decision = #lz.decision<static, [<"decompose">]>
func.func @forward(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  %y = lz.rms_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) outs(%x : tensor<?x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
