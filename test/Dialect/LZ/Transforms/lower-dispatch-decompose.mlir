// RUN: lz-opt %s --lz-lower-dispatch | FileCheck %s

// S7: the outlined decomposition is a leaf, and the last candidate of the site, through a function on the block.

// CHECK: lz.site_record @lz_site_0 "guarded" {{.*}} decomposition @lz_site_0.decomposition
// CHECK: lz.site_record @lz_site_1 "live" {{.*}} live {{.*}} decomposition @lz_site_1.decomposition
func.func private @outlined(%c: !lz.context, %x: memref<?x8xf32>, %out: memref<?x8xf32>) -> i32 {
  %ok = arith.constant 0 : i32
  return %ok : i32
}
func.func private @allocates(%c: !lz.context, %x: memref<?x?xf32>, %out: memref<?x?xf32>, %r: !lz.result<memref<?x?xf32>>) -> i32 {
  lz.set_result %x, %r : !lz.result<memref<?x?xf32>>
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// CHECK-LABEL: func.func @guarded
func.func @guarded(%c: !lz.context, %x: memref<?x8xf32>, %out: memref<?x8xf32>) -> i32 {
  // CHECK: %[[BLOCK:.*]] = lz.block
  // CHECK: cf.cond_br %{{.*}}, ^[[KERNEL:.*]], ^[[DECOMPOSES:.*]]
  // CHECK: ^[[DECOMPOSES]]:
  // CHECK: %[[STATUS:.*]] = lz.run_decomposition %[[BLOCK]]
  // CHECK: cf.cond_br %{{.*}} weights([1, 1048575]), ^{{.*}}(%[[STATUS]] : i32), ^
  // CHECK: ^[[KERNEL]]:
  // CHECK: lz.call @k
  lz.softmax ins(%x : memref<?x8xf32>) outs(%out : memref<?x8xf32>) {lz.site = "guarded", lz.decomposition = @outlined,
    decision = #lz.decision<config, [<"dispatch_rule" kernel @k rule 0 when [<"num_tokens" "gt" "4">]>, <"decompose">]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// CHECK-LABEL: func.func @live
func.func @live(%c: !lz.context, %x: memref<?x8xf32>, %out: memref<?x8xf32>) -> i32 {
  // CHECK: lz.dispatch_live
  // CHECK-NOT: call @
  // CHECK: return
  lz.softmax ins(%x : memref<?x8xf32>) outs(%out : memref<?x8xf32>) {lz.site = "live", lz.decomposition = @allocates,
    decision = #lz.decision<dynamic live, [<"decompose">]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// CHECK-LABEL: func.func private @lz_site_0.decomposition
// CHECK-SAME: (%[[BLOCK:.*]]: !lz.block) -> i32
// CHECK: %[[C:.*]] = lz.block_context %[[BLOCK]]
// CHECK: %[[X:.*]] = lz.block_argument %[[BLOCK]][0] site @lz_site_0 : memref<?x8xf32>
// CHECK: %[[OUT:.*]] = lz.block_argument %[[BLOCK]][1] site @lz_site_0 : memref<?x8xf32>
// CHECK: %[[STATUS:.*]] = call @outlined(%[[C]], %[[X]], %[[OUT]])
// CHECK: return %[[STATUS]]

// Results of its own are copied to the outputs.
// CHECK-LABEL: func.func private @lz_site_1.decomposition
// CHECK: %[[C:.*]] = lz.block_context
// CHECK: %[[OUT:.*]] = lz.block_argument %{{.*}}[1] site @lz_site_1 : memref<?x8xf32>
// CHECK: %[[ROOM:.*]] = lz.result_slot
// CHECK: call @allocates(%[[C]], %{{.*}}, %{{.*}}, %[[ROOM]])
// CHECK: %[[BUFFER:.*]] = lz.get_result %[[ROOM]]
// CHECK: memref.copy %[[BUFFER]], %[[OUT]]
// CHECK: lz.release %[[C]], %[[BUFFER]]

// So are results that are arguments other than their outputs; those that are their outputs stand there.
func.func private @mixed(%c: !lz.context, %x: memref<?x8xf32>, %res: memref<?x8xf32>, %w: memref<8xf32>, %out: memref<?x8xf32>, %sum: memref<?x8xf32>) -> i32
    attributes {lz.result_aliases = array<i64: 0, 4>} {
  %ok = arith.constant 0 : i32
  return %ok : i32
}
// CHECK-LABEL: func.func private @lz_site_2.decomposition
// CHECK: %[[X:.*]] = lz.block_argument %{{.*}}[0] site @lz_site_2 : memref<?x8xf32>
// CHECK: %[[OUT:.*]] = lz.block_argument %{{.*}}[3] site @lz_site_2 : memref<?x8xf32>
// CHECK: call @mixed
// CHECK: cf.cond_br
// CHECK: memref.copy %[[X]], %[[OUT]]
// CHECK-NOT: memref.copy
// CHECK: return
func.func @two_outputs(%c: !lz.context, %x: memref<?x8xf32>, %res: memref<?x8xf32>, %w: memref<8xf32>, %out: memref<?x8xf32>, %sum: memref<?x8xf32>) -> i32 {
  lz.add_rms_norm ins(%x, %res, %w : memref<?x8xf32>, memref<?x8xf32>, memref<8xf32>) outs(%out, %sum : memref<?x8xf32>, memref<?x8xf32>)
    {epsilon = 1.0e-6 : f64, lz.site = "two", lz.decomposition = @mixed, decision = #lz.decision<dynamic live, [<"decompose">]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}
