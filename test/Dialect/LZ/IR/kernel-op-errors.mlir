// RUN: lz-opt %s -split-input-file -verify-diagnostics

func.func @tensors_and_buffers(%x: tensor<2x8xf32>, %o: memref<2x8xf32>) {
  // expected-error @below {{mixes tensor and memref operands}}
  lz.softmax ins(%x : tensor<2x8xf32>) outs(%o : memref<2x8xf32>)
  return
}

// -----

func.func @missing_result(%x: tensor<2x8xf32>) {
  // expected-error @below {{expected 1 results, one a tensor output, got 0}}
  lz.softmax ins(%x : tensor<2x8xf32>) outs(%x : tensor<2x8xf32>)
  return
}

// -----

func.func @result_of_a_buffer(%x: memref<2x8xf32>) {
  // expected-error @below {{expected 0 results, one a tensor output, got 1}}
  %r = lz.softmax ins(%x : memref<2x8xf32>) outs(%x : memref<2x8xf32>) -> tensor<2x8xf32>
  return
}

// -----

func.func @result_type(%x: tensor<2x8xf32>) {
  // expected-error @below {{result 0 has type 'tensor<?x8xf32>', but its output is 'tensor<2x8xf32>'}}
  %r = lz.softmax ins(%x : tensor<2x8xf32>) outs(%x : tensor<2x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @rank(%x: tensor<1x1x1x1x1x1x1x1x8xf32>) {
  // expected-error @below {{operand 0 has rank 9, a kernel call carries at most 8}}
  %r = lz.softmax ins(%x : tensor<1x1x1x1x1x1x1x1x8xf32>) outs(%x : tensor<1x1x1x1x1x1x1x1x8xf32>) -> tensor<1x1x1x1x1x1x1x1x8xf32>
  return
}

// -----

func.func @parameter_of_unknown_shape() {
  // expected-error @below {{must be statically shaped}}
  %w = lz.parameter "w" : tensor<?xf32>
  return
}
