// RUN: lz-opt %s | lz-opt | FileCheck %s
// RUN: lz-opt %s --mlir-print-op-generic | lz-opt | FileCheck %s

// CHECK: lz.site_record @baked "f/softmax/0" of "softmax" mode <config> guarded slots [memref<?x8xf32>, memref<?x8xf32, strided<[?, 2]>>] align [4, 64] values {scale = 1.000000e+00 : f64} decomposition @thunk at "m:1:2"
lz.site_record @baked "f/softmax/0" of "softmax" mode <config> guarded slots [memref<?x8xf32>, memref<?x8xf32, strided<[?, 2]>>]
  align [4, 64] values {scale = 1.0 : f64} decomposition @thunk at "m:1:2"
// CHECK: lz.site_record @live "f/softmax/1" of "softmax" mode <dynamic> live slots [memref<8xf32>, memref<8xf32>] align [4, 4] values {}
lz.site_record @live "f/softmax/1" of "softmax" mode <dynamic> live slots [memref<8xf32>, memref<8xf32>] align [4, 4] values {}

// CHECK-LABEL: func.func @calls
// CHECK-SAME: !lz.context, {{.*}}!lz.result<index>
func.func @calls(%c: !lz.context, %x: memref<?x8xf32>, %y: memref<?x8xf32, strided<[?, 2], offset: ?>>, %n: index, %r: !lz.result<index>) -> i32 {
  // CHECK: lz.block %{{.*}} site @baked(%{{.*}}, %{{.*}}) : memref<?x8xf32>, memref<?x8xf32, strided<[?, 2], offset: ?>>
  %b = lz.block %c site @baked(%x, %y) : memref<?x8xf32>, memref<?x8xf32, strided<[?, 2], offset: ?>>
  // CHECK: lz.multiply_extents
  %p = lz.multiply_extents %n, %n
  // CHECK: lz.test %{{.*}} <"tenant" "eq" "\22a\22"> kernel @k rule "r"
  %t = lz.test %b <"tenant" "eq" "\22a\22"> kernel @k rule "r"
  // CHECK: lz.test %{{.*}} <"site" "eq" "\22a\22">{{$}}
  %u = lz.test %b <"site" "eq" "\22a\22">
  // CHECK: %[[STATUS:.*]] = lz.call @k(%{{.*}})
  %s = lz.call @k(%b)
  // CHECK: lz.continue %{{.*}} behind @k, %[[STATUS]]
  %s1 = lz.continue %b behind @k, %s
  // CHECK: lz.no_kernel %{{.*}} strict
  %s2 = lz.no_kernel %b strict
  // CHECK: lz.run_decomposition %{{.*}}{{$}}
  %s5 = lz.run_decomposition %b
  // CHECK: %[[STATUS:.*]] = lz.dispatch_live %{{.*}} site @live(%{{.*}}, %{{.*}})
  %s3 = lz.dispatch_live %b site @live(%n, %p)
  // CHECK: lz.continue %{{.*}} behind %[[STATUS]]{{$}}
  %s6 = lz.continue %b behind %s3
  // CHECK: lz.set_result %{{.*}}, %{{.*}} : !lz.result<index>
  lz.set_result %n, %r : !lz.result<index>
  // CHECK: lz.fail %{{.*}} code 2 "why"
  %s4 = lz.fail %c code 2 "why"
  return %s4 : i32
}

// CHECK-LABEL: func.func private @thunk
func.func private @thunk(%b: !lz.block) -> i32 {
  // CHECK: lz.block_context
  %c = lz.block_context %b
  // CHECK: lz.block_argument %{{.*}}[1] site @baked : memref<?x8xf32, strided<[?, 2]>>
  %y = lz.block_argument %b[1] site @baked : memref<?x8xf32, strided<[?, 2]>>
  // CHECK: lz.result_slot : !lz.result<memref<4xf32>>
  %r = lz.result_slot : !lz.result<memref<4xf32>>
  // CHECK: lz.get_result %{{.*}} : !lz.result<memref<4xf32>>
  %z = lz.get_result %r : !lz.result<memref<4xf32>>
  // CHECK: lz.allocate %{{.*}}() align 64 : memref<4xf32>
  %m, %failed = lz.allocate %c() align 64 : memref<4xf32>
  // CHECK: lz.release %{{.*}}, %{{.*}} : memref<4xf32>
  lz.release %c, %m : memref<4xf32>
  %ok = arith.constant 0 : i32
  return %ok : i32
}
