// RUN: lz-opt %s --lz-to-llvm --reconcile-unrealized-casts | mlir-translate --mlir-to-llvmir | FileCheck %s

// abi/module.h and abi/call.h, field by field.

module @model attributes {lz.assumed_facts = "tp_size=1", lz.target_facts = "platform=cpu"} {
  // CHECK-DAG: @lz_slot.k = hidden global ptr null, align 8
  // CHECK-DAG: @lz_slot.other = hidden global ptr null, align 8
  // CHECK-DAG: @lz_parameter.w = hidden global ptr null, align 8
  // CHECK-DAG: @lz_module_runtime = internal global ptr null, align 8
  // CHECK-DAG: @lz_parameter.w.shape = internal constant [1 x i64] [i64 64]

  // An open extent is INT64_MIN; q is read (1 | 2 | 8), out written (1 | 2 | 4), the mask missing.
  // CHECK-DAG: @causal.q.shape = internal constant [4 x i64] [i64 -9223372036854775808, i64 4, i64 7, i64 64]
  // CHECK-DAG: @causal.arguments = internal constant {{.*}} { i8 2, i8 16, i16 1 }, i8 4, i8 11, i16 0, i16 0, i16 0, i32 2, ptr @causal.q.shape, ptr null, i64 0 }{{.*}} zeroinitializer, i8 0, i8 0, i16 -1, i16 -1, i16 0, i32 1, ptr null, ptr null, i64 0 }{{.*}} i8 4, i8 7, i16 3, i16 3, i16 0, i32 64, ptr @causal.out.shape, ptr null, i64 0 }
  // Attributes ascend by id: layout 0, causal_alignment 1, scale 2 as the bits of 0.125.
  // CHECK-DAG: @causal.attributes = internal constant {{.*}} { i32 0, i32 0, i64 1 }, { i32, i32, i64 } { i32 1, i32 0, i64 0 }, { i32, i32, i64 } { i32 2, i32 0, i64 4593671619917905920 }]
  // 88 bytes, version 1, operation 0 (attention.causal), a block of 32 + 4 * 8 + 4 * 8 bytes, guarded; 6 slots, 4 pointers, 4 extents, 3 attributes; mode config.
  // CHECK-DAG: @causal = internal constant {{.*}} { i32 88, i16 1, i16 0, i32 96, i32 2, i16 6, i16 4, i16 4, i16 3, ptr @causal.arguments, ptr @causal.attributes, ptr @[[NAME:[a-z_.0-9]+]], ptr @[[AT:[a-z_.0-9]+]], ptr @lz_module_record, ptr null, ptr null, i32 1, i32 0 }
  // CHECK-DAG: @[[NAME]] = internal constant [7 x i8] c"causal\00"
  // CHECK-DAG: @[[AT]] = internal constant [6 x i8] c"m:1:2\00"
  lz.site_record @causal "causal" of "attention.causal" mode <config> guarded
    slots [memref<?x4x7x64xf16>, memref<?x4x7x64xf16>, memref<?x4x7x64xf16>, unit, memref<?x4x7x64xf16>, unit] align [2, 2, 2, 1, 64, 1]
    values {layout = 1 : i64, causal_alignment = 0 : i64, scale = 0.125 : f64} at "m:1:2"
  // A live site in mode dynamic, the second of the module, with a decomposition.
  // CHECK-DAG: @live = internal constant {{.*}} { i32 88, i16 1, i16 17, i32 56, i32 1, i16 2, i16 2, i16 1, i16 0, ptr @live.arguments, ptr null, ptr @{{.*}}, ptr @{{.*}}, ptr @lz_module_record, ptr @live.live, ptr @thunk, i32 2, i32 1 }
  // CHECK-DAG: @live.live = internal global { ptr, i64, ptr, i64, [4 x i32], [4 x i32] } { ptr @lzrt_live_miss, i64 0, ptr null, i64 0, [4 x i32] zeroinitializer, [4 x i32] zeroinitializer }, align 64
  lz.site_record @live "live" of "softmax" mode <dynamic> live slots [memref<?xf32>, memref<4xf32>] align [4, 4] values {} decomposition @thunk
  func.func private @thunk(%b: !lz.block) -> i32 {
    %ok = arith.constant 0 : i32
    return %ok : i32
  }

  // CHECK-DAG: @lz_module_imports = internal constant [2 x { ptr, ptr }] [{ ptr, ptr } { ptr @{{.*}}, ptr @lz_slot.k }, { ptr, ptr } { ptr @{{.*}}, ptr @lz_slot.other }]
  // CHECK-DAG: @lz_module_parameters = internal constant [1 x {{.*}}] [{{.*}} { ptr @{{.*}}, ptr @lz_parameter.w.shape, i32 1, { i8, i8, i16 } { i8 2, i8 32, i16 1 }, ptr @lz_parameter.w }]
  // CHECK-DAG: @lz_module_sites = internal constant [2 x ptr] [ptr @causal, ptr @live]
  // CHECK-DAG: @[[MODEL:[a-z_.0-9]+]] = internal constant [6 x i8] c"model\00"
  // CHECK-DAG: @[[ASSUMED:[a-z_.0-9]+]] = internal constant [10 x i8] c"tp_size=1\00"
  // CHECK-DAG: @[[TARGET:[a-z_.0-9]+]] = internal constant [13 x i8] c"platform=cpu\00"
  // CHECK-DAG: @lz_module_record = constant {{.*}} { i32 120, i32 1, ptr @[[MODEL]], ptr @{{.*}}, ptr @{{.*}}, ptr @{{.*}}, ptr @{{.*}}, ptr @[[ASSUMED]], ptr @[[TARGET]], i32 2, i32 1, i32 2, i32 2, ptr @lz_module_imports, ptr @lz_module_parameters, ptr @lz_module_sites, ptr @lz_module_runtime, ptr @lz_module_exports }
  func.func @calls(%c: !lz.context, %b: !lz.block, %r: !lz.result<memref<64xf32>>) -> i32 {
    %w = lz.parameter "w" : memref<64xf32>
    lz.set_result %w, %r : !lz.result<memref<64xf32>>
    %s = lz.call @k(%b)
    %t = lz.call @other(%b)
    %u = arith.ori %s, %t : i32
    return %u : i32
  }

  // What each public function takes and gives in the model: the second returns its arguments 1 and 0, and in the middle one result in a room.
  // CHECK-DAG: @lz_export.calls.result_aliases = internal constant [1 x i32] [i32 -1]
  // CHECK-DAG: @lz_export.step.result_aliases = internal constant [3 x i32] [i32 1, i32 -1, i32 0]
  // CHECK-DAG: @[[CALLS:[a-z_.0-9]+]] = internal constant [6 x i8] c"calls\00"
  // CHECK-DAG: @[[STEP:[a-z_.0-9]+]] = internal constant [5 x i8] c"step\00"
  // CHECK-DAG: @lz_module_exports = internal constant [2 x {{.*}}] [{{.*}} { ptr @[[CALLS]], i32 1, i32 1, ptr @lz_export.calls.result_aliases }, {{.*}} { ptr @[[STEP]], i32 2, i32 3, ptr @lz_export.step.result_aliases }]
  func.func @step(%c: !lz.context, %k: memref<64xf32>, %v: memref<64xf32>, %r: !lz.result<memref<64xf32>>) -> i32
      attributes {lz.result_aliases = array<i64: 1, -1, 0>} {
    lz.set_result %v, %r : !lz.result<memref<64xf32>>
    %ok = arith.constant 0 : i32
    return %ok : i32
  }
  // Neither of these is public in the sense of the ABI.
  // CHECK-NOT: lz_export.thunk
  // CHECK-NOT: lz_export.plain
  func.func @plain() { return }
}
