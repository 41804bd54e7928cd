// C6: the facts of an op, each tested by a rule that selects only where all are Known and as written.
// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/policy-facts.yaml --lz-import-kernels=kernels=%S/Inputs/kernels-facts.yaml \
// RUN:   --lz-resolve="mode=config target=cpu" | FileCheck %s

// CHECK-LABEL: func.func @attention
// CHECK: decision = #lz.decision<config, [<"dispatch_rule" kernel @some_attention rule 0>]>
func.func @attention(%q: tensor<2x8x10x64xbf16>, %k: tensor<2x4x12x64xbf16>, %v: tensor<2x4x12x32xbf16>, %init: tensor<2x8x10x32xbf16>) -> tensor<2x8x10x32xbf16> {
  %o = lz.attention.causal ins(%q, %k, %v : tensor<2x8x10x64xbf16>, tensor<2x4x12x64xbf16>, tensor<2x4x12x32xbf16>) outs(%init : tensor<2x8x10x32xbf16>)
       {layout = #lz.layout<BHSD>, causal_alignment = #lz.alignment<bottom_right>, scale = 0.125 : f64, lz.site = "here"} -> tensor<2x8x10x32xbf16>
  return %o : tensor<2x8x10x32xbf16>
}

// Without a batch axis the fact is Absent: only `_ne` is true of it (C2).
// CHECK-LABEL: func.func @window
// CHECK: decision = #lz.decision<config, [<"dispatch_rule" kernel @some_attention rule 1>]>
func.func @window(%q: tensor<8x10x64xf32>, %mask: tensor<8x10x10xf32>) -> tensor<8x10x64xf32> {
  %o = lz.attention.sliding_window ins(%q, %q, %q : tensor<8x10x64xf32>, tensor<8x10x64xf32>, tensor<8x10x64xf32>) mask(%mask : tensor<8x10x10xf32>)
       outs(%q : tensor<8x10x64xf32>)
       {layout = #lz.layout<HND>, causal_alignment = #lz.alignment<top_left>, window_size = 4 : i64, scale = 0.125 : f64} -> tensor<8x10x64xf32>
  return %o : tensor<8x10x64xf32>
}

// Extents are seen through the transposition.
// CHECK-LABEL: func.func @matmul
// CHECK: decision = #lz.decision<config, [<"dispatch_rule" kernel @some_matmul rule 2>]>
func.func @matmul(%a: tensor<2x10x64xf32>, %b: tensor<32x64xf16>, %init: tensor<2x10x32xf32>) -> tensor<2x10x32xf32> {
  %y = lz.matmul ins(%a, %b : tensor<2x10x64xf32>, tensor<32x64xf16>) outs(%init : tensor<2x10x32xf32>) {transpose_b = true} -> tensor<2x10x32xf32>
  return %y : tensor<2x10x32xf32>
}

// CHECK-LABEL: func.func @embedding
// CHECK: decision = #lz.decision<config, [<"dispatch_rule" kernel @some_embedding rule 3>]>
func.func @embedding(%table: tensor<100x16xf32>, %ids: tensor<2x3xi64>, %init: tensor<2x3x16xf32>) -> tensor<2x3x16xf32> {
  %y = lz.embedding ins(%table, %ids : tensor<100x16xf32>, tensor<2x3xi64>) outs(%init : tensor<2x3x16xf32>) -> tensor<2x3x16xf32>
  return %y : tensor<2x3x16xf32>
}

// CHECK-LABEL: func.func @norm
// CHECK: decision = #lz.decision<config, [<"dispatch_rule" kernel @some_norm rule 4>]>
func.func @norm(%x: tensor<2x3x64xf32>, %w: tensor<64xf32>) -> tensor<2x3x64xf32> {
  %y = lz.rms_norm ins(%x, %w : tensor<2x3x64xf32>, tensor<64xf32>) outs(%x : tensor<2x3x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<2x3x64xf32>
  return %y : tensor<2x3x64xf32>
}

// A cache's type and layout are facts, and what its attribute says of the context.
// CHECK-LABEL: func.func @cached
// CHECK: lz.kv_cache.update {{.*}}decision = #lz.decision<config, [<"dispatch_rule" kernel @some_update rule 5>]>
// CHECK: lz.attention.decode {{.*}}decision = #lz.decision<config, [<"dispatch_rule" kernel @some_attention rule 6>]>
func.func @cached(%q: tensor<2x1x8x64xf32>, %k: tensor<2x1x4x64xf32>, %v: tensor<2x1x4x32xf32>, %n: tensor<2xi32>, %t: tensor<2x5xi32>,
                  %kc: tensor<9x16x4x64xbf16>, %vc: tensor<9x16x4x32xbf16>, %o: tensor<2x1x8x32xf32>) -> tensor<2x1x8x32xf32> {
  %c:2 = lz.kv_cache.update ins(%k, %v, %n : tensor<2x1x4x64xf32>, tensor<2x1x4x32xf32>, tensor<2xi32>) block_table(%t : tensor<2x5xi32>)
         outs(%kc, %vc : tensor<9x16x4x64xbf16>, tensor<9x16x4x32xbf16>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<paged>, max_context_len = 80 : i64} -> tensor<9x16x4x64xbf16>, tensor<9x16x4x32xbf16>
  %r = lz.attention.decode ins(%q, %c#0, %c#1, %n : tensor<2x1x8x64xf32>, tensor<9x16x4x64xbf16>, tensor<9x16x4x32xbf16>, tensor<2xi32>)
       block_table(%t : tensor<2x5xi32>) outs(%o : tensor<2x1x8x32xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<paged>, causal_alignment = #lz.alignment<bottom_right>, max_context_len = 80 : i64}
       -> tensor<2x1x8x32xf32>
  return %r : tensor<2x1x8x32xf32>
}

// CHECK-LABEL: func.func @fp8
// CHECK: decision = #lz.decision<config, [<"dispatch_rule" kernel @some_matmul rule 7>]>
func.func @fp8(%a: tensor<10x64xf8E4M3FN>, %b: tensor<64x32xf8E5M2>, %init: tensor<10x32xbf16>) -> tensor<10x32xbf16> {
  %y = lz.matmul ins(%a, %b : tensor<10x64xf8E4M3FN>, tensor<64x32xf8E5M2>) outs(%init : tensor<10x32xbf16>) -> tensor<10x32xbf16>
  return %y : tensor<10x32xbf16>
}
