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

// What is dispatched stands on buffers, with its attributes; a logit's row becomes a token in a buffer of integers.
// CHECK-LABEL: func @others
// CHECK: lz.layer_norm ins(%{{.*}}, %{{.*}} : memref<2x8xf32>, memref<8xf32>) bias(%{{.*}} : memref<8xf32>) outs(%{{.*}} : memref<2x8xf32>) {epsilon = 1.000000e-05 : f64}
// CHECK: lz.geglu {{.*}} outs(%{{.*}} : memref<2x8xf32>) {approximate = #lz.approximation<tanh>}
// CHECK: lz.cross_entropy ins(%{{.*}}, %{{.*}} : memref<2x8xf32>, memref<2xi64>) outs(%{{.*}} : memref<2xf32>) {ignore_index = 7 : i64}
// CHECK: lz.sample.top_p ins(%{{.*}}, %{{.*}} : memref<2x8xf32>, memref<2xf32>) outs(%{{.*}} : memref<2xi64>) {top_p = 5.000000e-01 : f64}
// CHECK: lz.alibi {{.*}} outs(%{{.*}} : memref<1x2x1x8xf32>) lse(%{{.*}} : memref<1x1x2xf32>)
func.func @others(%x: tensor<2x8xf32>, %w: tensor<8xf32>, %t: tensor<2xi64>, %q: tensor<1x2x1x8xf32>, %s: tensor<1xf32>, %u: tensor<2xf32>)
    -> (tensor<2xf32>, tensor<2xi64>, tensor<1x2x1x8xf32>, tensor<1x1x2xf32>) {
  %e = tensor.empty() : tensor<2x8xf32>
  %y = lz.layer_norm ins(%x, %w : tensor<2x8xf32>, tensor<8xf32>) bias(%w : tensor<8xf32>) outs(%e : tensor<2x8xf32>)
       {epsilon = 1.0e-5 : f64} -> tensor<2x8xf32>
  %g = lz.geglu ins(%x, %y : tensor<2x8xf32>, tensor<2x8xf32>) outs(%x : tensor<2x8xf32>) {approximate = #lz.approximation<tanh>}
       -> tensor<2x8xf32>
  %v = tensor.empty() : tensor<2xf32>
  %l = lz.cross_entropy ins(%g, %t : tensor<2x8xf32>, tensor<2xi64>) outs(%v : tensor<2xf32>) {ignore_index = 7 : i64} -> tensor<2xf32>
  %n = lz.sample.top_p ins(%g, %u : tensor<2x8xf32>, tensor<2xf32>) outs(%t : tensor<2xi64>) {top_p = 0.5 : f64} -> tensor<2xi64>
  %b = tensor.empty() : tensor<1x1x2xf32>
  %o:2 = lz.alibi ins(%q, %q, %q, %s : tensor<1x2x1x8xf32>, tensor<1x2x1x8xf32>, tensor<1x2x1x8xf32>, tensor<1xf32>)
         outs(%q : tensor<1x2x1x8xf32>) lse(%b : tensor<1x1x2xf32>) {layout = #lz.layout<BSHD>} -> tensor<1x2x1x8xf32>, tensor<1x1x2xf32>
  return %l, %n, %o#0, %o#1 : tensor<2xf32>, tensor<2xi64>, tensor<1x2x1x8xf32>, tensor<1x1x2xf32>
}
