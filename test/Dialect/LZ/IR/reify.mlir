// RUN: lz-opt %s --reify-result-shapes --canonicalize | FileCheck %s
// RUN: lz-opt %s --resolve-ranked-shaped-type-result-dims --canonicalize | FileCheck %s

// The extents of a result are those of its output.
// CHECK-LABEL: func @extents
// CHECK-SAME: %{{.*}}: tensor<?x8xf32>, %[[O:.*]]: tensor<?x8xf32>, %[[P:.*]]: tensor<?x8xf32>
// CHECK-DAG: %[[FIRST:.*]] = tensor.dim %[[O]], %c0
// CHECK-DAG: %[[SECOND:.*]] = tensor.dim %[[P]], %c0
// CHECK: return %[[FIRST]], %[[SECOND]]
func.func @extents(%x: tensor<?x8xf32>, %o: tensor<?x8xf32>, %p: tensor<?x8xf32>, %w: tensor<8xf32>) -> (index, index) {
  %c0 = arith.constant 0 : index
  %y:2 = lz.add_rms_norm ins(%x, %x, %w : tensor<?x8xf32>, tensor<?x8xf32>, tensor<8xf32>)
         outs(%o, %p : tensor<?x8xf32>, tensor<?x8xf32>) {epsilon = 1.0e-5 : f64} -> tensor<?x8xf32>, tensor<?x8xf32>
  %first = tensor.dim %y#0, %c0 : tensor<?x8xf32>
  %second = tensor.dim %y#1, %c0 : tensor<?x8xf32>
  return %first, %second : index, index
}
