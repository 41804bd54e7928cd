func.func @causal(%q: tensor<?x32x?x128xf32>, %k: tensor<?x8x?x128xf32>, %init: tensor<?x32x?x128xf32>) -> tensor<?x32x?x128xf32> {
  %o = lz.attention.causal ins(%q, %k, %k : tensor<?x32x?x128xf32>, tensor<?x8x?x128xf32>, tensor<?x8x?x128xf32>)
       outs(%init : tensor<?x32x?x128xf32>)
       {layout = #lz.layout<BHSD>, causal_alignment = #lz.alignment<bottom_right>, scale = 0.0883 : f64} -> tensor<?x32x?x128xf32>
  return %o : tensor<?x32x?x128xf32>
}
func.func @full_with_mask_and_lse(%q: tensor<2x7x4x64xbf16>, %m: tensor<2x1x7x7xf32>, %lse: tensor<2x4x7xf32>)
    -> (tensor<2x7x4x64xbf16>, tensor<2x4x7xf32>) {
  %o:2 = lz.attention.full ins(%q, %q, %q : tensor<2x7x4x64xbf16>, tensor<2x7x4x64xbf16>, tensor<2x7x4x64xbf16>)
         mask(%m : tensor<2x1x7x7xf32>) outs(%q : tensor<2x7x4x64xbf16>) lse(%lse : tensor<2x4x7xf32>)
         {layout = #lz.layout<BSHD>, softcap = 20.0 : f64} -> tensor<2x7x4x64xbf16>, tensor<2x4x7xf32>
  return %o#0, %o#1 : tensor<2x7x4x64xbf16>, tensor<2x4x7xf32>
}
func.func @cross_without_batch(%q: tensor<?x4x64xf16>, %k: tensor<55x4x64xf16>) -> tensor<?x4x64xf16> {
  %o = lz.attention.cross ins(%q, %k, %k : tensor<?x4x64xf16>, tensor<55x4x64xf16>, tensor<55x4x64xf16>)
       outs(%q : tensor<?x4x64xf16>) {layout = #lz.layout<NHD>, lz.site = "decoder.cross"} -> tensor<?x4x64xf16>
  return %o : tensor<?x4x64xf16>
}
func.func @sliding_window_on_buffers(%q: memref<4x50x64xf32>, %k: memref<2x50x64xf32>, %o: memref<4x50x64xf32>) {
  lz.attention.sliding_window ins(%q, %k, %k : memref<4x50x64xf32>, memref<2x50x64xf32>, memref<2x50x64xf32>)
    outs(%o : memref<4x50x64xf32>) {layout = #lz.layout<HND>, causal_alignment = #lz.alignment<top_left>, window_size = 8 : i64}
  return
}
func.func @extents(%q: tensor<1x0x3x16xf32>, %v: tensor<1x0x3x8xf32>) -> tensor<1x0x3x8xf32> {
  %o = lz.attention.full ins(%q, %q, %v : tensor<1x0x3x16xf32>, tensor<1x0x3x16xf32>, tensor<1x0x3x8xf32>)
       outs(%v : tensor<1x0x3x8xf32>) {layout = #lz.layout<BHSD>} -> tensor<1x0x3x8xf32>
  return %o : tensor<1x0x3x8xf32>
}
func.func @norms(%x: tensor<?x64xf16>, %w: tensor<64xf32>) -> (tensor<?x64xf16>, tensor<?x64xf16>, tensor<?x64xf16>) {
  %y = lz.rms_norm ins(%x, %w : tensor<?x64xf16>, tensor<64xf32>) outs(%x : tensor<?x64xf16>) {epsilon = 1.0e-6 : f64} -> tensor<?x64xf16>
  %z:2 = lz.add_rms_norm ins(%x, %y, %w : tensor<?x64xf16>, tensor<?x64xf16>, tensor<64xf32>)
         outs(%x, %y : tensor<?x64xf16>, tensor<?x64xf16>) {epsilon = 0.0 : f64} -> tensor<?x64xf16>, tensor<?x64xf16>
  return %y, %z#0, %z#1 : tensor<?x64xf16>, tensor<?x64xf16>, tensor<?x64xf16>
}
func.func @rope(%x: tensor<?x?x8x64xf32>, %c: tensor<1x?x32xf32>, %n: tensor<5x8x64xbf16>, %d: tensor<5x32xf32>)
    -> (tensor<?x?x8x64xf32>, tensor<5x8x64xbf16>) {
  %y = lz.rope ins(%x, %c, %c : tensor<?x?x8x64xf32>, tensor<1x?x32xf32>, tensor<1x?x32xf32>) outs(%x : tensor<?x?x8x64xf32>)
       {layout = #lz.layout<BSHD>} -> tensor<?x?x8x64xf32>
  %z = lz.rope ins(%n, %d, %d : tensor<5x8x64xbf16>, tensor<5x32xf32>, tensor<5x32xf32>) outs(%n : tensor<5x8x64xbf16>)
       {layout = #lz.layout<NHD>} -> tensor<5x8x64xbf16>
  return %y, %z : tensor<?x?x8x64xf32>, tensor<5x8x64xbf16>
}
func.func @pointwise(%x: tensor<?x344xbf16>) -> (tensor<?x344xbf16>, tensor<?x344xbf16>) {
  %y = lz.swiglu ins(%x, %x : tensor<?x344xbf16>, tensor<?x344xbf16>) outs(%x : tensor<?x344xbf16>) -> tensor<?x344xbf16>
  %z = lz.softmax ins(%y : tensor<?x344xbf16>) outs(%x : tensor<?x344xbf16>) -> tensor<?x344xbf16>
  return %y, %z : tensor<?x344xbf16>, tensor<?x344xbf16>
}
func.func @gelus(%x: tensor<?x344xbf16>) -> (tensor<?x344xbf16>, tensor<?x344xbf16>, tensor<?x344xbf16>) {
  %y = lz.gelu ins(%x : tensor<?x344xbf16>) outs(%x : tensor<?x344xbf16>) {approximate = #lz.approximation<none>} -> tensor<?x344xbf16>
  %z = lz.geglu ins(%x, %y : tensor<?x344xbf16>, tensor<?x344xbf16>) outs(%x : tensor<?x344xbf16>)
       {approximate = #lz.approximation<tanh>} -> tensor<?x344xbf16>
  %s = lz.silu ins(%z : tensor<?x344xbf16>) outs(%x : tensor<?x344xbf16>) -> tensor<?x344xbf16>
  return %y, %z, %s : tensor<?x344xbf16>, tensor<?x344xbf16>, tensor<?x344xbf16>
}
func.func @affine_norms(%x: tensor<?x64xf16>, %w: tensor<64xf32>, %b: tensor<64xf16>, %i: memref<2x64x?xf32>, %v: memref<64xf32>) -> tensor<?x64xf16> {
  %y = lz.layer_norm ins(%x, %w : tensor<?x64xf16>, tensor<64xf32>) bias(%b : tensor<64xf16>) outs(%x : tensor<?x64xf16>)
       {epsilon = 1.0e-5 : f64} -> tensor<?x64xf16>
  lz.group_norm ins(%i, %v : memref<2x64x?xf32>, memref<64xf32>) outs(%i : memref<2x64x?xf32>) {groups = 4 : i64, epsilon = 1.0e-5 : f64}
  return %y : tensor<?x64xf16>
}
func.func @rope_interleaved(%x: tensor<5x8x64xbf16>, %c: tensor<5x32xf32>) -> tensor<5x8x64xbf16> {
  %y = lz.rope_interleaved ins(%x, %c, %c : tensor<5x8x64xbf16>, tensor<5x32xf32>, tensor<5x32xf32>) outs(%x : tensor<5x8x64xbf16>)
       {layout = #lz.layout<NHD>} -> tensor<5x8x64xbf16>
  return %y : tensor<5x8x64xbf16>
}
func.func @alibi(%q: tensor<1x4x5x8xf16>, %k: tensor<1x2x7x8xf16>, %m: tensor<4xf32>, %a: tensor<1x1x5x7xf32>, %l: tensor<1x4x5xf32>)
    -> (tensor<1x4x5x8xf16>, tensor<1x4x5xf32>) {
  %o:2 = lz.alibi ins(%q, %k, %k, %m : tensor<1x4x5x8xf16>, tensor<1x2x7x8xf16>, tensor<1x2x7x8xf16>, tensor<4xf32>)
         mask(%a : tensor<1x1x5x7xf32>) outs(%q : tensor<1x4x5x8xf16>) lse(%l : tensor<1x4x5xf32>)
         {layout = #lz.layout<BHSD>, scale = 0.5 : f64} -> tensor<1x4x5x8xf16>, tensor<1x4x5xf32>
  return %o#0, %o#1 : tensor<1x4x5x8xf16>, tensor<1x4x5xf32>
}
func.func @logits(%x: tensor<?x3x64xbf16>, %t: tensor<?x3xi64>, %l: tensor<?x3xf32>, %i: tensor<?x3xi32>)
    -> (tensor<?x3xf32>, tensor<?x3xi32>, tensor<?x3xi64>, tensor<?x3xi64>) {
  %a = lz.cross_entropy ins(%x, %t : tensor<?x3x64xbf16>, tensor<?x3xi64>) outs(%l : tensor<?x3xf32>) {ignore_index = -100 : i64}
       -> tensor<?x3xf32>
  %b = lz.sample.greedy ins(%x : tensor<?x3x64xbf16>) outs(%i : tensor<?x3xi32>) -> tensor<?x3xi32>
  %c = lz.sample.top_k ins(%x, %l : tensor<?x3x64xbf16>, tensor<?x3xf32>) outs(%t : tensor<?x3xi64>) {top_k = 40 : i64, temperature = 1.0 : f64}
       -> tensor<?x3xi64>
  %d = lz.sample.top_p ins(%x, %l : tensor<?x3x64xbf16>, tensor<?x3xf32>) outs(%t : tensor<?x3xi64>) {top_p = 0.9 : f64, temperature = 0.5 : f64}
       -> tensor<?x3xi64>
  return %a, %b, %c, %d : tensor<?x3xf32>, tensor<?x3xi32>, tensor<?x3xi64>, tensor<?x3xi64>
}
func.func @matmul(%a: tensor<?x?x128xf32>, %w: tensor<344x128xf16>, %bias: tensor<344xf32>, %o: tensor<?x?x344xf32>,
                  %s: memref<3x4xf32>, %t: memref<3x5xf32>, %r: memref<4x5xf32>) -> tensor<?x?x344xf32> {
  %y = lz.matmul ins(%a, %w : tensor<?x?x128xf32>, tensor<344x128xf16>) bias(%bias : tensor<344xf32>)
       outs(%o : tensor<?x?x344xf32>) {transpose_b = true} -> tensor<?x?x344xf32>
  lz.matmul ins(%s, %t : memref<3x4xf32>, memref<3x5xf32>) outs(%r : memref<4x5xf32>) {transpose_a = true}
  return %y : tensor<?x?x344xf32>
}
func.func @embedding(%ids: tensor<?x?xi64>, %o: tensor<?x?x128xf32>) -> tensor<?x?x128xf32> {
  %table = lz.parameter "model.embed_tokens.weight" : tensor<512x128xf32>
  %y = lz.embedding ins(%table, %ids : tensor<512x128xf32>, tensor<?x?xi64>) outs(%o : tensor<?x?x128xf32>) -> tensor<?x?x128xf32>
  return %y : tensor<?x?x128xf32>
}
func.func @decided(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %y = lz.softmax ins(%x : tensor<2x8xf32>) outs(%x : tensor<2x8xf32>)
       {decision = #lz.decision<static, [<"static_kernel_map" kernel @plain>]>, lz.site = "a"} -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}
lz.policy @policy {text = "{\22version\22: \221.0\22}", policy_digest = "p", selection_digest = "s"}
lz.kernel @fast {manifest = "{}"}
func.func @decisions(%x: tensor<?x64xf32> {lz.donated}) -> tensor<?x64xf32> attributes {lz.mode = #lz.mode<hot_reload>} {
  %w = lz.parameter "w" : tensor<64xf32>
  %y = lz.rms_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) outs(%x : tensor<?x64xf32>)
       {epsilon = 1.0e-6 : f64, lz.site = "a", decision = #lz.decision<config, [<"dispatch_rule" kernel @fast rule 0
        when [<"num_tokens" "gt" "8192">, <"library_version" "gte" "\222.1\22" of @fast>]>, <"decompose">]>} -> tensor<?x64xf32>
  %z = lz.rms_norm ins(%y, %w : tensor<?x64xf32>, tensor<64xf32>) outs(%x : tensor<?x64xf32>)
       {epsilon = 1.0e-6 : f64, lz.site = "b", decision = #lz.decision<dynamic live>} -> tensor<?x64xf32>
  return %z : tensor<?x64xf32>
}
func.func @buffers(%x: memref<?x8xf32, strided<[?, 2], offset: ?>>, %y: memref<?x8xf32>) {
  lz.softmax ins(%x : memref<?x8xf32, strided<[?, 2], offset: ?>>) outs(%y : memref<?x8xf32>)
  return
}
