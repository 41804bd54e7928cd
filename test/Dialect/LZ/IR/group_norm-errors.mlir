// RUN: lz-opt %s -split-input-file -verify-diagnostics

func.func @weight_extent(%x: tensor<?x64x?xf32>, %w: tensor<32xf32>, %b: tensor<64xf32>, %o: tensor<?x64x?xf32>) {
  // expected-error @below {{`weight` has extent 32 in dimension 0, expected 64, the channels of `x`}}
  %r = lz.group_norm ins(%x, %w : tensor<?x64x?xf32>, tensor<32xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<?x64x?xf32>) {groups = 4 : i64, epsilon = 1.0e-5 : f64} -> tensor<?x64x?xf32>
  return
}

// -----

func.func @bias_extent(%x: tensor<?x64x?xf32>, %w: tensor<64xf32>, %b: tensor<32xf32>, %o: tensor<?x64x?xf32>) {
  // expected-error @below {{`bias` has extent 32 in dimension 0, expected 64, the channels of `x`}}
  %r = lz.group_norm ins(%x, %w : tensor<?x64x?xf32>, tensor<64xf32>) bias(%b : tensor<32xf32>) outs(%o : tensor<?x64x?xf32>) {groups = 4 : i64, epsilon = 1.0e-5 : f64} -> tensor<?x64x?xf32>
  return
}

// -----

func.func @weight_rank(%x: tensor<?x64x?xf32>, %w: tensor<1x64xf32>, %b: tensor<64xf32>, %o: tensor<?x64x?xf32>) {
  // expected-error @below {{operand #1 must be vector of f32, f16 or bf16}}
  %r = lz.group_norm ins(%x, %w : tensor<?x64x?xf32>, tensor<1x64xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<?x64x?xf32>) {groups = 4 : i64, epsilon = 1.0e-5 : f64} -> tensor<?x64x?xf32>
  return
}

// -----

func.func @weight_element_type(%x: tensor<?x64xf16>, %w: tensor<64xbf16>, %b: tensor<64xf32>, %o: tensor<?x64xf16>) {
  // expected-error @below {{`weight` has element type 'bf16', expected 'f16', that of `x`, or f32}}
  %r = lz.group_norm ins(%x, %w : tensor<?x64xf16>, tensor<64xbf16>) bias(%b : tensor<64xf32>) outs(%o : tensor<?x64xf16>) {groups = 4 : i64, epsilon = 1.0e-5 : f64} -> tensor<?x64xf16>
  return
}

// -----

func.func @bias_element_type(%x: tensor<?x64x?xf32>, %w: tensor<64xf32>, %b: tensor<64xf16>, %o: tensor<?x64x?xf32>) {
  // expected-error @below {{`bias` has element type 'f16', expected 'f32', that of `x`, or f32}}
  %r = lz.group_norm ins(%x, %w : tensor<?x64x?xf32>, tensor<64xf32>) bias(%b : tensor<64xf16>) outs(%o : tensor<?x64x?xf32>) {groups = 4 : i64, epsilon = 1.0e-5 : f64} -> tensor<?x64x?xf32>
  return
}

// -----

func.func @output_rank(%x: tensor<?x64x?xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>, %o: tensor<?x64xf32>) {
  // expected-error @below {{`out` has rank 2, expected 3, the rank of `x`}}
  %r = lz.group_norm ins(%x, %w : tensor<?x64x?xf32>, tensor<64xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<?x64xf32>) {groups = 4 : i64, epsilon = 1.0e-5 : f64} -> tensor<?x64xf32>
  return
}

// -----

func.func @output_extent(%x: tensor<?x64x?xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>, %o: tensor<?x32x?xf32>) {
  // expected-error @below {{`out` has extent 32 in dimension 1, expected 64, the extent of `x`}}
  %r = lz.group_norm ins(%x, %w : tensor<?x64x?xf32>, tensor<64xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<?x32x?xf32>) {groups = 4 : i64, epsilon = 1.0e-5 : f64} -> tensor<?x32x?xf32>
  return
}

// -----

func.func @output_element_type(%x: tensor<?x64x?xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>, %o: tensor<?x64x?xf16>) {
  // expected-error @below {{failed to verify that all of {x, out} have same element type}}
  %r = lz.group_norm ins(%x, %w : tensor<?x64x?xf32>, tensor<64xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<?x64x?xf16>) {groups = 4 : i64, epsilon = 1.0e-5 : f64} -> tensor<?x64x?xf16>
  return
}

// -----

func.func @no_channels(%x: tensor<64xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>, %o: tensor<64xf32>) {
  // expected-error @below {{operand #0 must be tensor or memref of rank 2 or more of f32, f16 or bf16}}
  %r = lz.group_norm ins(%x, %w : tensor<64xf32>, tensor<64xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<64xf32>) {groups = 4 : i64, epsilon = 1.0e-5 : f64} -> tensor<64xf32>
  return
}

// -----

func.func @epsilon_is_not_negative(%x: tensor<?x64x?xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>, %o: tensor<?x64x?xf32>) {
  // expected-error @below {{`epsilon` must be finite and not negative}}
  %r = lz.group_norm ins(%x, %w : tensor<?x64x?xf32>, tensor<64xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<?x64x?xf32>) {groups = 4 : i64, epsilon = -1.0e-5 : f64} -> tensor<?x64x?xf32>
  return
}

// -----

func.func @groups_are_mandatory(%x: tensor<?x64x?xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>, %o: tensor<?x64x?xf32>) {
  // expected-error @below {{requires attribute 'groups'}}
  %r = lz.group_norm ins(%x, %w : tensor<?x64x?xf32>, tensor<64xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<?x64x?xf32>) {epsilon = 1.0e-5 : f64} -> tensor<?x64x?xf32>
  return
}

// -----

func.func @groups_are_positive(%x: tensor<?x64x?xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>, %o: tensor<?x64x?xf32>) {
  // expected-error @below {{attribute 'groups' failed to satisfy constraint: 64-bit signless integer attribute whose minimum value is 1}}
  %r = lz.group_norm ins(%x, %w : tensor<?x64x?xf32>, tensor<64xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<?x64x?xf32>) {groups = 0 : i64, epsilon = 1.0e-5 : f64} -> tensor<?x64x?xf32>
  return
}

// -----

func.func @groups_divide_channels(%x: tensor<?x64x?xf32>, %w: tensor<64xf32>, %b: tensor<64xf32>, %o: tensor<?x64x?xf32>) {
  // expected-error @below {{`x` has 64 channels, which is no multiple of the 5 groups}}
  %r = lz.group_norm ins(%x, %w : tensor<?x64x?xf32>, tensor<64xf32>) bias(%b : tensor<64xf32>) outs(%o : tensor<?x64x?xf32>) {groups = 5 : i64, epsilon = 1.0e-5 : f64} -> tensor<?x64x?xf32>
  return
}
