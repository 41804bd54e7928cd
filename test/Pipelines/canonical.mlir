// RUN: lz-opt %s --lz-pipeline="policy=%S/Inputs/masks.yaml kernels=%S/Inputs/quick.yaml mode=config target=cpu" | FileCheck %s

// What folds is folded before it is decided: the rule's batch is behind a cast, and the mask is one of zeros, so that its kernel is certain.
// CHECK: lz.report = [{decided = "compile", kernel = "quick", mode = "config", operation = "attention.full", reason = "dispatch_rule", rule = 0 : i64
// CHECK: @lz_slot.quick
// CHECK-NOT: @lz_slot.plain
func.func @main(%q: tensor<1x2x4x8xf32>) -> tensor<?x2x4x8xf32> {
  %zero = arith.constant dense<0.0> : tensor<1x1x4x4xf32>
  %e = tensor.empty() : tensor<1x2x4x8xf32>
  %c = tensor.cast %q : tensor<1x2x4x8xf32> to tensor<?x2x4x8xf32>
  %o = tensor.cast %e : tensor<1x2x4x8xf32> to tensor<?x2x4x8xf32>
  %y = lz.attention.full ins(%c, %c, %c : tensor<?x2x4x8xf32>, tensor<?x2x4x8xf32>, tensor<?x2x4x8xf32>) mask(%zero : tensor<1x1x4x4xf32>)
       outs(%o : tensor<?x2x4x8xf32>) {layout = #lz.layout<BHSD>} -> tensor<?x2x4x8xf32>
  return %y : tensor<?x2x4x8xf32>
}
