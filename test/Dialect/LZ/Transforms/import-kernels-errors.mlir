// RUN: not lz-opt %s --lz-import-kernels=kernels=%S/Inputs/kernels.yaml,%S/Inputs/kernels-clash.yaml 2>&1 | FileCheck %s --check-prefix=CLASH
// RUN: not lz-opt %s --lz-import-kernels=kernels=%S/Inputs/kernels.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not lz-opt %s --lz-import-kernels=kernels=%S/Inputs/kernels-symbol.yaml 2>&1 | FileCheck %s --check-prefix=SYMBOL
// RUN: not lz-opt %s --lz-import-kernels=kernels=%S/Inputs/kernels-field.yaml,%S/Inputs/missing.yaml 2>&1 | FileCheck %s --check-prefix=FILES
// RUN: not lz-opt %s --lz-import-kernels 2>&1 | FileCheck %s --check-prefix=NONE

// CLASH: kernels-clash.yaml:3:{{[0-9]+}}: error: {{.*}}`quick_norm`
// CLASH-NOT: lz.kernel
// TWICE: kernels.yaml:{{[0-9]+}}:{{[0-9]+}}: error: {{.*}}`fast_norm`
// SYMBOL: kernels-symbol.yaml:3:{{[0-9]+}}: error: kernel `forward` has the name of a symbol of the module; rename the symbol
// SYMBOL: note: the symbol is here
// FILES: kernels-field.yaml:6:{{[0-9]+}}: error: {{.*}}`head_dim`
// FILES: missing.yaml{{.*}}: error:
// NONE: error: `lz-import-kernels` needs manifests; give them as `kernels=FILE,FILE`
func.func private @forward()
