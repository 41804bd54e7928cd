// RUN: lz-opt %s -split-input-file -verify-diagnostics

func.func @random_rank(%x: tensor<3x?x64xf32>, %u: tensor<f32>, %o: tensor<3x?xi64>) {
  // expected-error @below {{`random` has rank 0, expected 2, one less than that of `logits`}}
  %r = lz.sample.top_k ins(%x, %u : tensor<3x?x64xf32>, tensor<f32>) outs(%o : tensor<3x?xi64>) {top_k = 5 : i64} -> tensor<3x?xi64>
  return
}

// -----

func.func @random_extent(%x: tensor<3x?x64xf32>, %u: tensor<4x?xf32>, %o: tensor<3x?xi64>) {
  // expected-error @below {{`random` has extent 4 in dimension 0, expected 3, the extent of `logits`}}
  %r = lz.sample.top_k ins(%x, %u : tensor<3x?x64xf32>, tensor<4x?xf32>) outs(%o : tensor<3x?xi64>) {top_k = 5 : i64} -> tensor<3x?xi64>
  return
}

// -----

func.func @random_element_type(%x: tensor<3x?x64xf32>, %u: tensor<3x?xf16>, %o: tensor<3x?xi64>) {
  // expected-error @below {{operand #1 must be tensor or memref of f32}}
  %r = lz.sample.top_k ins(%x, %u : tensor<3x?x64xf32>, tensor<3x?xf16>) outs(%o : tensor<3x?xi64>) {top_k = 5 : i64} -> tensor<3x?xi64>
  return
}

// -----

func.func @output_rank(%x: tensor<3x?x64xf32>, %u: tensor<3x?xf32>, %o: tensor<3x?x1xi64>) {
  // expected-error @below {{`out` has rank 3, expected 2, one less than that of `logits`}}
  %r = lz.sample.top_k ins(%x, %u : tensor<3x?x64xf32>, tensor<3x?xf32>) outs(%o : tensor<3x?x1xi64>) {top_k = 5 : i64} -> tensor<3x?x1xi64>
  return
}

// -----

func.func @output_extent(%x: tensor<3x?x64xf32>, %u: tensor<3x?xf32>, %o: tensor<4x?xi64>) {
  // expected-error @below {{`out` has extent 4 in dimension 0, expected 3, the extent of `logits`}}
  %r = lz.sample.top_k ins(%x, %u : tensor<3x?x64xf32>, tensor<3x?xf32>) outs(%o : tensor<4x?xi64>) {top_k = 5 : i64} -> tensor<4x?xi64>
  return
}

// -----

func.func @output_element_type(%x: tensor<3x?x64xf32>, %u: tensor<3x?xf32>, %o: tensor<3x?xf32>) {
  // expected-error @below {{operand #2 must be tensor or memref of i32 or i64}}
  %r = lz.sample.top_k ins(%x, %u : tensor<3x?x64xf32>, tensor<3x?xf32>) outs(%o : tensor<3x?xf32>) {top_k = 5 : i64} -> tensor<3x?xf32>
  return
}

// -----

func.func @no_last_dimension(%x: tensor<f32>, %u: tensor<f32>, %o: tensor<i64>) {
  // expected-error @below {{operand #0 must be tensor or memref of rank 1 or more of f32, f16 or bf16}}
  %r = lz.sample.top_k ins(%x, %u : tensor<f32>, tensor<f32>) outs(%o : tensor<i64>) {top_k = 5 : i64} -> tensor<i64>
  return
}

// -----

func.func @temperature_is_positive(%x: tensor<3x?x64xf32>, %u: tensor<3x?xf32>, %o: tensor<3x?xi64>) {
  // expected-error @below {{`temperature` must be finite and above 0; lz.sample.greedy is the limit 0}}
  %r = lz.sample.top_k ins(%x, %u : tensor<3x?x64xf32>, tensor<3x?xf32>) outs(%o : tensor<3x?xi64>) {top_k = 5 : i64, temperature = 0.0 : f64} -> tensor<3x?xi64>
  return
}

// -----

func.func @temperature_is_finite(%x: tensor<3x?x64xf32>, %u: tensor<3x?xf32>, %o: tensor<3x?xi64>) {
  // expected-error @below {{`temperature` must be finite and above 0; lz.sample.greedy is the limit 0}}
  %r = lz.sample.top_k ins(%x, %u : tensor<3x?x64xf32>, tensor<3x?xf32>) outs(%o : tensor<3x?xi64>) {top_k = 5 : i64, temperature = 0x7FF0000000000000 : f64} -> tensor<3x?xi64>
  return
}

// -----

func.func @top_k_is_mandatory(%x: tensor<3x?x64xf32>, %u: tensor<3x?xf32>, %o: tensor<3x?xi64>) {
  // expected-error @below {{requires attribute 'top_k'}}
  %r = lz.sample.top_k ins(%x, %u : tensor<3x?x64xf32>, tensor<3x?xf32>) outs(%o : tensor<3x?xi64>) -> tensor<3x?xi64>
  return
}

// -----

func.func @top_k_is_positive(%x: tensor<3x?x64xf32>, %u: tensor<3x?xf32>, %o: tensor<3x?xi64>) {
  // expected-error @below {{attribute 'top_k' failed to satisfy constraint: 64-bit signless integer attribute whose minimum value is 1}}
  %r = lz.sample.top_k ins(%x, %u : tensor<3x?x64xf32>, tensor<3x?xf32>) outs(%o : tensor<3x?xi64>) {top_k = 0 : i64} -> tensor<3x?xi64>
  return
}
