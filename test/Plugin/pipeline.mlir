// RUN: %mlir_opt_lz %s --pass-pipeline="builtin.module(lz-pipeline{policy=%S/Inputs/policy.yaml kernels=%S/Inputs/kernels.yaml mode=config target=cpu facts=tp_size=1})" > %t.plugin
// RUN: lz-opt %s --lz-pipeline="policy=%S/Inputs/policy.yaml kernels=%S/Inputs/kernels.yaml mode=config target=cpu facts=tp_size=1" | cmp - %t.plugin
// RUN: FileCheck %s --input-file=%t.plugin
// RUN: mlir-translate --mlir-to-llvmir %t.plugin | FileCheck %s --check-prefix=LLVM

// An mlir-opt that knows nothing of lz brings a model to the LLVM dialect, as lz-opt does, and upstream's translator takes
// the result.

// CHECK-NOT: {{^ *(%[^ ]+ = )?(lz|memref|linalg|scf|cf|func|arith|tensor|bufferization)\.[a-z]}}
// CHECK-DAG: llvm.mlir.global external hidden @lz_slot.long_rows
// CHECK-DAG: llvm.mlir.global external hidden @lz_slot.plain
// CHECK: llvm.func @model
// CHECK-NOT: {{^ *(%[^ ]+ = )?(lz|memref|linalg|scf|cf|func|arith|tensor|bufferization)\.[a-z]}}

// LLVM-DAG: @lz_slot.long_rows = hidden global ptr
// LLVM-DAG: @lz_module_record =
// LLVM: define i32 @model(ptr
func.func @model(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  %zero = arith.constant 0 : index
  %n = tensor.dim %x, %zero : tensor<?x64xf32>
  %e = tensor.empty(%n) : tensor<?x64xf32>
  %y = lz.rms_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) outs(%e : tensor<?x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
