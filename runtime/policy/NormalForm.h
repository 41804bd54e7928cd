//===- NormalForm.h - Parts of the normal form, for the digests -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_POLICY_NORMALFORM_H
#define LZRT_POLICY_NORMALFORM_H

#include "JsonWriter.h"
#include "lzrt/policy/Policy.h"

namespace lzrt {

/// The entries of an open map that selection reads (P5): rules, static map, locks, denies, allows, chains.
void writeSelectionSections(JsonWriter &json, const Policy &policy);
/// One kernel; without `binding`, only what selection reads: no symbol, library or place.
void writeKernel(JsonWriter &json, const Kernel &kernel, bool binding);

} // namespace lzrt
#endif // LZRT_POLICY_NORMALFORM_H
