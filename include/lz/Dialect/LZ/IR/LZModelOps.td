//===- LZModelOps.td - The operations of a model -*- tablegen -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_MODEL_OPS
#define LZ_MODEL_OPS

def LZ_RmsNormOp : LZ_KernelOp<"rms_norm"> {
  let summary = "root-mean-square normalisation over the last dimension";
  let description = [{
    `out[r, i] = x[r, i] / sqrt(mean_j(x[r, j]^2) + epsilon) * weight[i]`, accumulated in f32 (Zhang and Sennrich, 2019).
    Shapes: x and out `[…, n]`, weight `[n]`.

    ```mlir
    %y = lz.rms_norm ins(%x, %w : tensor<?x64xf32>, tensor<64xf32>) outs(%init : tensor<?x64xf32>) {epsilon = 1.0e-6 : f64}
         -> tensor<?x64xf32>
    ```
  }];
  let arguments = !con((ins LZ_FloatShaped:$x, LZ_FloatShaped:$weight, LZ_FloatShaped:$out, F64Attr:$epsilon), decisionArgument);
  let assemblyFormat = [{
    `ins` `(` $x `,` $weight `:` type($x) `,` type($weight) `)` `outs` `(` $out `:` type($out) `)` attr-dict (`->` type($results)^)?
  }];
}

#endif // LZ_MODEL_OPS
