// RUN: lz-opt %s -split-input-file -verify-diagnostics

func.func @residual_extent(%x: tensor<3x64xf32>, %s: tensor<2x64xf32>, %w: tensor<64xf32>, %o: tensor<3x64xf32>, %p: tensor<3x64xf32>) {
  // expected-error @below {{`residual` has extent 2 in dimension 0, expected 3, the extent of `x`}}
  %r:2 = lz.add_rms_norm ins(%x, %s, %w : tensor<3x64xf32>, tensor<2x64xf32>, tensor<64xf32>) outs(%o, %p : tensor<3x64xf32>, tensor<3x64xf32>)
       {epsilon = 1.0e-6 : f64} -> tensor<3x64xf32>, tensor<3x64xf32>
  return
}

// -----

func.func @residual_element_type(%x: tensor<3x64xf32>, %s: tensor<3x64xf16>, %w: tensor<64xf32>, %o: tensor<3x64xf32>, %p: tensor<3x64xf32>) {
  // expected-error @below {{failed to verify that all of {x, residual, out, out_residual} have same element type}}
  %r:2 = lz.add_rms_norm ins(%x, %s, %w : tensor<3x64xf32>, tensor<3x64xf16>, tensor<64xf32>) outs(%o, %p : tensor<3x64xf32>, tensor<3x64xf32>)
       {epsilon = 1.0e-6 : f64} -> tensor<3x64xf32>, tensor<3x64xf32>
  return
}

// -----

func.func @weight_extent(%x: tensor<3x64xf32>, %s: tensor<3x64xf32>, %w: tensor<32xf32>, %o: tensor<3x64xf32>, %p: tensor<3x64xf32>) {
  // expected-error @below {{`weight` has extent 32 in dimension 0, expected 64, the last extent of `x`}}
  %r:2 = lz.add_rms_norm ins(%x, %s, %w : tensor<3x64xf32>, tensor<3x64xf32>, tensor<32xf32>) outs(%o, %p : tensor<3x64xf32>, tensor<3x64xf32>)
       {epsilon = 1.0e-6 : f64} -> tensor<3x64xf32>, tensor<3x64xf32>
  return
}

// -----

func.func @output_extent(%x: tensor<3x64xf32>, %s: tensor<3x64xf32>, %w: tensor<64xf32>, %o: tensor<3x32xf32>, %p: tensor<3x64xf32>) {
  // expected-error @below {{`out` has extent 32 in dimension 1, expected 64, the extent of `x`}}
  %r:2 = lz.add_rms_norm ins(%x, %s, %w : tensor<3x64xf32>, tensor<3x64xf32>, tensor<64xf32>) outs(%o, %p : tensor<3x32xf32>, tensor<3x64xf32>)
       {epsilon = 1.0e-6 : f64} -> tensor<3x32xf32>, tensor<3x64xf32>
  return
}

// -----

func.func @second_output_rank(%x: tensor<3x64xf32>, %s: tensor<3x64xf32>, %w: tensor<64xf32>, %o: tensor<3x64xf32>, %p: tensor<1x3x64xf32>) {
  // expected-error @below {{`out_residual` has rank 3, expected 2, the rank of `x`}}
  %r:2 = lz.add_rms_norm ins(%x, %s, %w : tensor<3x64xf32>, tensor<3x64xf32>, tensor<64xf32>) outs(%o, %p : tensor<3x64xf32>, tensor<1x3x64xf32>)
       {epsilon = 1.0e-6 : f64} -> tensor<3x64xf32>, tensor<1x3x64xf32>
  return
}
