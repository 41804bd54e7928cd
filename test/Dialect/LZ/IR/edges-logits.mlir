// RUN: cat %s | %run-decomposed | FileCheck %s

// Cross entropy and sampling: ties, ignored targets, limits that cut within the order, extents of 0 and 1. Functions take dynamic extents,
// so that nothing is known when compiling.

func.func private @printMemrefF32(%x: tensor<*xf32>) attributes {llvm.emit_c_interface}
func.func private @printMemrefI64(%x: tensor<*xi64>) attributes {llvm.emit_c_interface}
func.func private @printMemrefI32(%x: tensor<*xi32>) attributes {llvm.emit_c_interface}

func.func @cross_entropy(%x: tensor<?x?xf32>, %t: tensor<?xi64>, %o: tensor<?xf32>) -> tensor<?xf32> {
  %r = lz.cross_entropy ins(%x, %t : tensor<?x?xf32>, tensor<?xi64>) outs(%o : tensor<?xf32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}
func.func @cross_entropy_row(%x: tensor<?xf16>, %t: tensor<i32>, %o: tensor<f32>) -> tensor<f32> {
  %r = lz.cross_entropy ins(%x, %t : tensor<?xf16>, tensor<i32>) outs(%o : tensor<f32>) {ignore_index = 1 : i64} -> tensor<f32>
  return %r : tensor<f32>
}
func.func @greedy(%x: tensor<?x?xbf16>, %o: tensor<?xi32>) -> tensor<?xi32> {
  %r = lz.sample.greedy ins(%x : tensor<?x?xbf16>) outs(%o : tensor<?xi32>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}
func.func @top_k(%x: tensor<?x?xf32>, %u: tensor<?xf32>, %o: tensor<?xi64>) -> tensor<?xi64> {
  %r = lz.sample.top_k ins(%x, %u : tensor<?x?xf32>, tensor<?xf32>) outs(%o : tensor<?xi64>) {top_k = 2 : i64} -> tensor<?xi64>
  return %r : tensor<?xi64>
}
func.func @top_k_hot(%x: tensor<?x?xf32>, %u: tensor<?xf32>, %o: tensor<?xi64>) -> tensor<?xi64> {
  %r = lz.sample.top_k ins(%x, %u : tensor<?x?xf32>, tensor<?xf32>) outs(%o : tensor<?xi64>) {top_k = 9 : i64, temperature = 2.0 : f64} -> tensor<?xi64>
  return %r : tensor<?xi64>
}
func.func @top_p(%x: tensor<?x?xf32>, %u: tensor<?xf32>, %o: tensor<?xi64>) -> tensor<?xi64> {
  %r = lz.sample.top_p ins(%x, %u : tensor<?x?xf32>, tensor<?xf32>) outs(%o : tensor<?xi64>) {top_p = 0.7 : f64} -> tensor<?xi64>
  return %r : tensor<?xi64>
}
func.func @top_p_cold(%x: tensor<?x?xf32>, %u: tensor<?xf32>, %o: tensor<?xi64>) -> tensor<?xi64> {
  %r = lz.sample.top_p ins(%x, %u : tensor<?x?xf32>, tensor<?xf32>) outs(%o : tensor<?xi64>) {top_p = 1.0e-60 : f64, temperature = 1.0e-60 : f64} -> tensor<?xi64>
  return %r : tensor<?xi64>
}
func.func @top_k_flat(%x: tensor<?x?xf32>, %u: tensor<?xf32>, %o: tensor<?xi64>) -> tensor<?xi64> {
  %r = lz.sample.top_k ins(%x, %u : tensor<?x?xf32>, tensor<?xf32>) outs(%o : tensor<?xi64>) {top_k = 4 : i64, temperature = 1.0e60 : f64} -> tensor<?xi64>
  return %r : tensor<?xi64>
}
func.func @top_p_all(%x: tensor<?xf32>, %u: tensor<f32>, %o: tensor<i32>) -> tensor<i32> {
  %r = lz.sample.top_p ins(%x, %u : tensor<?xf32>, tensor<f32>) outs(%o : tensor<i32>) {top_p = 1.0 : f64} -> tensor<i32>
  return %r : tensor<i32>
}

func.func @main() {
  // Weights 1 and 3: ln 4 for the first, ln 4/3 for the second; 0 for an ignored one. Logits of 1000 overflow nothing.
  // CHECK: sizes = [4]
  // CHECK-NEXT{LITERAL}: [1.38629,  0.287682,  0,  1000]
  %a0_0 = arith.constant dense<[[0.0, 1.09861229], [0.0, 1.09861229], [0.0, 1.09861229], [1000.0, 0.0]]> : tensor<4x2xf32>
  %a0_0d = tensor.cast %a0_0 : tensor<4x2xf32> to tensor<?x?xf32>
  %a0_1 = arith.constant dense<[0, 1, -100, 1]> : tensor<4xi64>
  %a0_1d = tensor.cast %a0_1 : tensor<4xi64> to tensor<?xi64>
  %a0_2 = arith.constant dense<0x7FC00000> : tensor<4xf32>
  %a0_2d = tensor.cast %a0_2 : tensor<4xf32> to tensor<?xf32>
  %r0 = call @cross_entropy(%a0_0d, %a0_1d, %a0_2d) : (tensor<?x?xf32>, tensor<?xi64>, tensor<?xf32>) -> tensor<?xf32>
  %u0_0 = tensor.cast %r0 : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%u0_0) : (tensor<*xf32>) -> ()

  // A single row, its loss in f32.
  // CHECK: sizes = []
  // CHECK-NEXT{LITERAL}: [0.693147]
  %a1_0 = arith.constant dense<[3.0, 3.0]> : tensor<2xf16>
  %a1_0d = tensor.cast %a1_0 : tensor<2xf16> to tensor<?xf16>
  %a1_1 = arith.constant dense<0> : tensor<i32>
  %a1_2 = arith.constant dense<0x7FC00000> : tensor<f32>
  %r1 = call @cross_entropy_row(%a1_0d, %a1_1, %a1_2) : (tensor<?xf16>, tensor<i32>, tensor<f32>) -> tensor<f32>
  %u1_0 = tensor.cast %r1 : tensor<f32> to tensor<*xf32>
  call @printMemrefF32(%u1_0) : (tensor<*xf32>) -> ()

  // The same, its target being the one to ignore.
  // CHECK: sizes = []
  // CHECK-NEXT{LITERAL}: [0]
  %a2_0 = arith.constant dense<[3.0, 3.0]> : tensor<2xf16>
  %a2_0d = tensor.cast %a2_0 : tensor<2xf16> to tensor<?xf16>
  %a2_1 = arith.constant dense<1> : tensor<i32>
  %a2_2 = arith.constant dense<0x7FC00000> : tensor<f32>
  %r2 = call @cross_entropy_row(%a2_0d, %a2_1, %a2_2) : (tensor<?xf16>, tensor<i32>, tensor<f32>) -> tensor<f32>
  %u2_0 = tensor.cast %r2 : tensor<f32> to tensor<*xf32>
  call @printMemrefF32(%u2_0) : (tensor<*xf32>) -> ()

  // Without a vocabulary every target is an ignored one.
  // CHECK: sizes = [2]
  // CHECK-NEXT{LITERAL}: [0,  0]
  %a3_0 = tensor.empty() : tensor<2x0xf32>
  %a3_0d = tensor.cast %a3_0 : tensor<2x0xf32> to tensor<?x?xf32>
  %a3_1 = arith.constant dense<-100> : tensor<2xi64>
  %a3_1d = tensor.cast %a3_1 : tensor<2xi64> to tensor<?xi64>
  %a3_2 = arith.constant dense<0x7FC00000> : tensor<2xf32>
  %a3_2d = tensor.cast %a3_2 : tensor<2xf32> to tensor<?xf32>
  %r3 = call @cross_entropy(%a3_0d, %a3_1d, %a3_2d) : (tensor<?x?xf32>, tensor<?xi64>, tensor<?xf32>) -> tensor<?xf32>
  %u3_0 = tensor.cast %r3 : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%u3_0) : (tensor<*xf32>) -> ()

  // No rows.
  // CHECK: sizes = [0]
  %a4_0 = tensor.empty() : tensor<0x2xf32>
  %a4_0d = tensor.cast %a4_0 : tensor<0x2xf32> to tensor<?x?xf32>
  %a4_1 = tensor.empty() : tensor<0xi64>
  %a4_1d = tensor.cast %a4_1 : tensor<0xi64> to tensor<?xi64>
  %a4_2 = tensor.empty() : tensor<0xf32>
  %a4_2d = tensor.cast %a4_2 : tensor<0xf32> to tensor<?xf32>
  %r4 = call @cross_entropy(%a4_0d, %a4_1d, %a4_2d) : (tensor<?x?xf32>, tensor<?xi64>, tensor<?xf32>) -> tensor<?xf32>
  %u4_0 = tensor.cast %r4 : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%u4_0) : (tensor<*xf32>) -> ()

  // The first of two greatest; the last; all -inf; a NaN beside numbers.
  // CHECK: sizes = [4]
  // CHECK-NEXT{LITERAL}: [1,  2,  0,  2]
  %a5_0 = arith.constant dense<[[1.0, 5.0, 5.0], [-3.0, -2.0, -1.0], [0xFF80, 0xFF80, 0xFF80], [0x7FC0, 1.0, 2.0]]> : tensor<4x3xbf16>
  %a5_0d = tensor.cast %a5_0 : tensor<4x3xbf16> to tensor<?x?xbf16>
  %a5_1 = arith.constant dense<9> : tensor<4xi32>
  %a5_1d = tensor.cast %a5_1 : tensor<4xi32> to tensor<?xi32>
  %r5 = call @greedy(%a5_0d, %a5_1d) : (tensor<?x?xbf16>, tensor<?xi32>) -> tensor<?xi32>
  %u5_0 = tensor.cast %r5 : tensor<?xi32> to tensor<*xi32>
  call @printMemrefI32(%u5_0) : (tensor<*xi32>) -> ()

  // Rows without tokens.
  // CHECK: sizes = [2]
  // CHECK-NEXT{LITERAL}: [0,  0]
  %a6_0 = tensor.empty() : tensor<2x0xbf16>
  %a6_0d = tensor.cast %a6_0 : tensor<2x0xbf16> to tensor<?x?xbf16>
  %a6_1 = arith.constant dense<9> : tensor<2xi32>
  %a6_1d = tensor.cast %a6_1 : tensor<2xi32> to tensor<?xi32>
  %r6 = call @greedy(%a6_0d, %a6_1d) : (tensor<?x?xbf16>, tensor<?xi32>) -> tensor<?xi32>
  %u6_0 = tensor.cast %r6 : tensor<?xi32> to tensor<*xi32>
  call @printMemrefI32(%u6_0) : (tensor<*xi32>) -> ()

  // Weights 1, 4, 3, 3; kept are token 1, then token 2, which comes before its equal 3: the border is at 4/7 = 0.5714.
  // CHECK: sizes = [5]
  // CHECK-NEXT{LITERAL}: [1,  1,  2,  2,  2]
  %a7_0 = arith.constant dense<[[0.0, 1.38629436, 1.09861229, 1.09861229], [0.0, 1.38629436, 1.09861229, 1.09861229], [0.0, 1.38629436, 1.09861229, 1.09861229], [0.0, 1.38629436, 1.09861229, 1.09861229], [0.0, 1.38629436, 1.09861229, 1.09861229]]> : tensor<5x4xf32>
  %a7_0d = tensor.cast %a7_0 : tensor<5x4xf32> to tensor<?x?xf32>
  %a7_1 = arith.constant dense<[0.0, 0.57, 0.58, 0.99, 0.999999940]> : tensor<5xf32>
  %a7_1d = tensor.cast %a7_1 : tensor<5xf32> to tensor<?xf32>
  %a7_2 = arith.constant dense<9> : tensor<5xi64>
  %a7_2d = tensor.cast %a7_2 : tensor<5xi64> to tensor<?xi64>
  %r7 = call @top_k(%a7_0d, %a7_1d, %a7_2d) : (tensor<?x?xf32>, tensor<?xf32>, tensor<?xi64>) -> tensor<?xi64>
  %u7_0 = tensor.cast %r7 : tensor<?xi64> to tensor<*xi64>
  call @printMemrefI64(%u7_0) : (tensor<*xi64>) -> ()

  // A temperature of 2 makes the weight 16 a 4, beside 1 and 1: borders at 4/6 and 5/6. Fewer tokens than 9 are all kept, but one of weight 0
  // never falls, not even last.
  // CHECK: sizes = [4]
  // CHECK-NEXT{LITERAL}: [1,  0,  3,  1]
  %a8_0 = arith.constant dense<[[0.0, 2.77258872, 0xFF800000, 0.0], [0.0, 2.77258872, 0xFF800000, 0.0], [0.0, 2.77258872, 0xFF800000, 0.0], [0xFF800000, 0.0, 0xFF800000, 0xFF800000]]> : tensor<4x4xf32>
  %a8_0d = tensor.cast %a8_0 : tensor<4x4xf32> to tensor<?x?xf32>
  %a8_1 = arith.constant dense<[0.66, 0.67, 0.999999940, 0.999999940]> : tensor<4xf32>
  %a8_1d = tensor.cast %a8_1 : tensor<4xf32> to tensor<?xf32>
  %a8_2 = arith.constant dense<9> : tensor<4xi64>
  %a8_2d = tensor.cast %a8_2 : tensor<4xi64> to tensor<?xi64>
  %r8 = call @top_k_hot(%a8_0d, %a8_1d, %a8_2d) : (tensor<?x?xf32>, tensor<?xf32>, tensor<?xi64>) -> tensor<?xi64>
  %u8_0 = tensor.cast %r8 : tensor<?xi64> to tensor<*xi64>
  call @printMemrefI64(%u8_0) : (tensor<*xi64>) -> ()

  // Weights 1, 4, 2, 2 of 9. Before the third in the order stand 6/9 < 0.7, before the fourth 8/9: kept are 4, 2 and 2, borders at 4/8 and 6/8.
  // In the last row the first token alone reaches 0.7.
  // CHECK: sizes = [4]
  // CHECK-NEXT{LITERAL}: [1,  2,  3,  1]
  %a9_0 = arith.constant dense<[[0.0, 1.38629436, 0.693147182, 0.693147182], [0.0, 1.38629436, 0.693147182, 0.693147182], [0.0, 1.38629436, 0.693147182, 0.693147182], [0.0, 9.0, 0.0, 0.0]]> : tensor<4x4xf32>
  %a9_0d = tensor.cast %a9_0 : tensor<4x4xf32> to tensor<?x?xf32>
  %a9_1 = arith.constant dense<[0.0, 0.74, 0.76, 0.99]> : tensor<4xf32>
  %a9_1d = tensor.cast %a9_1 : tensor<4xf32> to tensor<?xf32>
  %a9_2 = arith.constant dense<9> : tensor<4xi64>
  %a9_2d = tensor.cast %a9_2 : tensor<4xi64> to tensor<?xi64>
  %r9 = call @top_p(%a9_0d, %a9_1d, %a9_2d) : (tensor<?x?xf32>, tensor<?xf32>, tensor<?xi64>) -> tensor<?xi64>
  %u9_0 = tensor.cast %r9 : tensor<?xi64> to tensor<*xi64>
  call @printMemrefI64(%u9_0) : (tensor<*xi64>) -> ()

  // A limit of 1 keeps all: weights 2, 1, 1, borders at 1/2 and 3/4.
  // CHECK: sizes = []
  // CHECK-NEXT{LITERAL}: [2]
  %a10_0 = arith.constant dense<[0.0, 0.693147182, 0.0]> : tensor<3xf32>
  %a10_0d = tensor.cast %a10_0 : tensor<3xf32> to tensor<?xf32>
  %a10_1 = arith.constant dense<0.9> : tensor<f32>
  %a10_2 = arith.constant dense<9> : tensor<i32>
  %r10 = call @top_p_all(%a10_0d, %a10_1, %a10_2) : (tensor<?xf32>, tensor<f32>, tensor<i32>) -> tensor<i32>
  %u10_0 = tensor.cast %r10 : tensor<i32> to tensor<*xi32>
  call @printMemrefI32(%u10_0) : (tensor<*xi32>) -> ()

  // Limits and temperatures that are 0 in f32 leave the first token.
  // CHECK: sizes = [2]
  // CHECK-NEXT{LITERAL}: [1,  0]
  %a11_0 = arith.constant dense<[[0.0, 1.0, 1.0], [3.0, 0.0, 0xFF800000]]> : tensor<2x3xf32>
  %a11_0d = tensor.cast %a11_0 : tensor<2x3xf32> to tensor<?x?xf32>
  %a11_1 = arith.constant dense<0.99> : tensor<2xf32>
  %a11_1d = tensor.cast %a11_1 : tensor<2xf32> to tensor<?xf32>
  %a11_2 = arith.constant dense<9> : tensor<2xi64>
  %a11_2d = tensor.cast %a11_2 : tensor<2xi64> to tensor<?xi64>
  %r11 = call @top_p_cold(%a11_0d, %a11_1d, %a11_2d) : (tensor<?x?xf32>, tensor<?xf32>, tensor<?xi64>) -> tensor<?xi64>
  %u11_0 = tensor.cast %r11 : tensor<?xi64> to tensor<*xi64>
  call @printMemrefI64(%u11_0) : (tensor<*xi64>) -> ()

  // One that is infinite in f32 makes all finite logits alike; -inf never falls.
  // CHECK: sizes = [2]
  // CHECK-NEXT{LITERAL}: [1,  0]
  %a12_0 = arith.constant dense<[[0.0, 1.0, 0xFF800000], [0.0, 1.0, 0xFF800000]]> : tensor<2x3xf32>
  %a12_0d = tensor.cast %a12_0 : tensor<2x3xf32> to tensor<?x?xf32>
  %a12_1 = arith.constant dense<[0.4, 0.99]> : tensor<2xf32>
  %a12_1d = tensor.cast %a12_1 : tensor<2xf32> to tensor<?xf32>
  %a12_2 = arith.constant dense<9> : tensor<2xi64>
  %a12_2d = tensor.cast %a12_2 : tensor<2xi64> to tensor<?xi64>
  %r12 = call @top_k_flat(%a12_0d, %a12_1d, %a12_2d) : (tensor<?x?xf32>, tensor<?xf32>, tensor<?xi64>) -> tensor<?xi64>
  %u12_0 = tensor.cast %r12 : tensor<?xi64> to tensor<*xi64>
  call @printMemrefI64(%u12_0) : (tensor<*xi64>) -> ()

  // One token.
  // CHECK: sizes = [1]
  // CHECK-NEXT{LITERAL}: [0]
  %a13_0 = arith.constant dense<-5.0> : tensor<1x1xf32>
  %a13_0d = tensor.cast %a13_0 : tensor<1x1xf32> to tensor<?x?xf32>
  %a13_1 = arith.constant dense<0.5> : tensor<1xf32>
  %a13_1d = tensor.cast %a13_1 : tensor<1xf32> to tensor<?xf32>
  %a13_2 = arith.constant dense<9> : tensor<1xi64>
  %a13_2d = tensor.cast %a13_2 : tensor<1xi64> to tensor<?xi64>
  %r13 = call @top_p(%a13_0d, %a13_1d, %a13_2d) : (tensor<?x?xf32>, tensor<?xf32>, tensor<?xi64>) -> tensor<?xi64>
  %u13_0 = tensor.cast %r13 : tensor<?xi64> to tensor<*xi64>
  call @printMemrefI64(%u13_0) : (tensor<*xi64>) -> ()

  // No tokens; no rows.
  // CHECK: sizes = [2]
  // CHECK-NEXT{LITERAL}: [0,  0]
  %a14_0 = tensor.empty() : tensor<2x0xf32>
  %a14_0d = tensor.cast %a14_0 : tensor<2x0xf32> to tensor<?x?xf32>
  %a14_1 = arith.constant dense<0.5> : tensor<2xf32>
  %a14_1d = tensor.cast %a14_1 : tensor<2xf32> to tensor<?xf32>
  %a14_2 = arith.constant dense<9> : tensor<2xi64>
  %a14_2d = tensor.cast %a14_2 : tensor<2xi64> to tensor<?xi64>
  %r14 = call @top_k(%a14_0d, %a14_1d, %a14_2d) : (tensor<?x?xf32>, tensor<?xf32>, tensor<?xi64>) -> tensor<?xi64>
  %u14_0 = tensor.cast %r14 : tensor<?xi64> to tensor<*xi64>
  call @printMemrefI64(%u14_0) : (tensor<*xi64>) -> ()

  // CHECK: sizes = [0]
  %a15_0 = tensor.empty() : tensor<0x3xf32>
  %a15_0d = tensor.cast %a15_0 : tensor<0x3xf32> to tensor<?x?xf32>
  %a15_1 = tensor.empty() : tensor<0xf32>
  %a15_1d = tensor.cast %a15_1 : tensor<0xf32> to tensor<?xf32>
  %a15_2 = tensor.empty() : tensor<0xi64>
  %a15_2d = tensor.cast %a15_2 : tensor<0xi64> to tensor<?xi64>
  %r15 = call @top_p(%a15_0d, %a15_1d, %a15_2d) : (tensor<?x?xf32>, tensor<?xf32>, tensor<?xi64>) -> tensor<?xi64>
  %u15_0 = tensor.cast %r15 : tensor<?xi64> to tensor<*xi64>
  call @printMemrefI64(%u15_0) : (tensor<*xi64>) -> ()
  return
}
