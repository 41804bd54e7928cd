// RUN: lz-opt %s --lz-name-sites --split-input-file --verify-diagnostics

func.func @number(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
  // expected-error@+1 {{expected `lz.site` to be a string that is not empty, got 7 : i64}}
  %a = lz.softmax ins(%x : tensor<4x64xf32>) outs(%x : tensor<4x64xf32>) {lz.site = 7} -> tensor<4x64xf32>
  return %a : tensor<4x64xf32>
}

// -----

func.func @empty(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
  // expected-error@+1 {{expected `lz.site` to be a string that is not empty}}
  %a = lz.softmax ins(%x : tensor<4x64xf32>) outs(%x : tensor<4x64xf32>) {lz.site = ""} -> tensor<4x64xf32>
  return %a : tensor<4x64xf32>
}

// -----

// One name for two operations of different kinds is what an importer's module paths are; for two of one kind it is a warning.
func.func @twice(%x: tensor<4x64xf32>, %w: tensor<64xf32>) -> tensor<4x64xf32> {
  // expected-note@+1 {{the first is here}}
  %a = lz.softmax ins(%x : tensor<4x64xf32>) outs(%x : tensor<4x64xf32>) {lz.site = "head"} -> tensor<4x64xf32>
  %b = lz.rms_norm ins(%a, %w : tensor<4x64xf32>, tensor<64xf32>) outs(%x : tensor<4x64xf32>) {epsilon = 1.0e-6 : f64, lz.site = "head"} -> tensor<4x64xf32>
  // expected-warning@+1 {{site `head` names more than one `softmax`; policies and reports cannot tell them apart, give each its own `lz.site`}}
  %c = lz.softmax ins(%b : tensor<4x64xf32>) outs(%x : tensor<4x64xf32>) {lz.site = "head"} -> tensor<4x64xf32>
  return %c : tensor<4x64xf32>
}
