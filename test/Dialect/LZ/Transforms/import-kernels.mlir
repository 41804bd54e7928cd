// One symbol a kernel, under its canonical name and holding a manifest of it alone; policy and manifests may come in either order.
// RUN: lz-opt %s --lz-import-kernels=kernels=%S/Inputs/kernels.yaml | FileCheck %s
// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/policy.yaml --lz-import-kernels=kernels=%S/Inputs/kernels.yaml > %t.first
// RUN: lz-opt %s --lz-import-kernels=kernels=%S/Inputs/kernels.yaml --lz-import-policy=policy=%S/Inputs/policy.yaml > %t.second
// RUN: diff %t.first %t.second
// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/policy.yaml > %t.none
// RUN: cat %t.none %t.first | FileCheck %s --check-prefix=DIGEST

// CHECK: lz.kernel @fast_norm {manifest = "{{.*}}libtest_kernels.so{{.*}}fast_norm{{.*}}quick_norm
// CHECK-NOT: plain_norm
// CHECK: lz.kernel @plain_norm {manifest =
// CHECK: lz.kernel @gpu_norm {manifest =
// CHECK: lz.kernel @any_softmax {manifest =

// P5: the selection digest covers kernels, the policy's does not.
// DIGEST: policy_digest = "[[POLICY:[0-9a-f]+]]", selection_digest = "[[SELECTION:[0-9a-f]+]]"
// DIGEST-NOT: selection_digest = "[[SELECTION]]"
// DIGEST: policy_digest = "[[POLICY]]"
module {}
