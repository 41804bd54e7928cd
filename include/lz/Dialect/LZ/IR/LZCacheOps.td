//===- LZCacheOps.td - Operations on a cache of keys and values -*- tablegen -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operands repeat the argument slots of runtime/include/lzrt/abi/operations.h. What a cache is stands in LZ_CacheText, once for all operations
// that have one.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_CACHE_OPS
#define LZ_CACHE_OPS

class LZ_CacheText {
  string cache = [{
    A cache holds the keys and values of B sequences. `lengths[b]` is the number of tokens of sequence b that are in the cache once this
    call's tokens are in; it is `[B]`, in NHD and HND, which have one sequence, `[1]`. `kv_layout` says where row p of sequence b stands:
    - dense: at position p of the sequence axis, in batch b. k_cache is `[B, C, Hkv, D]` and v_cache `[B, C, Hkv, Dv]` in the order of
      `layout` (NHD and HND have no B); the capacity is C.
    - paged: at position `p % P` of block `block_table[b, p / P]`. k_cache is `[N, P, Hkv, D]` and v_cache `[N, P, Hkv, Dv]` in the order of
      `layout`, N being the number of blocks, P the positions of one; block_table is `[B, M]` and the capacity `M * P` (Kwon et al., 2023,
      PagedAttention). BSHD and BHSD only. What the table holds behind the blocks that `lengths[b]` needs does not matter.

    The caches have one element type, which need not be that of the other operands. A length below 0, above the capacity or above
    `max_context_len`, and a needed block number outside [0, N), are invalid arguments, to kernels and to the decomposition.
  }];
}

class LZ_CachedAttentionOp<string kind>
    : LZ_KernelOp<"attention." # kind, [AttrSizedOperandSegments, AllElementTypesMatch<["q", "out"]>,
        AllElementTypesMatch<["k_cache", "v_cache"]>]> {
  string formula = [{
    `lz.attention.causal` over the keys and values of a cache, one sequence a batch item. Query i of sequence b stands at position
    `p = lengths[b] - Sq + i` (causal_alignment bottom_right) or `p = i` (top_left); it sees key j where `j < lengths[b]`, `j <= p` and, with
    `window_size`, `p - window_size < j`. A query that stands before position 0, as padding on the left does, sees nothing: its row of out
    is 0, its lse -inf. `attention.prefill` and `attention.decode` mean the same; their names tell a policy whether a prompt or a step of a
    generation is running, and neither bounds Sq.
  }] # LZ_CacheText<>.cache # [{
    Shapes: q `[B, Sq, H, D]` and out `[B, Sq, H, Dv]` in the order of `layout`, of one element type; mask `[B, H, Sq, C]` (`[H, Sq, C]`
    without batch) with C the capacity, each extent may be 1 instead, of q's element type or f32; lse `[B, H, Sq]` of f32. H must be a
    multiple of Hkv. `scale` and `softcap` as in `lz.attention.causal`.

  }];
  let arguments = !con((ins LZ_FloatShaped:$q, LZ_FloatShaped:$k_cache, LZ_FloatShaped:$v_cache, LZ_IdVector:$lengths,
      Optional<LZ_IdMatrix>:$block_table, Optional<LZ_FloatShaped>:$mask, LZ_FloatShaped:$out, Optional<LZ_F32Shaped>:$lse,
      LZ_LayoutAttr:$layout, LZ_KVLayoutAttr:$kv_layout, LZ_AlignmentAttr:$causal_alignment, OptionalAttr<LZ_RealAttr>:$scale,
      OptionalAttr<LZ_RealAttr>:$softcap, OptionalAttr<ConfinedAttr<I64Attr, [IntMinValue<1>]>>:$window_size,
      OptionalAttr<ConfinedAttr<I64Attr, [IntMinValue<1>]>>:$max_context_len), decisionArgument);
  let assemblyFormat = [{
    `ins` `(` $q `,` $k_cache `,` $v_cache `,` $lengths `:` type($q) `,` type($k_cache) `,` type($v_cache) `,` type($lengths) `)`
    (`block_table` `(` $block_table^ `:` type($block_table) `)`)? (`mask` `(` $mask^ `:` type($mask) `)`)?
    `outs` `(` $out `:` type($out) `)` (`lse` `(` $lse^ `:` type($lse) `)`)? attr-dict (`->` type($results)^)?
  }];
}

def LZ_AttentionPrefillOp : LZ_CachedAttentionOp<"prefill"> {
  let summary = "causal attention of a prompt to a cache of keys and values";
  let description = formula # [{
    ```mlir
    %o = lz.attention.prefill ins(%q, %k, %v, %n : tensor<?x?x32x128xf32>, tensor<?x4096x8x128xbf16>, tensor<?x4096x8x128xbf16>, tensor<?xi32>)
         outs(%init : tensor<?x?x32x128xf32>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>}
         -> tensor<?x?x32x128xf32>
    ```
  }];
}

def LZ_AttentionDecodeOp : LZ_CachedAttentionOp<"decode"> {
  let summary = "causal attention of a generation's step to a cache of keys and values";
  let description = formula # [{
    ```mlir
    %o = lz.attention.decode ins(%q, %k, %v, %n : tensor<?x1x32x128xf32>, tensor<900x16x8x128xf32>, tensor<900x16x8x128xf32>, tensor<?xi64>)
         block_table(%t : tensor<?x256xi32>) outs(%init : tensor<?x1x32x128xf32>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<paged>, causal_alignment = #lz.alignment<bottom_right>}
         -> tensor<?x1x32x128xf32>
    ```
  }];
}

def LZ_KVCacheUpdateOp : LZ_KernelOp<"kv_cache.update", [AllElementTypesMatch<["k", "v"]>,
    AllElementTypesMatch<["k_cache", "v_cache"]>]> {
  let summary = "write a call's keys and values into a cache, in place";
  let description = [{
    Token i of the S tokens of sequence b is written to row `p = lengths[b] - S + i` of the sequence where `p >= 0`; those before are padding on
    the left and stay out. Everything else in the caches stays. Values are rounded once to the caches' element type. The caches are read and
    written: a result is the cache of this operand, which bufferization updates in place unless the old one is still read. Two rows of one
    call that fall on one place, as where sequences share a block of which a new token is part, are undefined behaviour.
  }] # LZ_CacheText<>.cache # [{
    Shapes: k `[B, S, Hkv, D]` and v `[B, S, Hkv, Dv]` in the order of `layout`, of one element type.

    ```mlir
    %kc, %vc = lz.kv_cache.update ins(%k, %v, %n : tensor<?x?x8x128xf32>, tensor<?x?x8x128xf32>, tensor<?xi32>)
               outs(%k0, %v0 : tensor<?x4096x8x128xbf16>, tensor<?x4096x8x128xbf16>)
               {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>} -> tensor<?x4096x8x128xbf16>, tensor<?x4096x8x128xbf16>
    ```
  }];
  let arguments = !con((ins LZ_FloatShaped:$k, LZ_FloatShaped:$v, LZ_IdVector:$lengths, Optional<LZ_IdMatrix>:$block_table,
      LZ_FloatShaped:$k_cache, LZ_FloatShaped:$v_cache, LZ_LayoutAttr:$layout, LZ_KVLayoutAttr:$kv_layout,
      OptionalAttr<ConfinedAttr<I64Attr, [IntMinValue<1>]>>:$max_context_len), decisionArgument);
  let assemblyFormat = [{
    `ins` `(` $k `,` $v `,` $lengths `:` type($k) `,` type($v) `,` type($lengths) `)`
    (`block_table` `(` $block_table^ `:` type($block_table) `)`)?
    `outs` `(` $k_cache `,` $v_cache `:` type($k_cache) `,` type($v_cache) `)` attr-dict (`->` type($results)^)?
  }];
}

#endif // LZ_CACHE_OPS
