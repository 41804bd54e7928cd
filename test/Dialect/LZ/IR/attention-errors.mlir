// RUN: lz-opt %s -split-input-file -verify-diagnostics

func.func @element_types(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf16>, %v: tensor<2x4x5x16xf32>, %o: tensor<2x4x5x16xf32>) {
  // expected-error @below {{failed to verify that all of {q, k, v, out} have same element type}}
  %r = lz.attention.full ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf16>, tensor<2x4x5x16xf32>) outs(%o : tensor<2x4x5x16xf32>)
       {layout = #lz.layout<BHSD>} -> tensor<2x4x5x16xf32>
  return
}

// -----

func.func @integers(%q: tensor<2x4x5x16xi32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %o: tensor<2x4x5x16xf32>) {
  // expected-error @below {{operand #0 must be tensor or memref of f32, f16 or bf16}}
  %r = lz.attention.full ins(%q, %k, %v : tensor<2x4x5x16xi32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>) outs(%o : tensor<2x4x5x16xf32>)
       {layout = #lz.layout<BHSD>} -> tensor<2x4x5x16xf32>
  return
}

// -----

func.func @rank_of_layout(%q: tensor<4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %o: tensor<2x4x5x16xf32>) {
  // expected-error @below {{`q` has rank 3, expected 4, that of layout BHSD}}
  %r = lz.attention.full ins(%q, %k, %v : tensor<4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>) outs(%o : tensor<2x4x5x16xf32>)
       {layout = #lz.layout<BHSD>} -> tensor<2x4x5x16xf32>
  return
}

// -----

func.func @rank_without_batch(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %o: tensor<2x4x5x16xf32>) {
  // expected-error @below {{`q` has rank 4, expected 3, that of layout NHD}}
  %r = lz.attention.full ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>) outs(%o : tensor<2x4x5x16xf32>)
       {layout = #lz.layout<NHD>} -> tensor<2x4x5x16xf32>
  return
}

// -----

func.func @batch(%q: tensor<2x4x5x16xf32>, %k: tensor<3x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %o: tensor<2x4x5x16xf32>) {
  // expected-error @below {{`k` has extent 3 in dimension 0, expected 2, the batch of `q`}}
  %r = lz.attention.full ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<3x4x5x16xf32>, tensor<2x4x5x16xf32>) outs(%o : tensor<2x4x5x16xf32>)
       {layout = #lz.layout<BHSD>} -> tensor<2x4x5x16xf32>
  return
}

// -----

func.func @values_for_keys(%q: tensor<2x5x4x16xf32>, %k: tensor<2x5x4x16xf32>, %v: tensor<2x6x4x16xf32>, %o: tensor<2x5x4x16xf32>) {
  // expected-error @below {{`v` has extent 6 in dimension 1, expected 5, the sequence of `k`}}
  %r = lz.attention.full ins(%q, %k, %v : tensor<2x5x4x16xf32>, tensor<2x5x4x16xf32>, tensor<2x6x4x16xf32>) outs(%o : tensor<2x5x4x16xf32>)
       {layout = #lz.layout<BSHD>} -> tensor<2x5x4x16xf32>
  return
}

// -----

func.func @queries_of_output(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %o: tensor<2x4x6x16xf32>) {
  // expected-error @below {{`out` has extent 6 in dimension 2, expected 5, the sequence of `q`}}
  %r = lz.attention.full ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>) outs(%o : tensor<2x4x6x16xf32>)
       {layout = #lz.layout<BHSD>} -> tensor<2x4x6x16xf32>
  return
}

// -----

func.func @heads_of_values(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x2x5x16xf32>, %o: tensor<2x4x5x16xf32>) {
  // expected-error @below {{`v` has extent 2 in dimension 1, expected 4, the heads of `k`}}
  %r = lz.attention.full ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x2x5x16xf32>) outs(%o : tensor<2x4x5x16xf32>)
       {layout = #lz.layout<BHSD>} -> tensor<2x4x5x16xf32>
  return
}

// -----

func.func @heads_of_output(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %o: tensor<2x8x5x16xf32>) {
  // expected-error @below {{`out` has extent 8 in dimension 1, expected 4, the heads of `q`}}
  %r = lz.attention.full ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>) outs(%o : tensor<2x8x5x16xf32>)
       {layout = #lz.layout<BHSD>} -> tensor<2x8x5x16xf32>
  return
}

// -----

func.func @head_dimension_of_keys(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x8xf32>, %v: tensor<2x4x5x16xf32>, %o: tensor<2x4x5x16xf32>) {
  // expected-error @below {{`k` has extent 8 in dimension 3, expected 16, the head dimension of `q`}}
  %r = lz.attention.full ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x8xf32>, tensor<2x4x5x16xf32>) outs(%o : tensor<2x4x5x16xf32>)
       {layout = #lz.layout<BHSD>} -> tensor<2x4x5x16xf32>
  return
}

// -----

func.func @head_dimension_of_output(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x8xf32>, %o: tensor<2x4x5x16xf32>) {
  // expected-error @below {{`out` has extent 16 in dimension 3, expected 8, the head dimension of `v`}}
  %r = lz.attention.full ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x8xf32>) outs(%o : tensor<2x4x5x16xf32>)
       {layout = #lz.layout<BHSD>} -> tensor<2x4x5x16xf32>
  return
}

// -----

func.func @group(%q: tensor<2x4x5x16xf32>, %k: tensor<2x3x?x16xf32>, %v: tensor<2x3x?x16xf32>, %o: tensor<2x4x5x16xf32>) {
  // expected-error @below {{`q` has 4 heads, which is no multiple of the 3 heads of `k`}}
  %r = lz.attention.cross ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x3x?x16xf32>, tensor<2x3x?x16xf32>) outs(%o : tensor<2x4x5x16xf32>)
       {layout = #lz.layout<BHSD>} -> tensor<2x4x5x16xf32>
  return
}

// -----

func.func @no_key_heads(%q: tensor<2x4x5x16xf32>, %k: tensor<2x0x?x16xf32>, %v: tensor<2x0x?x16xf32>, %o: tensor<2x4x5x16xf32>) {
  // expected-error @below {{`q` has 4 heads, which is no multiple of the 0 heads of `k`}}
  %r = lz.attention.cross ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x0x?x16xf32>, tensor<2x0x?x16xf32>) outs(%o : tensor<2x4x5x16xf32>)
       {layout = #lz.layout<BHSD>} -> tensor<2x4x5x16xf32>
  return
}

// -----

func.func @mask_rank(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %o: tensor<2x4x5x16xf32>, %m: tensor<4x5x5xf32>) {
  // expected-error @below {{`mask` has rank 3, expected 4, that of `q`}}
  %r = lz.attention.full ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>) mask(%m : tensor<4x5x5xf32>) outs(%o : tensor<2x4x5x16xf32>)
       {layout = #lz.layout<BHSD>} -> tensor<2x4x5x16xf32>
  return
}

// -----

func.func @mask_element_type(%q: tensor<2x4x5x16xf16>, %k: tensor<2x4x5x16xf16>, %v: tensor<2x4x5x16xf16>, %o: tensor<2x4x5x16xf16>, %m: tensor<2x4x5x5xbf16>) {
  // expected-error @below {{`mask` has element type 'bf16', expected 'f16', that of `q`, or f32}}
  %r = lz.attention.full ins(%q, %k, %v : tensor<2x4x5x16xf16>, tensor<2x4x5x16xf16>, tensor<2x4x5x16xf16>) mask(%m : tensor<2x4x5x5xbf16>) outs(%o : tensor<2x4x5x16xf16>)
       {layout = #lz.layout<BHSD>} -> tensor<2x4x5x16xf16>
  return
}

// -----

func.func @mask_extent(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %o: tensor<2x4x5x16xf32>, %m: tensor<2x2x5x5xf32>) {
  // expected-error @below {{`mask` has extent 2 in dimension 1, expected 1 or 4, that of the scores}}
  %r = lz.attention.full ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>) mask(%m : tensor<2x2x5x5xf32>) outs(%o : tensor<2x4x5x16xf32>)
       {layout = #lz.layout<BHSD>} -> tensor<2x4x5x16xf32>
  return
}

// -----

func.func @lse_rank(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %o: tensor<2x4x5x16xf32>, %l: tensor<2x4x5x1xf32>) {
  // expected-error @below {{`lse` has rank 4, expected 3, one less than that of `q`}}
  %r:2 = lz.attention.full ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>) outs(%o : tensor<2x4x5x16xf32>) lse(%l : tensor<2x4x5x1xf32>)
       {layout = #lz.layout<BHSD>} -> tensor<2x4x5x16xf32>, tensor<2x4x5x1xf32>
  return
}

// -----

func.func @lse_extent(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %o: tensor<2x4x5x16xf32>, %l: tensor<2x4x6xf32>) {
  // expected-error @below {{`lse` has extent 6 in dimension 2, expected 5, that of the scores}}
  %r:2 = lz.attention.full ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>) outs(%o : tensor<2x4x5x16xf32>) lse(%l : tensor<2x4x6xf32>)
       {layout = #lz.layout<BHSD>} -> tensor<2x4x5x16xf32>, tensor<2x4x6xf32>
  return
}

// -----

func.func @lse_element_type(%q: tensor<2x4x5x16xf16>, %k: tensor<2x4x5x16xf16>, %v: tensor<2x4x5x16xf16>, %o: tensor<2x4x5x16xf16>, %l: tensor<2x4x5xf16>) {
  // expected-error @below {{operand #4 must be tensor or memref of f32}}
  %r:2 = lz.attention.full ins(%q, %k, %v : tensor<2x4x5x16xf16>, tensor<2x4x5x16xf16>, tensor<2x4x5x16xf16>) outs(%o : tensor<2x4x5x16xf16>) lse(%l : tensor<2x4x5xf16>)
       {layout = #lz.layout<BHSD>} -> tensor<2x4x5x16xf16>, tensor<2x4x5xf16>
  return
}

// -----

func.func @scale_is_finite(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %o: tensor<2x4x5x16xf32>) {
  // expected-error @below {{`scale` must be finite}}
  %r = lz.attention.full ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>) outs(%o : tensor<2x4x5x16xf32>)
       {layout = #lz.layout<BHSD>, scale = 0x7FF0000000000000 : f64} -> tensor<2x4x5x16xf32>
  return
}

// -----

func.func @softcap_is_positive(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %o: tensor<2x4x5x16xf32>) {
  // expected-error @below {{`softcap` must be finite and above 0; leave it out for no cap}}
  %r = lz.attention.full ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>) outs(%o : tensor<2x4x5x16xf32>)
       {layout = #lz.layout<BHSD>, softcap = 0.0 : f64} -> tensor<2x4x5x16xf32>
  return
}

// -----

func.func @alignment_is_mandatory(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %o: tensor<2x4x5x16xf32>) {
  // expected-error @below {{requires attribute 'causal_alignment'}}
  %r = lz.attention.causal ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>) outs(%o : tensor<2x4x5x16xf32>)
       {layout = #lz.layout<BHSD>} -> tensor<2x4x5x16xf32>
  return
}

// -----

func.func @window_is_mandatory(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %o: tensor<2x4x5x16xf32>) {
  // expected-error @below {{requires attribute 'window_size'}}
  %r = lz.attention.sliding_window ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>) outs(%o : tensor<2x4x5x16xf32>)
       {layout = #lz.layout<BHSD>, causal_alignment = #lz.alignment<top_left>} -> tensor<2x4x5x16xf32>
  return
}

// -----

func.func @window_is_positive(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %o: tensor<2x4x5x16xf32>) {
  // expected-error @below {{attribute 'window_size' failed to satisfy constraint: 64-bit signless integer attribute whose minimum value is 1}}
  %r = lz.attention.sliding_window ins(%q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>) outs(%o : tensor<2x4x5x16xf32>) {layout = #lz.layout<BHSD>, causal_alignment = #lz.alignment<top_left>, window_size = 0 : i64} -> tensor<2x4x5x16xf32>
  return
}

// -----

func.func @layout_is_mandatory(%q: tensor<2x4x5x16xf32>) {
  // expected-error @below {{requires attribute 'layout'}}
  %r = lz.attention.full ins(%q, %q, %q : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>)
       outs(%q : tensor<2x4x5x16xf32>) -> tensor<2x4x5x16xf32>
  return
}
