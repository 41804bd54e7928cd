// RUN: lz-opt %s | lz-opt | FileCheck %s
// RUN: lz-opt %s --lz-pipeline=target=cpu | FileCheck %s --check-prefix=LLVM

// A number may be written in f32, as the architecture's example does, or in f64.
// CHECK: scale = 5.000000e-01 : f32
// CHECK: epsilon = 9.765625E-4 : f64
// LLVM: llvm.func @f
func.func @f(%q: tensor<?x32x?x128xbf16>, %k: tensor<?x32x?x128xbf16>, %init: tensor<?x32x?x128xbf16>, %x: tensor<?x64xf32>,
             %w: tensor<64xf32>, %y: tensor<?x64xf32>) -> (tensor<?x32x?x128xbf16>, tensor<?x64xf32>) {
  %o = lz.attention.causal ins(%q, %k, %k : tensor<?x32x?x128xbf16>, tensor<?x32x?x128xbf16>, tensor<?x32x?x128xbf16>)
         outs(%init : tensor<?x32x?x128xbf16>)
         {layout = #lz.layout<BHSD>, causal_alignment = #lz.alignment<top_left>, scale = 0.5 : f32} -> tensor<?x32x?x128xbf16>
  %n = lz.rms_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) outs(%y : tensor<?x64xf32>)
         {epsilon = 0.0009765625 : f64} -> tensor<?x64xf32>
  return %o, %n : tensor<?x32x?x128xbf16>, tensor<?x64xf32>
}
