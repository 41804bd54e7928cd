// RUN: lz-opt %s -split-input-file -verify-diagnostics

func.func @output_rank(%x: tensor<3x?x64xf32>, %o: tensor<3x?x1xi64>) {
  // expected-error @below {{`out` has rank 3, expected 2, one less than that of `x`}}
  %r = lz.sample.greedy ins(%x : tensor<3x?x64xf32>) outs(%o : tensor<3x?x1xi64>) -> tensor<3x?x1xi64>
  return
}

// -----

func.func @output_extent(%x: tensor<3x?x64xf32>, %o: tensor<4x?xi64>) {
  // expected-error @below {{`out` has extent 4 in dimension 0, expected 3, the extent of `x`}}
  %r = lz.sample.greedy ins(%x : tensor<3x?x64xf32>) outs(%o : tensor<4x?xi64>) -> tensor<4x?xi64>
  return
}

// -----

func.func @output_element_type(%x: tensor<3x?x64xf32>, %o: tensor<3x?xf32>) {
  // expected-error @below {{operand #1 must be tensor or memref of i32 or i64}}
  %r = lz.sample.greedy ins(%x : tensor<3x?x64xf32>) outs(%o : tensor<3x?xf32>) -> tensor<3x?xf32>
  return
}

// -----

func.func @no_last_dimension(%x: tensor<f32>, %o: tensor<i64>) {
  // expected-error @below {{operand #0 must be tensor or memref of rank 1 or more of f32, f16 or bf16}}
  %r = lz.sample.greedy ins(%x : tensor<f32>) outs(%o : tensor<i64>) -> tensor<i64>
  return
}
