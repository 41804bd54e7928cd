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

func.func @tensor() {
  // expected-error @below {{has a value of type 'tensor<4xf32>'; bufferize before `lz-to-llvm`}}
  %w = lz.parameter "w" : tensor<4xf32>
  return
}

// -----

func.func @other_dialect(%c: !lz.context, %x: memref<4xf32>) -> i32 {
  %cst = arith.constant 0.0 : f32
  // expected-error @below {{failed to legalize operation 'linalg.fill'}}
  linalg.fill ins(%cst : f32) outs(%x : memref<4xf32>)
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

// expected-error @below {{has 1 rooms for results, but `lz.result_aliases` leaves 2}}
func.func @rooms(%c: !lz.context, %x: memref<4xf32>, %r: !lz.result<memref<4xf32>>) -> i32 attributes {lz.result_aliases = array<i64: -1, 0, -1>} {
  lz.set_result %x, %r : !lz.result<memref<4xf32>>
  %ok = arith.constant 0 : i32
  return %ok : i32
}
