// RUN: lz-opt %s --load-dialect-plugin=%plugin --load-pass-plugin=%plugin --pass-pipeline="builtin.module(lz-name-sites)" | FileCheck %s
// A host that has the dialect and the passes keeps its own.
// CHECK: lz.site = "f/silu/0"
func.func @f(%x: tensor<4xf32>, %e: tensor<4xf32>) -> tensor<4xf32> {
  %y = lz.silu ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
