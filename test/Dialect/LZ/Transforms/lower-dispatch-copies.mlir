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

  // A slice along the outermost dimension: the strides are those of the cache, whose inner extents the slice has.
  // CHECK-LABEL: func.func @layer
  func.func @layer(%c: !lz.context, %caches: memref<?x?x?x64xf32>, %l: index) -> i32 {
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %rows = memref.dim %caches, %c1 : memref<?x?x?x64xf32>
    %heads = memref.dim %caches, %c2 : memref<?x?x?x64xf32>
    %base, %offset, %sizes:4, %strides:4 = memref.extract_strided_metadata %caches : memref<?x?x?x64xf32>
      -> memref<f32>, index, index, index, index, index, index, index, index, index
    %at = arith.muli %l, %strides#0 : index
    %x = memref.reinterpret_cast %caches to offset: [%at], sizes: [%rows, %heads, 64], strides: [%strides#1, 64, 1]
      : memref<?x?x?x64xf32> to memref<?x?x64xf32, strided<[?, 64, 1], offset: ?>>
    // CHECK-NOT: lz.allocate
    // CHECK: lz.block %{{.*}} site @lz_site_2(%{{.*}}, %{{.*}}) : memref<?x?x64xf32, strided<[?, 64, 1], offset: ?>>, memref<?x?x64xf32, strided<[?, 64, 1], offset: ?>>
    lz.softmax ins(%x : memref<?x?x64xf32, strided<[?, 64, 1], offset: ?>>) outs(%x : memref<?x?x64xf32, strided<[?, 64, 1], offset: ?>>)
      {lz.site = "layer", decision = #lz.decision<static, [<"static_kernel_map" kernel @k>]>}
    %ok = arith.constant 0 : i32
    return %ok : i32
  }

  // Several of them, in an allocation; its strides as products.
  // CHECK-LABEL: func.func @layers
  func.func @layers(%c: !lz.context, %n: index, %m: index, %count: index, %l: index) -> i32 {
    %caches, %failed = lz.allocate %c(%n, %m) align 64 : memref<?x?x8x4xf32>
    %c8 = arith.constant 8 : index
    %c4 = arith.constant 4 : index
    %inner = arith.muli %c8, %c4 : index
    %outer = arith.muli %inner, %m : index
    %at = arith.muli %l, %outer : index
    %x = memref.reinterpret_cast %caches to offset: [%at], sizes: [%count, %m, 8, 4], strides: [%outer, %inner, 4, 1]
      : memref<?x?x8x4xf32> to memref<?x?x8x4xf32, strided<[?, ?, 4, 1], offset: ?>>
    // CHECK-COUNT-1: lz.allocate
    // CHECK-NOT: lz.allocate
    // CHECK: lz.block %{{.*}} site @lz_site_3
    lz.softmax ins(%x : memref<?x?x8x4xf32, strided<[?, ?, 4, 1], offset: ?>>) outs(%x : memref<?x?x8x4xf32, strided<[?, ?, 4, 1], offset: ?>>)
      {lz.site = "layers", decision = #lz.decision<static, [<"static_kernel_map" kernel @k>]>}
    %ok = arith.constant 0 : i32
    return %ok : i32
  }

  // Along an extent of 1 no step is taken, whatever the stride.
  // CHECK-LABEL: func.func @one
  func.func @one(%c: !lz.context, %x: memref<1x?x1x8xf32, strided<[?, 8, 3, 1], offset: ?>>) -> i32 {
    // CHECK-NOT: lz.allocate
    // CHECK: lz.block %{{.*}} site @lz_site_4
    lz.softmax ins(%x : memref<1x?x1x8xf32, strided<[?, 8, 3, 1], offset: ?>>) outs(%x : memref<1x?x1x8xf32, strided<[?, 8, 3, 1], offset: ?>>)
      {lz.site = "one", decision = #lz.decision<static, [<"static_kernel_map" kernel @k>]>}
    %ok = arith.constant 0 : i32
    return %ok : i32
  }

  // Fewer rows of each of several: there are gaps. An unknown stride may be anything.
  // CHECK-LABEL: func.func @rows
  func.func @rows(%c: !lz.context, %cache: memref<?x?x8xf32>, %n: index, %some: index, %any: memref<?x?x8xf32, strided<[?, 8, 1]>>) -> i32 {
    %base, %offset, %sizes:3, %strides:3 = memref.extract_strided_metadata %cache : memref<?x?x8xf32>
      -> memref<f32>, index, index, index, index, index, index, index
    %x = memref.reinterpret_cast %cache to offset: [0], sizes: [%n, %some, 8], strides: [%strides#0, 8, 1]
      : memref<?x?x8xf32> to memref<?x?x8xf32, strided<[?, 8, 1]>>
    // CHECK: %[[X:.*]], %{{.*}} = lz.allocate
    // CHECK: memref.copy %{{.*}}, %[[X]]
    // CHECK: %[[ANY:.*]], %{{.*}} = lz.allocate
    // CHECK: lz.block %{{.*}} site @lz_site_5(%[[X]], %[[ANY]])
    lz.softmax ins(%x : memref<?x?x8xf32, strided<[?, 8, 1]>>) outs(%any : memref<?x?x8xf32, strided<[?, 8, 1]>>)
      {lz.site = "rows", decision = #lz.decision<static, [<"static_kernel_map" kernel @k>]>}
    %ok = arith.constant 0 : i32
    return %ok : i32
  }

  // Strides may spell out what row-major means.
  // CHECK-LABEL: func.func @spelled_out
  func.func @spelled_out(%c: !lz.context, %x: memref<8xf32, strided<[1]>>, %out: memref<8xf32>) -> i32 {
    // CHECK-NOT: memref.copy
    // CHECK: lz.block %{{.*}} site @lz_site_6(%{{.*}}, %{{.*}}) : memref<8xf32, strided<[1]>>, memref<8xf32>
    lz.softmax ins(%x : memref<8xf32, strided<[1]>>) outs(%out : memref<8xf32>)
      {lz.site = "spelled_out", decision = #lz.decision<static, [<"static_kernel_map" kernel @k>]>}
    %ok = arith.constant 0 : i32
    return %ok : i32
  }

  // An open extent that is 1.
  // CHECK-LABEL: func.func @open_one
  func.func @open_one(%c: !lz.context, %from: memref<8xf32>, %out: memref<?xf32>) -> i32 {
    %c1 = arith.constant 1 : index
    %x = memref.reinterpret_cast %from to offset: [2], sizes: [%c1], strides: [2] : memref<8xf32> to memref<?xf32, strided<[2], offset: 2>>
    // CHECK-NOT: memref.copy
    // CHECK: lz.block %{{.*}} site @lz_site_7(%{{.*}}, %{{.*}}) : memref<?xf32, strided<[2], offset: 2>>, memref<?xf32>
    lz.softmax ins(%x : memref<?xf32, strided<[2], offset: 2>>) outs(%out : memref<?xf32>)
      {lz.site = "open_one", decision = #lz.decision<static, [<"static_kernel_map" kernel @k>]>}
    %ok = arith.constant 0 : i32
    return %ok : i32
  }
}
