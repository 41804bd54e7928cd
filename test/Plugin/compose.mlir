// RUN: %mlir_opt_lz %s --pass-pipeline="builtin.module(lz-dispatch-pipeline{policy=%S/Inputs/policy.yaml kernels=%S/Inputs/kernels.yaml mode=config target=cpu assume=true})" | FileCheck %s --check-prefix=GUARDED
// RUN: %mlir_opt_lz %s --pass-pipeline="builtin.module(inline,lz-dispatch-pipeline{policy=%S/Inputs/policy.yaml kernels=%S/Inputs/kernels.yaml mode=config target=cpu assume=true},func.func(linalg-generalize-named-ops,linalg-fuse-elementwise-ops,canonicalize))" | FileCheck %s --check-prefix=DECIDED
// RUN: %mlir_opt_lz %s --pass-pipeline="builtin.module(inline,lz-dispatch-pipeline{policy=%S/Inputs/policy.yaml kernels=%S/Inputs/kernels.yaml mode=config target=cpu assume=true},func.func(linalg-generalize-named-ops,linalg-fuse-elementwise-ops,canonicalize),lz-buffer-pipeline,symbol-dce,lz-lowering-pipeline,set-llvm-module-datalayout{data-layout=e-m:e})" | FileCheck %s --check-prefix=LOWERED

// Upstream's passes before the decisions (an inlined function brings its extents), between the parts (the decomposition of
// gelu joins the addition before it; what was inlined goes), and behind them.

// GUARDED: @norm
// GUARDED: when[<"num_tokens" "gt" "128">]

// DECIDED: @model
// DECIDED: lz.rms_norm
// DECIDED-SAME: #lz.decision<config, [<"dispatch_rule" kernel @long_rows rule 0>]>
// DECIDED: linalg.generic
// DECIDED: arith.addf
// DECIDED: math.erf
// DECIDED-NOT: linalg.generic
// DECIDED: return

// LOWERED: llvm.data_layout = "e-m:e"
// LOWERED-NOT: @norm
// LOWERED: llvm.func @model
// LOWERED-NOT: @norm

module {
  func.func private @norm(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
    %zero = arith.constant 0 : index
    %n = tensor.dim %x, %zero : tensor<?x64xf32>
    %e = tensor.empty(%n) : tensor<?x64xf32>
    %y = lz.rms_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) outs(%e : tensor<?x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<?x64xf32>
    return %y : tensor<?x64xf32>
  }
  func.func @model(%x: tensor<200x64xf32>, %w: tensor<64xf32>) -> tensor<200x64xf32> {
    %open = tensor.cast %x : tensor<200x64xf32> to tensor<?x64xf32>
    %called = call @norm(%open, %w) : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
    %normed = tensor.cast %called : tensor<?x64xf32> to tensor<200x64xf32>
    %e = tensor.empty() : tensor<200x64xf32>
    %sum = linalg.add ins(%normed, %x : tensor<200x64xf32>, tensor<200x64xf32>) outs(%e : tensor<200x64xf32>) -> tensor<200x64xf32>
    %y = lz.gelu ins(%sum : tensor<200x64xf32>) outs(%e : tensor<200x64xf32>) {approximate = #lz.approximation<none>} -> tensor<200x64xf32>
    return %y : tensor<200x64xf32>
  }
}
