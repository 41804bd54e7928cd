//===- LZModelOps.td - The operations of a model -*- tablegen -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operands repeat the argument slots of runtime/include/lzrt/abi/operations.h. Every operation accumulates in f32 and rounds its outputs
// once. Extents of 0 are allowed: an output without elements asks for nothing, a sum without terms is 0.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_MODEL_OPS
#define LZ_MODEL_OPS

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

class LZ_AttentionOp<string kind, string formulaOfVisible, dag visibility = (ins)>
    : LZ_KernelOp<"attention." # kind, [AttrSizedOperandSegments, AllElementTypesMatch<["q", "k", "v", "out"]>]> {
  string formula = [{
    With the query heads grouped over the key heads (head h reads key head `h / (H / Hkv)`; Ainslie et al., 2023, GQA):

    ```
    s[i, j] = cap(scale * sum_d q[i, d] * k[j, d]) + mask[i, j]      cap(x) = softcap * tanh(x / softcap), or x without softcap
    out[i]  = sum over visible j of softmax(s[i])[j] * v[j]          0 in a row without a visible key, or whose scores are all -inf
    lse[i]  = log(sum over visible j of exp(s[i, j]))                -inf in such a row
    ```

  }] # formulaOfVisible # [{

    `scale` is 1/sqrt(D) where absent. `layout` orders the axes of q `[B, Sq, H, D]`, k `[B, Sk, Hkv, D]`, v `[B, Sk, Hkv, Dv]` and out
    `[B, Sq, H, Dv]`, which BSHD lists in that order; NHD and HND have no batch. The additive mask is `[B, H, Sq, Sk]` whatever the layout
    (`[H, Sq, Sk]` without batch), each extent may be 1 instead and is then broadcast; it has q's element type or f32. `lse` is f32,
    `[B, H, Sq]`. H must be a multiple of Hkv. Source: Vaswani et al., 2017; softcap: Gemma 2, 2024.
  }];
  let arguments = !con((ins LZ_FloatShaped:$q, LZ_FloatShaped:$k, LZ_FloatShaped:$v, Optional<LZ_FloatShaped>:$mask, LZ_FloatShaped:$out,
      Optional<LZ_F32Shaped>:$lse, LZ_LayoutAttr:$layout, OptionalAttr<LZ_RealAttr>:$scale, OptionalAttr<LZ_RealAttr>:$softcap),
      visibility, decisionArgument);
  let assemblyFormat = [{
    `ins` `(` $q `,` $k `,` $v `:` type($q) `,` type($k) `,` type($v) `)` (`mask` `(` $mask^ `:` type($mask) `)`)?
    `outs` `(` $out `:` type($out) `)` (`lse` `(` $lse^ `:` type($lse) `)`)? attr-dict (`->` type($results)^)?
  }];
}

def LZ_AttentionCausalOp : LZ_AttentionOp<"causal", [{
    Query i sees key j where `j <= i` (causal_alignment top_left) or `j <= i + Sk - Sq` (bottom_right).
  }], (ins LZ_AlignmentAttr:$causal_alignment)> {
  let summary = "attention in which a query sees no later key";
  let description = formula # [{
    ```mlir
    %o = lz.attention.causal ins(%q, %k, %v : tensor<?x32x?x128xf32>, tensor<?x8x?x128xf32>, tensor<?x8x?x128xf32>)
         outs(%init : tensor<?x32x?x128xf32>) {layout = #lz.layout<BHSD>, causal_alignment = #lz.alignment<bottom_right>}
         -> tensor<?x32x?x128xf32>
    ```
  }];
}

def LZ_AttentionFullOp : LZ_AttentionOp<"full", [{
    Every query sees every key.
  }]> {
  let summary = "attention in which every query sees every key";
  let description = formula # [{
    ```mlir
    %o = lz.attention.full ins(%q, %k, %v : tensor<2x7x4x64xf32>, tensor<2x7x4x64xf32>, tensor<2x7x4x64xf32>)
         mask(%m : tensor<2x1x7x7xf32>) outs(%init : tensor<2x7x4x64xf32>) {layout = #lz.layout<BSHD>, softcap = 2.0e+01 : f64}
         -> tensor<2x7x4x64xf32>
    ```
  }];
}

def LZ_AttentionCrossOp : LZ_AttentionOp<"cross", [{
    Every query sees every key; keys and values come from another sequence than the queries.
  }]> {
  let summary = "attention to the keys of another sequence";
  let description = formula # [{
    ```mlir
    %o = lz.attention.cross ins(%q, %k, %v : tensor<?x4x64xf16>, tensor<55x4x64xf16>, tensor<55x4x64xf16>)
         outs(%init : tensor<?x4x64xf16>) {layout = #lz.layout<NHD>} -> tensor<?x4x64xf16>
    ```
  }];
}

def LZ_AttentionSlidingWindowOp : LZ_AttentionOp<"sliding_window", [{
    With p = i (causal_alignment top_left) or i + Sk - Sq (bottom_right), query i sees key j where `p - window_size < j <= p`: `window_size`
    keys, its own included (Beltagy et al., 2020; Jiang et al., 2023, Mistral 7B).
  }], (ins LZ_AlignmentAttr:$causal_alignment, ConfinedAttr<I64Attr, [IntMinValue<1>]>:$window_size)> {
  let summary = "causal attention to the last few keys";
  let description = formula # [{
    ```mlir
    %o = lz.attention.sliding_window ins(%q, %k, %v : tensor<2x4x50x64xf32>, tensor<2x2x50x64xf32>, tensor<2x2x50x64xf32>)
         outs(%init : tensor<2x4x50x64xf32>)
         {layout = #lz.layout<BHSD>, causal_alignment = #lz.alignment<top_left>, window_size = 8 : i64} -> tensor<2x4x50x64xf32>
    ```
  }];
}

def LZ_AlibiOp : LZ_KernelOp<"alibi", [AttrSizedOperandSegments, AllElementTypesMatch<["q", "k", "v", "out"]>]> {
  let summary = "causal attention with a bias that grows with the distance";
  let description = [{
    As `lz.attention.causal` aligned top left (query i sees key j where `j <= i`), with a bias that is linear in the distance and has a slope
    of its own in each head (Press et al., 2022, ALiBi). Head h reads key head `h / (H / Hkv)`:

    ```
    s[i, j] = cap(scale * sum_d q[i, d] * k[j, d]) + slopes[h] * (j - i) + mask[i, j]
    out[i]  = sum over j <= i of softmax(s[i])[j] * v[j]             0 in a row whose scores are all -inf
    lse[i]  = log(sum over j <= i of exp(s[i, j]))                   -inf in such a row
    ```

    Positive slopes weaken what is far. The distance is to the query's own position, so that `lse` is that of these scores; an offset alike in
    a whole row, as where only j is multiplied, changes `lse` alone. Shapes: slopes `[H]`, of q's element type or f32; the others, `scale`,
    `softcap` and `layout` as in `lz.attention.causal`.

    ```mlir
    %o = lz.alibi ins(%q, %k, %v, %m : tensor<?x32x?x128xf32>, tensor<?x8x?x128xf32>, tensor<?x8x?x128xf32>, tensor<32xf32>)
         outs(%init : tensor<?x32x?x128xf32>) {layout = #lz.layout<BHSD>} -> tensor<?x32x?x128xf32>
    ```
  }];
  let arguments = !con((ins LZ_FloatShaped:$q, LZ_FloatShaped:$k, LZ_FloatShaped:$v, LZ_FloatVector:$slopes,
      Optional<LZ_FloatShaped>:$mask, LZ_FloatShaped:$out, Optional<LZ_F32Shaped>:$lse, LZ_LayoutAttr:$layout,
      OptionalAttr<LZ_RealAttr>:$scale, OptionalAttr<LZ_RealAttr>:$softcap), decisionArgument);
  let assemblyFormat = [{
    `ins` `(` $q `,` $k `,` $v `,` $slopes `:` type($q) `,` type($k) `,` type($v) `,` type($slopes) `)`
    (`mask` `(` $mask^ `:` type($mask) `)`)? `outs` `(` $out `:` type($out) `)` (`lse` `(` $lse^ `:` type($lse) `)`)?
    attr-dict (`->` type($results)^)?
  }];
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

def LZ_RmsNormOp : LZ_KernelOp<"rms_norm", [AllElementTypesMatch<["x", "out"]>]> {
  let summary = "root-mean-square normalisation over the last dimension";
  let description = [{
    `out[r, i] = x[r, i] / sqrt(mean_j(x[r, j]^2) + epsilon) * weight[i]`, accumulated in f32 (Zhang and Sennrich, 2019).
    Shapes: x and out `[…, n]`, weight `[n]`, of x's element type or f32.

    ```mlir
    %y = lz.rms_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) outs(%init : tensor<?x64xf32>) {epsilon = 1.0e-6 : f64}
         -> tensor<?x64xf32>
    ```
  }];
  let arguments = !con((ins LZ_FloatRows:$x, LZ_FloatVector:$weight, LZ_FloatRows:$out, LZ_RealAttr:$epsilon), decisionArgument);
  let assemblyFormat = [{
    `ins` `(` $x `,` $weight `:` type($x) `,` type($weight) `)` `outs` `(` $out `:` type($out) `)` attr-dict (`->` type($results)^)?
  }];
}

def LZ_AddRmsNormOp : LZ_KernelOp<"add_rms_norm", [AllElementTypesMatch<["x", "residual", "out", "out_residual"]>]> {
  let summary = "residual addition and the root-mean-square normalisation of the sum";
  let description = [{
    With the sum `h = x + residual` in f32: `out[r, i] = h[r, i] / sqrt(mean_j(h[r, j]^2) + epsilon) * weight[i]`, and `out_residual = h`
    rounded to the element type; the norm is that of the unrounded sum (Zhang and Sennrich, 2019).
    Shapes: x, residual, out and out_residual `[…, n]`, weight `[n]`, of x's element type or f32.

    ```mlir
    %y, %h = lz.add_rms_norm ins(%x, %r, %w : tensor<?x64xf32>, tensor<?x64xf32>, tensor<64xf32>)
             outs(%init0, %init1 : tensor<?x64xf32>, tensor<?x64xf32>) {epsilon = 1.0e-6 : f64} -> tensor<?x64xf32>, tensor<?x64xf32>
    ```
  }];
  let arguments = !con((ins LZ_FloatRows:$x, LZ_FloatRows:$residual, LZ_FloatVector:$weight, LZ_FloatRows:$out,
      LZ_FloatRows:$out_residual, LZ_RealAttr:$epsilon), decisionArgument);
  let assemblyFormat = [{
    `ins` `(` $x `,` $residual `,` $weight `:` type($x) `,` type($residual) `,` type($weight) `)`
    `outs` `(` $out `,` $out_residual `:` type($out) `,` type($out_residual) `)` attr-dict (`->` type($results)^)?
  }];
}

class LZ_AffineNormOp<string mnemonic, Type shape, dag attributes>
    : LZ_KernelOp<mnemonic, [AllElementTypesMatch<["x", "out"]>]> {
  let arguments = !con((ins shape:$x, LZ_FloatVector:$weight, Optional<LZ_FloatVector>:$bias, shape:$out), attributes,
      decisionArgument);
  let assemblyFormat = [{
    `ins` `(` $x `,` $weight `:` type($x) `,` type($weight) `)` (`bias` `(` $bias^ `:` type($bias) `)`)?
    `outs` `(` $out `:` type($out) `)` attr-dict (`->` type($results)^)?
  }];
}

def LZ_LayerNormOp : LZ_AffineNormOp<"layer_norm", LZ_FloatRows, (ins LZ_RealAttr:$epsilon)> {
  let summary = "normalisation to mean 0 and variance 1 over the last dimension";
  let description = [{
    With `mean[r] = mean_j(x[r, j])` and `var[r] = mean_j((x[r, j] - mean[r])^2)`, which divides by n:
    `out[r, i] = (x[r, i] - mean[r]) / sqrt(var[r] + epsilon) * weight[i] + bias[i]`, accumulated in f32 (Ba et al., 2016). Without `bias`
    nothing is added. Shapes: x and out `[…, n]`, weight and bias `[n]`, of x's element type or f32.

    ```mlir
    %y = lz.layer_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) bias(%b : tensor<64xf32>) outs(%init : tensor<?x64xf32>)
         {epsilon = 1.0e-5 : f64} -> tensor<?x64xf32>
    ```
  }];
}

def LZ_GroupNormOp : LZ_AffineNormOp<"group_norm", LZ_FloatMatrices, (ins ConfinedAttr<I64Attr, [IntMinValue<1>]>:$groups,
    LZ_RealAttr:$epsilon)> {
  let summary = "normalisation to mean 0 and variance 1 over groups of channels";
  let description = [{
    Dimension 1 holds C channels, which stand in `groups` groups of C / groups neighbours. `mean[n, g]` and `var[n, g]`, which divides by their
    number, are those of all elements of a batch item's group, over its channels and all later dimensions:
    `out[n, c, …] = (x[n, c, …] - mean[n, g]) / sqrt(var[n, g] + epsilon) * weight[c] + bias[c]` with `g = c / (C / groups)`, accumulated in f32
    (Wu and He, 2018). Without `bias` nothing is added. Shapes: x and out `[N, C, …]` of rank 2 or more, weight and bias `[C]`, of x's
    element type or f32. C must be a multiple of `groups`: where it is known only at run time, a kernel reports another one as an invalid
    argument, in the decomposition it is undefined behaviour. The facts of a call count dimensions as in every norm: `batch_size` is N,
    `hidden_size` the last extent.

    ```mlir
    %y = lz.group_norm ins(%x, %w : tensor<?x32x?x?xf32>, tensor<32xf32>) bias(%b : tensor<32xf32>) outs(%init : tensor<?x32x?x?xf32>)
         {groups = 8 : i64, epsilon = 1.0e-5 : f64} -> tensor<?x32x?x?xf32>
    ```
  }];
}

//===----------------------------------------------------------------------===//
// Positions, activations, softmax
//===----------------------------------------------------------------------===//

class LZ_RotaryOp<string mnemonic> : LZ_KernelOp<mnemonic, [AllElementTypesMatch<["x", "out"]>]> {
  string shapes = [{
    Shapes: x and out `[B, S, H, D]` in the order of `layout`, D even; cos and sin `[B, S, D/2]` or `[1, S, D/2]`, in NHD and HND `[S, D/2]`,
    of x's element type or f32.
  }];
  let arguments = !con((ins LZ_FloatShaped:$x, LZ_FloatShaped:$cos, LZ_FloatShaped:$sin, LZ_FloatShaped:$out, LZ_LayoutAttr:$layout),
      decisionArgument);
  let assemblyFormat = [{
    `ins` `(` $x `,` $cos `,` $sin `:` type($x) `,` type($cos) `,` type($sin) `)` `outs` `(` $out `:` type($out) `)`
    attr-dict (`->` type($results)^)?
  }];
}

def LZ_RopeOp : LZ_RotaryOp<"rope"> {
  let summary = "rotary position embedding, pairing the halves of a head";
  let description = [{
    With h = D/2 and i < h, at position s: `out[i] = x[i] * cos[s, i] - x[i+h] * sin[s, i]` and
    `out[i+h] = x[i+h] * cos[s, i] + x[i] * sin[s, i]` (Su et al., 2021, in the pairing of Hugging Face's Llama).
  }] # shapes # [{
    ```mlir
    %y = lz.rope ins(%x, %c, %s : tensor<?x?x8x64xf32>, tensor<1x?x32xf32>, tensor<1x?x32xf32>) outs(%init : tensor<?x?x8x64xf32>)
         {layout = #lz.layout<BSHD>} -> tensor<?x?x8x64xf32>
    ```
  }];
}

def LZ_RopeInterleavedOp : LZ_RotaryOp<"rope_interleaved"> {
  let summary = "rotary position embedding, pairing neighbours";
  let description = [{
    With i < D/2, at position s: `out[2i] = x[2i] * cos[s, i] - x[2i+1] * sin[s, i]` and
    `out[2i+1] = x[2i+1] * cos[s, i] + x[2i] * sin[s, i]` (Su et al., 2021, in the pairing of the paper and of GPT-J).
  }] # shapes # [{
    ```mlir
    %y = lz.rope_interleaved ins(%x, %c, %s : tensor<?x?x8x64xf32>, tensor<1x?x32xf32>, tensor<1x?x32xf32>)
         outs(%init : tensor<?x?x8x64xf32>) {layout = #lz.layout<BSHD>} -> tensor<?x?x8x64xf32>
    ```
  }];
}

def LZ_SwigluOp : LZ_KernelOp<"swiglu", [SameOperandsShape, SameOperandsElementType]> {
  let summary = "gated SiLU";
  let description = [{
    `out = gate / (1 + exp(-gate)) * up`, element by element (Shazeer, 2020). Shapes: all alike, of rank 1 or more.

    ```mlir
    %y = lz.swiglu ins(%gate, %up : tensor<?x344xf32>, tensor<?x344xf32>) outs(%init : tensor<?x344xf32>) -> tensor<?x344xf32>
    ```
  }];
  let arguments = !con((ins LZ_FloatRows:$gate, LZ_FloatRows:$up, LZ_FloatRows:$out), decisionArgument);
  let assemblyFormat = [{
    `ins` `(` $gate `,` $up `:` type($gate) `,` type($up) `)` `outs` `(` $out `:` type($out) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 0;
}

def LZ_GegluOp : LZ_KernelOp<"geglu", [SameOperandsShape, SameOperandsElementType]> {
  let summary = "gated GELU";
  let description = [{
    `out = gelu(gate) * up`, element by element, with `approximate` as in `lz.gelu` (Shazeer, 2020). Shapes: all alike, of rank 1 or more.

    ```mlir
    %y = lz.geglu ins(%gate, %up : tensor<?x344xf32>, tensor<?x344xf32>) outs(%init : tensor<?x344xf32>)
         {approximate = #lz.approximation<tanh>} -> tensor<?x344xf32>
    ```
  }];
  let arguments = !con((ins LZ_FloatRows:$gate, LZ_FloatRows:$up, LZ_FloatRows:$out, LZ_ApproximationAttr:$approximate), decisionArgument);
  let assemblyFormat = [{
    `ins` `(` $gate `,` $up `:` type($gate) `,` type($up) `)` `outs` `(` $out `:` type($out) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 0;
}

class LZ_RowsOp<string mnemonic, dag attributes = (ins)> : LZ_KernelOp<mnemonic, [SameOperandsShape, SameOperandsElementType]> {
  let arguments = !con((ins LZ_FloatRows:$x, LZ_FloatRows:$out), attributes, decisionArgument);
  let assemblyFormat = [{
    `ins` `(` $x `:` type($x) `)` `outs` `(` $out `:` type($out) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 0;
}

def LZ_GeluOp : LZ_RowsOp<"gelu", (ins LZ_ApproximationAttr:$approximate)> {
  let summary = "Gaussian error linear unit";
  let description = [{
    Element by element, with `approximate` none: `out = x / 2 * (1 + erf(x / sqrt(2)))`; with tanh:
    `out = x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))` (Hendrycks and Gimpel, 2016). Peers disagree on the default, so the
    attribute is mandatory. Shapes: x and out alike, of rank 1 or more.

    ```mlir
    %y = lz.gelu ins(%x : tensor<?x64xf32>) outs(%init : tensor<?x64xf32>) {approximate = #lz.approximation<none>} -> tensor<?x64xf32>
    ```
  }];
}

def LZ_SiluOp : LZ_RowsOp<"silu"> {
  let summary = "sigmoid linear unit";
  let description = [{
    `out = x / (1 + exp(-x))`, element by element (Elfwing et al., 2017). Shapes: x and out alike, of rank 1 or more.

    ```mlir
    %y = lz.silu ins(%x : tensor<?x64xf32>) outs(%init : tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
  }];
}

def LZ_SoftmaxOp : LZ_RowsOp<"softmax"> {
  let summary = "softmax over the last dimension";
  let description = [{
    `out[r, i] = exp(x[r, i] - max_j x[r, j]) / sum_j exp(x[r, j] - max_j x[r, j])`. Shapes: x and out alike, of rank 1 or more.

    ```mlir
    %y = lz.softmax ins(%x : tensor<?x64xf32>) outs(%init : tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
  }];
}

//===----------------------------------------------------------------------===//
// Matrices and tables
//===----------------------------------------------------------------------===//

def LZ_MatmulOp : LZ_KernelOp<"matmul", [AttrSizedOperandSegments]> {
  let summary = "matrix multiplication";
  let description = [{
    `out[…, m, n] = scale_a[…, m] * scale_b[…, n] * sum_k a[…, m, k] * b[…, k, n] + bias[n]`, accumulated in f32: the products are those of the
    unscaled numbers, scales and then the bias are applied to the sum. Shapes: a `[…, m, k]` (`[…, k, m]` with `transpose_a`), b `[…, k, n]`
    (`[…, n, k]` with `transpose_b`), out `[…, m, n]`, bias `[n]`, of out's element type or f32. The leading extents of a, b and out are
    alike; a b of rank 2 serves every batch.

    a, b and bias of f32, f16 or bf16 may differ, and out has a's element type. Or a and b are both of fp8, each f8E4M3FN or f8E5M2; out is then
    f32, f16 or bf16, and scales of f32 may stand for what was divided out when the operands were rounded (Micikevicius et al., 2022). A scale is
    one number for the whole operand, of rank 0 or `[1]`; or one a row of a, `[…, m]`, and one a column of b, `[…, n]`, with the leading extents of
    their operand. Beside an operand of rank 2 a scale of open extent is the one or the other in each call. Without a scale it is 1. Other operands take
    none.

    ```mlir
    %y = lz.matmul ins(%x, %w : tensor<?x?x128xf32>, tensor<344x128xf32>) outs(%init : tensor<?x?x344xf32>) {transpose_b = true}
         -> tensor<?x?x344xf32>
    %z = lz.matmul ins(%a, %b : tensor<?x128xf8E4M3FN>, tensor<344x128xf8E4M3FN>) scale_a(%s : tensor<?xf32>) scale_b(%t : tensor<344xf32>)
         outs(%empty : tensor<?x344xbf16>) {transpose_b = true} -> tensor<?x344xbf16>
    ```
  }];
  let arguments = !con((ins LZ_GemmMatrices:$a, LZ_GemmMatrices:$b, Optional<LZ_FloatVector>:$bias, Optional<LZ_F32Shaped>:$scale_a,
      Optional<LZ_F32Shaped>:$scale_b, LZ_FloatMatrices:$out, DefaultValuedAttr<BoolAttr, "false">:$transpose_a,
      DefaultValuedAttr<BoolAttr, "false">:$transpose_b), decisionArgument);
  let assemblyFormat = [{
    `ins` `(` $a `,` $b `:` type($a) `,` type($b) `)` (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`scale_a` `(` $scale_a^ `:` type($scale_a) `)`)? (`scale_b` `(` $scale_b^ `:` type($scale_b) `)`)?
    `outs` `(` $out `:` type($out) `)` attr-dict (`->` type($results)^)?
  }];
}

def LZ_EmbeddingOp : LZ_KernelOp<"embedding", [AllElementTypesMatch<["table", "out"]>]> {
  let summary = "rows of a table by their numbers";
  let description = [{
    `out[…, i] = table[ids[…], i]`. Shapes: table `[V, n]`, ids `[…]` of i32 or i64, out `[…, n]`. Ids are signed and must lie in [0, V):
    another one is an invalid argument, to kernels and to the decomposition.

    ```mlir
    %y = lz.embedding ins(%table, %ids : tensor<512x128xf32>, tensor<?x?xi64>) outs(%init : tensor<?x?x128xf32>) -> tensor<?x?x128xf32>
    ```
  }];
  let arguments = !con((ins LZ_FloatMatrix:$table, LZ_IdShaped:$ids, LZ_FloatRows:$out), decisionArgument);
  let assemblyFormat = [{
    `ins` `(` $table `,` $ids `:` type($table) `,` type($ids) `)` `outs` `(` $out `:` type($out) `)` attr-dict (`->` type($results)^)?
  }];
}

#endif // LZ_MODEL_OPS
