// RUN: lz-opt %s --lz-lower-dispatch --split-input-file --verify-diagnostics

func.func @on_tensors(%c: !lz.context, %x: tensor<4x8xf32>) -> i32 {
  // expected-error @below {{is on tensors; bufferize before `lz-lower-dispatch`}}
  %y = lz.softmax ins(%x : tensor<4x8xf32>) outs(%x : tensor<4x8xf32>) -> tensor<4x8xf32>
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

func.func @in_region(%c: !lz.context, %x: memref<4x8xf32>, %flag: i1) -> i32 {
  scf.if %flag {
    // expected-error @below {{stands in a region; lower control flow to `cf` before `lz-lower-dispatch`}}
    lz.softmax ins(%x : memref<4x8xf32>) outs(%x : memref<4x8xf32>)
  }
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

func.func @without_context(%x: memref<4x8xf32>) {
  // expected-error @below {{stands in a function without context; run `lz-add-context` before `lz-lower-dispatch`}}
  lz.softmax ins(%x : memref<4x8xf32>) outs(%x : memref<4x8xf32>)
  return
}

// -----

func.func @without_site(%c: !lz.context, %x: memref<4x8xf32>) -> i32 {
  // expected-error @below {{has no `lz.site`; run `lz-name-sites` before any other pass}}
  lz.softmax ins(%x : memref<4x8xf32>) outs(%x : memref<4x8xf32>)
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

func.func @without_decision(%c: !lz.context, %x: memref<4x8xf32>) -> i32 {
  // expected-error @below {{has no decision; run `lz-resolve` before `lz-lower-dispatch`}}
  lz.softmax ins(%x : memref<4x8xf32>) outs(%x : memref<4x8xf32>) {lz.site = "s"}
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

func.func @without_candidates(%c: !lz.context, %x: memref<4x8xf32>) -> i32 {
  // expected-error @below {{has a decision without candidates}}
  lz.softmax ins(%x : memref<4x8xf32>) outs(%x : memref<4x8xf32>) {lz.site = "s", decision = #lz.decision<config>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

func.func @unknown_leaf(%c: !lz.context, %x: memref<4x8xf32>) -> i32 {
  // expected-error @below {{has a candidate without kernel for the reason `default`}}
  lz.softmax ins(%x : memref<4x8xf32>) outs(%x : memref<4x8xf32>) {lz.site = "s", decision = #lz.decision<config, [<"default">]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

func.func @not_outlined(%c: !lz.context, %x: memref<4x8xf32>) -> i32 {
  // expected-error @below {{may decompose, but names no `lz.decomposition`; run `lz-decompose` before bufferization}}
  lz.softmax ins(%x : memref<4x8xf32>) outs(%x : memref<4x8xf32>) {lz.site = "s", decision = #lz.decision<config, [<"decompose">]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

func.func @wrong_outline(%c: !lz.context, %x: memref<4x8xf32>) -> i32 {
  // expected-error @below {{names the decomposition @nowhere, which is no function of the module}}
  lz.softmax ins(%x : memref<4x8xf32>) outs(%x : memref<4x8xf32>)
    {lz.site = "s", lz.decomposition = @nowhere, decision = #lz.decision<config, [<"decompose">]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// -----

func.func @no_strides(%c: !lz.context, %x: memref<4x8xf32, affine_map<(i, j) -> (i, j floordiv 2, j mod 2)>>) -> i32 {
  // expected-error @below {{operand 0 has a layout without strides}}
  lz.softmax ins(%x : memref<4x8xf32, affine_map<(i, j) -> (i, j floordiv 2, j mod 2)>>)
    outs(%x : memref<4x8xf32, affine_map<(i, j) -> (i, j floordiv 2, j mod 2)>>)
    {lz.site = "s", decision = #lz.decision<config, [<"default" kernel @k>]>}
  %ok = arith.constant 0 : i32
  return %ok : i32
}
