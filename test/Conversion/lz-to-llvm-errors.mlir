// RUN: lz-opt %s --lz-to-llvm --split-input-file --verify-diagnostics

func.func @allocates() {
  // expected-error @below {{needs the context of the invocation; run `lz-add-context` before `lz-to-llvm`}}
  %x = memref.alloc() : memref<4xf32>
  return
}

// -----

func.func @not_lowered(%c: !lz.context, %x: memref<4xf32>) -> i32 {
  // expected-error @below {{is not lowered; run `lz-lower-dispatch` before `lz-to-llvm`}}
  lz.softmax ins(%x : memref<4xf32>) outs(%x : memref<4xf32>)
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

func.func @two_types(%c: !lz.context) -> i32 {
  %x = lz.parameter "w" : memref<4xf32>
  // expected-error @below {{`w` is 'memref<8xf32>' here and 'memref<4xf32>' elsewhere}}
  %y = lz.parameter "w" : memref<8xf32>
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

func.func @tensor(%x: tensor<4xf32>) {
  // expected-error @below {{failed to legalize operation 'lz.parameter'}}
  %w = lz.parameter "w" : tensor<4xf32>
  return
}
