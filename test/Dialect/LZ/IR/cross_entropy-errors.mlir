// RUN: lz-opt %s -split-input-file -verify-diagnostics

func.func @target_rank(%x: tensor<3x?x64xf32>, %t: tensor<3x?x64xi64>, %o: tensor<3x?xf32>) {
  // expected-error @below {{`targets` has rank 3, expected 2, one less than that of `logits`}}
  %r = lz.cross_entropy ins(%x, %t : tensor<3x?x64xf32>, tensor<3x?x64xi64>) outs(%o : tensor<3x?xf32>) -> tensor<3x?xf32>
  return
}

// -----

func.func @target_extent(%x: tensor<3x?x64xf32>, %t: tensor<4x?xi64>, %o: tensor<3x?xf32>) {
  // expected-error @below {{`targets` has extent 4 in dimension 0, expected 3, the extent of `logits`}}
  %r = lz.cross_entropy ins(%x, %t : tensor<3x?x64xf32>, tensor<4x?xi64>) outs(%o : tensor<3x?xf32>) -> tensor<3x?xf32>
  return
}

// -----

func.func @target_element_type(%x: tensor<3x?x64xf32>, %t: tensor<3x?xf32>, %o: tensor<3x?xf32>) {
  // expected-error @below {{operand #1 must be tensor or memref of i32 or i64}}
  %r = lz.cross_entropy ins(%x, %t : tensor<3x?x64xf32>, tensor<3x?xf32>) outs(%o : tensor<3x?xf32>) -> tensor<3x?xf32>
  return
}

// -----

func.func @output_rank(%x: tensor<3x?x64xf32>, %t: tensor<3x?xi64>, %o: tensor<f32>) {
  // expected-error @below {{`out` has rank 0, expected 2, one less than that of `logits`}}
  %r = lz.cross_entropy ins(%x, %t : tensor<3x?x64xf32>, tensor<3x?xi64>) outs(%o : tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @output_extent(%x: tensor<3x?x64xf32>, %t: tensor<3x?xi64>, %o: tensor<4x?xf32>) {
  // expected-error @below {{`out` has extent 4 in dimension 0, expected 3, the extent of `logits`}}
  %r = lz.cross_entropy ins(%x, %t : tensor<3x?x64xf32>, tensor<3x?xi64>) outs(%o : tensor<4x?xf32>) -> tensor<4x?xf32>
  return
}

// -----

func.func @output_element_type(%x: tensor<3x?x64xf32>, %t: tensor<3x?xi64>, %o: tensor<3x?xf16>) {
  // expected-error @below {{`out` has element type 'f16', expected 'f32', that of `logits`, or f32}}
  %r = lz.cross_entropy ins(%x, %t : tensor<3x?x64xf32>, tensor<3x?xi64>) outs(%o : tensor<3x?xf16>) -> tensor<3x?xf16>
  return
}

// -----

func.func @no_last_dimension(%x: tensor<f32>, %t: tensor<i64>, %o: tensor<f32>) {
  // expected-error @below {{operand #0 must be tensor or memref of rank 1 or more of f32, f16 or bf16}}
  %r = lz.cross_entropy ins(%x, %t : tensor<f32>, tensor<i64>) outs(%o : tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @ignore_index_is_an_i64(%x: tensor<3x?x64xf32>, %t: tensor<3x?xi64>, %o: tensor<3x?xf32>) {
  // expected-error @below {{attribute 'ignore_index' failed to satisfy constraint: 64-bit signless integer attribute}}
  %r = lz.cross_entropy ins(%x, %t : tensor<3x?x64xf32>, tensor<3x?xi64>) outs(%o : tensor<3x?xf32>) {ignore_index = -100 : i32} -> tensor<3x?xf32>
  return
}
