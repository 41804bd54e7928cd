// RUN: lz-opt %s --lz-pipeline="target=cpu" -o %t.decomposed.mlir
// RUN: mlir-translate --mlir-to-llvmir %t.decomposed.mlir | FileCheck %s --check-prefix=DECOMPOSED
// RUN: lz-opt %s --lz-pipeline="kernels=%S/Inputs/rest.yaml mode=static target=cpu" -o %t.static.mlir
// RUN: mlir-translate --mlir-to-llvmir %t.static.mlir | FileCheck %s --check-prefix=STATIC
// RUN: lz-opt %s --lz-pipeline="kernels=%S/Inputs/rest.yaml mode=dynamic target=cpu" -o %t.dynamic.mlir
// RUN: mlir-translate --mlir-to-llvmir %t.dynamic.mlir | FileCheck %s --check-prefix=DYNAMIC

// Every operation reaches LLVM IR, decomposed, decided and live. What decompositions call is the runtime and libm, nothing that allocates or ends a process.

// DECOMPOSED-NOT: {{@(malloc|free|memrefCopy|abort|puts)\(}}
// DECOMPOSED: define i32 @causal
// DECOMPOSED-NOT: {{@(malloc|free|memrefCopy|abort|puts)\(}}
// STATIC: @lz_module_sites = internal constant [26 x ptr]
// STATIC-COUNT-26: call i32 %{{[0-9]+}}(ptr %{{[0-9]+}})
// DYNAMIC: @lz_module_sites = internal constant [26 x ptr]
// DYNAMIC-COUNT-26: load ptr, ptr @lz_site_{{[0-9]+}}.live

func.func @causal(%q: tensor<?x4x?x64xf32>, %k: tensor<?x2x?x64xf32>, %v: tensor<?x2x?x64xf32>) -> tensor<?x4x?x64xf32> {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x4x?x64xf32>
  %s = tensor.dim %q, %c2 : tensor<?x4x?x64xf32>
  %e = tensor.empty(%b, %s) : tensor<?x4x?x64xf32>
  %o = lz.attention.causal ins(%q, %k, %v : tensor<?x4x?x64xf32>, tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>) outs(%e : tensor<?x4x?x64xf32>) {layout = #lz.layout<BHSD>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<?x4x?x64xf32>
  return %o : tensor<?x4x?x64xf32>
}
func.func @full(%q: tensor<2x7x4x64xf32>, %m: tensor<2x1x7x7xf32>) -> tensor<2x7x4x64xf32> {
  %e = tensor.empty() : tensor<2x7x4x64xf32>
  %o = lz.attention.full ins(%q, %q, %q : tensor<2x7x4x64xf32>, tensor<2x7x4x64xf32>, tensor<2x7x4x64xf32>)
         mask(%m : tensor<2x1x7x7xf32>) outs(%e : tensor<2x7x4x64xf32>) {layout = #lz.layout<BSHD>, softcap = 2.0e+01 : f64} -> tensor<2x7x4x64xf32>
  return %o : tensor<2x7x4x64xf32>
}
func.func @cross(%q: tensor<?x4x64xf16>, %k: tensor<55x4x64xf16>) -> tensor<?x4x64xf16> {
  %c0 = arith.constant 0 : index
  %b = tensor.dim %q, %c0 : tensor<?x4x64xf16>
  %e = tensor.empty(%b) : tensor<?x4x64xf16>
  %o = lz.attention.cross ins(%q, %k, %k : tensor<?x4x64xf16>, tensor<55x4x64xf16>, tensor<55x4x64xf16>) outs(%e : tensor<?x4x64xf16>) {layout = #lz.layout<NHD>} -> tensor<?x4x64xf16>
  return %o : tensor<?x4x64xf16>
}
func.func @window(%q: tensor<2x4x50x64xbf16>, %k: tensor<2x2x50x64xbf16>) -> tensor<2x4x50x64xbf16> {
  %e = tensor.empty() : tensor<2x4x50x64xbf16>
  %o = lz.attention.sliding_window ins(%q, %k, %k : tensor<2x4x50x64xbf16>, tensor<2x2x50x64xbf16>, tensor<2x2x50x64xbf16>) outs(%e : tensor<2x4x50x64xbf16>)
         {layout = #lz.layout<BHSD>, causal_alignment = #lz.alignment<top_left>, window_size = 8 : i64} -> tensor<2x4x50x64xbf16>
  return %o : tensor<2x4x50x64xbf16>
}
func.func @norm(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x64xf32>
  %e = tensor.empty(%n) : tensor<?x64xf32>
  %y = lz.rms_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) outs(%e : tensor<?x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
func.func @addnorm(%x: tensor<?x64xbf16>, %r: tensor<?x64xbf16>, %w: tensor<64xbf16>) -> (tensor<?x64xbf16>, tensor<?x64xbf16>) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x64xbf16>
  %e = tensor.empty(%n) : tensor<?x64xbf16>
  %y, %h = lz.add_rms_norm ins(%x, %r, %w : tensor<?x64xbf16>, tensor<?x64xbf16>, tensor<64xbf16>)
             outs(%e, %e : tensor<?x64xbf16>, tensor<?x64xbf16>) {epsilon = 1.0e-6 : f64} -> tensor<?x64xbf16>, tensor<?x64xbf16>
  return %y, %h : tensor<?x64xbf16>, tensor<?x64xbf16>
}
func.func @rope(%x: tensor<?x?x8x64xf32>, %c: tensor<1x?x32xf32>, %s: tensor<1x?x32xf32>, %e: tensor<?x?x8x64xf32>) -> tensor<?x?x8x64xf32> {
  %y = lz.rope ins(%x, %c, %s : tensor<?x?x8x64xf32>, tensor<1x?x32xf32>, tensor<1x?x32xf32>) outs(%e : tensor<?x?x8x64xf32>) {layout = #lz.layout<BSHD>} -> tensor<?x?x8x64xf32>
  return %y : tensor<?x?x8x64xf32>
}
func.func @swiglu(%g: tensor<?x344xf32>, %u: tensor<?x344xf32>) -> tensor<?x344xf32> {
  %y = lz.swiglu ins(%g, %u : tensor<?x344xf32>, tensor<?x344xf32>) outs(%g : tensor<?x344xf32>) -> tensor<?x344xf32>
  return %y : tensor<?x344xf32>
}
func.func @softmax(%x: tensor<7x64xf16>) -> tensor<7x64xf16> {
  %e = tensor.empty() : tensor<7x64xf16>
  %y = lz.softmax ins(%x : tensor<7x64xf16>) outs(%e : tensor<7x64xf16>) -> tensor<7x64xf16>
  return %y : tensor<7x64xf16>
}
func.func @matmul(%x: tensor<?x?x128xf32>, %w: tensor<344x128xf32>, %e: tensor<?x?x344xf32> {lz.donated}) -> tensor<?x?x344xf32> {
  %y = lz.matmul ins(%x, %w : tensor<?x?x128xf32>, tensor<344x128xf32>) outs(%e : tensor<?x?x344xf32>) {transpose_b = true} -> tensor<?x?x344xf32>
  return %y : tensor<?x?x344xf32>
}
func.func @embedding(%ids: tensor<?x?xi64>, %e: tensor<?x?x128xf32>) -> tensor<?x?x128xf32> {
  %table = lz.parameter "embed" : tensor<512x128xf32>
  %x = lz.embedding ins(%table, %ids : tensor<512x128xf32>, tensor<?x?xi64>) outs(%e : tensor<?x?x128xf32>) -> tensor<?x?x128xf32>
  return %x : tensor<?x?x128xf32>
}
func.func @layernorm(%x: tensor<?x64xbf16>, %w: tensor<64xf32>, %b: tensor<64xbf16>) -> tensor<?x64xbf16> {
  %y = lz.layer_norm ins(%x, %w : tensor<?x64xbf16>, tensor<64xf32>) bias(%b : tensor<64xbf16>) outs(%x : tensor<?x64xbf16>) {epsilon = 1.0e-5 : f64} -> tensor<?x64xbf16>
  return %y : tensor<?x64xbf16>
}
func.func @groupnorm(%x: tensor<?x?x?x?xf16>, %w: tensor<?xf32>) -> tensor<?x?x?x?xf16> {
  %y = lz.group_norm ins(%x, %w : tensor<?x?x?x?xf16>, tensor<?xf32>) outs(%x : tensor<?x?x?x?xf16>) {groups = 4 : i64, epsilon = 1.0e-5 : f64} -> tensor<?x?x?x?xf16>
  return %y : tensor<?x?x?x?xf16>
}
func.func @rope_interleaved(%x: tensor<?x8x64xf32>, %c: tensor<?x32xf32>, %e: tensor<?x8x64xf32>) -> tensor<?x8x64xf32> {
  %y = lz.rope_interleaved ins(%x, %c, %c : tensor<?x8x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>) outs(%e : tensor<?x8x64xf32>) {layout = #lz.layout<NHD>} -> tensor<?x8x64xf32>
  return %y : tensor<?x8x64xf32>
}
func.func @alibi(%q: tensor<2x7x4x64xf16>, %s: tensor<4xf32>, %l: tensor<2x4x7xf32>) -> (tensor<2x7x4x64xf16>, tensor<2x4x7xf32>) {
  %o:2 = lz.alibi ins(%q, %q, %q, %s : tensor<2x7x4x64xf16>, tensor<2x7x4x64xf16>, tensor<2x7x4x64xf16>, tensor<4xf32>) outs(%q : tensor<2x7x4x64xf16>)
         lse(%l : tensor<2x4x7xf32>) {layout = #lz.layout<BSHD>} -> tensor<2x7x4x64xf16>, tensor<2x4x7xf32>
  return %o#0, %o#1 : tensor<2x7x4x64xf16>, tensor<2x4x7xf32>
}
func.func @geglu(%g: tensor<?x344xbf16>, %u: tensor<?x344xbf16>) -> tensor<?x344xbf16> {
  %y = lz.geglu ins(%g, %u : tensor<?x344xbf16>, tensor<?x344xbf16>) outs(%g : tensor<?x344xbf16>) {approximate = #lz.approximation<tanh>} -> tensor<?x344xbf16>
  return %y : tensor<?x344xbf16>
}
func.func @gelu(%x: tensor<?x344xf16>) -> tensor<?x344xf16> {
  %y = lz.gelu ins(%x : tensor<?x344xf16>) outs(%x : tensor<?x344xf16>) {approximate = #lz.approximation<none>} -> tensor<?x344xf16>
  return %y : tensor<?x344xf16>
}
func.func @silu(%x: tensor<?x344xf32>) -> tensor<?x344xf32> {
  %y = lz.silu ins(%x : tensor<?x344xf32>) outs(%x : tensor<?x344xf32>) -> tensor<?x344xf32>
  return %y : tensor<?x344xf32>
}
func.func @cross_entropy(%x: tensor<?x512xbf16>, %t: tensor<?xi64>, %e: tensor<?xf32>) -> tensor<?xf32> {
  %y = lz.cross_entropy ins(%x, %t : tensor<?x512xbf16>, tensor<?xi64>) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}
func.func @greedy(%x: tensor<?x512xf16>, %e: tensor<?xi64>) -> tensor<?xi64> {
  %y = lz.sample.greedy ins(%x : tensor<?x512xf16>) outs(%e : tensor<?xi64>) -> tensor<?xi64>
  return %y : tensor<?xi64>
}
func.func @top_k(%x: tensor<?x512xf32>, %u: tensor<?xf32>, %e: tensor<?xi32>) -> tensor<?xi32> {
  %y = lz.sample.top_k ins(%x, %u : tensor<?x512xf32>, tensor<?xf32>) outs(%e : tensor<?xi32>) {top_k = 40 : i64, temperature = 0.8 : f64} -> tensor<?xi32>
  return %y : tensor<?xi32>
}
func.func @top_p(%x: tensor<512xbf16>, %u: tensor<f32>) -> tensor<i64> {
  %e = tensor.empty() : tensor<i64>
  %y = lz.sample.top_p ins(%x, %u : tensor<512xbf16>, tensor<f32>) outs(%e : tensor<i64>) {top_p = 0.9 : f64} -> tensor<i64>
  return %y : tensor<i64>
}
func.func @update(%k: tensor<?x?x8x64xf32>, %n: tensor<?xi32>, %t: tensor<?x?xi32>, %kc: tensor<?x8x16x64xbf16>, %vc: tensor<?x8x16x64xbf16> {lz.donated})
    -> (tensor<?x8x16x64xbf16>, tensor<?x8x16x64xbf16>) {
  %c:2 = lz.kv_cache.update ins(%k, %k, %n : tensor<?x?x8x64xf32>, tensor<?x?x8x64xf32>, tensor<?xi32>) block_table(%t : tensor<?x?xi32>)
         outs(%kc, %vc : tensor<?x8x16x64xbf16>, tensor<?x8x16x64xbf16>) {layout = #lz.layout<BHSD>, kv_layout = #lz.kv_layout<paged>}
         -> tensor<?x8x16x64xbf16>, tensor<?x8x16x64xbf16>
  return %c#0, %c#1 : tensor<?x8x16x64xbf16>, tensor<?x8x16x64xbf16>
}
func.func @prefill(%q: tensor<?x?x32x64xf32>, %c: tensor<?x512x8x64xbf16>, %n: tensor<?xi64>, %l: tensor<?x32x?xf32>) -> (tensor<?x?x32x64xf32>, tensor<?x32x?xf32>) {
  %o:2 = lz.attention.prefill ins(%q, %c, %c, %n : tensor<?x?x32x64xf32>, tensor<?x512x8x64xbf16>, tensor<?x512x8x64xbf16>, tensor<?xi64>)
         outs(%q : tensor<?x?x32x64xf32>) lse(%l : tensor<?x32x?xf32>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>, window_size = 256 : i64}
         -> tensor<?x?x32x64xf32>, tensor<?x32x?xf32>
  return %o#0, %o#1 : tensor<?x?x32x64xf32>, tensor<?x32x?xf32>
}
func.func @decode(%q: tensor<?x1x32x64xf16>, %c: tensor<?x16x8x64xf16>, %n: tensor<?xi32>, %t: tensor<?x?xi32>) -> tensor<?x1x32x64xf16> {
  %o = lz.attention.decode ins(%q, %c, %c, %n : tensor<?x1x32x64xf16>, tensor<?x16x8x64xf16>, tensor<?x16x8x64xf16>, tensor<?xi32>)
       block_table(%t : tensor<?x?xi32>) outs(%q : tensor<?x1x32x64xf16>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<paged>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<?x1x32x64xf16>
  return %o : tensor<?x1x32x64xf16>
}
func.func @fp8(%a: tensor<?x128xf8E4M3FN>, %b: tensor<344x128xf8E5M2>, %s: tensor<?xf32>, %t: tensor<f32>, %e: tensor<?x344xbf16>) -> tensor<?x344xbf16> {
  %y = lz.matmul ins(%a, %b : tensor<?x128xf8E4M3FN>, tensor<344x128xf8E5M2>) scale_a(%s : tensor<?xf32>) scale_b(%t : tensor<f32>)
       outs(%e : tensor<?x344xbf16>) {transpose_b = true} -> tensor<?x344xbf16>
  return %y : tensor<?x344xbf16>
}
