// What is counted: one decided call of rank 2, and the block of four tensors with two open extents each.
module {
  func.func @compiled_norm(%x: memref<?x?xf32>, %weight: memref<?xf32>, %out: memref<?x?xf32>) {
    lz.rms_norm ins(%x, %weight : memref<?x?xf32>, memref<?xf32>) outs(%out : memref<?x?xf32>)
      {epsilon = 1.0e-6 : f64, lz.site = "norm", decision = #lz.decision<static, [<"static_kernel_map" kernel @norm>]>}
    return
  }
  func.func @compiled_attention(%q: memref<?x?x8x64xf32>, %k: memref<?x?x8x64xf32>, %v: memref<?x?x8x64xf32>,
                                %out: memref<?x?x8x64xf32>) {
    lz.attention.full ins(%q, %k, %v : memref<?x?x8x64xf32>, memref<?x?x8x64xf32>, memref<?x?x8x64xf32>)
      outs(%out : memref<?x?x8x64xf32>)
      {layout = #lz.layout<BSHD>, scale = 0.125 : f64, lz.site = "attention",
       decision = #lz.decision<static, [<"static_kernel_map" kernel @attention>]>}
    return
  }
}
