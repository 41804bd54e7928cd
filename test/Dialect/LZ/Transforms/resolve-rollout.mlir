// S8: who is admitted is the invocation's, so a rollout is open when compiling; so is the version of a candidate's library (C4). A kernel that no manifest registers is
// passed over (S5).
// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/policy-rollout.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml \
// RUN:   --lz-resolve="mode=config target=cpu assume=true" | FileCheck %s

// CHECK: lz.rms_norm {{.*}}decision = #lz.decision<config, [<"dispatch_rule" kernel @fast_norm rule 0 when{{ ?}}[<"rollout" "lt" "12.5">]>, <"fallback_chain" kernel @plain_norm>]>
// CHECK: lz.softmax {{.*}}decision = #lz.decision<config, [<"dispatch_rule" kernel @any_softmax rule 1 when{{ ?}}[<"library_version" "gte" "\222.1\22">]>, <"default" kernel @any_softmax>]>
func.func @forward(%x: tensor<4x64xf32>, %w: tensor<64xf32>) -> tensor<4x64xf32> {
  %y = lz.rms_norm ins(%x, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<4x64xf32>
  %z = lz.softmax ins(%y : tensor<4x64xf32>) outs(%x : tensor<4x64xf32>) -> tensor<4x64xf32>
  return %z : tensor<4x64xf32>
}
