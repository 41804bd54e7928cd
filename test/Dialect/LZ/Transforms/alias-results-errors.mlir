// RUN: lz-opt %s --lz-alias-results --split-input-file --verify-diagnostics

// expected-error @+1 {{'func.func' op takes or returns 'tensor<8xf32>'; bufferize before `lz-alias-results`}}
func.func @tensors(%a: tensor<8xf32> {lz.donated}) -> tensor<8xf32> {
  return %a : tensor<8xf32>
}

// -----

// expected-error @+1 {{'func.func' op has 1 results, but `lz.result_aliases` leaves 0}}
func.func @count(%a: memref<8xf32> {lz.donated}) -> memref<8xf32> attributes {lz.result_aliases = array<i64: 0>} {
  return %a : memref<8xf32>
}

// -----

// expected-error @+1 {{'func.func' op `lz.result_aliases` names argument 1 of 1}}
func.func @number(%a: memref<8xf32> {lz.donated}) attributes {lz.result_aliases = array<i64: 1>} {
  return
}

// -----

// expected-error @+1 {{'func.func' op `lz.result_aliases` must be an array of i64 of a function, got [0]}}
func.func @kind(%a: memref<8xf32> {lz.donated}) attributes {lz.result_aliases = [0]} {
  return
}

// -----

// expected-error @+1 {{'builtin.module' op `lz.result_aliases` must be an array of i64 of a function, got array<i64: 0>}}
module attributes {lz.result_aliases = array<i64: 0>} {}
