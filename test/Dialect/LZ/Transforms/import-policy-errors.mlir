// P1: every error of the file stands at its line and column, with a suggestion where one is near; nothing is imported.
// RUN: not lz-opt %s --lz-import-policy=policy=%S/Inputs/policy-errors.yaml 2>&1 | FileCheck %s
// RUN: not lz-opt %s --lz-import-policy=policy=%S/Inputs/missing.yaml 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not lz-opt %s --lz-import-policy 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not lz-opt %s --lz-import-policy="policy=%S/Inputs/policy.yaml environment=prodution" 2>&1 | FileCheck %s --check-prefix=ENVIRONMENT
// RUN: not lz-opt %s --lz-import-policy=policy=%S/Inputs/policy.yaml --lz-import-policy=policy=%S/Inputs/policy.yaml 2>&1 | FileCheck %s --check-prefix=TWICE

// CHECK: policy-errors.yaml:2:1: error: unknown key `dispatch_rule` {{.*}}did you mean `dispatch_rules`?
// CHECK: policy-errors.yaml:6:15: error: `priority` must be an integer
// CHECK-NOT: lz.policy
// MISSING: missing.yaml{{.*}}: error:
// NONE: error: `lz-import-policy` needs a file; give it as `policy=FILE`
// ENVIRONMENT: policy.yaml{{.*}}: error: {{.*}}`prodution`{{.*}}did you mean `production`?
// TWICE: error: the module has a policy already; remove it before importing `{{.*}}policy.yaml`
// TWICE: policy.yaml:1:1: note: imported here
module {}
