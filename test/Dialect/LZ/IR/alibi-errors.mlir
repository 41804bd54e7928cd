// RUN: lz-opt %s -split-input-file -verify-diagnostics

func.func @slopes_extent(%q: tensor<1x4x5x8xf32>, %k: tensor<1x2x7x8xf32>, %s: tensor<2xf32>, %o: tensor<1x4x5x8xf32>) {
  // expected-error @below {{`slopes` has extent 2 in dimension 0, expected 4, the heads of `q`}}
  %r = lz.alibi ins(%q, %k, %k, %s : tensor<1x4x5x8xf32>, tensor<1x2x7x8xf32>, tensor<1x2x7x8xf32>, tensor<2xf32>)
       outs(%o : tensor<1x4x5x8xf32>) {layout = #lz.layout<BHSD>} -> tensor<1x4x5x8xf32>
  return
}

// -----

func.func @slopes_rank(%q: tensor<1x4x5x8xf32>, %k: tensor<1x2x7x8xf32>, %s: tensor<1x4xf32>, %o: tensor<1x4x5x8xf32>) {
  // expected-error @below {{operand #3 must be vector of f32, f16 or bf16}}
  %r = lz.alibi ins(%q, %k, %k, %s : tensor<1x4x5x8xf32>, tensor<1x2x7x8xf32>, tensor<1x2x7x8xf32>, tensor<1x4xf32>)
       outs(%o : tensor<1x4x5x8xf32>) {layout = #lz.layout<BHSD>} -> tensor<1x4x5x8xf32>
  return
}

// -----

func.func @slopes_element_type(%q: tensor<1x4x5x8xf32>, %k: tensor<1x2x7x8xf32>, %s: tensor<4xf16>, %o: tensor<1x4x5x8xf32>) {
  // expected-error @below {{`slopes` has element type 'f16', expected 'f32', that of `q`, or f32}}
  %r = lz.alibi ins(%q, %k, %k, %s : tensor<1x4x5x8xf32>, tensor<1x2x7x8xf32>, tensor<1x2x7x8xf32>, tensor<4xf16>)
       outs(%o : tensor<1x4x5x8xf32>) {layout = #lz.layout<BHSD>} -> tensor<1x4x5x8xf32>
  return
}

// -----

func.func @rank_of_layout(%q: tensor<1x4x5x8xf32>, %k: tensor<1x2x7x8xf32>, %s: tensor<4xf32>, %o: tensor<1x4x5x8xf32>) {
  // expected-error @below {{`q` has rank 4, expected 3, that of layout HND}}
  %r = lz.alibi ins(%q, %k, %k, %s : tensor<1x4x5x8xf32>, tensor<1x2x7x8xf32>, tensor<1x2x7x8xf32>, tensor<4xf32>)
       outs(%o : tensor<1x4x5x8xf32>) {layout = #lz.layout<HND>} -> tensor<1x4x5x8xf32>
  return
}

// -----

func.func @batch(%q: tensor<1x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %s: tensor<4xf32>, %o: tensor<1x4x5x8xf32>) {
  // expected-error @below {{`k` has extent 2 in dimension 0, expected 1, the batch of `q`}}
  %r = lz.alibi ins(%q, %k, %k, %s : tensor<1x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x8xf32>, tensor<4xf32>)
       outs(%o : tensor<1x4x5x8xf32>) {layout = #lz.layout<BHSD>} -> tensor<1x4x5x8xf32>
  return
}

// -----

func.func @head_dim(%q: tensor<1x4x5x8xf32>, %k: tensor<1x2x7x16xf32>, %s: tensor<4xf32>, %o: tensor<1x4x5x16xf32>) {
  // expected-error @below {{`k` has extent 16 in dimension 3, expected 8, the head dimension of `q`}}
  %r = lz.alibi ins(%q, %k, %k, %s : tensor<1x4x5x8xf32>, tensor<1x2x7x16xf32>, tensor<1x2x7x16xf32>, tensor<4xf32>)
       outs(%o : tensor<1x4x5x16xf32>) {layout = #lz.layout<BHSD>} -> tensor<1x4x5x16xf32>
  return
}

// -----

func.func @heads(%q: tensor<1x4x5x8xf32>, %k: tensor<1x3x7x8xf32>, %s: tensor<4xf32>, %o: tensor<1x4x5x8xf32>) {
  // expected-error @below {{`q` has 4 heads, which is no multiple of the 3 heads of `k`}}
  %r = lz.alibi ins(%q, %k, %k, %s : tensor<1x4x5x8xf32>, tensor<1x3x7x8xf32>, tensor<1x3x7x8xf32>, tensor<4xf32>)
       outs(%o : tensor<1x4x5x8xf32>) {layout = #lz.layout<BHSD>} -> tensor<1x4x5x8xf32>
  return
}

// -----

func.func @output_extent(%q: tensor<1x4x5x8xf32>, %k: tensor<1x2x7x8xf32>, %s: tensor<4xf32>, %o: tensor<1x4x6x8xf32>) {
  // expected-error @below {{`out` has extent 6 in dimension 2, expected 5, the sequence of `q`}}
  %r = lz.alibi ins(%q, %k, %k, %s : tensor<1x4x5x8xf32>, tensor<1x2x7x8xf32>, tensor<1x2x7x8xf32>, tensor<4xf32>)
       outs(%o : tensor<1x4x6x8xf32>) {layout = #lz.layout<BHSD>} -> tensor<1x4x6x8xf32>
  return
}

// -----

func.func @element_types(%q: tensor<1x4x5x8xf32>, %k: tensor<1x2x7x8xf32>, %s: tensor<4xf32>, %o: tensor<1x4x5x8xf16>) {
  // expected-error @below {{failed to verify that all of {q, k, v, out} have same element type}}
  %r = lz.alibi ins(%q, %k, %k, %s : tensor<1x4x5x8xf32>, tensor<1x2x7x8xf32>, tensor<1x2x7x8xf32>, tensor<4xf32>)
       outs(%o : tensor<1x4x5x8xf16>) {layout = #lz.layout<BHSD>} -> tensor<1x4x5x8xf16>
  return
}

// -----

func.func @mask_extent(%q: tensor<1x4x5x8xf32>, %k: tensor<1x2x7x8xf32>, %s: tensor<4xf32>, %o: tensor<1x4x5x8xf32>, %m: tensor<1x1x5x3xf32>) {
  // expected-error @below {{`mask` has extent 3 in dimension 3, expected 1 or 7, that of the scores}}
  %r = lz.alibi ins(%q, %k, %k, %s : tensor<1x4x5x8xf32>, tensor<1x2x7x8xf32>, tensor<1x2x7x8xf32>, tensor<4xf32>) mask(%m : tensor<1x1x5x3xf32>)
       outs(%o : tensor<1x4x5x8xf32>) {layout = #lz.layout<BHSD>} -> tensor<1x4x5x8xf32>
  return
}

// -----

func.func @lse_extent(%q: tensor<1x4x5x8xf32>, %k: tensor<1x2x7x8xf32>, %s: tensor<4xf32>, %o: tensor<1x4x5x8xf32>, %l: tensor<1x4x7xf32>) {
  // expected-error @below {{`lse` has extent 7 in dimension 2, expected 5, that of the scores}}
  %r:2 = lz.alibi ins(%q, %k, %k, %s : tensor<1x4x5x8xf32>, tensor<1x2x7x8xf32>, tensor<1x2x7x8xf32>, tensor<4xf32>)
       outs(%o : tensor<1x4x5x8xf32>) lse(%l : tensor<1x4x7xf32>) {layout = #lz.layout<BHSD>} -> tensor<1x4x5x8xf32>, tensor<1x4x7xf32>
  return
}

// -----

func.func @layout_is_mandatory(%q: tensor<1x4x5x8xf32>, %k: tensor<1x2x7x8xf32>, %s: tensor<4xf32>, %o: tensor<1x4x5x8xf32>) {
  // expected-error @below {{requires attribute 'layout'}}
  %r = lz.alibi ins(%q, %k, %k, %s : tensor<1x4x5x8xf32>, tensor<1x2x7x8xf32>, tensor<1x2x7x8xf32>, tensor<4xf32>)
       outs(%o : tensor<1x4x5x8xf32>) -> tensor<1x4x5x8xf32>
  return
}

// -----

func.func @scale(%q: tensor<1x4x5x8xf32>, %k: tensor<1x2x7x8xf32>, %s: tensor<4xf32>, %o: tensor<1x4x5x8xf32>) {
  // expected-error @below {{`scale` must be finite}}
  %r = lz.alibi ins(%q, %k, %k, %s : tensor<1x4x5x8xf32>, tensor<1x2x7x8xf32>, tensor<1x2x7x8xf32>, tensor<4xf32>)
       outs(%o : tensor<1x4x5x8xf32>) {layout = #lz.layout<BHSD>, scale = 0x7FF0000000000000 : f64} -> tensor<1x4x5x8xf32>
  return
}

// -----

func.func @softcap(%q: tensor<1x4x5x8xf32>, %k: tensor<1x2x7x8xf32>, %s: tensor<4xf32>, %o: tensor<1x4x5x8xf32>) {
  // expected-error @below {{`softcap` must be finite and above 0; leave it out for no cap}}
  %r = lz.alibi ins(%q, %k, %k, %s : tensor<1x4x5x8xf32>, tensor<1x2x7x8xf32>, tensor<1x2x7x8xf32>, tensor<4xf32>)
       outs(%o : tensor<1x4x5x8xf32>) {layout = #lz.layout<BHSD>, softcap = 0.0 : f64} -> tensor<1x4x5x8xf32>
  return
}
