//===- Trampolines.h - What stands in an import slot in place of a kernel -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_TRAMPOLINES_H
#define LZRT_DISPATCH_TRAMPOLINES_H

#include "lzrt/abi/call.h"

namespace lzrt {

/// A slot's function receives the block alone. So there is one function a number, and the module says which import a
/// number stands for.
constexpr unsigned numTrampolines = 512;

/// Runs import `trampolined[number]` of the call's module through its kernel states, and tells the observer.
lz_kernel_fn trampoline(unsigned number);

} // namespace lzrt
#endif // LZRT_DISPATCH_TRAMPOLINES_H
