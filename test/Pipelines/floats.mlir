// RUN: lz-opt %s --lz-pipeline | mlir-translate --mlir-to-llvmir | FileCheck %s

// Arithmetic on 16-bit floats runs in f32, and bf16 is rounded by integer code: nothing is called that only newer CPUs or libraries have.

// CHECK-LABEL: define i32 @sixteen_bits
// CHECK-NOT: {{(fadd|fmul|fdiv|fsub|fcmp) [a-z ]*(half|bfloat)}}
// CHECK-NOT: {{fptrunc .* to bfloat|fpext bfloat}}
// CHECK-NOT: {{llvm\.[a-z0-9]+\.(f16|bf16)}}
// CHECK: ret i32 0
func.func @sixteen_bits(%x: tensor<4xbf16>, %y: tensor<4xf16>) -> (tensor<4xbf16>, tensor<4xf16>) {
  %e = tensor.empty() : tensor<4xbf16>
  %f = tensor.empty() : tensor<4xf16>
  %a = linalg.map { math.exp } ins(%x : tensor<4xbf16>) outs(%e : tensor<4xbf16>)
  %b = linalg.map { arith.mulf } ins(%a, %x : tensor<4xbf16>, tensor<4xbf16>) outs(%e : tensor<4xbf16>)
  %c = linalg.map { math.rsqrt } ins(%y : tensor<4xf16>) outs(%f : tensor<4xf16>)
  %d = linalg.map { arith.addf } ins(%c, %y : tensor<4xf16>, tensor<4xf16>) outs(%f : tensor<4xf16>)
  return %b, %d : tensor<4xbf16>, tensor<4xf16>
}

// LLVM knows no fp8: it is bytes, and conversions are integer operations.

// CHECK-LABEL: define i32 @eight_bits
// CHECK-NOT: {{call .*f8|half|bfloat}}
// CHECK: load i8
// CHECK: store i8
// CHECK: ret i32 0
func.func @eight_bits(%x: tensor<4xf8E4M3FN>, %y: tensor<4xf8E5M2>) -> tensor<4xf8E5M2> {
  %e = tensor.empty() : tensor<4xf8E5M2>
  %w = arith.extf %x : tensor<4xf8E4M3FN> to tensor<4xf32>
  %v = arith.truncf %w : tensor<4xf32> to tensor<4xf8E5M2>
  %s = linalg.map { arith.addf } ins(%v, %y : tensor<4xf8E5M2>, tensor<4xf8E5M2>) outs(%e : tensor<4xf8E5M2>)
  return %s : tensor<4xf8E5M2>
}

// What decompositions and importers write in math.

// CHECK-LABEL: define i32 @functions
// CHECK-DAG: call float @llvm.exp.f32
// CHECK-DAG: call float @llvm.sin.f32
// CHECK-DAG: call float @llvm.cos.f32
// CHECK-DAG: call float @llvm.pow.f32
// CHECK-DAG: call float @llvm.sqrt.f32
// CHECK-DAG: call float @{{llvm.tanh.f32|tanhf}}
// CHECK-DAG: call float @erff
// CHECK-DAG: call float @llvm.log.f32
// CHECK: ret i32 0
func.func @functions(%x: f32, %y: f32) -> f32 {
  %a = math.exp %x : f32
  %b = math.sin %a : f32
  %c = math.cos %b : f32
  %d = math.powf %c, %y : f32
  %e = math.rsqrt %d : f32
  %f = math.tanh %e : f32
  %g = math.erf %f : f32
  %h = math.log %g : f32
  return %h : f32
}
