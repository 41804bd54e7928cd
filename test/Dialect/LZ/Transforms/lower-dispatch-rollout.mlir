// S8: a rollout is drawn by the name of its rule.
// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/canary.yaml --lz-lower-dispatch | FileCheck %s

// CHECK-LABEL: func.func @rollout
func.func @rollout(%c: !lz.context, %x: memref<?x?xf32>, %out: memref<?x?xf32>) -> i32 {
  // CHECK: lz.test %{{.*}} <"rollout" "lt" "5"> kernel @k rule "canary"
  lz.softmax ins(%x : memref<?x?xf32>) outs(%out : memref<?x?xf32>) {lz.site = "rollout", decision = #lz.decision<config, [
    <"dispatch_rule" kernel @k rule 1 when [<"rollout" "lt" "5">]>]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}
