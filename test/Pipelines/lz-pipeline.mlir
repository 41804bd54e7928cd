// RUN: lz-opt %s --lz-pipeline="policy=%S/Inputs/policy.yaml kernels=%S/Inputs/norms.yaml,%S/Inputs/rest.yaml mode=config target=cpu facts='tp_size=1,tenant=\"a,b\"'" | FileCheck %s
// RUN: lz-opt %s --lz-pipeline="policy=%S/Inputs/policy.yaml kernels=%S/Inputs/norms.yaml,%S/Inputs/rest.yaml mode=static target=cpu" | FileCheck %s --check-prefix=STATIC
// RUN: lz-opt %s --lz-pipeline="policy=%S/Inputs/policy.yaml environment=live kernels=%S/Inputs/norms.yaml,%S/Inputs/rest.yaml target=cpu" | FileCheck %s --check-prefix=LIVE
// RUN: lz-opt %s --lz-pipeline | FileCheck %s --check-prefix=ALONE

// From a model on tensors to the LLVM dialect: a loop, a branch and a call around the operations, several results.

// CHECK-NOT: {{^ *(%[^ ]+ = )?(lz|memref|linalg|scf|cf|func|arith|tensor|bufferization|affine)\.[a-z]}}
// CHECK-DAG: llvm.mlir.global external hidden @lz_slot.long_rows
// CHECK-DAG: llvm.mlir.global external hidden @lz_slot.plain
// CHECK-DAG: llvm.mlir.global external hidden @lz_parameter.w
// CHECK: llvm.func @model
// CHECK-SAME: !llvm.ptr, %{{.*}}: !llvm.ptr) -> i32
// CHECK: llvm.func internal @inner
// CHECK-NOT: {{^ *(%[^ ]+ = )?(lz|memref|linalg|scf|cf|func|arith|tensor|bufferization|affine)\.[a-z]}}

// STATIC-NOT: lzrt_test
// STATIC-NOT: lzrt_no_kernel
// STATIC-NOT: lzrt_live
// STATIC: llvm.func @model

// LIVE-DAG: llvm.func @lzrt_live_miss
// LIVE-DAG: llvm.func @lzrt_live_continue
// LIVE-NOT: llvm.func @lzrt_continue
// LIVE-DAG: @lz_site_0.live
// LIVE-NOT: @lz_slot

// Nothing given: the empty policy, no kernel, and every operation decomposes.
// ALONE-NOT: lz_site
// ALONE-NOT: lz_slot
// ALONE: llvm.func @model
func.func @model(%x: tensor<?x?x64xf32>, %n: index, %flag: i1) -> (tensor<?x?x64xf32>, index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %w = lz.parameter "w" : tensor<64xf32>
  %b = tensor.dim %x, %zero : tensor<?x?x64xf32>
  %s = tensor.dim %x, %one : tensor<?x?x64xf32>
  %e = tensor.empty(%b, %s) : tensor<?x?x64xf32>
  %r = scf.for %i = %zero to %n step %one iter_args(%h = %x) -> tensor<?x?x64xf32> {
    %y = lz.rms_norm ins(%h, %w : tensor<?x?x64xf32>, tensor<64xf32>) outs(%e : tensor<?x?x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<?x?x64xf32>
    %z = scf.if %flag -> tensor<?x?x64xf32> {
      %q = func.call @inner(%y, %e) : (tensor<?x?x64xf32>, tensor<?x?x64xf32>) -> tensor<?x?x64xf32>
      scf.yield %q : tensor<?x?x64xf32>
    } else {
      scf.yield %y : tensor<?x?x64xf32>
    }
    scf.yield %z : tensor<?x?x64xf32>
  }
  return %r, %b : tensor<?x?x64xf32>, index
}
func.func private @inner(%x: tensor<?x?x64xf32>, %e: tensor<?x?x64xf32>) -> tensor<?x?x64xf32> {
  %y = lz.softmax ins(%x : tensor<?x?x64xf32>) outs(%e : tensor<?x?x64xf32>) -> tensor<?x?x64xf32>
  return %y : tensor<?x?x64xf32>
}
