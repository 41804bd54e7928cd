// A nested module has a policy and kernels of its own: it is resolved first, under them. Resolving again changes nothing.
// RUN: lz-opt %s --pass-pipeline="builtin.module(builtin.module(lz-import-kernels{kernels=%S/Inputs/kernels.yaml},lz-resolve{mode=config target=cpu}),lz-resolve)" > %t
// RUN: FileCheck %s < %t
// RUN: lz-opt %t --pass-pipeline="builtin.module(builtin.module(lz-resolve{mode=config target=cpu}),lz-resolve)" | diff %t -

// CHECK: module attributes {lz.report = [{{.*}}site = "outer"}]} {
// CHECK: lz.softmax {{.*}}decision = #lz.decision<dynamic, [<"decompose">]>
func.func @forward(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %y = lz.softmax ins(%x : tensor<4x64xf32>) outs(%x : tensor<4x64xf32>) {lz.site = "outer"} -> tensor<4x64xf32>
  return %y : tensor<4x64xf32>
}
// CHECK: module @inner attributes {lz.report = [{{.*}}site = "inner"}]
module @inner {
  func.func @forward(%x: tensor<4x64xf32>, %w: tensor<64xf32>) -> tensor<4x64xf32> {
    // CHECK: lz.rms_norm {{.*}}decision = #lz.decision<config, [<"default" kernel @fast_norm>]>
    %y = lz.rms_norm ins(%x, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64, lz.site = "inner"} -> tensor<4x64xf32>
    return %y : tensor<4x64xf32>
  }
}
