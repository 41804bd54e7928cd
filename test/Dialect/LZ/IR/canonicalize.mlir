// RUN: lz-opt %s --canonicalize --cse | FileCheck %s

// An output is never read: what it is filled with is dropped, and an operation without users too.
// CHECK-LABEL: func @outputs
// CHECK-SAME: %[[X:.*]]: tensor<?x8xf32>, %[[O:.*]]: tensor<?x8xf32>
// CHECK-NEXT: %[[Y:.*]] = lz.softmax ins(%[[X]] : tensor<?x8xf32>) outs(%[[O]] : tensor<?x8xf32>)
// CHECK-NEXT: return %[[Y]]
func.func @outputs(%x: tensor<?x8xf32>, %o: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %zero = arith.constant 0.0 : f32
  %filled = linalg.fill ins(%zero : f32) outs(%o : tensor<?x8xf32>) -> tensor<?x8xf32>
  %y = lz.softmax ins(%x : tensor<?x8xf32>) outs(%filled : tensor<?x8xf32>) -> tensor<?x8xf32>
  %unused = lz.silu ins(%y : tensor<?x8xf32>) outs(%o : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// An input is read: what it is filled with stays.
// CHECK-LABEL: func @inputs
// CHECK: %[[FILLED:.*]] = linalg.fill
// CHECK: lz.softmax ins(%[[FILLED]] : tensor<?x8xf32>)
func.func @inputs(%x: tensor<?x8xf32>, %o: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %one = arith.constant 1.0 : f32
  %filled = linalg.fill ins(%one : f32) outs(%x : tensor<?x8xf32>) -> tensor<?x8xf32>
  %y = lz.softmax ins(%filled : tensor<?x8xf32>) outs(%o : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// Operations on tensors are pure: the same one twice is one.
// CHECK-LABEL: func @common
// CHECK-COUNT-1: lz.sample.top_k
// CHECK-NOT: lz.sample.top_k
// CHECK: return
func.func @common(%x: tensor<?x8xf32>, %u: tensor<?xf32>, %o: tensor<?xi64>) -> (tensor<?xi64>, tensor<?xi64>) {
  %a = lz.sample.top_k ins(%x, %u : tensor<?x8xf32>, tensor<?xf32>) outs(%o : tensor<?xi64>) {top_k = 4 : i64} -> tensor<?xi64>
  %b = lz.sample.top_k ins(%x, %u : tensor<?x8xf32>, tensor<?xf32>) outs(%o : tensor<?xi64>) {top_k = 4 : i64} -> tensor<?xi64>
  return %a, %b : tensor<?xi64>, tensor<?xi64>
}

// Extents that a cast hides are facts again.
// CHECK-LABEL: func @casts
// CHECK: lz.gelu ins(%{{.*}} : tensor<4x8xf32>) outs(%{{.*}} : tensor<4x8xf32>) {approximate = #lz.approximation<none>} -> tensor<4x8xf32>
func.func @casts(%x: tensor<4x8xf32>, %o: tensor<4x8xf32>) -> tensor<?x8xf32> {
  %c = tensor.cast %x : tensor<4x8xf32> to tensor<?x8xf32>
  %d = tensor.cast %o : tensor<4x8xf32> to tensor<?x8xf32>
  %y = lz.gelu ins(%c : tensor<?x8xf32>) outs(%d : tensor<?x8xf32>) {approximate = #lz.approximation<none>} -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// A mask of zeros is none; one of something else stays, and so does the mask of an operation whose kernel was chosen for it.
// CHECK-LABEL: func @masks
// CHECK: lz.attention.full ins({{[^)]*}}) outs(
// CHECK: lz.alibi ins({{[^)]*}}) outs(
// CHECK: lz.attention.full ins({{[^)]*}}) mask(
// CHECK: lz.attention.full ins({{[^)]*}}) mask(
func.func @masks(%q: tensor<1x2x4x8xf32>, %s: tensor<2xf32>)
    -> (tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>) {
  %zero = arith.constant dense<0.0> : tensor<1x1x4x4xf32>
  %half = arith.constant dense<0.5> : tensor<1x1x4x4xf32>
  %a = lz.attention.full ins(%q, %q, %q : tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>) mask(%zero : tensor<1x1x4x4xf32>)
       outs(%q : tensor<1x2x4x8xf32>) {layout = #lz.layout<BHSD>} -> tensor<1x2x4x8xf32>
  %b = lz.alibi ins(%q, %q, %q, %s : tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<2xf32>) mask(%zero : tensor<1x1x4x4xf32>)
       outs(%q : tensor<1x2x4x8xf32>) {layout = #lz.layout<BHSD>} -> tensor<1x2x4x8xf32>
  %c = lz.attention.full ins(%q, %q, %q : tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>) mask(%half : tensor<1x1x4x4xf32>)
       outs(%q : tensor<1x2x4x8xf32>) {layout = #lz.layout<BHSD>} -> tensor<1x2x4x8xf32>
  %d = lz.attention.full ins(%q, %q, %q : tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>) mask(%zero : tensor<1x1x4x4xf32>)
       outs(%q : tensor<1x2x4x8xf32>) {layout = #lz.layout<BHSD>, decision = #lz.decision<dynamic live>} -> tensor<1x2x4x8xf32>
  return %a, %b, %c, %d : tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>
}

// A transposition in front of a matmul is read the other way round; one of other dimensions stays.
// CHECK-LABEL: func @transposed
// CHECK-SAME: %[[A:.*]]: tensor<3x4x5xf32>, %[[B:.*]]: tensor<6x5xf32>
// CHECK-NOT: linalg.transpose
// CHECK: lz.matmul ins(%[[A]], %[[B]] : tensor<3x4x5xf32>, tensor<6x5xf32>) outs({{.*}}) {transpose_b = true}
func.func @transposed(%a: tensor<3x4x5xf32>, %b: tensor<6x5xf32>) -> tensor<3x4x6xf32> {
  %at = tensor.empty() : tensor<3x5x4xf32>
  %bt = tensor.empty() : tensor<5x6xf32>
  %o = tensor.empty() : tensor<3x4x6xf32>
  %x = linalg.transpose ins(%a : tensor<3x4x5xf32>) outs(%at : tensor<3x5x4xf32>) permutation = [0, 2, 1]
  %w = linalg.transpose ins(%b : tensor<6x5xf32>) outs(%bt : tensor<5x6xf32>) permutation = [1, 0]
  %y = lz.matmul ins(%x, %w : tensor<3x5x4xf32>, tensor<5x6xf32>) outs(%o : tensor<3x4x6xf32>) {transpose_a = true} -> tensor<3x4x6xf32>
  return %y : tensor<3x4x6xf32>
}
// CHECK-LABEL: func @other_transposition
// CHECK: linalg.transpose
// CHECK: lz.matmul {{.*}} outs(%{{.*}} : tensor<4x3x6xf32>) -> tensor<4x3x6xf32>
func.func @other_transposition(%a: tensor<3x4x5xf32>, %b: tensor<5x6xf32>) -> tensor<4x3x6xf32> {
  %at = tensor.empty() : tensor<4x3x5xf32>
  %o = tensor.empty() : tensor<4x3x6xf32>
  %x = linalg.transpose ins(%a : tensor<3x4x5xf32>) outs(%at : tensor<4x3x5xf32>) permutation = [1, 0, 2]
  %y = lz.matmul ins(%x, %b : tensor<4x3x5xf32>, tensor<5x6xf32>) outs(%o : tensor<4x3x6xf32>) -> tensor<4x3x6xf32>
  return %y : tensor<4x3x6xf32>
}

// No query looks past a window that is as wide as the context may be; past a narrower one, or at positions that start at 0, it may.
// CHECK-LABEL: func @windows
// CHECK: lz.attention.decode
// CHECK-NOT: window_size
// CHECK: lz.attention.decode {{.*}} window_size = 15
// CHECK: lz.attention.prefill {{.*}} window_size = 16
func.func @windows(%q: tensor<1x2x8xf32>, %c: tensor<64x2x8xf32>, %n: tensor<1xi32>) -> (tensor<1x2x8xf32>, tensor<1x2x8xf32>, tensor<1x2x8xf32>) {
  %a = lz.attention.decode ins(%q, %c, %c, %n : tensor<1x2x8xf32>, tensor<64x2x8xf32>, tensor<64x2x8xf32>, tensor<1xi32>) outs(%q : tensor<1x2x8xf32>)
       {layout = #lz.layout<NHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>, window_size = 16 : i64,
        max_context_len = 16 : i64} -> tensor<1x2x8xf32>
  %b = lz.attention.decode ins(%q, %c, %c, %n : tensor<1x2x8xf32>, tensor<64x2x8xf32>, tensor<64x2x8xf32>, tensor<1xi32>) outs(%q : tensor<1x2x8xf32>)
       {layout = #lz.layout<NHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>, window_size = 15 : i64,
        max_context_len = 16 : i64} -> tensor<1x2x8xf32>
  %d = lz.attention.prefill ins(%q, %c, %c, %n : tensor<1x2x8xf32>, tensor<64x2x8xf32>, tensor<64x2x8xf32>, tensor<1xi32>) outs(%q : tensor<1x2x8xf32>)
       {layout = #lz.layout<NHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<top_left>, window_size = 16 : i64,
        max_context_len = 16 : i64} -> tensor<1x2x8xf32>
  return %a, %b, %d : tensor<1x2x8xf32>, tensor<1x2x8xf32>, tensor<1x2x8xf32>
}

// A scale of ones is none.
// CHECK-LABEL: func @scales
// CHECK-SAME: %{{.*}}: tensor<2x4xf8E5M2>, %[[T:.*]]: tensor<f32>
// CHECK: lz.matmul ins({{[^)]*}}) scale_b(%[[T]] : tensor<f32>) outs(
func.func @scales(%a: tensor<2x4xf8E5M2>, %t: tensor<f32>, %b: tensor<4x3xf8E5M2>, %o: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %one = arith.constant dense<1.0> : tensor<2xf32>
  %y = lz.matmul ins(%a, %b : tensor<2x4xf8E5M2>, tensor<4x3xf8E5M2>) scale_a(%one : tensor<2xf32>) scale_b(%t : tensor<f32>)
       outs(%o : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}
