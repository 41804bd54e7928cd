// C4: an operation without `lz.site` is named function/operation/n; one that brings a name keeps it and is counted.
// RUN: lz-opt %s --lz-name-sites | FileCheck %s

// CHECK-LABEL: func.func @forward
func.func @forward(%x: tensor<4x64xf32>, %w: tensor<64xf32>) -> tensor<4x64xf32> {
  // CHECK: lz.rms_norm {{.*}}lz.site = "forward/rms_norm/0"
  %a = lz.rms_norm ins(%x, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<4x64xf32>
  // CHECK: lz.rms_norm {{.*}}lz.site = "model.norm"
  %b = lz.rms_norm ins(%a, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64, lz.site = "model.norm"} -> tensor<4x64xf32>
  // CHECK: lz.softmax {{.*}}lz.site = "forward/softmax/0"
  %c = lz.softmax ins(%b : tensor<4x64xf32>) outs(%x : tensor<4x64xf32>) -> tensor<4x64xf32>
  // CHECK: lz.rms_norm {{.*}}lz.site = "forward/rms_norm/2"
  %d = lz.rms_norm ins(%c, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<4x64xf32>
  return %d : tensor<4x64xf32>
}

// Counts start anew in each function, and go on where a name is taken.
// CHECK-LABEL: func.func @other
func.func @other(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
  // CHECK: lz.softmax {{.*}}lz.site = "other/softmax/1"
  %a = lz.softmax ins(%x : tensor<4x64xf32>) outs(%x : tensor<4x64xf32>) {lz.site = "other/softmax/1"} -> tensor<4x64xf32>
  // CHECK: lz.softmax {{.*}}lz.site = "other/softmax/2"
  %b = lz.softmax ins(%a : tensor<4x64xf32>) outs(%x : tensor<4x64xf32>) -> tensor<4x64xf32>
  return %b : tensor<4x64xf32>
}

// The names of a nested module differ from those around it.
// CHECK-LABEL: module @nested
module @nested {
  func.func @other(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
    // CHECK: lz.softmax {{.*}}lz.site = "other/softmax/3"
    %a = lz.softmax ins(%x : tensor<4x64xf32>) outs(%x : tensor<4x64xf32>) -> tensor<4x64xf32>
    return %a : tensor<4x64xf32>
  }
}
