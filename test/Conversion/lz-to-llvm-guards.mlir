// RUN: lz-opt %s --lz-to-llvm --reconcile-unrealized-casts | FileCheck %s

// An open test is constant data with a word for what the runtime makes of it.

// CHECK: llvm.mlir.global internal @lz_test.0.cache()
// CHECK: llvm.mlir.global internal constant @lz_test.0()
lz.site_record @site "s" of "softmax" mode <config> guarded slots [memref<?xf32>, memref<?xf32>] align [4, 4] values {}
// CHECK-LABEL: llvm.func @asks
func.func @asks(%c: !lz.context, %x: memref<?xf32>) -> i32 {
  %b = lz.block %c site @site(%x, %x) : memref<?xf32>, memref<?xf32>
  // CHECK: %[[TEST:.*]] = llvm.mlir.addressof @lz_test.0
  // CHECK: %[[TRUTH:.*]] = llvm.call @lzrt_test(%{{.*}}, %[[TEST]]) : (!llvm.ptr, !llvm.ptr) -> i32
  // CHECK: %[[ZERO:.*]] = llvm.mlir.constant(0 : i32)
  // CHECK: llvm.icmp "ne" %[[TRUTH]], %[[ZERO]]
  %holds = lz.test %b <"tenant" "eq" "\22a\22"> kernel @k rule "r"
  %status = arith.extui %holds : i1 to i32
  return %status : i32
}

// A product of extents saturates.

// CHECK-LABEL: llvm.func @product
func.func @product(%m: index, %n: index) -> index {
  // CHECK: %[[BOTH:.*]] = "llvm.intr.smul.with.overflow"
  // CHECK: %[[PRODUCT:.*]] = llvm.extractvalue %[[BOTH]][0]
  // CHECK: %[[OVERFLOWS:.*]] = llvm.extractvalue %[[BOTH]][1]
  // CHECK: %[[LARGEST:.*]] = llvm.mlir.constant(9223372036854775807 : i64)
  // CHECK: llvm.select %[[OVERFLOWS]], %[[LARGEST]], %[[PRODUCT]]
  %p = lz.multiply_extents %m, %n
  return %p : index
}
