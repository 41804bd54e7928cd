// RUN: lz-opt %s -split-input-file -verify-diagnostics

func.func @table_rank(%t: tensor<8xf32>, %i: tensor<?xi64>, %o: tensor<?x8xf32>) {
  // expected-error @below {{operand #0 must be matrix of f32, f16 or bf16}}
  %r = lz.embedding ins(%t, %i : tensor<8xf32>, tensor<?xi64>) outs(%o : tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @id_type(%t: tensor<9x8xf32>, %i: tensor<?xi16>, %o: tensor<?x8xf32>) {
  // expected-error @below {{operand #1 must be tensor or memref of i32 or i64}}
  %r = lz.embedding ins(%t, %i : tensor<9x8xf32>, tensor<?xi16>) outs(%o : tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @output_rank(%t: tensor<9x8xf32>, %i: tensor<2x3xi64>, %o: tensor<2x8xf32>) {
  // expected-error @below {{`out` has rank 2, expected 3, one more than that of `ids`}}
  %r = lz.embedding ins(%t, %i : tensor<9x8xf32>, tensor<2x3xi64>) outs(%o : tensor<2x8xf32>) -> tensor<2x8xf32>
  return
}

// -----

func.func @output_extent(%t: tensor<9x8xf32>, %i: tensor<2x3xi32>, %o: tensor<2x4x8xf32>) {
  // expected-error @below {{`out` has extent 4 in dimension 1, expected 3, the extent of `ids`}}
  %r = lz.embedding ins(%t, %i : tensor<9x8xf32>, tensor<2x3xi32>) outs(%o : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
  return
}

// -----

func.func @output_width(%t: tensor<9x8xf32>, %i: tensor<2x3xi32>, %o: tensor<2x3x9xf32>) {
  // expected-error @below {{`out` has extent 9 in dimension 2, expected 8, the width of `table`}}
  %r = lz.embedding ins(%t, %i : tensor<9x8xf32>, tensor<2x3xi32>) outs(%o : tensor<2x3x9xf32>) -> tensor<2x3x9xf32>
  return
}

// -----

func.func @output_element_type(%t: tensor<9x8xf32>, %i: tensor<2xi32>, %o: tensor<2x8xf16>) {
  // expected-error @below {{failed to verify that all of {table, out} have same element type}}
  %r = lz.embedding ins(%t, %i : tensor<9x8xf32>, tensor<2xi32>) outs(%o : tensor<2x8xf16>) -> tensor<2x8xf16>
  return
}
