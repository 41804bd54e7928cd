// RUN: lz-opt %s -split-input-file -verify-diagnostics

func.func @rank_of_layout(%x: tensor<5x8x64xf32>, %c: tensor<1x5x32xf32>, %s: tensor<1x5x32xf32>, %o: tensor<5x8x64xf32>) {
  // expected-error @below {{`x` has rank 3, expected 4, that of layout BSHD}}
  %r = lz.rope_interleaved ins(%x, %c, %s : tensor<5x8x64xf32>, tensor<1x5x32xf32>, tensor<1x5x32xf32>) outs(%o : tensor<5x8x64xf32>) {layout = #lz.layout<BSHD>} -> tensor<5x8x64xf32>
  return
}

// -----

func.func @output_shape(%x: tensor<2x5x8x64xf32>, %c: tensor<1x5x32xf32>, %s: tensor<1x5x32xf32>, %o: tensor<2x5x4x64xf32>) {
  // expected-error @below {{`out` has extent 4 in dimension 2, expected 8, the extent of `x`}}
  %r = lz.rope_interleaved ins(%x, %c, %s : tensor<2x5x8x64xf32>, tensor<1x5x32xf32>, tensor<1x5x32xf32>) outs(%o : tensor<2x5x4x64xf32>) {layout = #lz.layout<BSHD>} -> tensor<2x5x4x64xf32>
  return
}

// -----

func.func @odd_head_dimension(%x: tensor<2x5x8x63xf32>, %c: tensor<1x5x32xf32>, %s: tensor<1x5x32xf32>, %o: tensor<2x5x8x63xf32>) {
  // expected-error @below {{`x` has head dimension 63, which must be even}}
  %r = lz.rope_interleaved ins(%x, %c, %s : tensor<2x5x8x63xf32>, tensor<1x5x32xf32>, tensor<1x5x32xf32>) outs(%o : tensor<2x5x8x63xf32>) {layout = #lz.layout<BSHD>} -> tensor<2x5x8x63xf32>
  return
}

// -----

func.func @table_rank(%x: tensor<2x5x8x64xf32>, %c: tensor<5x32xf32>, %s: tensor<1x5x32xf32>, %o: tensor<2x5x8x64xf32>) {
  // expected-error @below {{`cos` has rank 2, expected 3, one less than that of `x`}}
  %r = lz.rope_interleaved ins(%x, %c, %s : tensor<2x5x8x64xf32>, tensor<5x32xf32>, tensor<1x5x32xf32>) outs(%o : tensor<2x5x8x64xf32>) {layout = #lz.layout<BSHD>} -> tensor<2x5x8x64xf32>
  return
}

// -----

func.func @table_batch(%x: tensor<2x5x8x64xf32>, %c: tensor<1x5x32xf32>, %s: tensor<3x5x32xf32>, %o: tensor<2x5x8x64xf32>) {
  // expected-error @below {{`sin` has extent 3 in dimension 0, expected 1 or 2, the batch of `x`}}
  %r = lz.rope_interleaved ins(%x, %c, %s : tensor<2x5x8x64xf32>, tensor<1x5x32xf32>, tensor<3x5x32xf32>) outs(%o : tensor<2x5x8x64xf32>) {layout = #lz.layout<BSHD>} -> tensor<2x5x8x64xf32>
  return
}

// -----

func.func @table_sequence(%x: tensor<2x5x8x64xf32>, %c: tensor<1x8x32xf32>, %s: tensor<1x5x32xf32>, %o: tensor<2x5x8x64xf32>) {
  // expected-error @below {{`cos` has extent 8 in dimension 1, expected 5, the sequence of `x`}}
  %r = lz.rope_interleaved ins(%x, %c, %s : tensor<2x5x8x64xf32>, tensor<1x8x32xf32>, tensor<1x5x32xf32>) outs(%o : tensor<2x5x8x64xf32>) {layout = #lz.layout<BSHD>} -> tensor<2x5x8x64xf32>
  return
}

// -----

func.func @table_half(%x: tensor<2x5x8x64xf32>, %c: tensor<1x5x32xf32>, %s: tensor<1x5x64xf32>, %o: tensor<2x5x8x64xf32>) {
  // expected-error @below {{`sin` has extent 64 in dimension 2, expected 32, half the head dimension of `x`}}
  %r = lz.rope_interleaved ins(%x, %c, %s : tensor<2x5x8x64xf32>, tensor<1x5x32xf32>, tensor<1x5x64xf32>) outs(%o : tensor<2x5x8x64xf32>) {layout = #lz.layout<BSHD>} -> tensor<2x5x8x64xf32>
  return
}

// -----

func.func @table_element_type(%x: tensor<2x5x8x64xf32>, %c: tensor<1x5x32xf16>, %s: tensor<1x5x32xf32>, %o: tensor<2x5x8x64xf32>) {
  // expected-error @below {{`cos` has element type 'f16', expected 'f32', that of `x`, or f32}}
  %r = lz.rope_interleaved ins(%x, %c, %s : tensor<2x5x8x64xf32>, tensor<1x5x32xf16>, tensor<1x5x32xf32>) outs(%o : tensor<2x5x8x64xf32>) {layout = #lz.layout<BSHD>} -> tensor<2x5x8x64xf32>
  return
}

// -----

func.func @output_element_type(%x: tensor<2x5x8x64xf32>, %c: tensor<1x5x32xf32>, %s: tensor<1x5x32xf32>, %o: tensor<2x5x8x64xf16>) {
  // expected-error @below {{failed to verify that all of {x, out} have same element type}}
  %r = lz.rope_interleaved ins(%x, %c, %s : tensor<2x5x8x64xf32>, tensor<1x5x32xf32>, tensor<1x5x32xf32>) outs(%o : tensor<2x5x8x64xf16>) {layout = #lz.layout<BSHD>} -> tensor<2x5x8x64xf16>
  return
}
