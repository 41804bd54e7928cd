// An op whose only leaf is its decomposition is replaced by it; the others stay.
// RUN: lz-opt %s --lz-decompose | FileCheck %s

// CHECK-LABEL: func.func @expanded
// CHECK-SAME: (%[[X:.*]]: tensor<4x64xf32>, %[[INIT:.*]]: tensor<4x64xf32>)
// CHECK-NOT: lz.softmax
// CHECK: %[[Y:.*]] = linalg.generic {{.*}} outs(%[[INIT]] : tensor<4x64xf32>)
// CHECK: return %[[Y]]
func.func @expanded(%x: tensor<4x64xf32>, %init: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %a = lz.softmax ins(%x : tensor<4x64xf32>) outs(%init : tensor<4x64xf32>) {decision = #lz.decision<config, [<"decompose">]>} -> tensor<4x64xf32>
  return %a : tensor<4x64xf32>
}

// CHECK-LABEL: func.func @kept
// CHECK: lz.softmax {{.*}}kernel @some_softmax
// CHECK-NOT: lz.decomposition
// CHECK: lz.softmax
// CHECK-NOT: lz.decomposition
// CHECK: return
lz.kernel @some_softmax {manifest = ""}
func.func @kept(%x: tensor<4x64xf32>, %init: tensor<4x64xf32>) -> (tensor<4x64xf32>, tensor<4x64xf32>) {
  %a = lz.softmax ins(%x : tensor<4x64xf32>) outs(%init : tensor<4x64xf32>) {decision = #lz.decision<static, [<"static_kernel_map" kernel @some_softmax>]>} -> tensor<4x64xf32>
  %b = lz.softmax ins(%x : tensor<4x64xf32>) outs(%init : tensor<4x64xf32>) -> tensor<4x64xf32>
  return %a, %b : tensor<4x64xf32>, tensor<4x64xf32>
}
