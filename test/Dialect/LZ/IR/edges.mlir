// RUN: cat %s | %run-decomposed | FileCheck %s

// Decompositions where extents are 0 or 1, broadcast at run time, or in another layout. Functions take dynamic extents, so that nothing is
// known when compiling.

func.func private @printMemrefF32(%x: tensor<*xf32>) attributes {llvm.emit_c_interface}

// Scores are all 0, so that a row of a causal attention is the mean of the values that it sees: 2; 3; 5.
func.func @bshd(%q: tensor<?x?x?x?xf32>, %v: tensor<?x?x?x?xf32>, %o: tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32> {
  %r = lz.attention.causal ins(%q, %v, %v : tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>) outs(%o : tensor<?x?x?x?xf32>)
       {layout = #lz.layout<BSHD>, causal_alignment = #lz.alignment<top_left>} -> tensor<?x?x?x?xf32>
  return %r : tensor<?x?x?x?xf32>
}
func.func @nhd(%q: tensor<?x?x?xf32>, %v: tensor<?x?x?xf32>, %o: tensor<?x?x?xf32>, %l: tensor<?x?xf32>) -> (tensor<?x?x?xf32>, tensor<?x?xf32>) {
  %r:2 = lz.attention.sliding_window ins(%q, %v, %v : tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>) outs(%o : tensor<?x?x?xf32>)
       lse(%l : tensor<?x?xf32>)
       {layout = #lz.layout<NHD>, causal_alignment = #lz.alignment<bottom_right>, window_size = 2 : i64} -> tensor<?x?x?xf32>, tensor<?x?xf32>
  return %r#0, %r#1 : tensor<?x?x?xf32>, tensor<?x?xf32>
}
func.func @hnd(%q: tensor<?x?x?xf32>, %v: tensor<?x?x?xf32>, %m: tensor<?x?x?xf32>, %o: tensor<?x?x?xf32>) -> tensor<?x?x?xf32> {
  %r = lz.attention.full ins(%q, %v, %v : tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>) mask(%m : tensor<?x?x?xf32>)
       outs(%o : tensor<?x?x?xf32>) {layout = #lz.layout<HND>} -> tensor<?x?x?xf32>
  return %r : tensor<?x?x?xf32>
}
func.func @softmax(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %r = lz.softmax ins(%x : tensor<?x?xf32>) outs(%x : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}
// In place and with one table for all batches: the halves are read before they are overwritten.
func.func @rope(%x: tensor<?x?x?x?xf32>, %c: tensor<?x?x?xf32>, %s: tensor<?x?x?xf32>) -> tensor<?x?x?x?xf32> {
  %r = lz.rope ins(%x, %c, %s : tensor<?x?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>) outs(%x : tensor<?x?x?x?xf32>)
       {layout = #lz.layout<BHSD>} -> tensor<?x?x?x?xf32>
  return %r : tensor<?x?x?x?xf32>
}
func.func @matmul(%a: tensor<?x?x?xf32>, %b: tensor<?x?xf32>, %bias: tensor<?xf32>, %o: tensor<?x?x?xf32>) -> tensor<?x?x?xf32> {
  %r = lz.matmul ins(%a, %b : tensor<?x?x?xf32>, tensor<?x?xf32>) bias(%bias : tensor<?xf32>) outs(%o : tensor<?x?x?xf32>)
       {transpose_a = true, transpose_b = true} -> tensor<?x?x?xf32>
  return %r : tensor<?x?x?xf32>
}
func.func @batched(%a: tensor<2x?x?xf16>, %b: tensor<2x?x?xf16>, %o: tensor<2x?x?xf16>) -> tensor<2x?x?xf16> {
  %r = lz.matmul ins(%a, %b : tensor<2x?x?xf16>, tensor<2x?x?xf16>) outs(%o : tensor<2x?x?xf16>) -> tensor<2x?x?xf16>
  return %r : tensor<2x?x?xf16>
}
func.func @embedding(%t: tensor<?x?xf32>, %i: tensor<?x?xi32>, %o: tensor<?x?x?xf32>) -> tensor<?x?x?xf32> {
  %r = lz.embedding ins(%t, %i : tensor<?x?xf32>, tensor<?x?xi32>) outs(%o : tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  return %r : tensor<?x?x?xf32>
}
func.func @add_rms_norm(%x: tensor<?xbf16>, %y: tensor<?xbf16>, %w: tensor<?xf32>) -> (tensor<?xbf16>, tensor<?xbf16>) {
  %r:2 = lz.add_rms_norm ins(%x, %y, %w : tensor<?xbf16>, tensor<?xbf16>, tensor<?xf32>) outs(%x, %y : tensor<?xbf16>, tensor<?xbf16>)
         {epsilon = 0.0 : f64} -> tensor<?xbf16>, tensor<?xbf16>
  return %r#0, %r#1 : tensor<?xbf16>, tensor<?xbf16>
}

func.func @main() {
  %nan = arith.constant 0x7FC00000 : f32

  // CHECK: sizes = [1, 3, 2, 1]
  // CHECK-NEXT{LITERAL}: [[[[2],
  // CHECK-NEXT{LITERAL}:    [2]],
  // CHECK-NEXT{LITERAL}:   [[3],
  // CHECK-NEXT{LITERAL}:    [3]],
  // CHECK-NEXT{LITERAL}:   [[5],
  // CHECK-NEXT{LITERAL}:    [5]]]]
  %q0 = arith.constant dense<0.0> : tensor<1x3x2x1xf32>
  %v0 = arith.constant dense<[[[[2.0]], [[4.0]], [[9.0]]]]> : tensor<1x3x1x1xf32>
  %o0 = tensor.splat %nan : tensor<1x3x2x1xf32>
  %q0d = tensor.cast %q0 : tensor<1x3x2x1xf32> to tensor<?x?x?x?xf32>
  %v0d = tensor.cast %v0 : tensor<1x3x1x1xf32> to tensor<?x?x?x?xf32>
  %o0d = tensor.cast %o0 : tensor<1x3x2x1xf32> to tensor<?x?x?x?xf32>
  %r0 = call @bshd(%q0d, %v0d, %o0d) : (tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32>
  %u0 = tensor.cast %r0 : tensor<?x?x?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u0) : (tensor<*xf32>) -> ()

  // Four queries, three keys, bottom right, a window of two: nothing; 2; (2 + 4) / 2; (4 + 9) / 2. The lse counts the keys.
  // CHECK: sizes = [4, 1, 1]
  // CHECK-NEXT{LITERAL}: [[[0]],
  // CHECK-NEXT{LITERAL}:  [[2]],
  // CHECK-NEXT{LITERAL}:  [[3]],
  // CHECK-NEXT{LITERAL}:  [[6.5]]]
  // CHECK: sizes = [1, 4]
  // CHECK-NEXT{LITERAL}: [[-inf,   0,   0.693147,   0.693147]]
  %q1 = arith.constant dense<0.0> : tensor<4x1x1xf32>
  %v1 = arith.constant dense<[[[2.0]], [[4.0]], [[9.0]]]> : tensor<3x1x1xf32>
  %o1 = tensor.splat %nan : tensor<4x1x1xf32>
  %l1 = tensor.splat %nan : tensor<1x4xf32>
  %q1d = tensor.cast %q1 : tensor<4x1x1xf32> to tensor<?x?x?xf32>
  %v1d = tensor.cast %v1 : tensor<3x1x1xf32> to tensor<?x?x?xf32>
  %o1d = tensor.cast %o1 : tensor<4x1x1xf32> to tensor<?x?x?xf32>
  %l1d = tensor.cast %l1 : tensor<1x4xf32> to tensor<?x?xf32>
  %r1:2 = call @nhd(%q1d, %v1d, %o1d, %l1d) : (tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?xf32>) -> (tensor<?x?x?xf32>, tensor<?x?xf32>)
  %u1 = tensor.cast %r1#0 : tensor<?x?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u1) : (tensor<*xf32>) -> ()
  %u2 = tensor.cast %r1#1 : tensor<?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u2) : (tensor<*xf32>) -> ()

  // A mask [1, 1, 3], broadcast over heads and queries when running, hides the second key of three: (2 + 9) / 2.
  // CHECK: sizes = [2, 2, 1]
  // CHECK-NEXT{LITERAL}: [[[5.5],
  // CHECK-NEXT{LITERAL}:   [5.5]],
  // CHECK-NEXT{LITERAL}:  [[5.5],
  // CHECK-NEXT{LITERAL}:   [5.5]]]
  %q3 = arith.constant dense<0.0> : tensor<2x2x1xf32>
  %v3 = arith.constant dense<[[[2.0], [4.0], [9.0]]]> : tensor<1x3x1xf32>
  %m3 = arith.constant dense<[[[0.0, 0xFF800000, 0.0]]]> : tensor<1x1x3xf32>
  %o3 = tensor.splat %nan : tensor<2x2x1xf32>
  %q3d = tensor.cast %q3 : tensor<2x2x1xf32> to tensor<?x?x?xf32>
  %v3d = tensor.cast %v3 : tensor<1x3x1xf32> to tensor<?x?x?xf32>
  %m3d = tensor.cast %m3 : tensor<1x1x3xf32> to tensor<?x?x?xf32>
  %o3d = tensor.cast %o3 : tensor<2x2x1xf32> to tensor<?x?x?xf32>
  %r3 = call @hnd(%q3d, %v3d, %m3d, %o3d) : (tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %u3 = tensor.cast %r3 : tensor<?x?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u3) : (tensor<*xf32>) -> ()

  // No key at all: zero. No head at all: nothing, and no division by it.
  // CHECK: sizes = [2, 2, 1]
  // CHECK-NEXT{LITERAL}: [[[0],
  // CHECK-NEXT{LITERAL}:   [0]],
  // CHECK-NEXT{LITERAL}:  [[0],
  // CHECK-NEXT{LITERAL}:   [0]]]
  // CHECK-NEXT: heads: 0
  %v4 = tensor.empty() : tensor<1x0x1xf32>
  %v4d = tensor.cast %v4 : tensor<1x0x1xf32> to tensor<?x?x?xf32>
  %m4 = arith.constant dense<0.0> : tensor<1x1x1xf32>
  %m4d = tensor.cast %m4 : tensor<1x1x1xf32> to tensor<?x?x?xf32>
  %r4 = call @hnd(%q3d, %v4d, %m4d, %o3d) : (tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %u4 = tensor.cast %r4 : tensor<?x?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u4) : (tensor<*xf32>) -> ()
  %q5 = tensor.empty() : tensor<0x2x1xf32>
  %q5d = tensor.cast %q5 : tensor<0x2x1xf32> to tensor<?x?x?xf32>
  %r5 = call @hnd(%q5d, %q5d, %m4d, %q5d) : (tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %c0 = arith.constant 0 : index
  %h5 = tensor.dim %r5, %c0 : tensor<?x?x?xf32>
  vector.print str "heads: "
  vector.print %h5 : index

  // Rows of one element are 1; empty rows stay empty.
  // CHECK: sizes = [2, 1]
  // CHECK-NEXT{LITERAL}: [[1],
  // CHECK-NEXT{LITERAL}:  [1]]
  // CHECK-NEXT: width: 0
  %x6 = arith.constant dense<[[7.0], [-3.0]]> : tensor<2x1xf32>
  %x6d = tensor.cast %x6 : tensor<2x1xf32> to tensor<?x?xf32>
  %r6 = call @softmax(%x6d) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %u6 = tensor.cast %r6 : tensor<?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u6) : (tensor<*xf32>) -> ()
  %x7 = tensor.empty() : tensor<2x0xf32>
  %x7d = tensor.cast %x7 : tensor<2x0xf32> to tensor<?x?xf32>
  %r7 = call @softmax(%x7d) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %c1 = arith.constant 1 : index
  %n7 = tensor.dim %r7, %c1 : tensor<?x?xf32>
  vector.print str "width: "
  vector.print %n7 : index

  // cos 0 and sin 1: (x0, x1, x2, x3) becomes (-x2, -x3, x0, x1), in both batches.
  // CHECK: sizes = [2, 1, 1, 4]
  // CHECK-NEXT{LITERAL}: [[[[-3,    -4,    1,    2]]],
  // CHECK-NEXT{LITERAL}:  [[[-7,    -8,    5,    6]]]]
  %x8 = arith.constant dense<[[[[1.0, 2.0, 3.0, 4.0]]], [[[5.0, 6.0, 7.0, 8.0]]]]> : tensor<2x1x1x4xf32>
  %c8 = arith.constant dense<0.0> : tensor<1x1x2xf32>
  %s8 = arith.constant dense<1.0> : tensor<1x1x2xf32>
  %x8d = tensor.cast %x8 : tensor<2x1x1x4xf32> to tensor<?x?x?x?xf32>
  %c8d = tensor.cast %c8 : tensor<1x1x2xf32> to tensor<?x?x?xf32>
  %s8d = tensor.cast %s8 : tensor<1x1x2xf32> to tensor<?x?x?xf32>
  %r8 = call @rope(%x8d, %c8d, %s8d) : (tensor<?x?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>) -> tensor<?x?x?x?xf32>
  %u8 = tensor.cast %r8 : tensor<?x?x?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u8) : (tensor<*xf32>) -> ()

  // a is [k, m] = [[1, 2], [3, 4]], b is [n, k] = [[1, 1], [1, 0], [0, 2]]: a' b' + (10, 20, 30).
  // CHECK: sizes = [1, 2, 3]
  // CHECK-NEXT{LITERAL}: [[[14,    21,    36],
  // CHECK-NEXT{LITERAL}:   [16,    22,    38]]]
  %a9 = arith.constant dense<[[[1.0, 2.0], [3.0, 4.0]]]> : tensor<1x2x2xf32>
  %b9 = arith.constant dense<[[1.0, 1.0], [1.0, 0.0], [0.0, 2.0]]> : tensor<3x2xf32>
  %i9 = arith.constant dense<[10.0, 20.0, 30.0]> : tensor<3xf32>
  %o9 = tensor.splat %nan : tensor<1x2x3xf32>
  %a9d = tensor.cast %a9 : tensor<1x2x2xf32> to tensor<?x?x?xf32>
  %b9d = tensor.cast %b9 : tensor<3x2xf32> to tensor<?x?xf32>
  %i9d = tensor.cast %i9 : tensor<3xf32> to tensor<?xf32>
  %o9d = tensor.cast %o9 : tensor<1x2x3xf32> to tensor<?x?x?xf32>
  %r9 = call @matmul(%a9d, %b9d, %i9d, %o9d) : (tensor<?x?x?xf32>, tensor<?x?xf32>, tensor<?xf32>, tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %u9 = tensor.cast %r9 : tensor<?x?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u9) : (tensor<*xf32>) -> ()

  // Sums in f32: 2048 + 1 + 1 is 2050 in f16, which adding in f16 would leave at 2048. A sum without terms is 0.
  // CHECK: sizes = [2, 1, 1]
  // CHECK-NEXT{LITERAL}: [[[2050]],
  // CHECK-NEXT{LITERAL}:  [[2050]]]
  // CHECK: sizes = [2, 1, 1]
  // CHECK-NEXT{LITERAL}: [[[0]],
  // CHECK-NEXT{LITERAL}:  [[0]]]
  %a10 = arith.constant dense<[[[2048.0, 1.0, 1.0]], [[2048.0, 1.0, 1.0]]]> : tensor<2x1x3xf16>
  %b10 = arith.constant dense<1.0> : tensor<2x3x1xf16>
  %o10 = arith.constant dense<9.0> : tensor<2x1x1xf16>
  %a10d = tensor.cast %a10 : tensor<2x1x3xf16> to tensor<2x?x?xf16>
  %b10d = tensor.cast %b10 : tensor<2x3x1xf16> to tensor<2x?x?xf16>
  %o10d = tensor.cast %o10 : tensor<2x1x1xf16> to tensor<2x?x?xf16>
  %r10 = call @batched(%a10d, %b10d, %o10d) : (tensor<2x?x?xf16>, tensor<2x?x?xf16>, tensor<2x?x?xf16>) -> tensor<2x?x?xf16>
  %w10 = arith.extf %r10 : tensor<2x?x?xf16> to tensor<2x?x?xf32>
  %u10 = tensor.cast %w10 : tensor<2x?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u10) : (tensor<*xf32>) -> ()
  %a11 = tensor.empty() : tensor<2x1x0xf16>
  %b11 = tensor.empty() : tensor<2x0x1xf16>
  %a11d = tensor.cast %a11 : tensor<2x1x0xf16> to tensor<2x?x?xf16>
  %b11d = tensor.cast %b11 : tensor<2x0x1xf16> to tensor<2x?x?xf16>
  %r11 = call @batched(%a11d, %b11d, %o10d) : (tensor<2x?x?xf16>, tensor<2x?x?xf16>, tensor<2x?x?xf16>) -> tensor<2x?x?xf16>
  %w11 = arith.extf %r11 : tensor<2x?x?xf16> to tensor<2x?x?xf32>
  %u11 = tensor.cast %w11 : tensor<2x?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u11) : (tensor<*xf32>) -> ()

  // CHECK: sizes = [1, 2, 2]
  // CHECK-NEXT{LITERAL}: [[[5,    6],
  // CHECK-NEXT{LITERAL}:   [1,    2]]]
  %t12 = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %i12 = arith.constant dense<[[2, 0]]> : tensor<1x2xi32>
  %o12 = tensor.splat %nan : tensor<1x2x2xf32>
  %t12d = tensor.cast %t12 : tensor<3x2xf32> to tensor<?x?xf32>
  %i12d = tensor.cast %i12 : tensor<1x2xi32> to tensor<?x?xi32>
  %o12d = tensor.cast %o12 : tensor<1x2x2xf32> to tensor<?x?x?xf32>
  %r12 = call @embedding(%t12d, %i12d, %o12d) : (tensor<?x?xf32>, tensor<?x?xi32>, tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %u12 = tensor.cast %r12 : tensor<?x?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u12) : (tensor<*xf32>) -> ()

  // 256 + 1 is 257 in f32, 256 in bf16. The norm is that of 257 and -257, so that the second weight shows: 2 * -1.
  // CHECK: sizes = [2]
  // CHECK-NEXT{LITERAL}: [1,  -2]
  // CHECK: sizes = [2]
  // CHECK-NEXT{LITERAL}: [256,  -256]
  %x13 = arith.constant dense<[256.0, -256.0]> : tensor<2xbf16>
  %y13 = arith.constant dense<[1.0, -1.0]> : tensor<2xbf16>
  %w13 = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %x13d = tensor.cast %x13 : tensor<2xbf16> to tensor<?xbf16>
  %y13d = tensor.cast %y13 : tensor<2xbf16> to tensor<?xbf16>
  %w13d = tensor.cast %w13 : tensor<2xf32> to tensor<?xf32>
  %r13:2 = call @add_rms_norm(%x13d, %y13d, %w13d) : (tensor<?xbf16>, tensor<?xbf16>, tensor<?xf32>) -> (tensor<?xbf16>, tensor<?xbf16>)
  %n13 = arith.extf %r13#0 : tensor<?xbf16> to tensor<?xf32>
  %u13 = tensor.cast %n13 : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%u13) : (tensor<*xf32>) -> ()
  %h13 = arith.extf %r13#1 : tensor<?xbf16> to tensor<?xf32>
  %u14 = tensor.cast %h13 : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%u14) : (tensor<*xf32>) -> ()
  return
}
