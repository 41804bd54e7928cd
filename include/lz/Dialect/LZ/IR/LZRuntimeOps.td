//===- LZRuntimeOps.td - Operations between dispatch and the LLVM dialect -*- tablegen -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// lz-lower-dispatch creates these, the conversion to LLVM consumes them. They stand on abi/call.h and abi/module.h.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_RUNTIME_OPS
#define LZ_RUNTIME_OPS

#endif // LZ_RUNTIME_OPS
