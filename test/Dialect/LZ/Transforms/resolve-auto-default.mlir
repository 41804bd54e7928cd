// Auto with neither a map entry nor hot reload is dynamic, unless `default-mode` says otherwise.
// RUN: lz-opt %s --lz-import-kernels=kernels=%S/Inputs/kernels.yaml --lz-resolve=target=cpu | FileCheck %s --check-prefix=DYNAMIC
// RUN: lz-opt %s --lz-import-kernels=kernels=%S/Inputs/kernels.yaml --lz-resolve="target=cpu default-mode=config" | FileCheck %s --check-prefix=CONFIG

// DYNAMIC: decision = #lz.decision<dynamic live>
// CONFIG: decision = #lz.decision<config, [<"default" kernel @fast_norm>]>
func.func @forward(%x: tensor<4x64xf32>, %w: tensor<64xf32>) -> tensor<4x64xf32> {
  %y = lz.rms_norm ins(%x, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<4x64xf32>
  return %y : tensor<4x64xf32>
}
