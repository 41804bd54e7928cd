// RUN: lz-opt %s --lz-to-llvm --reconcile-unrealized-casts | FileCheck %s

// A live site: its mutable record, 64 bytes, has a cache line of its own and starts at the miss stub, without an entry: stub, sequence, kernel, tag,
// four lower bounds, four spans.

// CHECK: llvm.mlir.global internal @live.live() {addr_space = 0 : i32, alignment = 64 : i64}
// CHECK-SAME: : !llvm.struct<(ptr, i64, ptr, i64, array<4 x i32>, array<4 x i32>)> {
// CHECK: llvm.mlir.addressof @lzrt_live_miss
// CHECK: llvm.func @lzrt_live_continue(!llvm.ptr, i32) -> i32 attributes {{{.*}}cold
lz.site_record @live "l" of "softmax" mode <hot_reload> live slots [memref<?x?xf32>, memref<?x?xf32>] align [4, 4] values {}
  decomposition @thunk
// CHECK-LABEL: llvm.func @dispatch
// CHECK-SAME: %[[N:[^:]*]]: i64) -> i32
func.func @dispatch(%c: !lz.context, %x: memref<?x?xf32>, %n: index) -> i32 {
  // The ticket, at 24, is zero before the call: what ran writes it.
  // CHECK: %[[BLOCK:.*]] = llvm.alloca %{{.*}} x !llvm.array<80 x i8>
  // CHECK: %[[ZERO:.*]] = llvm.mlir.constant(0 : i64)
  // CHECK: %[[TICKET:.*]] = llvm.getelementptr inbounds %[[BLOCK]][24]
  // CHECK: llvm.store %[[ZERO]], %[[TICKET]]
  // CHECK: %[[LIVE:.*]] = llvm.mlir.addressof @live.live
  // CHECK: %[[STUB:.*]] = llvm.load %[[LIVE]]
  // CHECK: %[[STATUS:.*]] = llvm.call %[[STUB]](%[[BLOCK]], %[[LIVE]], %[[N]], %{{.*}}, %{{.*}}, %{{.*}}) : !llvm.ptr, (!llvm.ptr, !llvm.ptr, i64, i64, i64, i64) -> i32
  %b = lz.block %c site @live(%x, %x) : memref<?x?xf32>, memref<?x?xf32>
  %s = lz.dispatch_live %b site @live(%n)
  // Which kernel failed is in the ticket.
  // CHECK: %[[REST:.*]] = llvm.call @lzrt_live_continue(%[[BLOCK]], %[[STATUS]])
  // CHECK: llvm.return %[[REST]]
  %rest = lz.continue %b behind %s
  return %rest : i32
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
