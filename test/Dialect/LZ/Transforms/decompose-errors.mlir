// RUN: lz-opt %s --lz-decompose --split-input-file --verify-diagnostics

func.func @buffers(%x: memref<4x64xf32>, %out: memref<4x64xf32>) {
  // expected-error@+1 {{decomposes on tensors only, got buffers; run `lz-decompose` before bufferization}}
  lz.softmax ins(%x : memref<4x64xf32>) outs(%out : memref<4x64xf32>) {decision = #lz.decision<config, [<"decompose">]>}
  return
}
