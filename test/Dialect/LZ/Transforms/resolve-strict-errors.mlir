// S5: a strict rule that holds and whose kernel certainly does not stand ends selection, under live modes too.
// RUN: not lz-opt %s --lz-import-policy=policy=%S/Inputs/policy-strict.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml \
// RUN:   --lz-resolve="mode=config target=cpu" 2>&1 | FileCheck %s
// RUN: not lz-opt %s --lz-import-policy=policy=%S/Inputs/policy-strict.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml \
// RUN:   --lz-resolve="mode=dynamic target=cpu" 2>&1 | FileCheck %s

// CHECK: error: 'lz.rms_norm' op is refused at site `here`: rule 0 of the policy is strict and its kernel does not stand
func.func @forward(%x: tensor<256x60xf32>, %w: tensor<60xf32>) -> tensor<256x60xf32> {
  %a = lz.rms_norm ins(%x, %w : tensor<256x60xf32>, tensor<60xf32>) outs(%x : tensor<256x60xf32>) {epsilon = 1.0e-6 : f64, lz.site = "here"} -> tensor<256x60xf32>
  return %a : tensor<256x60xf32>
}
