//===- LZTypes.td - Types of the lz dialect -*- tablegen -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TYPES
#define LZ_TYPES

include "lz/Dialect/LZ/IR/LZDialect.td"
include "mlir/IR/AttrTypeBase.td"

class LZ_Type<string name, string typeMnemonic> : TypeDef<LZ_Dialect, name> { let mnemonic = typeMnemonic; }

def LZ_ContextType : LZ_Type<"Context", "context"> {
  let summary = "an invocation's lz_context_t";
}
def LZ_BlockType : LZ_Type<"Block", "block"> {
  let summary = "a call block (lz_call_t) on the caller's stack";
}

#endif // LZ_TYPES
