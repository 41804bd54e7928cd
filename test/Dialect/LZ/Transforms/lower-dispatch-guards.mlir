// RUN: lz-opt %s --lz-lower-dispatch --split-input-file | FileCheck %s

// C7: candidates are tried in order, conditions of extents inline, the others by the runtime. No candidate left: S7.

// CHECK: lz.site_record @lz_site_0 "open" of "softmax" mode <config> guarded
// CHECK-LABEL: func.func @open
// CHECK-SAME: (%{{.*}}: !lz.context, %[[X:[^:]*]]: memref<?x?x?xf32>
func.func @open(%c: !lz.context, %x: memref<?x?x?xf32>, %out: memref<?x?x?xf32>) -> i32 {
  // CHECK: %[[BLOCK:.*]] = lz.block
  // CHECK: %[[ONE:.*]] = arith.constant 1 : index
  // CHECK: %[[SEQ:.*]] = memref.dim %[[X]], %[[ONE]]
  // CHECK: %[[LIMIT:.*]] = arith.constant 8193 : index
  // CHECK: %[[LONG:.*]] = arith.cmpi sge, %[[SEQ]], %[[LIMIT]]
  // CHECK: cf.cond_br %[[LONG]], ^[[AND:.*]], ^[[SECOND:.*]]
  // CHECK: ^[[SECOND]]:
  // CHECK: %[[BATCH:.*]] = memref.dim %[[X]], %{{.*}}
  // CHECK: %[[SEQ2:.*]] = memref.dim %[[X]], %{{.*}}
  // CHECK: %[[TOKENS:.*]] = lz.multiply_extents %[[BATCH]], %[[SEQ2]]
  // CHECK: arith.remui %[[TOKENS]]
  // CHECK: cf.cond_br %{{.*}}, ^[[SMALL:.*]], ^[[NONE:.*]]
  // CHECK: ^[[AND]]:
  // CHECK: %[[GOLD:.*]] = lz.test %[[BLOCK]] <"tenant" "eq" "\22gold\22"> kernel @big
  // CHECK: cf.cond_br %[[GOLD]], ^[[BIG:.*]], ^[[SECOND]]
  // CHECK: ^[[BIG]]:
  // CHECK: lz.call @big(%[[BLOCK]])
  // CHECK: ^[[NONE]]:
  // CHECK: lz.no_kernel %[[BLOCK]]
  // CHECK-NOT: strict
  // CHECK: ^[[SMALL]]:
  // CHECK: lz.call @small(%[[BLOCK]])
  lz.softmax ins(%x : memref<?x?x?xf32>) outs(%out : memref<?x?x?xf32>) {lz.site = "open", decision = #lz.decision<config, [
    <"dispatch_rule" kernel @big rule 0 when [<"tenant" "eq" "\22gold\22">, <"seq_len" "gt" "8192.5">]>,
    <"dispatch_rule" kernel @small rule 1 when [<"num_tokens" "multiple_of" "64">]>]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

// Equal kernels share a leaf.

// CHECK-LABEL: func.func @shared
func.func @shared(%c: !lz.context, %x: memref<?x?xf32>, %out: memref<?x?xf32>) -> i32 {
  // CHECK-COUNT-1: lz.call @k
  // CHECK-NOT: lz.call @k
  // CHECK: lz.no_kernel
  lz.softmax ins(%x : memref<?x?xf32>) outs(%out : memref<?x?xf32>) {lz.site = "shared", decision = #lz.decision<config, [
    <"kernel_lock" kernel @k when [<"hidden_size" "eq" "64">]>,
    <"dispatch_rule" kernel @k rule 1 when [<"num_tokens" "gt" "16">]>]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

// Constants that are no 64-bit integers, or lie where no extent does, keep their meaning.

// CHECK-LABEL: func.func @constants
func.func @constants(%c: !lz.context, %x: memref<?x?xf32>, %out: memref<?x?xf32>) -> i32 {
  // CHECK: lz.block
  // in: 3, 5 and nothing else
  // CHECK: %[[THREE:.*]] = arith.constant 3 : index
  // CHECK: arith.cmpi eq, %{{.*}}, %[[THREE]]
  // CHECK: %[[FIVE:.*]] = arith.constant 5 : index
  // CHECK: arith.cmpi eq, %{{.*}}, %[[FIVE]]
  // CHECK: arith.ori
  // lt 2.5: at most 2
  // CHECK: %[[TWO:.*]] = arith.constant 2 : index
  // CHECK: arith.cmpi sle, %{{.*}}, %[[TWO]]
  // not_in 0: not equal
  // CHECK: %[[ZERO:.*]] = arith.constant 0 : index
  // CHECK: arith.cmpi ne, %{{.*}}, %[[ZERO]]
  // gte 9223372036854775807: the largest extent
  // CHECK: %[[LARGEST:.*]] = arith.constant 9223372036854775807 : index
  // CHECK: arith.cmpi eq, %{{.*}}, %[[LARGEST]]
  // CHECK-NOT: lz.call @never
  lz.softmax ins(%x : memref<?x?xf32>) outs(%out : memref<?x?xf32>) {lz.site = "constants", decision = #lz.decision<config, [
    <"dispatch_rule" kernel @in rule 0 when [<"num_tokens" "in" "[5, -1, 3, 3.5]">, <"hidden_size" "not_in" "[0, 1e300]">]>,
    <"dispatch_rule" kernel @lt rule 1 when [<"hidden_size" "lt" "2.5">]>,
    <"dispatch_rule" kernel @gte rule 2 when [<"hidden_size" "gte" "9223372036854775807">]>,
    <"dispatch_rule" kernel @never rule 3 when [<"hidden_size" "gt" "9223372036854775807">]>,
    <"dispatch_rule" kernel @never rule 4 when [<"hidden_size" "eq" "64.5">]>,
    <"dispatch_rule" kernel @never rule 5 when [<"hidden_size" "lt" "-0.5">]>,
    <"dispatch_rule" kernel @never rule 6 when [<"hidden_size" "gt" "1e19">]>]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}
