//===- LZLogitsOps.td - Loss and sampling over a vocabulary -*- tablegen -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// As in LZModelOps.td. The last dimension counts the V tokens of the vocabulary; the ones before it are rows, which have nothing to do with
// each other.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_LOGITS_OPS
#define LZ_LOGITS_OPS

def LZ_CrossEntropyOp : LZ_KernelOp<"cross_entropy"> {
  let summary = "loss of each row against its target token";
  let description = [{
    `out[r] = log(sum_j exp(logits[r, j])) - logits[r, targets[r]]`, accumulated in f32 with the row's maximum taken out of the exponents;
    0 where `targets[r]` is `ignore_index`. No mean or sum is taken over rows. Shapes: logits `[…, V]`, targets `[…]` of i32 or i64, out `[…]`
    of the element type of logits or f32. Targets are signed; one that is neither in [0, V) nor `ignore_index` a kernel reports as an invalid
    argument, in the decomposition its row's loss is unspecified.

    ```mlir
    %l = lz.cross_entropy ins(%x, %t : tensor<?x512xf32>, tensor<?xi64>) outs(%init : tensor<?xf32>) {ignore_index = -100 : i64}
         -> tensor<?xf32>
    ```
  }];
  let arguments = !con((ins LZ_FloatRows:$logits, LZ_IdShaped:$targets, LZ_FloatShaped:$out,
      DefaultValuedAttr<I64Attr, "-100">:$ignore_index), decisionArgument);
  let assemblyFormat = [{
    `ins` `(` $logits `,` $targets `:` type($logits) `,` type($targets) `)` `outs` `(` $out `:` type($out) `)`
    attr-dict (`->` type($results)^)?
  }];
}

def LZ_SampleGreedyOp : LZ_KernelOp<"sample.greedy"> {
  let summary = "the most likely token of each row";
  let description = [{
    `out[r]` is the lowest j among those with the greatest `x[r, j]`. A NaN is never the greatest; a row that holds no number above -inf gives 0.
    Shapes: x `[…, V]`, out `[…]` of i32 or i64.

    ```mlir
    %t = lz.sample.greedy ins(%x : tensor<?x512xf32>) outs(%init : tensor<?xi64>) -> tensor<?xi64>
    ```
  }];
  let arguments = !con((ins LZ_FloatRows:$x, LZ_IdShaped:$out), decisionArgument);
  let assemblyFormat = [{
    `ins` `(` $x `:` type($x) `)` `outs` `(` $out `:` type($out) `)` attr-dict (`->` type($results)^)?
  }];
}

class LZ_SampleOp<string kind, dag limit> : LZ_KernelOp<"sample." # kind> {
  string draw = [{
    The tokens of a row are ordered by descending logit, those of equal logits by ascending number, and token j weighs
    `w[j] = exp((logits[r, j] - max_i logits[r, i]) / temperature)`. Of the kept tokens, whose weights sum to W, `out[r]` is the first in that
    order up to and with which the weights sum to more than `random[r] * W`: a token falls with the probability w / W, and
    `random[r] = 0` gives the most likely one. Where rounding leaves no such token it is the last kept one with a weight above 0.

    `random` lies in [0, 1). It is an operand, so the operation is pure: the same operands give the same tokens. Sums are f32, in no
    specified order, so that a draw within their rounding of a border between two tokens may give either. A row with a NaN or
    +inf, or without a finite logit, gives an unspecified token in [0, V), or 0 where V is 0. `temperature` is above 0; for the limit 0 there is
    `lz.sample.greedy`. Shapes: logits `[…, V]`, random `[…]` of f32, out `[…]` of i32 or i64.
  }];
  let arguments = !con((ins LZ_FloatRows:$logits, LZ_F32Shaped:$random, LZ_IdShaped:$out), limit,
      (ins DefaultValuedAttr<F64Attr, "1.0">:$temperature), decisionArgument);
  let assemblyFormat = [{
    `ins` `(` $logits `,` $random `:` type($logits) `,` type($random) `)` `outs` `(` $out `:` type($out) `)`
    attr-dict (`->` type($results)^)?
  }];
}

def LZ_SampleTopKOp : LZ_SampleOp<"top_k", (ins ConfinedAttr<I64Attr, [IntMinValue<1>]>:$top_k)> {
  let summary = "a random token of each row's most likely ones, by number";
  let description = draw # [{
    Kept are the first `top_k` tokens in the order, all where V is smaller (Fan et al., 2018).

    ```mlir
    %t = lz.sample.top_k ins(%x, %u : tensor<?x512xf32>, tensor<?xf32>) outs(%init : tensor<?xi64>)
         {top_k = 40 : i64, temperature = 8.0e-1 : f64} -> tensor<?xi64>
    ```
  }];
}

def LZ_SampleTopPOp : LZ_SampleOp<"top_p", (ins F64Attr:$top_p)> {
  let summary = "a random token of each row's most likely ones, by probability";
  let description = draw # [{
    Kept are the tokens before which the weights sum to less than `top_p` times the sum of all weights: the shortest beginning of the order
    with a probability of at least `top_p`, and the first token always (Holtzman et al., 2020). `top_p` lies in (0, 1].

    ```mlir
    %t = lz.sample.top_p ins(%x, %u : tensor<?x512xf32>, tensor<?xf32>) outs(%init : tensor<?xi64>) {top_p = 9.0e-1 : f64}
         -> tensor<?xi64>
    ```
  }];
}

#endif // LZ_LOGITS_OPS
