// RUN: lz-opt %s --inline | FileCheck %s

// What a model is written in is inlined with its attributes. What lowering makes stays: it belongs to its function's frame and context.

// CHECK-LABEL: func.func @model
// CHECK-NOT: call
// CHECK: lz.parameter "w"
// CHECK: lz.rms_norm
// CHECK-SAME: lz.site = "there"
func.func @model(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %y = call @layer(%x) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
func.func private @layer(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %w = lz.parameter "w" : tensor<64xf32>
  %y = lz.rms_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) outs(%x : tensor<?x64xf32>) {epsilon = 1.0e-6 : f64, lz.site = "there"} -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// CHECK-LABEL: func.func @lowered
// CHECK: call @fails
func.func @lowered(%c: !lz.context) -> i32 {
  %status = call @fails(%c) : (!lz.context) -> i32
  return %status : i32
}
func.func private @fails(%c: !lz.context) -> i32 {
  %status = lz.fail %c code 3 "no"
  return %status : i32
}
