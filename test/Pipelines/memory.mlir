// RUN: lz-opt %s --lz-pipeline="kernels=%S/Inputs/rest.yaml mode=static target=cpu" | FileCheck %s

// An output is allocated once and handed out; inputs are not copied, temporaries are given back.

// CHECK-LABEL: llvm.func @chain
// CHECK-COUNT-2: llvm.call @lzrt_allocate
// CHECK-NOT: {{llvm.call @lzrt_allocate|llvm.intr.memcpy}}
// CHECK-COUNT-1: llvm.call @lzrt_release
// CHECK-NOT: {{llvm.call @lzrt_release|llvm.call @lzrt_allocate|llvm.intr.memcpy}}
// CHECK: llvm.return
func.func @chain(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  %zero = arith.constant 0 : index
  %n = tensor.dim %x, %zero : tensor<?x64xf32>
  %e = tensor.empty(%n) : tensor<?x64xf32>
  %y = lz.rms_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) outs(%e : tensor<?x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<?x64xf32>
  %z = lz.softmax ins(%y : tensor<?x64xf32>) outs(%e : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %z : tensor<?x64xf32>
}

// A donated argument is written in place.

// CHECK-LABEL: llvm.func @donated
// CHECK-NOT: {{llvm.call @lzrt_allocate|llvm.intr.memcpy}}
// CHECK: llvm.return
func.func @donated(%x: tensor<?x64xf32>, %out: tensor<?x64xf32> {lz.donated}) {
  %y = lz.softmax ins(%x : tensor<?x64xf32>) outs(%out : tensor<?x64xf32>) -> tensor<?x64xf32>
  bufferization.materialize_in_destination %y in %out : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return
}

// A loop that does not write what it starts from starts from the argument; what each turn makes is given back by the next.

// CHECK-LABEL: llvm.func @loop
// CHECK-NOT: {{llvm.intr.memcpy|llvm.call @lzrt_allocate}}
// CHECK: llvm.icmp "slt"
// CHECK: llvm.call @lzrt_allocate
func.func @loop(%x: tensor<4x64xf32>, %n: index) -> tensor<4x64xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%h = %x) -> tensor<4x64xf32> {
    %e = tensor.empty() : tensor<4x64xf32>
    %y = lz.softmax ins(%h : tensor<4x64xf32>) outs(%e : tensor<4x64xf32>) -> tensor<4x64xf32>
    scf.yield %y : tensor<4x64xf32>
  }
  return %r : tensor<4x64xf32>
}
