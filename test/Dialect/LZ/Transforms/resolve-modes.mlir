// Precedence of modes: op attribute > function > option > policy `modes` > policy `mode` > module > auto.
// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/policy-modes.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml \
// RUN:   --lz-resolve=target=cpu | FileCheck %s --check-prefixes=CHECK,POLICY
// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/policy-modes.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml \
// RUN:   --lz-resolve="target=cpu mode=hot_reload" | FileCheck %s --check-prefixes=CHECK,OPTION
// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/policy.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml \
// RUN:   --lz-resolve=target=cpu | FileCheck %s --check-prefixes=CHECK,MODULE
// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/policy-auto.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml \
// RUN:   --lz-resolve="target=cpu mode=auto" | FileCheck %s --check-prefixes=CHECK,AUTO

module attributes {lz.mode = #lz.mode<hot_reload>} {
  // CHECK-LABEL: func.func @by_op
  // CHECK: lz.rms_norm {{.*}}decision = #lz.decision<static, [<"static_kernel_map" kernel @plain_norm>]>
  func.func @by_op(%x: tensor<4x64xf32>, %w: tensor<64xf32>) -> tensor<4x64xf32> attributes {lz.mode = #lz.mode<dynamic>} {
    %y = lz.rms_norm ins(%x, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64, lz.mode = #lz.mode<static>} -> tensor<4x64xf32>
    return %y : tensor<4x64xf32>
  }

  // CHECK-LABEL: func.func @by_function
  // CHECK: lz.rms_norm {{.*}}decision = #lz.decision<config, [
  func.func @by_function(%x: tensor<4x64xf32>, %w: tensor<64xf32>) -> tensor<4x64xf32> attributes {lz.mode = #lz.mode<config>} {
    %y = lz.rms_norm ins(%x, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<4x64xf32>
    return %y : tensor<4x64xf32>
  }

  // POLICY-LABEL: func.func @by_rest
  // POLICY: lz.rms_norm {{.*}}decision = #lz.decision<dynamic live>
  // POLICY: lz.softmax {{.*}}decision = #lz.decision<config, [
  // OPTION-LABEL: func.func @by_rest
  // OPTION: lz.rms_norm {{.*}}decision = #lz.decision<hot_reload live>
  // OPTION: lz.softmax {{.*}}decision = #lz.decision<hot_reload live>
  // MODULE-LABEL: func.func @by_rest
  // MODULE: lz.rms_norm {{.*}}decision = #lz.decision<hot_reload live>
  // MODULE: lz.softmax {{.*}}decision = #lz.decision<hot_reload live>
  // Auto: mapped is static; hot reload enabled and a path given is hot_reload.
  // AUTO-LABEL: func.func @by_rest
  // AUTO: lz.rms_norm {{.*}}decision = #lz.decision<static, [<"static_kernel_map" kernel @plain_norm>]>
  // AUTO: lz.softmax {{.*}}decision = #lz.decision<hot_reload live>
  func.func @by_rest(%x: tensor<4x64xf32>, %w: tensor<64xf32>) -> tensor<4x64xf32> {
    %y = lz.rms_norm ins(%x, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<4x64xf32>
    %z = lz.softmax ins(%y : tensor<4x64xf32>) outs(%x : tensor<4x64xf32>) -> tensor<4x64xf32>
    return %z : tensor<4x64xf32>
  }
}
