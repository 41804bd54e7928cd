// C6: the target is the option's, else a DLTI device spec with a `platform`; given facts win.
// RUN: lz-opt %s --lz-import-kernels=kernels=%S/Inputs/kernels.yaml --lz-resolve=mode=config | FileCheck %s --check-prefix=DLTI
// RUN: lz-opt %s --lz-import-kernels=kernels=%S/Inputs/kernels.yaml --lz-resolve="mode=config target=cpu" | FileCheck %s --check-prefix=CPU
// RUN: lz-opt %s --lz-import-kernels=kernels=%S/Inputs/kernels.yaml --lz-resolve="mode=config facts='sm=80'" | FileCheck %s --check-prefix=OLD
// RUN: lz-opt %s --lz-import-kernels=kernels=%S/Inputs/kernels.yaml --lz-resolve="mode=config facts='device=cpu'" | FileCheck %s --check-prefix=CPU
// RUN: lz-opt %s --lz-import-kernels=kernels=%S/Inputs/kernels.yaml --lz-resolve="mode=config target=rocm" | FileCheck %s --check-prefix=ROCM

// DLTI: lz.target_facts = "platform=cuda,device=cuda:0,sm=90"
// DLTI: decision = #lz.decision<config, [<"default" kernel @gpu_norm>]>
// sm is Absent on a cpu, and platform is not cuda.
// CPU: device=cpu
// CPU: decision = #lz.decision<config, [<"default" kernel @fast_norm>]>
// OLD: lz.target_facts = "sm=80,platform=cuda,device=cuda:0"
// OLD: decision = #lz.decision<config, [<"default" kernel @fast_norm>]>
// ROCM: lz.target_facts = "platform=rocm"
// ROCM: decision = #lz.decision<config, [<"default" kernel @fast_norm>]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
    "GPU" = #dlti.target_device_spec<"platform" = "cuda", "device" = "cuda:0", "sm" = 90 : i32>,
    "HOST" = #dlti.target_device_spec<"L1_cache_size_in_bytes" = 32768 : i32>>} {
  func.func @forward(%x: tensor<4x64xf32>, %w: tensor<64xf32>) -> tensor<4x64xf32> {
    %y = lz.rms_norm ins(%x, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<4x64xf32>
    return %y : tensor<4x64xf32>
  }
}
