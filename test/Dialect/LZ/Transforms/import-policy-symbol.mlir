// The policy is found by its type: a function may have the name that it would have taken.
// RUN: lz-opt %s --lz-import-policy=policy=%S/Inputs/policy.yaml | FileCheck %s

// CHECK: lz.policy @policy_0
// CHECK: func.func private @policy()
func.func private @policy()
