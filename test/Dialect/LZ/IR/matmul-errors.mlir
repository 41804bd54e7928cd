// RUN: lz-opt %s -split-input-file -verify-diagnostics

func.func @rank(%a: tensor<8xf32>, %b: tensor<8x4xf32>, %o: tensor<4xf32>) {
  // expected-error @below {{operand #0 must be tensor or memref of rank 2 or more of f32, f16 or bf16}}
  %r = lz.matmul ins(%a, %b : tensor<8xf32>, tensor<8x4xf32>) outs(%o : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @k_extents(%a: tensor<2x8xf32>, %b: tensor<9x4xf32>, %o: tensor<2x4xf32>) {
  // expected-error @below {{`b` has extent 9 in dimension 0, expected 8, the `k` extent of `a`}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf32>, tensor<9x4xf32>) outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @k_extents_transposed(%a: tensor<8x2xf32>, %b: tensor<4x9xf32>, %o: tensor<2x4xf32>) {
  // expected-error @below {{`b` has extent 9 in dimension 1, expected 8, the `k` extent of `a`}}
  %r = lz.matmul ins(%a, %b : tensor<8x2xf32>, tensor<4x9xf32>) outs(%o : tensor<2x4xf32>) {transpose_a = true, transpose_b = true} -> tensor<2x4xf32>
  return
}

// -----

func.func @m_extents(%a: tensor<2x8xf32>, %b: tensor<8x4xf32>, %o: tensor<3x4xf32>) {
  // expected-error @below {{`out` has extent 3 in dimension 0, expected 2, the `m` extent of `a`}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf32>, tensor<8x4xf32>) outs(%o : tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @n_extents(%a: tensor<2x8xf32>, %b: tensor<4x8xf32>, %o: tensor<2x8xf32>) {
  // expected-error @below {{`out` has extent 8 in dimension 1, expected 4, the `n` extent of `b`}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf32>, tensor<4x8xf32>) outs(%o : tensor<2x8xf32>) {transpose_b = true} -> tensor<2x8xf32>
  return
}

// -----

func.func @output_rank(%a: tensor<2x8xf32>, %b: tensor<8x4xf32>, %o: tensor<1x2x4xf32>) {
  // expected-error @below {{`out` has rank 3, expected 2, the rank of `a`}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf32>, tensor<8x4xf32>) outs(%o : tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
  return
}

// -----

func.func @batch_of_output(%a: tensor<3x2x8xf32>, %b: tensor<8x4xf32>, %o: tensor<4x2x4xf32>) {
  // expected-error @below {{`out` has extent 4 in dimension 0, expected 3, the extent of `a`}}
  %r = lz.matmul ins(%a, %b : tensor<3x2x8xf32>, tensor<8x4xf32>) outs(%o : tensor<4x2x4xf32>) -> tensor<4x2x4xf32>
  return
}

// -----

func.func @batch_of_b(%a: tensor<3x2x8xf32>, %b: tensor<1x8x4xf32>, %o: tensor<3x2x4xf32>) {
  // expected-error @below {{`b` has extent 1 in dimension 0, expected 3, the extent of `a`}}
  %r = lz.matmul ins(%a, %b : tensor<3x2x8xf32>, tensor<1x8x4xf32>) outs(%o : tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
  return
}

// -----

func.func @rank_of_b(%a: tensor<2x8xf32>, %b: tensor<1x8x4xf32>, %o: tensor<2x4xf32>) {
  // expected-error @below {{`b` has rank 3, expected 2, the rank of `a`}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf32>, tensor<1x8x4xf32>) outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @bias_extent(%a: tensor<2x8xf32>, %b: tensor<8x4xf32>, %o: tensor<2x4xf32>, %c: tensor<5xf32>) {
  // expected-error @below {{`bias` has extent 5 in dimension 0, expected 4, the `n` extent of `b`}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf32>, tensor<8x4xf32>) bias(%c : tensor<5xf32>) outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @bias_element_type(%a: tensor<2x8xf16>, %b: tensor<8x4xf16>, %o: tensor<2x4xf16>, %c: tensor<4xbf16>) {
  // expected-error @below {{`bias` has element type 'bf16', expected 'f16', that of `a`, or f32}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf16>, tensor<8x4xf16>) bias(%c : tensor<4xbf16>) outs(%o : tensor<2x4xf16>) -> tensor<2x4xf16>
  return
}

// -----

func.func @output_element_type(%a: tensor<2x8xf32>, %b: tensor<8x4xf32>, %o: tensor<2x4xf16>) {
  // expected-error @below {{failed to verify that all of {a, out} have same element type}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf32>, tensor<8x4xf32>) outs(%o : tensor<2x4xf16>) -> tensor<2x4xf16>
  return
}

// -----

func.func @scale(%a: tensor<2x8xf32>, %b: tensor<8x4xf32>, %o: tensor<2x4xf32>, %s: tensor<f32>) {
  // expected-error @below {{a scale needs an operand of fp8; f32, f16 and bf16 take none}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf32>, tensor<8x4xf32>) scale_a(%s : tensor<f32>) outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}
