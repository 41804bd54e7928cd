// RUN: lz-opt %s --lz-pipeline=target=cpu | FileCheck %s

// Plain arithmetic on tensors compiles too.
// CHECK: llvm.func @sum
// CHECK: llvm.fadd
func.func @sum(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {
  %c = arith.addf %a, %b : tensor<?xf32>
  return %c : tensor<?xf32>
}
