// Each part that is at fault says so.

// RUN: not lz-opt %s --lz-pipeline="policy=%S/Inputs/nowhere.yaml" 2>&1 | FileCheck %s --check-prefix=POLICY
// POLICY: {{.*}}nowhere.yaml
// RUN: not lz-opt %s --lz-pipeline="kernels=%S/Inputs/nowhere.yaml" 2>&1 | FileCheck %s --check-prefix=KERNELS
// KERNELS: {{.*}}nowhere.yaml
// RUN: not lz-opt %s --lz-pipeline="mode=statik" 2>&1 | FileCheck %s --check-prefix=MODE
// MODE: statik
// RUN: not lz-opt %s --lz-pipeline="facts='sequence=4'" 2>&1 | FileCheck %s --check-prefix=FACTS
// FACTS: sequence
// RUN: not lz-opt %s --lz-pipeline="target=toaster" 2>&1 | FileCheck %s --check-prefix=TARGET
// TARGET: toaster
// RUN: not lz-opt %s --lz-pipeline="environment=production" 2>&1 | FileCheck %s --check-prefix=ENVIRONMENT
// ENVIRONMENT: environment `production` is one of a policy, but none is given; add `policy=FILE` or leave `environment` out
// RUN: not lz-opt %s --lz-pipeline="kernel=x" 2>&1 | FileCheck %s --check-prefix=OPTION
// OPTION: no such option kernel

func.func @f(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %y = lz.softmax ins(%x : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
