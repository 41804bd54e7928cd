// C7 under config: one kernel where types and static shapes settle it, else the residual with the conditions still to test.
// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/policy.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml \
// RUN:   --lz-resolve="mode=config target=cpu" | FileCheck %s

// The rule holds: 512 tokens.
// CHECK-LABEL: func.func @many
// CHECK: decision = #lz.decision<config, [<"dispatch_rule" kernel @fast_norm rule 0>]>
func.func @many(%x: tensor<4x128x64xf32>, %w: tensor<64xf32>, %init: tensor<4x128x64xf32>) -> tensor<4x128x64xf32> {
  %y = lz.rms_norm ins(%x, %w : tensor<4x128x64xf32>, tensor<64xf32>) outs(%init : tensor<4x128x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<4x128x64xf32>
  return %y : tensor<4x128x64xf32>
}

// The rule does not hold: 4 tokens.
// CHECK-LABEL: func.func @few
// CHECK: decision = #lz.decision<config, [<"fallback_chain" kernel @plain_norm>]>
func.func @few(%x: tensor<4x64xf32>, %w: tensor<64xf32>, %init: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %y = lz.rms_norm ins(%x, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%init : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<4x64xf32>
  return %y : tensor<4x64xf32>
}

// The kernel's requirement does not hold: 60 is no multiple of 8.
// CHECK-LABEL: func.func @unfit
// CHECK: decision = #lz.decision<config, [<"fallback_chain" kernel @plain_norm>]>
func.func @unfit(%x: tensor<?x60xf32>, %w: tensor<60xf32>, %init: tensor<?x60xf32>) -> tensor<?x60xf32> {
  %y = lz.rms_norm ins(%x, %w : tensor<?x60xf32>, tensor<60xf32>) outs(%init : tensor<?x60xf32>) {epsilon = 1.0e-6 : f64} -> tensor<?x60xf32>
  return %y : tensor<?x60xf32>
}

// Open; behind a certain candidate nothing stands.
// CHECK-LABEL: func.func @open
// CHECK: decision = #lz.decision<config, [<"dispatch_rule" kernel @fast_norm rule 0 when{{ ?}}[<"num_tokens" "gt" "128">]>, <"fallback_chain" kernel @plain_norm>]>
func.func @open(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %init: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %y = lz.rms_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) outs(%init : tensor<?x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// S10: requires_deterministic is the context's, so a kernel without the mark stays open, to the end of the residual.
// CHECK-LABEL: func.func @process_fact
// CHECK: decision = #lz.decision<config, [<"default" kernel @any_softmax when{{ ?}}[<"requires_deterministic" "eq" "false">]>]>
func.func @process_fact(%x: tensor<4x64xf32>, %init: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %y = lz.softmax ins(%x : tensor<4x64xf32>) outs(%init : tensor<4x64xf32>) -> tensor<4x64xf32>
  return %y : tensor<4x64xf32>
}

// C6: an operand in another layout is copied before the call, so it counts as contiguous.
// CHECK-LABEL: func.func @strided
// CHECK: decision = #lz.decision<config, [<"fallback_chain" kernel @plain_norm>]>
func.func @strided(%x: memref<4x64xf32, strided<[128, 1]>>, %w: memref<64xf32>, %out: memref<4x64xf32>) {
  lz.rms_norm ins(%x, %w : memref<4x64xf32, strided<[128, 1]>>, memref<64xf32>) outs(%out : memref<4x64xf32>) {epsilon = 1.0e-6 : f64}
  return
}
