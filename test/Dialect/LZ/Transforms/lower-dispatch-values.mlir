// RUN: lz-opt %s --lz-lower-dispatch | FileCheck %s

// What a kernel reads of a site's attributes: numbers, enumerations as the ABI's integers, and defaults that the module leaves out.
// CHECK: lz.site_record @lz_site_0 "bent" {{.*}} values {approximate = 1 : i64}
// CHECK: lz.site_record @lz_site_1 "plain" {{.*}} values {approximate = 0 : i64}
// CHECK: lz.site_record @lz_site_2 "loss" {{.*}} values {ignore_index = -100 : i64}
// CHECK: lz.site_record @lz_site_3 "draw" {{.*}} values {temperature = 1.000000e+00 : f64, top_k = 40 : i64}
// CHECK: lz.site_record @lz_site_4 "groups" {{.*}} values {epsilon = 1.000000e-05 : f64, groups = 2 : i64}

func.func @f(%c: !lz.context, %x: memref<3x8xf32>, %t: memref<3xi64>, %l: memref<3xf32>, %w: memref<8xf32>) -> i32 {
  lz.gelu ins(%x : memref<3x8xf32>) outs(%x : memref<3x8xf32>)
    {approximate = #lz.approximation<tanh>, lz.site = "bent", decision = #lz.decision<static, [<"default" kernel @plain>]>}
  lz.gelu ins(%x : memref<3x8xf32>) outs(%x : memref<3x8xf32>)
    {approximate = #lz.approximation<none>, lz.site = "plain", decision = #lz.decision<static, [<"default" kernel @plain>]>}
  lz.cross_entropy ins(%x, %t : memref<3x8xf32>, memref<3xi64>) outs(%l : memref<3xf32>)
    {lz.site = "loss", decision = #lz.decision<static, [<"default" kernel @plain>]>}
  lz.sample.top_k ins(%x, %l : memref<3x8xf32>, memref<3xf32>) outs(%t : memref<3xi64>)
    {top_k = 40 : i64, lz.site = "draw", decision = #lz.decision<static, [<"default" kernel @plain>]>}
  lz.group_norm ins(%x, %w : memref<3x8xf32>, memref<8xf32>) outs(%x : memref<3x8xf32>)
    {groups = 2 : i64, epsilon = 1.0e-5 : f64, lz.site = "groups", decision = #lz.decision<static, [<"default" kernel @plain>]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}
