// RUN: lz-opt %s --lz-lower-dispatch | FileCheck %s

// Sites stand in the order of their operations, and say what is constant.

// CHECK: lz.site_record @lz_site_0 "decided" of "rms_norm" mode <static> slots [memref<?x64xf32>, memref<64xf32>, memref<?x64xf32>]
// CHECK-SAME: align [4, 4, 64] values {epsilon = {{.*}} : f64} at "{{.*}}lower-dispatch.mlir:[[#]]:[[#]]"
// CHECK: lz.site_record @lz_site_1 "optional" of "attention.causal" mode <config> slots [memref<?x4x?x64xf16>, memref<?x2x?x64xf16>, memref<?x2x?x64xf16>, unit, memref<?x4x?x64xf16>, unit]
// CHECK-SAME: align [2, 2, 2, 1, 2, 1] values {causal_alignment = 1 : i64, layout = 1 : i64, scale = 1.250000e-01 : f64}
// CHECK: lz.site_record @lz_site_2 "live" of "softmax" mode <dynamic> live slots [memref<?x?xf32>, memref<?x?xf32>]
// CHECK: lz.site_record @lz_site_3 "strict" of "softmax" mode <config> slots

// CHECK-LABEL: func.func @decided
// CHECK-SAME: (%[[C:[^:]*]]: !lz.context, %[[X:[^:]*]]: memref<?x64xf32>, %[[W:[^:]*]]: memref<64xf32>, %[[N:[^:]*]]: index) -> i32
func.func @decided(%c: !lz.context, %x: memref<?x64xf32>, %w: memref<64xf32>, %n: index) -> i32 {
  %out, %failed = lz.allocate %c(%n) align 64 : memref<?x64xf32>
  // CHECK: %[[OUT:.*]], %{{.*}} = lz.allocate
  // CHECK: %[[BLOCK:.*]] = lz.block %[[C]] site @lz_site_0(%[[X]], %[[W]], %[[OUT]])
  // CHECK-NEXT: %[[STATUS:.*]] = lz.call @liger_rms_norm(%[[BLOCK]])
  // CHECK: %[[FAILED:.*]] = arith.cmpi ne, %[[STATUS]]
  // CHECK: cf.cond_br %[[FAILED]] weights([1, 1048575]), ^[[COLD:.*]], ^[[NEXT:.*]]
  // CHECK: ^[[NEXT]]:
  // CHECK: return
  // CHECK: ^[[COLD]]:
  // CHECK: %[[REST:.*]] = lz.continue %[[BLOCK]] behind @liger_rms_norm, %[[STATUS]]
  // CHECK: cf.cond_br %{{.*}}, ^[[EXIT:.*]](%[[REST]] : i32), ^[[NEXT]]
  // CHECK: ^[[EXIT]](%[[ERROR:[^:]*]]: i32):
  // CHECK: return %[[ERROR]]
  lz.rms_norm ins(%x, %w : memref<?x64xf32>, memref<64xf32>) outs(%out : memref<?x64xf32>)
    {epsilon = 1.0e-6 : f64, lz.site = "decided", decision = #lz.decision<static, [<"static_kernel_map" kernel @liger_rms_norm>]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// CHECK-LABEL: func.func @optional
func.func @optional(%c: !lz.context, %q: memref<?x4x?x64xf16>, %k: memref<?x2x?x64xf16>, %out: memref<?x4x?x64xf16>) -> i32 {
  // CHECK: lz.block %{{.*}} site @lz_site_1(%[[Q:.*]], %[[K:.*]], %[[K]], %{{.*}})
  lz.attention.causal ins(%q, %k, %k : memref<?x4x?x64xf16>, memref<?x2x?x64xf16>, memref<?x2x?x64xf16>) outs(%out : memref<?x4x?x64xf16>)
    {layout = #lz.layout<BHSD>, causal_alignment = #lz.alignment<bottom_right>, scale = 0.125 : f64, lz.site = "optional",
     decision = #lz.decision<config, [<"default" kernel @torch_sdpa>]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// A live site calls its stub, with the first four open integers in registers; behind a failure there the runtime goes on, and the block says which kernel it was.

// CHECK-LABEL: func.func @live
func.func @live(%c: !lz.context, %x: memref<?x?xf32>, %out: memref<?x?xf32>) -> i32 {
  // CHECK: %[[BLOCK:.*]] = lz.block %{{.*}} site @lz_site_2
  // CHECK: %[[STATUS:.*]] = lz.dispatch_live %[[BLOCK]] site @lz_site_2(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}})
  // CHECK: %[[FAILED:.*]] = arith.cmpi ne, %[[STATUS]]
  // CHECK: cf.cond_br %[[FAILED]] weights([1, 1048575]), ^[[COLD:.*]], ^[[NEXT:.*]]
  // CHECK: ^[[COLD]]:
  // CHECK: %[[REST:.*]] = lz.continue %[[BLOCK]] behind %[[STATUS]]
  // CHECK: cf.cond_br %{{.*}}, ^{{.*}}(%[[REST]] : i32), ^[[NEXT]]
  lz.softmax ins(%x : memref<?x?xf32>) outs(%out : memref<?x?xf32>) {lz.site = "live", decision = #lz.decision<dynamic live>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// S5: the error of a strict rule is a leaf of its own.

// CHECK-LABEL: func.func @strict
func.func @strict(%c: !lz.context, %x: memref<?x?xf32>, %out: memref<?x?xf32>) -> i32 {
  // CHECK: %[[STATUS:.*]] = lz.no_kernel %{{.*}} strict
  // CHECK-NEXT: cf.br ^[[EXIT:.*]](%[[STATUS]] : i32)
  lz.softmax ins(%x : memref<?x?xf32>) outs(%out : memref<?x?xf32>) {lz.site = "strict", decision = #lz.decision<config, [<"strict" rule 0>]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}
