// RUN: lz-opt %s --lz-lower-dispatch | FileCheck %s

// Kernels are promised contiguous arguments (C6): another layout runs as a copy, of which the report tells.

// CHECK: lz.report = [{copies = 2 : i64, {{.*}}site = "copied"
// CHECK: lz.site_record @lz_site_0 "copied" of "softmax" mode <static> slots [memref<?x8xf32>, memref<?x8xf32>] align [64, 64]
module attributes {lz.report = [{decided = "compile", mode = "static", operation = "softmax", reason = "default", site = "copied", kernel = "k"}]} {
  // CHECK-LABEL: func.func @copied
  // CHECK-SAME: (%[[C:[^:]*]]: !lz.context, %[[X:[^:]*]]: memref<?x8xf32, strided<[16, 2]>>, %[[OUT:[^:]*]]: memref<?x8xf32, strided<[?, 1], offset: ?>>) -> i32
  func.func @copied(%c: !lz.context, %x: memref<?x8xf32, strided<[16, 2]>>, %out: memref<?x8xf32, strided<[?, 1], offset: ?>>) -> i32 {
    // CHECK: %[[CX:.*]], %{{.*}} = lz.allocate %[[C]](%{{.*}}) align 64 : memref<?x8xf32>
    // CHECK: cf.cond_br %{{.*}} weights([1, 1048575]), ^[[EXIT:.*]](%{{.*}} : i32)
    // CHECK: memref.copy %[[X]], %[[CX]]
    // CHECK: %[[COUT:.*]], %{{.*}} = lz.allocate %[[C]]
    // CHECK-NOT: memref.copy
    // CHECK: lz.block %[[C]] site @lz_site_0(%[[CX]], %[[COUT]])
    // CHECK: lz.call @k
    // CHECK: cf.cond_br %{{.*}}, ^{{.*}}, ^[[NEXT:.*]]
    // CHECK: ^[[NEXT]]:
    // CHECK: lz.release %[[C]], %[[CX]]
    // CHECK: memref.copy %[[COUT]], %[[OUT]]
    // CHECK: lz.release %[[C]], %[[COUT]]
    lz.softmax ins(%x : memref<?x8xf32, strided<[16, 2]>>) outs(%out : memref<?x8xf32, strided<[?, 1], offset: ?>>)
      {lz.site = "copied", decision = #lz.decision<static, [<"static_kernel_map" kernel @k>]>}
    %ok = arith.constant 0 : i32
    return %ok : i32
  }

  // An offset alone is no gap: the pointer contains it.
  // CHECK-LABEL: func.func @offset
  func.func @offset(%c: !lz.context, %x: memref<?x8xf32, strided<[8, 1], offset: ?>>, %out: memref<?x8xf32>) -> i32 {
    // CHECK-NOT: lz.allocate
    // CHECK: lz.block %{{.*}} site @lz_site_1(%{{.*}}, %{{.*}}) : memref<?x8xf32, strided<[8, 1], offset: ?>>, memref<?x8xf32>
    lz.softmax ins(%x : memref<?x8xf32, strided<[8, 1], offset: ?>>) outs(%out : memref<?x8xf32>)
      {lz.site = "offset", decision = #lz.decision<static, [<"static_kernel_map" kernel @k>]>}
    %ok = arith.constant 0 : i32
    return %ok : i32
  }
}
