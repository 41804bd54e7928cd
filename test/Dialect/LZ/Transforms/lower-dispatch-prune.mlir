// RUN: lz-opt %s --lz-lower-dispatch --split-input-file | FileCheck %s

// Conditions that those before them settle are not tested, leaves that no call reaches are not there.

// CHECK-LABEL: func.func @implied
func.func @implied(%c: !lz.context, %x: memref<?x?xf32>, %out: memref<?x?xf32>) -> i32 {
  // CHECK-COUNT-1: arith.cmpi s
  // CHECK: lz.call @rest
  // CHECK: lz.call @big
  // CHECK-NOT: lz.call @unreached
  // CHECK-NOT: lz.no_kernel
  lz.softmax ins(%x : memref<?x?xf32>) outs(%out : memref<?x?xf32>) {lz.site = "implied", decision = #lz.decision<config, [
    <"dispatch_rule" kernel @big rule 0 when [<"num_tokens" "gt" "100">]>,
    <"dispatch_rule" kernel @unreached rule 1 when [<"num_tokens" "gte" "200">]>,
    <"dispatch_rule" kernel @rest rule 2 when [<"num_tokens" "lte" "100">]>]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

// A product is no larger than its factors allow: with no row there is no token.

// CHECK-LABEL: func.func @products
func.func @products(%c: !lz.context, %x: memref<?x?x?xf32>, %out: memref<?x?x?xf32>) -> i32 {
  // CHECK-NOT: lz.call @unreached
  // CHECK: lz.call @empty
  // CHECK-NOT: lz.call @unreached
  lz.softmax ins(%x : memref<?x?x?xf32>) outs(%out : memref<?x?x?xf32>) {lz.site = "products", decision = #lz.decision<config, [
    <"dispatch_rule" kernel @empty rule 0 when [<"batch_size" "lte" "0">, <"num_tokens" "lt" "1">]>,
    <"dispatch_rule" kernel @unreached rule 1 when [<"batch_size" "lte" "0">]>]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

// What the runtime tests stays, but is asked once a text; the same text of another rule's rollout is another question.

// CHECK-LABEL: func.func @truths
func.func @truths(%c: !lz.context, %x: memref<?x?xf32>, %out: memref<?x?xf32>) -> i32 {
  // CHECK: lz.test %{{.*}} <"tenant" "eq" "\22a\22"> kernel @a
  // CHECK: lz.test %{{.*}} <"rollout" "lt" "5"> kernel @b
  // CHECK: lz.test %{{.*}} <"rollout" "lt" "5"> kernel @c
  // CHECK-NOT: @unreached
  lz.softmax ins(%x : memref<?x?xf32>) outs(%out : memref<?x?xf32>) {lz.site = "truths", decision = #lz.decision<config, [
    <"dispatch_rule" kernel @a rule 0 when [<"tenant" "eq" "\22a\22">]>,
    <"dispatch_rule" kernel @unreached rule 1 when [<"tenant" "eq" "\22a\22">, <"num_tokens" "gt" "4">]>,
    <"dispatch_rule" kernel @b rule 2 when [<"rollout" "lt" "5">]>,
    <"dispatch_rule" kernel @c rule 3 when [<"rollout" "lt" "5">]>]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

// Where no extent satisfies any candidate, what is left is S7.

// CHECK: lz.site_record @lz_site_0 "none" of "softmax" mode <config> guarded
// CHECK-LABEL: func.func @none
func.func @none(%c: !lz.context, %x: memref<?x?xf32>, %out: memref<?x?xf32>) -> i32 {
  // CHECK: %[[BLOCK:.*]] = lz.block
  // CHECK-NEXT: %[[STATUS:.*]] = lz.no_kernel %[[BLOCK]]
  // CHECK-NEXT: cf.br ^{{.*}}(%[[STATUS]] : i32)
  // CHECK-NOT: lz.call
  lz.softmax ins(%x : memref<?x?xf32>) outs(%out : memref<?x?xf32>) {lz.site = "none", decision = #lz.decision<config, [
    <"dispatch_rule" kernel @k rule 0 when [<"num_tokens" "eq" "64.5">]>]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}
