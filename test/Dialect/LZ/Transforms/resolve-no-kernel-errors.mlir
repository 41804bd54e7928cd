// S7 under `on_no_kernel: error`: a diagnostic at the op, with every candidate's reason under each mode that was tried.
// RUN: not lz-opt %s --lz-import-policy=policy=%S/Inputs/policy-deny.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml \
// RUN:   --lz-resolve=target=cpu -o %t 2>&1 | FileCheck %s

// CHECK: [[FILE:.*]]:{{[0-9]+}}:8: error: 'lz.rms_norm' op has no kernel that stands at site `config`; offer one that fits, or set `on_no_kernel: decompose` in the policy
// CHECK: note: under config: `fast_norm` by dispatch_rule 0: condition_mismatch: num_tokens gt 128, got 4
// CHECK: note: under config: `plain_norm` by fallback_chain: kernel_denied
// CHECK-NOT: note: under
// CHECK: error: 'lz.rms_norm' op has no kernel that stands at site `live`
// CHECK: note: under dynamic: `fast_norm` by dispatch_rule 0: condition_mismatch
// CHECK: error: 'lz.rms_norm' op has no kernel that stands at site `static`
// CHECK: note: under static: `plain_norm` by static_kernel_map: kernel_denied
// CHECK: note: under dynamic: `fast_norm` by dispatch_rule 0: condition_mismatch
// CHECK: error: 'lz.swiglu' op has no kernel that stands at site `none`
// CHECK: note: under config: no candidate
func.func @forward(%x: tensor<4x64xf32>, %w: tensor<64xf32>) -> tensor<4x64xf32> {
  %a = lz.rms_norm ins(%x, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64, lz.mode = #lz.mode<config>, lz.site = "config"} -> tensor<4x64xf32>
  %b = lz.rms_norm ins(%a, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64, lz.mode = #lz.mode<dynamic>, lz.site = "live"} -> tensor<4x64xf32>
  %c = lz.rms_norm ins(%b, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64, lz.mode = #lz.mode<static>, lz.site = "static"} -> tensor<4x64xf32>
  %d = lz.swiglu ins(%c, %c : tensor<4x64xf32>, tensor<4x64xf32>) outs(%x : tensor<4x64xf32>) {lz.mode = #lz.mode<config>, lz.site = "none"} -> tensor<4x64xf32>
  return %d : tensor<4x64xf32>
}
