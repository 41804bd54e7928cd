// RUN: lz-opt %s -split-input-file -verify-diagnostics

func.func @weight_extent(%x: tensor<?x64xf32>, %w: tensor<32xf32>, %b: tensor<64xf32>, %o: tensor<?x64xf32>) {
  // expected-error @below {{`weight` has extent 32 in dimension 0, expected 64, the last extent of `x`}}
  %r = lz.layer_norm ins(%x, %w : tensor<?x64xf32>, tensor<32xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<?x64xf32>) {epsilon = 1.0e-5 : f64} -> tensor<?x64xf32>
  return
}

// -----

func.func @bias_extent(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %b: tensor<32xf32>, %o: tensor<?x64xf32>) {
  // expected-error @below {{`bias` has extent 32 in dimension 0, expected 64, the last extent of `x`}}
  %r = lz.layer_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) bias(%b : tensor<32xf32>) outs(%o : tensor<?x64xf32>) {epsilon = 1.0e-5 : f64} -> tensor<?x64xf32>
  return
}

// -----

func.func @weight_rank(%x: tensor<?x64xf32>, %w: tensor<1x64xf32>, %b: tensor<64xf32>, %o: tensor<?x64xf32>) {
  // expected-error @below {{operand #1 must be vector of f32, f16 or bf16}}
  %r = lz.layer_norm ins(%x, %w : tensor<?x64xf32>, tensor<1x64xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<?x64xf32>) {epsilon = 1.0e-5 : f64} -> tensor<?x64xf32>
  return
}

// -----

func.func @bias_rank(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %b: tensor<1x64xf32>, %o: tensor<?x64xf32>) {
  // expected-error @below {{operand #2 must be vector of f32, f16 or bf16}}
  %r = lz.layer_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) bias(%b : tensor<1x64xf32>) outs(%o : tensor<?x64xf32>) {epsilon = 1.0e-5 : f64} -> tensor<?x64xf32>
  return
}

// -----

func.func @weight_element_type(%x: tensor<?x64xf16>, %w: tensor<64xbf16>, %b: tensor<64xf32>, %o: tensor<?x64xf16>) {
  // expected-error @below {{`weight` has element type 'bf16', expected 'f16', that of `x`, or f32}}
  %r = lz.layer_norm ins(%x, %w : tensor<?x64xf16>, tensor<64xbf16>) bias(%b : tensor<64xf32>) outs(%o : tensor<?x64xf16>) {epsilon = 1.0e-5 : f64} -> tensor<?x64xf16>
  return
}

// -----

func.func @bias_element_type(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %b: tensor<64xf16>, %o: tensor<?x64xf32>) {
  // expected-error @below {{`bias` has element type 'f16', expected 'f32', that of `x`, or f32}}
  %r = lz.layer_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) bias(%b : tensor<64xf16>) outs(%o : tensor<?x64xf32>) {epsilon = 1.0e-5 : f64} -> tensor<?x64xf32>
  return
}

// -----

func.func @output_rank(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>, %o: tensor<64xf32>) {
  // expected-error @below {{`out` has rank 1, expected 2, the rank of `x`}}
  %r = lz.layer_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<64xf32>) {epsilon = 1.0e-5 : f64} -> tensor<64xf32>
  return
}

// -----

func.func @output_extent(%x: tensor<3x64xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>, %o: tensor<4x64xf32>) {
  // expected-error @below {{`out` has extent 4 in dimension 0, expected 3, the extent of `x`}}
  %r = lz.layer_norm ins(%x, %w : tensor<3x64xf32>, tensor<64xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<4x64xf32>) {epsilon = 1.0e-5 : f64} -> tensor<4x64xf32>
  return
}

// -----

func.func @output_element_type(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>, %o: tensor<?x64xf16>) {
  // expected-error @below {{failed to verify that all of {x, out} have same element type}}
  %r = lz.layer_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<?x64xf16>) {epsilon = 1.0e-5 : f64} -> tensor<?x64xf16>
  return
}

// -----

func.func @no_last_dimension(%x: tensor<f32>, %w: tensor<64xf32>, %b: tensor<64xf32>, %o: tensor<f32>) {
  // expected-error @below {{operand #0 must be tensor or memref of rank 1 or more of f32, f16 or bf16}}
  %r = lz.layer_norm ins(%x, %w : tensor<f32>, tensor<64xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<f32>) {epsilon = 1.0e-5 : f64} -> tensor<f32>
  return
}

// -----

func.func @epsilon_is_mandatory(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>, %o: tensor<?x64xf32>) {
  // expected-error @below {{requires attribute 'epsilon'}}
  %r = lz.layer_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<?x64xf32>) -> tensor<?x64xf32>
  return
}

// -----

func.func @epsilon_is_not_negative(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>, %o: tensor<?x64xf32>) {
  // expected-error @below {{`epsilon` must be finite and not negative}}
  %r = lz.layer_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<?x64xf32>) {epsilon = -1.0e-5 : f64} -> tensor<?x64xf32>
  return
}

// -----

func.func @epsilon_is_finite(%x: tensor<?x64xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>, %o: tensor<?x64xf32>) {
  // expected-error @below {{`epsilon` must be finite and not negative}}
  %r = lz.layer_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<?x64xf32>) {epsilon = 0x7FF0000000000000 : f64} -> tensor<?x64xf32>
  return
}
