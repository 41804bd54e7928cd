// S0: under static a requirement that is open when compiling is an error that names the fact.
// RUN: not lz-opt %s --lz-import-policy=policy=%S/Inputs/policy-static-open.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml \
// RUN:   --lz-resolve="mode=static target=cuda" 2>&1 | FileCheck %s
// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/policy-static-open.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml \
// RUN:   --lz-resolve="mode=static target=cuda facts='sm=100'" | FileCheck %s --check-prefix=GIVEN

// CHECK: error: 'lz.rms_norm' op cannot be static at site `here`: kernel `gpu_norm` has requirements that are open when compiling; give the facts with `facts` or `target`, or choose another mode
// CHECK: note: fact `sm` is open, required: gte 90
// CHECK-NOT: note: fact
// GIVEN: decision = #lz.decision<static, [<"static_kernel_map" kernel @gpu_norm>]>
func.func @forward(%x: tensor<4x64xf32>, %w: tensor<64xf32>) -> tensor<4x64xf32> {
  %a = lz.rms_norm ins(%x, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64, lz.site = "here"} -> tensor<4x64xf32>
  return %a : tensor<4x64xf32>
}
