// RUN: lz-opt %s -split-input-file -verify-diagnostics

func.func @q_rank(%q: tensor<5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{`q` has rank 3, expected 4, that of layout BSHD}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @cache_rank(%q: tensor<2x5x4x16xf32>, %k: tensor<9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{`k_cache` has rank 3, expected 4, that of layout BSHD}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @output_element_type(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %o: tensor<2x5x4x8xf16>) {
  // expected-error @below {{failed to verify that all of {q, out} have same element type}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) outs(%o : tensor<2x5x4x8xf16>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf16>
  return
}

// -----

func.func @cache_element_types(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf16>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{failed to verify that all of {k_cache, v_cache} have same element type}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf16>, tensor<2x9x2x8xf32>, tensor<2xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @lengths_element_type(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi16>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{operand #3 must be vector of i32 or i64}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi16>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @lengths_rank(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2x1xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{operand #3 must be vector of i32 or i64}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2x1xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @lengths_extent(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<3xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{`lengths` has extent 3 in dimension 0, expected 2, the batch of `q`}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<3xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @lengths_without_batch(%q: tensor<5x4x16xf32>, %k: tensor<9x2x16xf32>, %v: tensor<9x2x8xf32>, %n: tensor<2xi32>, %o: tensor<5x4x8xf32>) {
  // expected-error @below {{`lengths` has extent 2 in dimension 0, expected 1, as layout NHD has one sequence}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<5x4x16xf32>, tensor<9x2x16xf32>, tensor<9x2x8xf32>, tensor<2xi32>) outs(%o : tensor<5x4x8xf32>)
       {layout = #lz.layout<NHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<5x4x8xf32>
  return
}

// -----

func.func @table_of_dense(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %t: tensor<2x3xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{a dense cache takes no `block_table`; say kv_layout = #lz.kv_layout<paged> if the cache has blocks}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) block_table(%t : tensor<2x3xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @no_table(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{a paged cache needs a `block_table`}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<paged>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @paged_without_batch(%q: tensor<4x5x16xf32>, %k: tensor<2x9x16xf32>, %v: tensor<2x9x8xf32>, %n: tensor<1xi32>, %t: tensor<1x3xi32>, %o: tensor<4x5x8xf32>) {
  // expected-error @below {{a paged cache needs an axis for its blocks, which layout HND lacks; use BSHD or BHSD}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<4x5x16xf32>, tensor<2x9x16xf32>, tensor<2x9x8xf32>, tensor<1xi32>) block_table(%t : tensor<1x3xi32>) outs(%o : tensor<4x5x8xf32>)
       {layout = #lz.layout<HND>, kv_layout = #lz.kv_layout<paged>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<4x5x8xf32>
  return
}

// -----

func.func @table_element_type(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %t: tensor<2x3xf32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{operand #4 must be matrix of i32 or i64}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) block_table(%t : tensor<2x3xf32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<paged>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @table_rank(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %t: tensor<2xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{operand #4 must be matrix of i32 or i64}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) block_table(%t : tensor<2xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<paged>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @table_extent(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %t: tensor<3x3xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{`block_table` has extent 3 in dimension 0, expected 2, the batch of `q`}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) block_table(%t : tensor<3x3xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<paged>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @batch_of_dense(%q: tensor<2x5x4x16xf32>, %k: tensor<3x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{`k_cache` has extent 3 in dimension 0, expected 2, the batch of `q`}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<3x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @batch_of_values(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<3x9x2x8xf32>, %n: tensor<2xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{`v_cache` has extent 3 in dimension 0, expected 2, the batch of `k_cache`}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<3x9x2x8xf32>, tensor<2xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @blocks_of_values(%q: tensor<2x5x4x16xf32>, %k: tensor<7x4x2x16xf32>, %v: tensor<8x4x2x8xf32>, %n: tensor<2xi32>, %t: tensor<2x3xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{`v_cache` has extent 8 in dimension 0, expected 7, the batch of `k_cache`}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<7x4x2x16xf32>, tensor<8x4x2x8xf32>, tensor<2xi32>) block_table(%t : tensor<2x3xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<paged>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @capacity_of_values(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x8x2x8xf32>, %n: tensor<2xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{`v_cache` has extent 8 in dimension 1, expected 9, the sequence of `k_cache`}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x8x2x8xf32>, tensor<2xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @heads_of_values(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x4x8xf32>, %n: tensor<2xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{`v_cache` has extent 4 in dimension 2, expected 2, the heads of `k_cache`}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x4x8xf32>, tensor<2xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @group(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x3x16xf32>, %v: tensor<2x9x3x8xf32>, %n: tensor<2xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{`q` has 4 heads, which is no multiple of the 3 heads of `k_cache`}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x3x16xf32>, tensor<2x9x3x8xf32>, tensor<2xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @head_dimension_of_keys(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x8xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{`k_cache` has extent 8 in dimension 3, expected 16, the head dimension of `q`}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x8xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @head_dimension_of_output(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %o: tensor<2x5x4x16xf32>) {
  // expected-error @below {{`out` has extent 16 in dimension 3, expected 8, the head dimension of `v_cache`}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) outs(%o : tensor<2x5x4x16xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x16xf32>
  return
}

// -----

func.func @batch_of_output(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %o: tensor<3x5x4x8xf32>) {
  // expected-error @below {{`out` has extent 3 in dimension 0, expected 2, the batch of `q`}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) outs(%o : tensor<3x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<3x5x4x8xf32>
  return
}

// -----

func.func @mask_of_dense(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %m: tensor<2x4x5x5xf32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{`mask` has extent 5 in dimension 3, expected 1 or 9, that of the scores}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) mask(%m : tensor<2x4x5x5xf32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @mask_of_paged(%q: tensor<2x5x4x16xf32>, %k: tensor<7x4x2x16xf32>, %v: tensor<7x4x2x8xf32>, %n: tensor<2xi32>, %t: tensor<2x3xi32>, %m: tensor<1x1x1x11xf32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{`mask` has extent 11 in dimension 3, expected 1 or 12, that of the scores}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<7x4x2x16xf32>, tensor<7x4x2x8xf32>, tensor<2xi32>) block_table(%t : tensor<2x3xi32>) mask(%m : tensor<1x1x1x11xf32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<paged>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @lse_extent(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %o: tensor<2x5x4x8xf32>, %l: tensor<2x4x9xf32>) {
  // expected-error @below {{`lse` has extent 9 in dimension 2, expected 5, that of the scores}}
  %r:2 = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) outs(%o : tensor<2x5x4x8xf32>) lse(%l : tensor<2x4x9xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>, tensor<2x4x9xf32>
  return
}

// -----

func.func @softcap(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{`softcap` must be finite and above 0; leave it out for no cap}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>, softcap = 0.0 : f64} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @window(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @+2 {{attribute 'window_size' failed to satisfy constraint: 64-bit signless integer attribute whose minimum value is 1}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>, window_size = 0 : i64} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @context(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @+2 {{attribute 'max_context_len' failed to satisfy constraint: 64-bit signless integer attribute whose minimum value is 1}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>, causal_alignment = #lz.alignment<bottom_right>, max_context_len = 0 : i64} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @alignment_is_mandatory(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{requires attribute 'causal_alignment'}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>} -> tensor<2x5x4x8xf32>
  return
}

// -----

func.func @kv_layout_is_mandatory(%q: tensor<2x5x4x16xf32>, %k: tensor<2x9x2x16xf32>, %v: tensor<2x9x2x8xf32>, %n: tensor<2xi32>, %o: tensor<2x5x4x8xf32>) {
  // expected-error @below {{requires attribute 'kv_layout'}}
  %r = lz.attention.prefill ins(%q, %k, %v, %n : tensor<2x5x4x16xf32>, tensor<2x9x2x16xf32>, tensor<2x9x2x8xf32>, tensor<2xi32>) outs(%o : tensor<2x5x4x8xf32>)
       {layout = #lz.layout<BSHD>, causal_alignment = #lz.alignment<bottom_right>} -> tensor<2x5x4x8xf32>
  return
}
