// RUN: lz-opt %s --lz-resolve --lz-decompose --canonicalize --cse -split-input-file | FileCheck %s

// What a verifier checks of static extents, a decomposition requires of open ones before it reads or writes.

// CHECK-LABEL: func @rms_norm
// CHECK-SAME: %[[X:.*]]: tensor<?x?xf32>, %[[W:.*]]: tensor<?xf32>, %[[O:.*]]: tensor<?x?xf32>
// CHECK-DAG: %[[N:.*]] = tensor.dim %[[X]], %c1
// CHECK-DAG: %[[WEIGHTS:.*]] = tensor.dim %[[W]], %c0
// CHECK: %[[FITS:.*]] = arith.cmpi eq, %[[WEIGHTS]], %[[N]]
// CHECK: cf.assert %[[FITS]], "`rms_norm`: the extent of `weight` in dimension 0 does not fit the other operands"
// CHECK: cf.assert %{{.*}}, "`rms_norm`: the extent of `out` in dimension 0
// CHECK: cf.assert %{{.*}}, "`rms_norm`: the extent of `out` in dimension 1
func.func @rms_norm(%x: tensor<?x?xf32>, %w: tensor<?xf32>, %o: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = lz.rms_norm ins(%x, %w : tensor<?x?xf32>, tensor<?xf32>) outs(%o : tensor<?x?xf32>) {epsilon = 1.0e-6 : f64} -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

// A mask may be broadcast; query heads come in groups of one size.
// CHECK-LABEL: func @full
// CHECK: cf.assert %{{.*}}, "`attention.full`: the extent of `k` in dimension 0
// CHECK: cf.assert %{{.*}}, "`attention.full`: the extent of `v` in dimension 0
// CHECK: cf.assert %{{.*}}, "`attention.full`: the extent of `v` in dimension 2
// CHECK: cf.assert %{{.*}}, "`attention.full`: the extent of `q` in dimension 1
// CHECK: %[[BROADCAST:.*]] = arith.cmpi eq, %[[EXTENT:.*]], %c1
// CHECK: %[[EITHER:.*]] = arith.ori %{{.*}}, %[[BROADCAST]]
// CHECK: cf.assert %[[EITHER]], "`attention.full`: the extent of `mask` in dimension 2
// CHECK-NOT: the extent of `mask`
// CHECK: linalg.generic
func.func @full(%q: tensor<?x?x4x8xf32>, %k: tensor<?x2x?x8xf32>, %v: tensor<?x2x?x8xf32>, %m: tensor<1x1x?x1xf32>) -> tensor<?x?x4x8xf32> {
  %y = lz.attention.full ins(%q, %k, %v : tensor<?x?x4x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>) mask(%m : tensor<1x1x?x1xf32>)
       outs(%q : tensor<?x?x4x8xf32>) {layout = #lz.layout<BHSD>} -> tensor<?x?x4x8xf32>
  return %y : tensor<?x?x4x8xf32>
}

// -----

// CHECK-LABEL: func @rope
// CHECK: cf.assert %{{.*}}, "`rope`: the extent of `x` in dimension 2
// CHECK: cf.assert %{{.*}}, "`rope`: the extent of `cos` in dimension 1
// CHECK: cf.assert %{{.*}}, "`rope`: the extent of `sin` in dimension 0
func.func @rope(%x: tensor<5x4x?xf32>, %c: tensor<5x?xf32>, %s: tensor<?x?xf32>) -> tensor<5x4x?xf32> {
  %y = lz.rope ins(%x, %c, %s : tensor<5x4x?xf32>, tensor<5x?xf32>, tensor<?x?xf32>) outs(%x : tensor<5x4x?xf32>) {layout = #lz.layout<NHD>} -> tensor<5x4x?xf32>
  return %y : tensor<5x4x?xf32>
}

// -----

// An id is compared as an unsigned number, so that a negative one lies outside too.
// CHECK-LABEL: func @embedding
// CHECK: linalg.generic
// CHECK: %[[ROW:.*]] = arith.index_cast %{{.*}} : i32 to index
// CHECK: %[[WITHIN:.*]] = arith.cmpi ult, %[[ROW]], %c9
// CHECK: cf.assert %[[WITHIN]], "`embedding`: an id in `ids` is no row of `table`"
// CHECK: tensor.extract
func.func @embedding(%t: tensor<9x8xf32>, %i: tensor<3xi32>, %o: tensor<3x8xf32>) -> tensor<3x8xf32> {
  %y = lz.embedding ins(%t, %i : tensor<9x8xf32>, tensor<3xi32>) outs(%o : tensor<3x8xf32>) -> tensor<3x8xf32>
  return %y : tensor<3x8xf32>
}

// -----

// Static extents have been verified.
// CHECK-LABEL: func @static
// CHECK-NOT: cf.assert
func.func @static(%x: tensor<3x8xf32>, %w: tensor<8xf32>) -> tensor<3x8xf32> {
  %y = lz.rms_norm ins(%x, %w : tensor<3x8xf32>, tensor<8xf32>) outs(%x : tensor<3x8xf32>) {epsilon = 1.0e-6 : f64} -> tensor<3x8xf32>
  return %y : tensor<3x8xf32>
}
