// RUN: lz-opt %s --lz-to-llvm --reconcile-unrealized-casts --split-input-file | FileCheck %s

// A decided call: the block is filled in the function's frame, the slot is loaded plainly and called.

// CHECK-DAG: llvm.mlir.global external hidden @lz_slot.k() {addr_space = 0 : i32, alignment = 8 : i64, dso_local} : !llvm.ptr
// CHECK-DAG: llvm.func @lzrt_continue(!llvm.ptr, i32, i32) -> i32 attributes {passthrough = ["nounwind", "cold"]}
lz.site_record @site "f/rms_norm/0" of "rms_norm" mode <static> slots [memref<?x64xf32>, memref<64xf32>, memref<?x64xf32>]
  align [4, 4, 64] values {epsilon = 1.0e-6 : f64} at "model.mlir:3:5"
// CHECK-LABEL: llvm.func @decided
// CHECK-SAME: (%[[C:[^:]*]]: !llvm.ptr, %{{.*}}: !llvm.ptr, %[[X:[^:]*]]: !llvm.ptr, %{{.*}}: i64, %[[N:[^:]*]]: i64,
func.func @decided(%c: !lz.context, %x: memref<?x64xf32>, %w: memref<64xf32>, %out: memref<?x64xf32>) -> i32 {
  // 32 bytes of head, 3 pointers, 2 open extents
  // CHECK: %[[FRAME:.*]] = llvm.alloca %{{.*}} x !llvm.array<72 x i8> {alignment = 8 : i64}
  // CHECK: llvm.store %[[C]], %[[FRAME]]
  // CHECK: %[[SITE:.*]] = llvm.mlir.addressof @site
  // CHECK: %[[AT:.*]] = llvm.getelementptr inbounds %[[FRAME]][8]
  // CHECK: llvm.store %[[SITE]], %[[AT]]
  // CHECK: %[[NULL:.*]] = llvm.mlir.zero
  // CHECK: %[[AT:.*]] = llvm.getelementptr inbounds %[[FRAME]][16]
  // CHECK: llvm.store %[[NULL]], %[[AT]]
  // CHECK: llvm.getelementptr inbounds %[[FRAME]][32]
  // CHECK: llvm.getelementptr inbounds %[[FRAME]][56]
  // CHECK: llvm.getelementptr inbounds %[[FRAME]][40]
  // CHECK: llvm.getelementptr inbounds %[[FRAME]][48]
  // CHECK: llvm.getelementptr inbounds %[[FRAME]][64]
  // CHECK-NOT: llvm.getelementptr inbounds %[[FRAME]]
  %block = lz.block %c site @site(%x, %w, %out) : memref<?x64xf32>, memref<64xf32>, memref<?x64xf32>
  // CHECK: %[[SLOT:.*]] = llvm.mlir.addressof @lz_slot.k
  // CHECK: %[[KERNEL:.*]] = llvm.load %[[SLOT]] {alignment = 8 : i64} : !llvm.ptr -> !llvm.ptr
  // CHECK: %[[STATUS:.*]] = llvm.call %[[KERNEL]](%[[FRAME]]) : !llvm.ptr, (!llvm.ptr) -> i32
  %status = lz.call @k(%block)
  // CHECK: %[[INDEX:.*]] = llvm.mlir.constant(0 : i32)
  // CHECK: llvm.call @lzrt_continue(%[[FRAME]], %[[INDEX]], %[[STATUS]])
  %rest = lz.continue %block behind @k, %status
  return %rest : i32
}

// -----

// Memory is the context's; a size that does not fit asks for more than there is.

// CHECK-LABEL: llvm.func @memory
// CHECK-SAME: (%[[C:[^:]*]]: !llvm.ptr, %[[N:[^:]*]]: i64, %[[ROOM:[^:]*]]: !llvm.ptr) -> i32
func.func @memory(%c: !lz.context, %n: index, %r: !lz.result<memref<?x3xf16>>) -> i32 {
  // CHECK: %[[ROW:.*]] = llvm.mlir.constant(6 : i64)
  // CHECK: %[[BOTH:.*]] = "llvm.intr.smul.with.overflow"(%[[ROW]], %[[N]])
  // CHECK: %[[LARGEST:.*]] = llvm.mlir.constant(9223372036854775807 : i64)
  // CHECK: %[[BYTES:.*]] = llvm.select %{{.*}}, %[[LARGEST]], %{{.*}}
  // CHECK: %[[ALIGN:.*]] = llvm.mlir.constant(64 : i64)
  // CHECK: %[[P:.*]] = llvm.call @lzrt_allocate(%[[C]], %[[BYTES]], %[[ALIGN]]) : (!llvm.ptr, i64, i64) -> !llvm.ptr
  // CHECK: %[[NULL:.*]] = llvm.mlir.zero
  // CHECK: %[[FAILED:.*]] = llvm.icmp "eq" %[[P]], %[[NULL]]
  // CHECK: llvm.cond_br %[[FAILED]]
  %x, %failed = lz.allocate %c(%n) align 64 : memref<?x3xf16>
  cf.cond_br %failed, ^bad, ^good
^good:
  // CHECK: llvm.store %{{.*}}, %[[ROOM]] : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>, !llvm.ptr
  lz.set_result %x, %r : !lz.result<memref<?x3xf16>>
  %ok = arith.constant 0 : i32
  return %ok : i32
^bad:
  // CHECK: %[[MESSAGE:.*]] = llvm.mlir.addressof @lz_message.0
  // CHECK: llvm.call @lzrt_fail(%[[C]], %{{.*}}, %[[MESSAGE]])
  %status = lz.fail %c code 3 "no room"
  return %status : i32
}

// CHECK-LABEL: llvm.func @caller
// CHECK-SAME: (%[[C:[^:]*]]: !llvm.ptr, %[[N:[^:]*]]: i64) -> i32
func.func @caller(%c: !lz.context, %n: index) -> i32 {
  // CHECK: %[[ROOM:.*]] = llvm.alloca
  // CHECK: llvm.call @memory(%[[C]], %[[N]], %[[ROOM]])
  // CHECK: %[[X:.*]] = llvm.load %[[ROOM]]
  // CHECK: %[[P:.*]] = llvm.extractvalue %[[X]][0]
  // CHECK: llvm.call @lzrt_release(%[[C]], %[[P]])
  %r = lz.result_slot : !lz.result<memref<?x3xf16>>
  %status = call @memory(%c, %n, %r) : (!lz.context, index, !lz.result<memref<?x3xf16>>) -> i32
  %x = lz.get_result %r : !lz.result<memref<?x3xf16>>
  lz.release %c, %x : memref<?x3xf16>
  return %status : i32
}

// -----

// One frame serves all blocks of a function; private functions are internal.

lz.site_record @small "small" of "softmax" mode <static> slots [memref<4xf32>, memref<4xf32>] align [4, 4] values {}
lz.site_record @large "large" of "softmax" mode <static> slots [memref<?x?xf32>, memref<?x?xf32>] align [4, 4] values {}
// CHECK-LABEL: llvm.func internal @two_blocks
func.func private @two_blocks(%c: !lz.context, %x: memref<4xf32>, %y: memref<?x?xf32>) -> i32 {
  // CHECK: llvm.alloca %{{.*}} x !llvm.array<80 x i8>
  // CHECK-NOT: llvm.alloca
  %b0 = lz.block %c site @small(%x, %x) : memref<4xf32>, memref<4xf32>
  %s0 = lz.call @k(%b0)
  %b1 = lz.block %c site @large(%y, %y) : memref<?x?xf32>, memref<?x?xf32>
  %s1 = lz.call @k(%b1)
  %s = arith.ori %s0, %s1 : i32
  return %s : i32
}

// -----

// Open strides follow the open extents of their argument; an offset goes into the pointer.

lz.site_record @site "s" of "softmax" mode <static> slots [memref<?x8xf32, strided<[?, 2]>>, memref<?x8xf32>] align [4, 4] values {}
// CHECK-LABEL: llvm.func @strided
func.func @strided(%c: !lz.context, %x: memref<?x8xf32, strided<[?, 2], offset: ?>>, %out: memref<?x8xf32>) -> i32 {
  // CHECK: %[[FRAME:.*]] = llvm.alloca %{{.*}} x !llvm.array<72 x i8>
  // CHECK: %[[DATA:.*]] = llvm.getelementptr %{{.*}}[%{{.*}}] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  // CHECK: %[[AT:.*]] = llvm.getelementptr inbounds %[[FRAME]][32]
  // CHECK: llvm.store %[[DATA]], %[[AT]]
  // CHECK: llvm.extractvalue %[[X:.*]][3, 0]
  // CHECK: llvm.getelementptr inbounds %[[FRAME]][48]
  // CHECK: llvm.extractvalue %[[X]][4, 0]
  // CHECK: llvm.getelementptr inbounds %[[FRAME]][56]
  // CHECK: llvm.getelementptr inbounds %[[FRAME]][40]
  // CHECK: llvm.getelementptr inbounds %[[FRAME]][64]
  %b = lz.block %c site @site(%x, %out) : memref<?x8xf32, strided<[?, 2], offset: ?>>, memref<?x8xf32>
  %s = lz.no_kernel %b strict
  // CHECK: %[[STRICT:.*]] = llvm.mlir.constant(17 : i32)
  // CHECK: llvm.call @lzrt_no_kernel(%[[FRAME]], %[[STRICT]])
  return %s : i32
}

// -----

// A parameter is what its slot points to.

// CHECK: llvm.mlir.global external hidden @lz_parameter.norm.weight() {{.*}} : !llvm.ptr
// CHECK-LABEL: llvm.func @parameter
func.func @parameter(%c: !lz.context, %r: !lz.result<memref<64xf32>>) -> i32 {
  // CHECK: %[[SLOT:.*]] = llvm.mlir.addressof @lz_parameter.norm.weight
  // CHECK: llvm.load %[[SLOT]] {alignment = 8 : i64} : !llvm.ptr -> !llvm.ptr
  %w = lz.parameter "norm.weight" : memref<64xf32>
  lz.set_result %w, %r : !lz.result<memref<64xf32>>
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

// Copies between layouts are loops, copies of rows one after the other are one.

// CHECK-LABEL: llvm.func @copies
func.func @copies(%c: !lz.context, %x: memref<?x8xf32, strided<[16, 2]>>, %y: memref<?x8xf32>, %z: memref<?x8xf32>) -> i32 {
  // CHECK-NOT: memrefCopy
  // CHECK: llvm.load %{{.*}} : !llvm.ptr -> f32
  // CHECK: "llvm.intr.memcpy"
  // CHECK-NOT: memrefCopy
  memref.copy %x, %y : memref<?x8xf32, strided<[16, 2]>> to memref<?x8xf32>
  memref.copy %y, %z : memref<?x8xf32> to memref<?x8xf32>
  %ok = arith.constant 0 : i32
  return %ok : i32
}
