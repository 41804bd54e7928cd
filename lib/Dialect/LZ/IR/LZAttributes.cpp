//===- LZAttributes.cpp - Attributes and types of the lz dialect -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/IR/LZDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::lz;

#include "lz/Dialect/LZ/IR/LZEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "lz/Dialect/LZ/IR/LZAttributes.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "lz/Dialect/LZ/IR/LZTypes.cpp.inc"

// The dialect's enumerations are the ABI's.
static_assert(int(Layout::BSHD) == LZ_LAYOUT_BSHD && int(Layout::BHSD) == LZ_LAYOUT_BHSD &&
              int(Layout::NHD) == LZ_LAYOUT_NHD && int(Layout::HND) == LZ_LAYOUT_HND);
static_assert(int(Alignment::TopLeft) == LZ_ALIGNMENT_TOP_LEFT &&
              int(Alignment::BottomRight) == LZ_ALIGNMENT_BOTTOM_RIGHT);
static_assert(int(KVLayout::Dense) == LZ_KV_LAYOUT_DENSE && int(KVLayout::Paged) == LZ_KV_LAYOUT_PAGED);
static_assert(int(Approximation::None) == LZ_APPROXIMATION_NONE && int(Approximation::Tanh) == LZ_APPROXIMATION_TANH);
static_assert(int(Mode::Static) == LZ_MODE_STATIC && int(Mode::Config) == LZ_MODE_CONFIG &&
              int(Mode::Dynamic) == LZ_MODE_DYNAMIC && int(Mode::HotReload) == LZ_MODE_HOT_RELOAD &&
              int(Mode::Auto) == LZ_MODE_AUTO);

void LZDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "lz/Dialect/LZ/IR/LZAttributes.cpp.inc"
      >();
}

void LZDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "lz/Dialect/LZ/IR/LZTypes.cpp.inc"
      >();
}

bool DecisionAttr::hasDecomposition() const {
  return llvm::any_of(getCandidates(), [](CandidateAttr candidate) { return candidate.isDecomposition(); });
}

// `<` mode `live`? (`,`? `[` candidates `]`)? `>`
Attribute DecisionAttr::parse(AsmParser &parser, Type) {
  if (parser.parseLess())
    return {};
  FailureOr<Mode> mode = FieldParser<Mode>::parse(parser);
  if (failed(mode))
    return {};
  bool live = succeeded(parser.parseOptionalKeyword("live"));
  SmallVector<CandidateAttr> candidates;
  if (succeeded(parser.parseOptionalComma()) &&
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&]() -> ParseResult {
        return parser.parseCustomAttributeWithFallback(candidates.emplace_back());
      }))
    return {};
  if (parser.parseGreater())
    return {};
  return get(parser.getContext(), *mode, live, candidates);
}

void DecisionAttr::print(AsmPrinter &printer) const {
  printer << "<" << stringifyMode(getMode());
  if (getLive())
    printer << " live";
  if (!getCandidates().empty()) {
    printer << ", [";
    llvm::interleaveComma(getCandidates(), printer,
                          [&](CandidateAttr candidate) { printer.printStrippedAttrOrType(candidate); });
    printer << "]";
  }
  printer << ">";
}
