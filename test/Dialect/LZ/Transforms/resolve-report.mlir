// Each decision leaves a remark and a row of the report, which outlives the op.
// RUN: lz-opt %s --lz-name-sites --lz-import-policy=policy=%S/Inputs/policy-decompose.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml \
// RUN:   --lz-resolve="mode=config target=cpu" --remarks-filter=lz-resolve 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: lz-opt %s --lz-name-sites --lz-import-policy=policy=%S/Inputs/policy-decompose.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml \
// RUN:   --lz-resolve="mode=config target=cpu" --lz-decompose --lz-print-report -o /dev/null 2>&1 | FileCheck %s --check-prefix=TEXT
// RUN: lz-opt %s --lz-name-sites --lz-import-policy=policy=%S/Inputs/policy-decompose.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml \
// RUN:   --lz-resolve="mode=config target=cpu" --lz-decompose --lz-print-report=format=json -o /dev/null 2>&1 | FileCheck %s --check-prefix=JSON

// REMARK: remark: [Passed] rms_norm {{.*}}Function=forward {{.*}}site `forward/rms_norm/0`: kernel `fast_norm` by dispatch_rule 0 under config
// REMARK: remark: [Missed] rms_norm {{.*}}site `forward/rms_norm/1`: decomposed under config
// REMARK: remark: [Analysis] softmax {{.*}}site `forward/softmax/0`: left to the runtime under dynamic

// TEXT: site operation mode decided kernel reason
// TEXT-NEXT: forward/rms_norm/0 rms_norm config compile fast_norm dispatch_rule 0
// TEXT-NEXT: forward/rms_norm/1 rms_norm config compile (decomposed) no_kernel_available
// TEXT-NEXT: forward/softmax/0 softmax dynamic runtime - open

// JSON: "policy_digest": "{{[0-9a-f]+}}",
// JSON: "selection_digest": "{{[0-9a-f]+}}",
// JSON: "site": "forward/rms_norm/0",
// JSON-NEXT: "operation": "rms_norm",
// JSON-NEXT: "mode": "config",
// JSON-NEXT: "decided": "compile",
// JSON-NEXT: "kernel": "fast_norm",
// JSON-NEXT: "reason": "dispatch_rule",
// JSON-NEXT: "rule": 0,
// JSON: "site": "forward/rms_norm/1",
// JSON: "kernel": null,
// JSON-NEXT: "reason": "no_kernel_available",
// JSON-NEXT: "rule": null,
func.func @forward(%x: tensor<256x64xf32>, %u: tensor<4x64xf32>, %w: tensor<64xf32>) -> (tensor<256x64xf32>, tensor<4x64xf32>) {
  %a = lz.rms_norm ins(%x, %w : tensor<256x64xf32>, tensor<64xf32>) outs(%x : tensor<256x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<256x64xf32>
  %b = lz.rms_norm ins(%u, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%u : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<4x64xf32>
  %c = lz.softmax ins(%b : tensor<4x64xf32>) outs(%u : tensor<4x64xf32>) {lz.mode = #lz.mode<dynamic>} -> tensor<4x64xf32>
  return %a, %c : tensor<256x64xf32>, tensor<4x64xf32>
}
