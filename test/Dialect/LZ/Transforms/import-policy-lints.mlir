// Lints are warnings at their line; the policy is imported all the same.
// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/policy-lints.yaml 2>&1 | FileCheck %s

// CHECK: policy-lints.yaml:{{[0-9]+}}:{{[0-9]+}}: warning: {{.*}}`rms_nrm`
// CHECK: lz.policy @policy
module {}
