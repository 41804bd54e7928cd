//===- LZAttributes.td - Attributes of the lz dialect -*- tablegen -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Enumerations repeat the order of runtime/include/lzrt/abi/operations.h; lib/Dialect/LZ/IR/LZAttributes.cpp asserts that.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_ATTRIBUTES
#define LZ_ATTRIBUTES

include "lz/Dialect/LZ/IR/LZDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/EnumAttr.td"

class LZ_Attr<string name, string attrMnemonic> : AttrDef<LZ_Dialect, name> {
  let mnemonic = attrMnemonic;
}

class LZ_Enum<string name, string description, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, description, cases> {
  let cppNamespace = "::mlir::lz";
  let genSpecializedAttr = 0;
}

def LZ_Layout : LZ_Enum<"Layout", "order of the axes batch, sequence, heads, head dimension; N is all tokens", [
  I32EnumAttrCase<"BSHD", 0>, I32EnumAttrCase<"BHSD", 1>, I32EnumAttrCase<"NHD", 2>, I32EnumAttrCase<"HND", 3>]>;
def LZ_LayoutAttr : EnumAttr<LZ_Dialect, LZ_Layout, "layout"> { let assemblyFormat = "`<` $value `>`"; }

def LZ_Alignment : LZ_Enum<"Alignment", "corner at which the causal diagonal starts", [
  I32EnumAttrCase<"TopLeft", 0, "top_left">, I32EnumAttrCase<"BottomRight", 1, "bottom_right">]>;
def LZ_AlignmentAttr : EnumAttr<LZ_Dialect, LZ_Alignment, "alignment"> { let assemblyFormat = "`<` $value `>`"; }

def LZ_KVLayout : LZ_Enum<"KVLayout", "how a cache of keys and values is stored: whole, or in blocks that a table names", [
  I32EnumAttrCase<"Dense", 0, "dense">, I32EnumAttrCase<"Paged", 1, "paged">]>;
def LZ_KVLayoutAttr : EnumAttr<LZ_Dialect, LZ_KVLayout, "kv_layout"> { let assemblyFormat = "`<` $value `>`"; }

def LZ_Approximation : LZ_Enum<"Approximation", "how gelu is computed: by the error function, or approximated by the hyperbolic tangent", [
  I32EnumAttrCase<"None", 0, "none">, I32EnumAttrCase<"Tanh", 1, "tanh">]>;
def LZ_ApproximationAttr : EnumAttr<LZ_Dialect, LZ_Approximation, "approximation"> { let assemblyFormat = "`<` $value `>`"; }

def LZ_Mode : LZ_Enum<"Mode", "dispatch mode", [
  I32EnumAttrCase<"Static", 0, "static">, I32EnumAttrCase<"Config", 1, "config">, I32EnumAttrCase<"Dynamic", 2, "dynamic">,
  I32EnumAttrCase<"HotReload", 3, "hot_reload">, I32EnumAttrCase<"Auto", 4, "auto">]>;
def LZ_ModeAttr : EnumAttr<LZ_Dialect, LZ_Mode, "mode"> { let assemblyFormat = "`<` $value `>`"; }

def LZ_ConditionAttr : LZ_Attr<"Condition", "condition"> {
  let summary = "a condition of a policy that is open when compiling";
  let description = [{
    `field` and `op` as the residual names them (`"seq_len"`, `"gt"`; `"rollout"`, `"lt"`), `value` as JSON. In an error leaf, which has no kernel,
    `of @kernel` names the one whose `library_version` is tested.

    ```mlir
    #lz.condition<"seq_len" "gt" "8192">
    ```
  }];
  let parameters = (ins StringRefParameter<"fact, or rollout">:$field, StringRefParameter<"operator without underscore">:$op,
      StringRefParameter<"operand as JSON">:$value,
      OptionalParameter<"FlatSymbolRefAttr", "kernel whose library is meant, where it is not the candidate's">:$subject);
  let assemblyFormat = "`<` $field $op $value (`of` $subject^)? `>`";
  let builders = [AttrBuilder<(ins "StringRef":$field, "StringRef":$op, "StringRef":$value), [{
    return $_get($_ctxt, field, op, value, FlatSymbolRefAttr());
  }]>];
}

def LZ_CandidateAttr : LZ_Attr<"Candidate", "candidate"> {
  let summary = "one leaf of a decision and what must hold for it";
  let description = [{
    `kernel` is null for two leaves: reason `strict` is the error of S5, reason `decompose` the operation's own decomposition. `rule` counts in
    file order, -1 where no rule is involved. Without conditions the leaf is certain.

    ```mlir
    #lz.candidate<"dispatch_rule" kernel @flash_attention_v2 rule 0 when [<"seq_len" "gt" "8192">]>
    ```
  }];
  let parameters = (ins StringRefParameter<"why it is a candidate">:$reason, OptionalParameter<"FlatSymbolRefAttr">:$kernel,
      DefaultValuedParameter<"int64_t", "-1">:$rule, OptionalArrayRefParameter<"ConditionAttr">:$conditions);
  let assemblyFormat = "`<` $reason (`kernel` $kernel^)? (`rule` $rule^)? (`when` `[` $conditions^ `]`)? `>`";
  let extraClassDeclaration = [{
    bool isCertain() const { return getConditions().empty(); }
    bool isDecomposition() const { return !getKernel() && getReason() == "decompose"; }
    bool isStrictError() const { return !getKernel() && getReason() == "strict"; }
  }];
}

def LZ_DecisionAttr : LZ_Attr<"Decision", "decision"> {
  let summary = "what lz-resolve decided for an operation";
  let description = [{
    `live`: the runtime decides at each call; `candidates` is then empty but for a decomposition kept as the last resort. Otherwise the first candidate whose
    conditions hold runs; candidates behind a certain one do not stand here. Where none holds, the call fails with no_kernel_available (S7).

    ```mlir
    #lz.decision<static, [<"static_kernel_map" kernel @liger_rms_norm>]>
    #lz.decision<dynamic live>
    ```
  }];
  let parameters = (ins EnumParameter<LZ_Mode>:$mode, DefaultValuedParameter<"bool", "false">:$live,
      OptionalArrayRefParameter<"CandidateAttr">:$candidates);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    /// One certain leaf.
    bool isDecided() const { return !getLive() && getCandidates().size() == 1 && getCandidates().front().isCertain(); }
    /// Whether some leaf is the decomposition.
    bool hasDecomposition() const;
  }];
}

#endif // LZ_ATTRIBUTES
