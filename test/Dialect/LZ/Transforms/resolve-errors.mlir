// RUN: lz-opt %s --lz-resolve --split-input-file --verify-diagnostics

func.func @no_mode(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
  // expected-error@+1 {{expected `lz.mode` to be a #lz.mode, got "static"}}
  %a = lz.softmax ins(%x : tensor<4x64xf32>) outs(%x : tensor<4x64xf32>) {lz.mode = "static"} -> tensor<4x64xf32>
  return %a : tensor<4x64xf32>
}

// -----

// expected-error@+1 {{expected `lz.mode` to be a #lz.mode, got 0 : i64}}
func.func @no_function_mode(%x: tensor<4x64xf32>) -> tensor<4x64xf32> attributes {lz.mode = 0} {
  %a = lz.softmax ins(%x : tensor<4x64xf32>) outs(%x : tensor<4x64xf32>) -> tensor<4x64xf32>
  return %a : tensor<4x64xf32>
}

// -----

module {
  module @inner {
    func.func @nested(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
      // expected-error@+1 {{is in a nested module, which has a policy of its own; run `lz-resolve` on that module first}}
      %a = lz.softmax ins(%x : tensor<4x64xf32>) outs(%x : tensor<4x64xf32>) -> tensor<4x64xf32>
      return %a : tensor<4x64xf32>
    }
  }
}

// -----

// expected-error@+1 {{two device specs of the target have a `platform`; choose one with `target`}}
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
    "GPU" = #dlti.target_device_spec<"platform" = "cuda">, "CPU" = #dlti.target_device_spec<"platform" = "cpu">>} {
}

// -----

// expected-error@+1 {{entry `sm` of the target's device spec: expected an integer, got "90"}}
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
    "GPU" = #dlti.target_device_spec<"platform" = "cuda", "sm" = "90">>} {
}

// -----

// expected-error@+1 {{[P1]}}
lz.policy @policy {text = "{\22version\22: \221.0\22, \22colour\22: 1}", policy_digest = "0", selection_digest = "0"}

// -----

// expected-error@+2 {{policy_digest is not that of this policy and these kernels; import the policy again}}
// expected-error@+1 {{selection_digest is not that of this policy and these kernels; import the policy again}}
lz.policy @policy {text = "{\22version\22: \221.0\22}", policy_digest = "0", selection_digest = "0"}

// -----

// expected-note@+1 {{the first is here}}
lz.policy @policy {text = "{\22version\22: \221.0\22}", policy_digest = "0", selection_digest = "0"}
// expected-error@+1 {{is the module's second policy; it can have one}}
lz.policy @other {text = "{\22version\22: \221.0\22}", policy_digest = "0", selection_digest = "0"}
