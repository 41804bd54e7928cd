// RUN: lz-opt %s --lz-to-llvm --reconcile-unrealized-casts | FileCheck %s

// A live site: its mutable record has a cache line of its own and starts at the miss stub.

// CHECK: llvm.mlir.global internal @live.live() {addr_space = 0 : i32, alignment = 64 : i64}
// CHECK: llvm.mlir.addressof @lzrt_live_miss
lz.site_record @live "l" of "softmax" mode <hot_reload> live slots [memref<?x?xf32>, memref<?x?xf32>] align [4, 4] values {}
  decomposition @thunk
// CHECK-LABEL: llvm.func @dispatch
// CHECK-SAME: %[[N:[^:]*]]: i64) -> i32
func.func @dispatch(%c: !lz.context, %x: memref<?x?xf32>, %n: index) -> i32 {
  // CHECK: %[[LIVE:.*]] = llvm.mlir.addressof @live.live
  // CHECK: %[[STUB:.*]] = llvm.load %[[LIVE]]
  // CHECK: %[[ZERO:.*]] = llvm.mlir.constant(0 : i64)
  // CHECK: llvm.call %[[STUB]](%{{.*}}, %[[LIVE]], %[[N]], %{{.*}}, %{{.*}}, %{{.*}}) : !llvm.ptr, (!llvm.ptr, !llvm.ptr, i64, i64, i64, i64) -> i32
  %b = lz.block %c site @live(%x, %x) : memref<?x?xf32>, memref<?x?xf32>
  %s = lz.dispatch_live %b site @live(%n)
  return %s : i32
}

// The decomposition finds its arguments in the block: context at 0, pointers from 32 on, then extents.

// CHECK-LABEL: llvm.func internal @thunk
// CHECK-SAME: (%[[BLOCK:[^:]*]]: !llvm.ptr) -> i32
func.func private @thunk(%b: !lz.block) -> i32 {
  // CHECK: %[[C:.*]] = llvm.load %[[BLOCK]]
  // CHECK: %[[AT:.*]] = llvm.getelementptr inbounds %[[BLOCK]][40]
  // CHECK: %[[DATA:.*]] = llvm.load %[[AT]] {{.*}} -> !llvm.ptr
  // CHECK: %[[AT:.*]] = llvm.getelementptr inbounds %[[BLOCK]][64]
  // CHECK: %[[SIZE0:.*]] = llvm.load %[[AT]] {{.*}} -> i64
  // CHECK: %[[AT:.*]] = llvm.getelementptr inbounds %[[BLOCK]][72]
  // CHECK: %[[SIZE1:.*]] = llvm.load %[[AT]] {{.*}} -> i64
  // CHECK: llvm.call @reference(%[[C]],
  %c = lz.block_context %b
  %out = lz.block_argument %b[1] site @live : memref<?x?xf32>
  %s = call @reference(%c, %out) : (!lz.context, memref<?x?xf32>) -> i32
  return %s : i32
}
func.func private @reference(!lz.context, memref<?x?xf32>) -> i32
