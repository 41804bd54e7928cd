// S7: where the mode brings nothing, its fallback is tried, and the report names both.
// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/policy-fallback.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml \
// RUN:   --lz-resolve=target=cpu | FileCheck %s

// CHECK: {decided = "runtime", mode = "dynamic", operation = "softmax", reason = "open", requested_mode = "static", site = "a"}
// CHECK-SAME: {decided = "compile", kernel = "plain_norm", mode = "static", operation = "rms_norm", reason = "static_kernel_map", requested_mode = "dynamic", site = "b"}
// Static without a default kernel of the operation: dynamic, which has the registered ones.
// CHECK: lz.softmax {{.*}}decision = #lz.decision<dynamic live>
// Auto is dynamic here; the empty chain brings nothing, static has the default kernel.
// CHECK: lz.rms_norm {{.*}}decision = #lz.decision<static, [<"static_kernel_map" kernel @plain_norm>]>
func.func @forward(%x: tensor<4x64xf32>, %w: tensor<64xf32>) -> tensor<4x64xf32> {
  %y = lz.softmax ins(%x : tensor<4x64xf32>) outs(%x : tensor<4x64xf32>) {lz.mode = #lz.mode<static>, lz.site = "a"} -> tensor<4x64xf32>
  %z = lz.rms_norm ins(%y, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64, lz.site = "b"} -> tensor<4x64xf32>
  return %z : tensor<4x64xf32>
}
