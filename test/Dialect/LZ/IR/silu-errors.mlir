// RUN: lz-opt %s -split-input-file -verify-diagnostics

func.func @shapes(%x: tensor<?x8xf32>, %o: tensor<?x9xf32>) {
  // expected-error @below {{requires the same shape for all operands}}
  %r = lz.silu ins(%x : tensor<?x8xf32>) outs(%o : tensor<?x9xf32>) -> tensor<?x9xf32>
  return
}

// -----

func.func @element_types(%x: tensor<?x8xf32>, %o: tensor<?x8xf16>) {
  // expected-error @below {{requires the same element type for all operands}}
  %r = lz.silu ins(%x : tensor<?x8xf32>) outs(%o : tensor<?x8xf16>) -> tensor<?x8xf16>
  return
}

// -----

func.func @no_last_dimension(%x: tensor<f32>, %o: tensor<f32>) {
  // expected-error @below {{operand #0 must be tensor or memref of rank 1 or more of f32, f16 or bf16}}
  %r = lz.silu ins(%x : tensor<f32>) outs(%o : tensor<f32>) -> tensor<f32>
  return
}
