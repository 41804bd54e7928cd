// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/policy.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml --lz-to-llvm | FileCheck %s

// Policy and kernels go into the record as text with their digests (P5), and their symbols go. The digests stay, for the
// dispatch report.

// CHECK: lz.policy_digest = "{{[0-9a-f]+}}", lz.selection_digest = "{{[0-9a-f]+}}"
// CHECK-NOT: lz.
// CHECK-DAG: "{\22version\22: {{.*}}\22on_no_kernel\22: \22decompose\22{{.*}}\00"
// CHECK-DAG: "{\22version\22: {{.*}}\22name\22: \22quiet\22{{.*}}\00"
// CHECK-DAG: ("{{[0-9a-f]+}}\00")
// CHECK-NOT: lz.
