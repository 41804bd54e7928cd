// S0 and C6 under static: the map's kernel, else the only default one; process facts that nothing sets are assumed and recorded.
// RUN: lz-opt %s --lz-import-kernels=kernels=%S/Inputs/kernels.yaml --lz-resolve="mode=static target=cpu" | FileCheck %s
// RUN: lz-opt %s --lz-import-kernels=kernels=%S/Inputs/kernels.yaml --lz-resolve="mode=static target=cpu facts='tp_size=4,tenant=gold'" | FileCheck %s --check-prefix=GIVEN
// RUN: lz-opt %s --lz-import-kernels=kernels=%S/Inputs/kernels.yaml --lz-resolve="mode=config target=cpu" | FileCheck %s --check-prefix=CONFIG
// RUN: lz-opt %s --lz-import-kernels=kernels=%S/Inputs/kernels.yaml --lz-resolve="mode=config target=cpu assume=true" | FileCheck %s --check-prefix=ASSUME

// CHECK: lz.assumed_facts = "requires_deterministic=false,tp_size=1,pp_size=1,rank=0,tenant=\22\22"
// CHECK-SAME: lz.target_facts = "platform=cpu,device=cpu,is_cuda_graph_capturing=false"
// CHECK: decision = #lz.decision<static, [<"static_kernel_map" kernel @plain_norm>]>
// GIVEN: lz.assumed_facts = "requires_deterministic=false,pp_size=1,rank=0"
// GIVEN-SAME: lz.target_facts = "tp_size=4,tenant=gold,platform=cpu,
// Only what is baked on assumptions says so.
// CONFIG-NOT: lz.assumed_facts
// CONFIG: decision = #lz.decision<config
// ASSUME: lz.assumed_facts = "requires_deterministic=false
func.func @forward(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  %y = lz.rms_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) outs(%x : tensor<?x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
