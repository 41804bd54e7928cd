// RUN: cat %s | %run-decomposed | FileCheck %s

// Decompositions of layer and group norm, the rotation of neighbours, gelu, silu and alibi where extents are 0 or 1, parameters missing or
// elements narrow. Functions take dynamic extents, so that nothing is known when compiling.

func.func private @printMemrefF32(%x: tensor<*xf32>) attributes {llvm.emit_c_interface}

func.func @layer_norm(%x: tensor<?x?xbf16>, %w: tensor<?xf32>, %o: tensor<?x?xbf16>) -> tensor<?x?xbf16> {
  %r = lz.layer_norm ins(%x, %w : tensor<?x?xbf16>, tensor<?xf32>) outs(%o : tensor<?x?xbf16>) {epsilon = 0.0 : f64} -> tensor<?x?xbf16>
  return %r : tensor<?x?xbf16>
}
func.func @layer_norm_bias(%x: tensor<?xf32>, %w: tensor<?xf32>, %b: tensor<?xf32>, %o: tensor<?xf32>) -> tensor<?xf32> {
  %r = lz.layer_norm ins(%x, %w : tensor<?xf32>, tensor<?xf32>) bias(%b : tensor<?xf32>) outs(%o : tensor<?xf32>) {epsilon = 1.0 : f64} -> tensor<?xf32>
  return %r : tensor<?xf32>
}
func.func @group_norm(%x: tensor<?x?x?x?xf32>, %w: tensor<?xf32>, %b: tensor<?xf32>, %o: tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32> {
  %r = lz.group_norm ins(%x, %w : tensor<?x?x?x?xf32>, tensor<?xf32>) bias(%b : tensor<?xf32>) outs(%o : tensor<?x?x?x?xf32>)
       {groups = 2 : i64, epsilon = 0.0 : f64} -> tensor<?x?x?x?xf32>
  return %r : tensor<?x?x?x?xf32>
}
func.func @group_norm_flat(%x: tensor<?x?xf32>, %w: tensor<?xf32>) -> tensor<?x?xf32> {
  %r = lz.group_norm ins(%x, %w : tensor<?x?xf32>, tensor<?xf32>) outs(%x : tensor<?x?xf32>) {groups = 2 : i64, epsilon = 0.0 : f64} -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}
func.func @rope_interleaved(%x: tensor<?x?x?xf32>, %c: tensor<?x?xf32>, %s: tensor<?x?xf32>, %o: tensor<?x?x?xf32>) -> tensor<?x?x?xf32> {
  %r = lz.rope_interleaved ins(%x, %c, %s : tensor<?x?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>) outs(%x : tensor<?x?x?xf32>)
       {layout = #lz.layout<HND>} -> tensor<?x?x?xf32>
  return %r : tensor<?x?x?xf32>
}
func.func @activations(%x: tensor<?xf32>, %o: tensor<?xf32>, %p: tensor<?xf32>, %q: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) {
  %r = lz.silu ins(%x : tensor<?xf32>) outs(%o : tensor<?xf32>) -> tensor<?xf32>
  %e = lz.gelu ins(%x : tensor<?xf32>) outs(%p : tensor<?xf32>) {approximate = #lz.approximation<none>} -> tensor<?xf32>
  %t = lz.gelu ins(%x : tensor<?xf32>) outs(%q : tensor<?xf32>) {approximate = #lz.approximation<tanh>} -> tensor<?xf32>
  return %r, %e, %t : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}
func.func @geglu(%g: tensor<?xf16>, %u: tensor<?xf16>, %o: tensor<?xf16>) -> tensor<?xf16> {
  %r = lz.geglu ins(%g, %u : tensor<?xf16>, tensor<?xf16>) outs(%o : tensor<?xf16>) {approximate = #lz.approximation<none>} -> tensor<?xf16>
  return %r : tensor<?xf16>
}
func.func @alibi(%q: tensor<?x?x?xf32>, %v: tensor<?x?x?xf32>, %s: tensor<?xf32>, %o: tensor<?x?x?xf32>, %l: tensor<?x?xf32>)
    -> (tensor<?x?x?xf32>, tensor<?x?xf32>) {
  %r:2 = lz.alibi ins(%q, %v, %v, %s : tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?xf32>) outs(%o : tensor<?x?x?xf32>)
         lse(%l : tensor<?x?xf32>) {layout = #lz.layout<HND>} -> tensor<?x?x?xf32>, tensor<?x?xf32>
  return %r#0, %r#1 : tensor<?x?x?xf32>, tensor<?x?xf32>
}

func.func @main() {
  // The mean 257 is no bf16: rounded, it would give 0 and 2 instead of -1 and 1.
  // CHECK: sizes = [2, 2]
  // CHECK-NEXT{LITERAL}: [[-1,   2],
  // CHECK-NEXT{LITERAL}:  [-1,   2]]
  %a0_0 = arith.constant dense<[[256.0, 258.0], [1.0, 3.0]]> : tensor<2x2xbf16>
  %a0_0d = tensor.cast %a0_0 : tensor<2x2xbf16> to tensor<?x?xbf16>
  %a0_1 = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %a0_1d = tensor.cast %a0_1 : tensor<2xf32> to tensor<?xf32>
  %a0_2 = arith.constant dense<9.0> : tensor<2x2xbf16>
  %a0_2d = tensor.cast %a0_2 : tensor<2x2xbf16> to tensor<?x?xbf16>
  %r0 = call @layer_norm(%a0_0d, %a0_1d, %a0_2d) : (tensor<?x?xbf16>, tensor<?xf32>, tensor<?x?xbf16>) -> tensor<?x?xbf16>
  %w0_0 = arith.extf %r0 : tensor<?x?xbf16> to tensor<?x?xf32>
  %u0_0 = tensor.cast %w0_0 : tensor<?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u0_0) : (tensor<*xf32>) -> ()

  // One element has no deviation, which leaves the bias.
  // CHECK: sizes = [1]
  // CHECK-NEXT{LITERAL}: [7]
  %a1_0 = arith.constant dense<5.0> : tensor<1xf32>
  %a1_0d = tensor.cast %a1_0 : tensor<1xf32> to tensor<?xf32>
  %a1_1 = arith.constant dense<2.0> : tensor<1xf32>
  %a1_1d = tensor.cast %a1_1 : tensor<1xf32> to tensor<?xf32>
  %a1_2 = arith.constant dense<7.0> : tensor<1xf32>
  %a1_2d = tensor.cast %a1_2 : tensor<1xf32> to tensor<?xf32>
  %a1_3 = arith.constant dense<0x7FC00000> : tensor<1xf32>
  %a1_3d = tensor.cast %a1_3 : tensor<1xf32> to tensor<?xf32>
  %r1 = call @layer_norm_bias(%a1_0d, %a1_1d, %a1_2d, %a1_3d) : (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  %u1_0 = tensor.cast %r1 : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%u1_0) : (tensor<*xf32>) -> ()

  // The variance is 2/3, divided by 3, to which epsilon adds 1: 1 / sqrt(5/3) is 0.774597.
  // CHECK: sizes = [3]
  // CHECK-NEXT{LITERAL}: [-0.774597,  0.5,  1.54919]
  %a2_0 = arith.constant dense<[-1.0, 0.0, 1.0]> : tensor<3xf32>
  %a2_0d = tensor.cast %a2_0 : tensor<3xf32> to tensor<?xf32>
  %a2_1 = arith.constant dense<[1.0, 1.0, 2.0]> : tensor<3xf32>
  %a2_1d = tensor.cast %a2_1 : tensor<3xf32> to tensor<?xf32>
  %a2_2 = arith.constant dense<[0.0, 0.5, 0.0]> : tensor<3xf32>
  %a2_2d = tensor.cast %a2_2 : tensor<3xf32> to tensor<?xf32>
  %a2_3 = arith.constant dense<0x7FC00000> : tensor<3xf32>
  %a2_3d = tensor.cast %a2_3 : tensor<3xf32> to tensor<?xf32>
  %r2 = call @layer_norm_bias(%a2_0d, %a2_1d, %a2_2d, %a2_3d) : (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  %u2_0 = tensor.cast %r2 : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%u2_0) : (tensor<*xf32>) -> ()

  // Two groups of two channels: (1, 3, 1, 3) has mean 2 and deviation 1, (10, 10, 30, 30) mean 20 and deviation 10.
  // CHECK: sizes = [1, 4, 1, 2]
  // CHECK-NEXT{LITERAL}: [[[[-1,     1]],
  // CHECK-NEXT{LITERAL}:   [[-2,     2]],
  // CHECK-NEXT{LITERAL}:   [[-1,     -1]],
  // CHECK-NEXT{LITERAL}:   [[6,     6]]]]
  %a3_0 = arith.constant dense<[[[[1.0, 3.0]], [[1.0, 3.0]], [[10.0, 10.0]], [[30.0, 30.0]]]]> : tensor<1x4x1x2xf32>
  %a3_0d = tensor.cast %a3_0 : tensor<1x4x1x2xf32> to tensor<?x?x?x?xf32>
  %a3_1 = arith.constant dense<[1.0, 2.0, 1.0, 1.0]> : tensor<4xf32>
  %a3_1d = tensor.cast %a3_1 : tensor<4xf32> to tensor<?xf32>
  %a3_2 = arith.constant dense<[0.0, 0.0, 0.0, 5.0]> : tensor<4xf32>
  %a3_2d = tensor.cast %a3_2 : tensor<4xf32> to tensor<?xf32>
  %a3_3 = arith.constant dense<0x7FC00000> : tensor<1x4x1x2xf32>
  %a3_3d = tensor.cast %a3_3 : tensor<1x4x1x2xf32> to tensor<?x?x?x?xf32>
  %r3 = call @group_norm(%a3_0d, %a3_1d, %a3_2d, %a3_3d) : (tensor<?x?x?x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32>
  %u3_0 = tensor.cast %r3 : tensor<?x?x?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u3_0) : (tensor<*xf32>) -> ()

  // The first pair turns by a quarter, (1, 2) to (-2, 1); the second stays.
  // CHECK: sizes = [1, 1, 4]
  // CHECK-NEXT{LITERAL}: [[[-2,    1,    3,    4]]]
  %a4_0 = arith.constant dense<[[[1.0, 2.0, 3.0, 4.0]]]> : tensor<1x1x4xf32>
  %a4_0d = tensor.cast %a4_0 : tensor<1x1x4xf32> to tensor<?x?x?xf32>
  %a4_1 = arith.constant dense<[[0.0, 1.0]]> : tensor<1x2xf32>
  %a4_1d = tensor.cast %a4_1 : tensor<1x2xf32> to tensor<?x?xf32>
  %a4_2 = arith.constant dense<[[1.0, 0.0]]> : tensor<1x2xf32>
  %a4_2d = tensor.cast %a4_2 : tensor<1x2xf32> to tensor<?x?xf32>
  %a4_3 = arith.constant dense<0x7FC00000> : tensor<1x1x4xf32>
  %a4_3d = tensor.cast %a4_3 : tensor<1x1x4xf32> to tensor<?x?x?xf32>
  %r4 = call @rope_interleaved(%a4_0d, %a4_1d, %a4_2d, %a4_3d) : (tensor<?x?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %u4_0 = tensor.cast %r4 : tensor<?x?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u4_0) : (tensor<*xf32>) -> ()

  // silu; gelu by erf and by tanh, which differ in the fourth digit. Far below 0 nothing is left.
  // CHECK: sizes = [5]
  // CHECK-NEXT{LITERAL}: [0,  0.731059,  -0.268941,  2.85772,  -0]
  // CHECK: sizes = [5]
  // CHECK-NEXT{LITERAL}: [0,  0.841345,  -0.158655,  2.99595,  -0]
  // CHECK: sizes = [5]
  // CHECK-NEXT{LITERAL}: [0,  0.841192,  -0.158808,  2.99636,  -0]
  %a5_0 = arith.constant dense<[0.0, 1.0, -1.0, 3.0, -100.0]> : tensor<5xf32>
  %a5_0d = tensor.cast %a5_0 : tensor<5xf32> to tensor<?xf32>
  %a5_1 = arith.constant dense<0x7FC00000> : tensor<5xf32>
  %a5_1d = tensor.cast %a5_1 : tensor<5xf32> to tensor<?xf32>
  %a5_2 = arith.constant dense<0x7FC00000> : tensor<5xf32>
  %a5_2d = tensor.cast %a5_2 : tensor<5xf32> to tensor<?xf32>
  %a5_3 = arith.constant dense<0x7FC00000> : tensor<5xf32>
  %a5_3d = tensor.cast %a5_3 : tensor<5xf32> to tensor<?xf32>
  %r5:3 = call @activations(%a5_0d, %a5_1d, %a5_2d, %a5_3d) : (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>)
  %u5_0 = tensor.cast %r5#0 : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%u5_0) : (tensor<*xf32>) -> ()
  %u5_1 = tensor.cast %r5#1 : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%u5_1) : (tensor<*xf32>) -> ()
  %u5_2 = tensor.cast %r5#2 : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%u5_2) : (tensor<*xf32>) -> ()

  // gelu(3) * 2 is 5.9919, rounded once to f16; gelu(-1) * 4 is -0.63462.
  // CHECK: sizes = [2]
  // CHECK-NEXT{LITERAL}: [5.99219,  -0.634766]
  %a6_0 = arith.constant dense<[3.0, -1.0]> : tensor<2xf16>
  %a6_0d = tensor.cast %a6_0 : tensor<2xf16> to tensor<?xf16>
  %a6_1 = arith.constant dense<[2.0, 4.0]> : tensor<2xf16>
  %a6_1d = tensor.cast %a6_1 : tensor<2xf16> to tensor<?xf16>
  %a6_2 = arith.constant dense<9.0> : tensor<2xf16>
  %a6_2d = tensor.cast %a6_2 : tensor<2xf16> to tensor<?xf16>
  %r6 = call @geglu(%a6_0d, %a6_1d, %a6_2d) : (tensor<?xf16>, tensor<?xf16>, tensor<?xf16>) -> tensor<?xf16>
  %w6_0 = arith.extf %r6 : tensor<?xf16> to tensor<?xf32>
  %u6_0 = tensor.cast %w6_0 : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%u6_0) : (tensor<*xf32>) -> ()

  // A slope of 0 gives means, of ln 2 halves the weight with each step: (2 + 2 * 4) / 3; (2 + 2 * 4 + 4 * 9) / 7. The query itself weighs 1,
  // so that the sums are 1, 1.5 and 1.75.
  // CHECK: sizes = [2, 3, 1]
  // CHECK-NEXT{LITERAL}: [[[2],
  // CHECK-NEXT{LITERAL}:   [3],
  // CHECK-NEXT{LITERAL}:   [5]],
  // CHECK-NEXT{LITERAL}:  [[2],
  // CHECK-NEXT{LITERAL}:   [3.33333],
  // CHECK-NEXT{LITERAL}:   [6.57143]]]
  // CHECK: sizes = [2, 3]
  // CHECK-NEXT{LITERAL}: [[0,   0.693147,   1.09861],
  // CHECK-NEXT{LITERAL}:  [0,   0.405465,   0.559616]]
  %a7_0 = arith.constant dense<0.0> : tensor<2x3x1xf32>
  %a7_0d = tensor.cast %a7_0 : tensor<2x3x1xf32> to tensor<?x?x?xf32>
  %a7_1 = arith.constant dense<[[[2.0], [4.0], [9.0]]]> : tensor<1x3x1xf32>
  %a7_1d = tensor.cast %a7_1 : tensor<1x3x1xf32> to tensor<?x?x?xf32>
  %a7_2 = arith.constant dense<[0.0, 0.693147182]> : tensor<2xf32>
  %a7_2d = tensor.cast %a7_2 : tensor<2xf32> to tensor<?xf32>
  %a7_3 = arith.constant dense<0x7FC00000> : tensor<2x3x1xf32>
  %a7_3d = tensor.cast %a7_3 : tensor<2x3x1xf32> to tensor<?x?x?xf32>
  %a7_4 = arith.constant dense<0x7FC00000> : tensor<2x3xf32>
  %a7_4d = tensor.cast %a7_4 : tensor<2x3xf32> to tensor<?x?xf32>
  %r7:2 = call @alibi(%a7_0d, %a7_1d, %a7_2d, %a7_3d, %a7_4d) : (tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?xf32>, tensor<?x?x?xf32>, tensor<?x?xf32>) -> (tensor<?x?x?xf32>, tensor<?x?xf32>)
  %u7_0 = tensor.cast %r7#0 : tensor<?x?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u7_0) : (tensor<*xf32>) -> ()
  %u7_1 = tensor.cast %r7#1 : tensor<?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u7_1) : (tensor<*xf32>) -> ()

  // Nothing in, nothing out.
  // CHECK: sizes = [0, 4, 1, 2]
  %a8_0 = tensor.empty() : tensor<0x4x1x2xf32>
  %a8_0d = tensor.cast %a8_0 : tensor<0x4x1x2xf32> to tensor<?x?x?x?xf32>
  %a8_1 = arith.constant dense<1.0> : tensor<4xf32>
  %a8_1d = tensor.cast %a8_1 : tensor<4xf32> to tensor<?xf32>
  %a8_2 = arith.constant dense<1.0> : tensor<4xf32>
  %a8_2d = tensor.cast %a8_2 : tensor<4xf32> to tensor<?xf32>
  %a8_3 = tensor.empty() : tensor<0x4x1x2xf32>
  %a8_3d = tensor.cast %a8_3 : tensor<0x4x1x2xf32> to tensor<?x?x?x?xf32>
  %r8 = call @group_norm(%a8_0d, %a8_1d, %a8_2d, %a8_3d) : (tensor<?x?x?x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32>
  %u8_0 = tensor.cast %r8 : tensor<?x?x?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u8_0) : (tensor<*xf32>) -> ()

  // Nothing in, nothing out.
  // CHECK: sizes = [2, 0, 1, 2]
  %a9_0 = tensor.empty() : tensor<2x0x1x2xf32>
  %a9_0d = tensor.cast %a9_0 : tensor<2x0x1x2xf32> to tensor<?x?x?x?xf32>
  %a9_1 = tensor.empty() : tensor<0xf32>
  %a9_1d = tensor.cast %a9_1 : tensor<0xf32> to tensor<?xf32>
  %a9_2 = tensor.empty() : tensor<0xf32>
  %a9_2d = tensor.cast %a9_2 : tensor<0xf32> to tensor<?xf32>
  %a9_3 = tensor.empty() : tensor<2x0x1x2xf32>
  %a9_3d = tensor.cast %a9_3 : tensor<2x0x1x2xf32> to tensor<?x?x?x?xf32>
  %r9 = call @group_norm(%a9_0d, %a9_1d, %a9_2d, %a9_3d) : (tensor<?x?x?x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32>
  %u9_0 = tensor.cast %r9 : tensor<?x?x?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u9_0) : (tensor<*xf32>) -> ()

  // Nothing in, nothing out.
  // CHECK: sizes = [0]
  %a10_0 = tensor.empty() : tensor<0xf32>
  %a10_0d = tensor.cast %a10_0 : tensor<0xf32> to tensor<?xf32>
  %a10_1 = tensor.empty() : tensor<0xf32>
  %a10_1d = tensor.cast %a10_1 : tensor<0xf32> to tensor<?xf32>
  %a10_2 = tensor.empty() : tensor<0xf32>
  %a10_2d = tensor.cast %a10_2 : tensor<0xf32> to tensor<?xf32>
  %a10_3 = tensor.empty() : tensor<0xf32>
  %a10_3d = tensor.cast %a10_3 : tensor<0xf32> to tensor<?xf32>
  %r10 = call @layer_norm_bias(%a10_0d, %a10_1d, %a10_2d, %a10_3d) : (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  %u10_0 = tensor.cast %r10 : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%u10_0) : (tensor<*xf32>) -> ()

  // Nothing in, nothing out.
  // CHECK: sizes = [0]
  %a11_0 = tensor.empty() : tensor<0xf16>
  %a11_0d = tensor.cast %a11_0 : tensor<0xf16> to tensor<?xf16>
  %a11_1 = tensor.empty() : tensor<0xf16>
  %a11_1d = tensor.cast %a11_1 : tensor<0xf16> to tensor<?xf16>
  %a11_2 = tensor.empty() : tensor<0xf16>
  %a11_2d = tensor.cast %a11_2 : tensor<0xf16> to tensor<?xf16>
  %r11 = call @geglu(%a11_0d, %a11_1d, %a11_2d) : (tensor<?xf16>, tensor<?xf16>, tensor<?xf16>) -> tensor<?xf16>
  %w11_0 = arith.extf %r11 : tensor<?xf16> to tensor<?xf32>
  %u11_0 = tensor.cast %w11_0 : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%u11_0) : (tensor<*xf32>) -> ()
  return
}
