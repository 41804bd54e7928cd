// RUN: lz-opt %s -split-input-file -verify-diagnostics

func.func @rank(%a: tensor<8xf32>, %b: tensor<8x4xf32>, %o: tensor<4xf32>) {
  // expected-error @below {{operand #0 must be tensor or memref of rank 2 or more of f32, f16, bf16, f8E4M3FN or f8E5M2}}
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
  // expected-error @below {{`bias` has element type 'bf16', expected 'f16', that of `out`, or f32}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf16>, tensor<8x4xf16>) bias(%c : tensor<4xbf16>) outs(%o : tensor<2x4xf16>) -> tensor<2x4xf16>
  return
}

// -----

func.func @output_element_type(%a: tensor<2x8xf32>, %b: tensor<8x4xf32>, %o: tensor<2x4xf16>) {
  // expected-error @below {{`out` has element type 'f16', expected 'f32', that of `a`}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf32>, tensor<8x4xf32>) outs(%o : tensor<2x4xf16>) -> tensor<2x4xf16>
  return
}

// -----

func.func @scale(%a: tensor<2x8xf32>, %b: tensor<8x4xf32>, %o: tensor<2x4xf32>, %s: tensor<f32>) {
  // expected-error @below {{a scale needs operands of fp8; f32, f16 and bf16 take none}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf32>, tensor<8x4xf32>) scale_a(%s : tensor<f32>) outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @fp8_a(%a: tensor<2x8xf8E4M3FN>, %b: tensor<8x4xf16>, %o: tensor<2x4xf16>) {
  // expected-error @below {{`a` is of fp8, but `b` is not; both are or neither}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf8E4M3FN>, tensor<8x4xf16>) outs(%o : tensor<2x4xf16>) -> tensor<2x4xf16>
  return
}

// -----

func.func @fp8_b(%a: tensor<2x8xf16>, %b: tensor<8x4xf8E5M2>, %o: tensor<2x4xf16>) {
  // expected-error @below {{`b` is of fp8, but `a` is not; both are or neither}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf16>, tensor<8x4xf8E5M2>) outs(%o : tensor<2x4xf16>) -> tensor<2x4xf16>
  return
}

// -----

func.func @fp8_out(%a: tensor<2x8xf8E4M3FN>, %b: tensor<8x4xf8E5M2>, %o: tensor<2x4xf8E5M2>) {
  // expected-error @below {{operand #2 must be tensor or memref of rank 2 or more of f32, f16 or bf16}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf8E4M3FN>, tensor<8x4xf8E5M2>) outs(%o : tensor<2x4xf8E5M2>) -> tensor<2x4xf8E5M2>
  return
}

// -----

func.func @fp8_bias(%a: tensor<2x8xf8E4M3FN>, %b: tensor<8x4xf8E5M2>, %o: tensor<2x4xf16>, %c: tensor<4xbf16>) {
  // expected-error @below {{`bias` has element type 'bf16', expected 'f16', that of `out`, or f32}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf8E4M3FN>, tensor<8x4xf8E5M2>) bias(%c : tensor<4xbf16>) outs(%o : tensor<2x4xf16>) -> tensor<2x4xf16>
  return
}

// -----

func.func @scale_element_type(%a: tensor<2x8xf8E4M3FN>, %b: tensor<8x4xf8E5M2>, %o: tensor<2x4xf16>, %s: tensor<f16>) {
  // expected-error @below {{operand #2 must be tensor or memref of f32}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf8E4M3FN>, tensor<8x4xf8E5M2>) scale_a(%s : tensor<f16>) outs(%o : tensor<2x4xf16>) -> tensor<2x4xf16>
  return
}

// -----

func.func @scale_of_rows(%a: tensor<2x8xf8E4M3FN>, %b: tensor<8x4xf8E5M2>, %o: tensor<2x4xf16>, %s: tensor<3xf32>) {
  // expected-error @below {{`scale_a` has extent 3 in dimension 0, expected 1 or 2, the `m` extent of `a`}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf8E4M3FN>, tensor<8x4xf8E5M2>) scale_a(%s : tensor<3xf32>) outs(%o : tensor<2x4xf16>) -> tensor<2x4xf16>
  return
}

// -----

func.func @scale_of_columns(%a: tensor<2x8xf8E4M3FN>, %b: tensor<8x4xf8E5M2>, %o: tensor<2x4xf16>, %t: tensor<2xf32>) {
  // expected-error @below {{`scale_b` has extent 2 in dimension 0, expected 1 or 4, the `n` extent of `b`}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf8E4M3FN>, tensor<8x4xf8E5M2>) scale_b(%t : tensor<2xf32>) outs(%o : tensor<2x4xf16>) -> tensor<2x4xf16>
  return
}

// -----

func.func @scale_rank(%a: tensor<2x8xf8E4M3FN>, %b: tensor<8x4xf8E5M2>, %o: tensor<2x4xf16>, %s: tensor<2x1xf32>) {
  // expected-error @below {{`scale_a` has rank 2, expected 1, 0, or 1, or one less than that of `a`}}
  %r = lz.matmul ins(%a, %b : tensor<2x8xf8E4M3FN>, tensor<8x4xf8E5M2>) scale_a(%s : tensor<2x1xf32>) outs(%o : tensor<2x4xf16>) -> tensor<2x4xf16>
  return
}

// -----

func.func @scale_of_batches(%a: tensor<3x2x8xf8E5M2>, %b: tensor<8x4xf8E5M2>, %o: tensor<3x2x4xf32>, %s: tensor<2x2xf32>) {
  // expected-error @below {{`scale_a` has extent 2 in dimension 0, expected 3, the extent of `a`}}
  %r = lz.matmul ins(%a, %b : tensor<3x2x8xf8E5M2>, tensor<8x4xf8E5M2>) scale_a(%s : tensor<2x2xf32>) outs(%o : tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
  return
}

// -----

func.func @scale_of_batched_rows(%a: tensor<3x2x8xf8E5M2>, %b: tensor<8x4xf8E5M2>, %o: tensor<3x2x4xf32>, %s: tensor<3x1xf32>) {
  // expected-error @below {{`scale_a` has extent 1 in dimension 1, expected 2, the `m` extent of `a`}}
  %r = lz.matmul ins(%a, %b : tensor<3x2x8xf8E5M2>, tensor<8x4xf8E5M2>) scale_a(%s : tensor<3x1xf32>) outs(%o : tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
  return
}

// -----

func.func @scale_of_whole(%a: tensor<3x2x8xf8E5M2>, %b: tensor<8x4xf8E5M2>, %o: tensor<3x2x4xf32>, %s: tensor<2xf32>) {
  // expected-error @below {{`scale_a` has extent 2 in dimension 0, expected 1, one for the whole of `a`}}
  %r = lz.matmul ins(%a, %b : tensor<3x2x8xf8E5M2>, tensor<8x4xf8E5M2>) scale_a(%s : tensor<2xf32>) outs(%o : tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
  return
}
