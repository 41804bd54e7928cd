// RUN: lz-opt %s -split-input-file -verify-diagnostics

func.func @rank(%k: tensor<3x2x16xf32>, %v: tensor<2x3x2x8xf32>, %n: tensor<2xi32>, %kc: tensor<2x9x2x16xbf16>, %vc: tensor<2x9x2x8xbf16>) {
  // expected-error @below {{`k` has rank 3, expected 4, that of layout BSHD}}
  %r:2 = lz.kv_cache.update ins(%k, %v, %n : tensor<3x2x16xf32>, tensor<2x3x2x8xf32>, tensor<2xi32>) outs(%kc, %vc : tensor<2x9x2x16xbf16>, tensor<2x9x2x8xbf16>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>} -> tensor<2x9x2x16xbf16>, tensor<2x9x2x8xbf16>
  return
}

// -----

func.func @element_types(%k: tensor<2x3x2x16xf16>, %v: tensor<2x3x2x8xf32>, %n: tensor<2xi32>, %kc: tensor<2x9x2x16xbf16>, %vc: tensor<2x9x2x8xbf16>) {
  // expected-error @below {{failed to verify that all of {k, v} have same element type}}
  %r:2 = lz.kv_cache.update ins(%k, %v, %n : tensor<2x3x2x16xf16>, tensor<2x3x2x8xf32>, tensor<2xi32>) outs(%kc, %vc : tensor<2x9x2x16xbf16>, tensor<2x9x2x8xbf16>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>} -> tensor<2x9x2x16xbf16>, tensor<2x9x2x8xbf16>
  return
}

// -----

func.func @cache_element_types(%k: tensor<2x3x2x16xf32>, %v: tensor<2x3x2x8xf32>, %n: tensor<2xi32>, %kc: tensor<2x9x2x16xf32>, %vc: tensor<2x9x2x8xbf16>) {
  // expected-error @below {{failed to verify that all of {k_cache, v_cache} have same element type}}
  %r:2 = lz.kv_cache.update ins(%k, %v, %n : tensor<2x3x2x16xf32>, tensor<2x3x2x8xf32>, tensor<2xi32>) outs(%kc, %vc : tensor<2x9x2x16xf32>, tensor<2x9x2x8xbf16>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>} -> tensor<2x9x2x16xf32>, tensor<2x9x2x8xbf16>
  return
}

// -----

func.func @integers(%k: tensor<2x3x2x16xf32>, %v: tensor<2x3x2x8xf32>, %n: tensor<2xi32>, %kc: tensor<2x9x2x16xi8>, %vc: tensor<2x9x2x8xi8>) {
  // expected-error @below {{operand #3 must be tensor or memref of f32, f16 or bf16}}
  %r:2 = lz.kv_cache.update ins(%k, %v, %n : tensor<2x3x2x16xf32>, tensor<2x3x2x8xf32>, tensor<2xi32>) outs(%kc, %vc : tensor<2x9x2x16xi8>, tensor<2x9x2x8xi8>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>} -> tensor<2x9x2x16xi8>, tensor<2x9x2x8xi8>
  return
}

// -----

func.func @batch(%k: tensor<2x3x2x16xf32>, %v: tensor<1x3x2x8xf32>, %n: tensor<2xi32>, %kc: tensor<2x9x2x16xbf16>, %vc: tensor<2x9x2x8xbf16>) {
  // expected-error @below {{`v` has extent 1 in dimension 0, expected 2, the batch of `k`}}
  %r:2 = lz.kv_cache.update ins(%k, %v, %n : tensor<2x3x2x16xf32>, tensor<1x3x2x8xf32>, tensor<2xi32>) outs(%kc, %vc : tensor<2x9x2x16xbf16>, tensor<2x9x2x8xbf16>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>} -> tensor<2x9x2x16xbf16>, tensor<2x9x2x8xbf16>
  return
}

// -----

func.func @tokens(%k: tensor<2x3x2x16xf32>, %v: tensor<2x4x2x8xf32>, %n: tensor<2xi32>, %kc: tensor<2x9x2x16xbf16>, %vc: tensor<2x9x2x8xbf16>) {
  // expected-error @below {{`v` has extent 4 in dimension 1, expected 3, the sequence of `k`}}
  %r:2 = lz.kv_cache.update ins(%k, %v, %n : tensor<2x3x2x16xf32>, tensor<2x4x2x8xf32>, tensor<2xi32>) outs(%kc, %vc : tensor<2x9x2x16xbf16>, tensor<2x9x2x8xbf16>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>} -> tensor<2x9x2x16xbf16>, tensor<2x9x2x8xbf16>
  return
}

// -----

func.func @heads(%k: tensor<2x3x2x16xf32>, %v: tensor<2x3x1x8xf32>, %n: tensor<2xi32>, %kc: tensor<2x9x2x16xbf16>, %vc: tensor<2x9x2x8xbf16>) {
  // expected-error @below {{`v` has extent 1 in dimension 2, expected 2, the heads of `k`}}
  %r:2 = lz.kv_cache.update ins(%k, %v, %n : tensor<2x3x2x16xf32>, tensor<2x3x1x8xf32>, tensor<2xi32>) outs(%kc, %vc : tensor<2x9x2x16xbf16>, tensor<2x9x2x8xbf16>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>} -> tensor<2x9x2x16xbf16>, tensor<2x9x2x8xbf16>
  return
}

// -----

func.func @lengths_extent(%k: tensor<2x3x2x16xf32>, %v: tensor<2x3x2x8xf32>, %n: tensor<1xi32>, %kc: tensor<2x9x2x16xbf16>, %vc: tensor<2x9x2x8xbf16>) {
  // expected-error @below {{`lengths` has extent 1 in dimension 0, expected 2, the batch of `k`}}
  %r:2 = lz.kv_cache.update ins(%k, %v, %n : tensor<2x3x2x16xf32>, tensor<2x3x2x8xf32>, tensor<1xi32>) outs(%kc, %vc : tensor<2x9x2x16xbf16>, tensor<2x9x2x8xbf16>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>} -> tensor<2x9x2x16xbf16>, tensor<2x9x2x8xbf16>
  return
}

// -----

func.func @batch_of_cache(%k: tensor<2x3x2x16xf32>, %v: tensor<2x3x2x8xf32>, %n: tensor<2xi32>, %kc: tensor<4x9x2x16xbf16>, %vc: tensor<2x9x2x8xbf16>) {
  // expected-error @below {{`k_cache` has extent 4 in dimension 0, expected 2, the batch of `k`}}
  %r:2 = lz.kv_cache.update ins(%k, %v, %n : tensor<2x3x2x16xf32>, tensor<2x3x2x8xf32>, tensor<2xi32>) outs(%kc, %vc : tensor<4x9x2x16xbf16>, tensor<2x9x2x8xbf16>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>} -> tensor<4x9x2x16xbf16>, tensor<2x9x2x8xbf16>
  return
}

// -----

func.func @heads_of_cache(%k: tensor<2x3x2x16xf32>, %v: tensor<2x3x2x8xf32>, %n: tensor<2xi32>, %kc: tensor<2x9x3x16xbf16>, %vc: tensor<2x9x3x8xbf16>) {
  // expected-error @below {{`k_cache` has extent 3 in dimension 2, expected 2, the heads of `k`}}
  %r:2 = lz.kv_cache.update ins(%k, %v, %n : tensor<2x3x2x16xf32>, tensor<2x3x2x8xf32>, tensor<2xi32>) outs(%kc, %vc : tensor<2x9x3x16xbf16>, tensor<2x9x3x8xbf16>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>} -> tensor<2x9x3x16xbf16>, tensor<2x9x3x8xbf16>
  return
}

// -----

func.func @dimension_of_keys(%k: tensor<2x3x2x16xf32>, %v: tensor<2x3x2x8xf32>, %n: tensor<2xi32>, %kc: tensor<2x9x2x8xbf16>, %vc: tensor<2x9x2x8xbf16>) {
  // expected-error @below {{`k_cache` has extent 8 in dimension 3, expected 16, the head dimension of `k`}}
  %r:2 = lz.kv_cache.update ins(%k, %v, %n : tensor<2x3x2x16xf32>, tensor<2x3x2x8xf32>, tensor<2xi32>) outs(%kc, %vc : tensor<2x9x2x8xbf16>, tensor<2x9x2x8xbf16>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>} -> tensor<2x9x2x8xbf16>, tensor<2x9x2x8xbf16>
  return
}

// -----

func.func @dimension_of_values(%k: tensor<2x3x2x16xf32>, %v: tensor<2x3x2x8xf32>, %n: tensor<2xi32>, %kc: tensor<2x9x2x16xbf16>, %vc: tensor<2x9x2x16xbf16>) {
  // expected-error @below {{`v_cache` has extent 16 in dimension 3, expected 8, the head dimension of `v`}}
  %r:2 = lz.kv_cache.update ins(%k, %v, %n : tensor<2x3x2x16xf32>, tensor<2x3x2x8xf32>, tensor<2xi32>) outs(%kc, %vc : tensor<2x9x2x16xbf16>, tensor<2x9x2x16xbf16>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>} -> tensor<2x9x2x16xbf16>, tensor<2x9x2x16xbf16>
  return
}

// -----

func.func @no_table(%k: tensor<2x3x2x16xf32>, %v: tensor<2x3x2x8xf32>, %n: tensor<2xi32>, %kc: tensor<2x9x2x16xbf16>, %vc: tensor<2x9x2x8xbf16>) {
  // expected-error @below {{a paged cache needs a `block_table`}}
  %r:2 = lz.kv_cache.update ins(%k, %v, %n : tensor<2x3x2x16xf32>, tensor<2x3x2x8xf32>, tensor<2xi32>) outs(%kc, %vc : tensor<2x9x2x16xbf16>, tensor<2x9x2x8xbf16>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<paged>} -> tensor<2x9x2x16xbf16>, tensor<2x9x2x8xbf16>
  return
}

// -----

func.func @table_of_dense(%k: tensor<2x3x2x16xf32>, %v: tensor<2x3x2x8xf32>, %n: tensor<2xi32>, %t: tensor<2x3xi64>, %kc: tensor<2x9x2x16xbf16>, %vc: tensor<2x9x2x8xbf16>) {
  // expected-error @below {{a dense cache takes no `block_table`; say kv_layout = #lz.kv_layout<paged> if the cache has blocks}}
  %r:2 = lz.kv_cache.update ins(%k, %v, %n : tensor<2x3x2x16xf32>, tensor<2x3x2x8xf32>, tensor<2xi32>) block_table(%t : tensor<2x3xi64>) outs(%kc, %vc : tensor<2x9x2x16xbf16>, tensor<2x9x2x8xbf16>)
         {layout = #lz.layout<BSHD>, kv_layout = #lz.kv_layout<dense>} -> tensor<2x9x2x16xbf16>, tensor<2x9x2x8xbf16>
  return
}

// -----

func.func @layout_is_mandatory(%k: tensor<2x3x2x16xf32>, %v: tensor<2x3x2x8xf32>, %n: tensor<2xi32>, %kc: tensor<2x9x2x16xbf16>, %vc: tensor<2x9x2x8xbf16>) {
  // expected-error @below {{requires attribute 'kv_layout'}}
  %r:2 = lz.kv_cache.update ins(%k, %v, %n : tensor<2x3x2x16xf32>, tensor<2x3x2x8xf32>, tensor<2xi32>) outs(%kc, %vc : tensor<2x9x2x16xbf16>, tensor<2x9x2x8xbf16>)
         {layout = #lz.layout<BSHD>} -> tensor<2x9x2x16xbf16>, tensor<2x9x2x8xbf16>
  return
}
