// RUN: lz-opt %s --lz-expand-float8 | FileCheck %s

// The bits move to where f32 has them: 20 places up, the exponent's bias by 120 more. A subnormal number is a multiple of the smallest, 2^-9.
// CHECK-LABEL: func @extend
// CHECK-NOT: arith.extf
// CHECK-DAG: %[[SMALLEST:.*]] = arith.constant 0.001953125 : f32
// CHECK-DAG: %[[REBIAS:.*]] = arith.constant 1006632960 : i32
// CHECK-DAG: %[[NAN:.*]] = arith.constant 2143289344 : i32
// CHECK: %[[BYTE:.*]] = arith.bitcast %{{.*}} : f8E4M3FN to i8
// CHECK: arith.extui %[[BYTE]] : i8 to i32
// CHECK: %[[NORMAL:.*]] = arith.addi %{{.*}}, %[[REBIAS]]
// CHECK: arith.mulf %{{.*}}, %[[SMALLEST]]
// CHECK: arith.select %{{.*}}, %{{.*}}, %[[NORMAL]]
// CHECK: arith.select %{{.*}}, %{{.*}}, %[[NAN]]
// CHECK: %[[Y:.*]] = arith.bitcast %{{.*}} : i32 to f32
// CHECK: return %[[Y]] : f32
func.func @extend(%x: f8E4M3FN) -> f32 {
  %y = arith.extf %x : f8E4M3FN to f32
  return %y : f32
}

// Other floats go through f32, which holds every number of both formats.
// CHECK-LABEL: func @others
// CHECK: arith.truncf %{{.*}} : f32 to bf16
// CHECK: arith.extf %{{.*}} : f32 to f64
// CHECK: arith.extf %{{.*}} : f16 to f32
func.func @others(%x: f8E5M2, %h: f16) -> (bf16, f64, f8E4M3FN) {
  %b = arith.extf %x : f8E5M2 to bf16
  %d = arith.extf %x : f8E5M2 to f64
  %n = arith.truncf %h : f16 to f8E4M3FN
  return %b, %d, %n : bf16, f64, f8E4M3FN
}

// CHECK-LABEL: func @truncate
// CHECK-NOT: arith.truncf
// CHECK: %[[BYTE:.*]] = arith.trunci %{{.*}} : i32 to i8
// CHECK: arith.bitcast %[[BYTE]] : i8 to f8E5M2
func.func @truncate(%x: f32) -> f8E5M2 {
  %y = arith.truncf %x : f32 to f8E5M2
  return %y : f8E5M2
}

// What would round twice, rounds otherwise or is no scalar of fp8 stays.
// CHECK-LABEL: func @kept
// CHECK: arith.truncf %{{.*}} : f64 to f8E5M2
// CHECK: arith.truncf %{{.*}} toward_zero : f32 to f8E5M2
// CHECK: arith.extf %{{.*}} : vector<4xf8E5M2> to vector<4xf32>
// CHECK: arith.extf %{{.*}} : bf16 to f32
func.func @kept(%d: f64, %x: f32, %v: vector<4xf8E5M2>, %b: bf16) -> (f8E5M2, f8E5M2, vector<4xf32>, f32) {
  %y = arith.truncf %d : f64 to f8E5M2
  %z = arith.truncf %x toward_zero : f32 to f8E5M2
  %w = arith.extf %v : vector<4xf8E5M2> to vector<4xf32>
  %f = arith.extf %b : bf16 to f32
  return %y, %z, %w, %f : f8E5M2, f8E5M2, vector<4xf32>, f32
}
