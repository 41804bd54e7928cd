// RUN: lz-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" | FileCheck %s

// An output that is written but never read needs no copy of what was in it.
// CHECK-LABEL: func @overwritten
// CHECK-SAME: %[[X:.*]]: memref<?x8xf32>, %[[O:.*]]: memref<?x8xf32>
// CHECK-NOT: memref.copy
// CHECK: lz.softmax ins(%[[X]] : memref<?x8xf32>) outs(%[[O]] : memref<?x8xf32>) {lz.site = "here"}
// CHECK-NOT: ->
// CHECK: return %[[O]]
func.func @overwritten(%x: tensor<?x8xf32>, %o: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = lz.softmax ins(%x : tensor<?x8xf32>) outs(%o : tensor<?x8xf32>) {lz.site = "here"} -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// An input is not overwritten while it is read: the output gets a buffer of its own, without a copy.
// CHECK-LABEL: func @input_as_output
// CHECK-SAME: %[[X:.*]]: memref<2x8xf32>
// CHECK: %[[NEW:.*]] = memref.alloc() {{.*}} : memref<2x8xf32>
// CHECK-NOT: memref.copy
// CHECK: lz.softmax ins(%[[X]] : memref<2x8xf32>) outs(%[[NEW]] : memref<2x8xf32>)
func.func @input_as_output(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %y = lz.softmax ins(%x : tensor<2x8xf32>) outs(%x : tensor<2x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}

// A value that is read later keeps its buffer.
// CHECK-LABEL: func @read_later
// CHECK-SAME: %[[X:.*]]: memref<2x8xf32>, %[[O:.*]]: memref<2x8xf32>
// CHECK: %[[NEW:.*]] = memref.alloc()
// CHECK: lz.softmax ins(%[[X]] : memref<2x8xf32>) outs(%[[NEW]] : memref<2x8xf32>)
// CHECK: lz.swiglu ins(%[[NEW]], %[[O]] : memref<2x8xf32>, memref<2x8xf32>)
func.func @read_later(%x: tensor<2x8xf32>, %o: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %y = lz.softmax ins(%x : tensor<2x8xf32>) outs(%o : tensor<2x8xf32>) -> tensor<2x8xf32>
  %z = lz.swiglu ins(%y, %o : tensor<2x8xf32>, tensor<2x8xf32>) outs(%x : tensor<2x8xf32>) -> tensor<2x8xf32>
  return %z : tensor<2x8xf32>
}

// Two outputs, two buffers; optional operands stay where they are.
// CHECK-LABEL: func @several
// CHECK: lz.add_rms_norm ins(%{{.*}}, %{{.*}}, %{{.*}} : memref<2x8xf32>, memref<2x8xf32>, memref<8xf32>)
// CHECK-SAME: outs(%{{.*}}, %{{.*}} : memref<2x8xf32>, memref<2x8xf32>) {epsilon = 1.000000e-05 : f64}
// CHECK: lz.attention.full {{.*}} mask(%{{.*}} : memref<1x1x1x1xf32>) outs(%{{.*}} : memref<1x2x1x8xf32>) lse(%{{.*}} : memref<1x1x2xf32>)
func.func @several(%x: tensor<2x8xf32>, %r: tensor<2x8xf32>, %w: tensor<8xf32>, %q: tensor<1x2x1x8xf32>, %m: tensor<1x1x1x1xf32>,
                   %l: tensor<1x1x2xf32>) -> (tensor<2x8xf32>, tensor<2x8xf32>, tensor<1x2x1x8xf32>, tensor<1x1x2xf32>) {
  %e0 = tensor.empty() : tensor<2x8xf32>
  %e1 = tensor.empty() : tensor<2x8xf32>
  %y:2 = lz.add_rms_norm ins(%x, %r, %w : tensor<2x8xf32>, tensor<2x8xf32>, tensor<8xf32>)
         outs(%e0, %e1 : tensor<2x8xf32>, tensor<2x8xf32>) {epsilon = 1.0e-5 : f64} -> tensor<2x8xf32>, tensor<2x8xf32>
  %o:2 = lz.attention.full ins(%q, %q, %q : tensor<1x2x1x8xf32>, tensor<1x2x1x8xf32>, tensor<1x2x1x8xf32>)
         mask(%m : tensor<1x1x1x1xf32>) outs(%q : tensor<1x2x1x8xf32>) lse(%l : tensor<1x1x2xf32>) {layout = #lz.layout<BSHD>}
         -> tensor<1x2x1x8xf32>, tensor<1x1x2xf32>
  return %y#0, %y#1, %o#0, %o#1 : tensor<2x8xf32>, tensor<2x8xf32>, tensor<1x2x1x8xf32>, tensor<1x1x2xf32>
}

// A parameter is mapped read-only: it is read in place and never written.
// CHECK-LABEL: func @parameter
// CHECK: %[[W:.*]] = lz.parameter "w" : memref<2x8xf32>
// CHECK: %[[NEW:.*]] = memref.alloc()
// CHECK: lz.softmax ins(%[[W]] : memref<2x8xf32>) outs(%[[NEW]] : memref<2x8xf32>)
func.func @parameter() -> tensor<2x8xf32> {
  %w = lz.parameter "w" : tensor<2x8xf32>
  %y = lz.softmax ins(%w : tensor<2x8xf32>) outs(%w : tensor<2x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}
