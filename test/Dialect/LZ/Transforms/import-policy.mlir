// P5: the module holds the policy's normal form with one environment merged, and both digests.
// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/policy.yaml | FileCheck %s
// RUN: lz-opt %s --lz-import-policy="policy=%S/Inputs/policy.yaml environment=production" | FileCheck %s --check-prefix=PRODUCTION

// CHECK: lz.policy @policy {
// CHECK-SAME: lz.path = "{{.*}}policy.yaml"
// CHECK-SAME: policy_digest = "{{[0-9a-f]+}}"
// CHECK-SAME: selection_digest = "{{[0-9a-f]+}}"
// CHECK-SAME: many-tokens
// CHECK-NOT: environments
// PRODUCTION: lz.policy @policy {
// PRODUCTION-SAME: \22mode\22: \22dynamic\22
module {}
