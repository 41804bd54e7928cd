//===- ModuleGenerator.cpp - Random functions of one or two operations over buffers -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Generator.h"

#include <algorithm>

using namespace lz::law;

namespace {
/// Builds the text of a module while drawing its parts.
class Builder {
public:
  explicit Builder(Random &random) : random(random) {}

  ModuleSpec run() {
    int64_t sites = draw(random, 1, 2);
    for (int64_t i = 0; i < sites; ++i)
      addSite("site_" + std::to_string(i));
    spec.text = "func.func @f(";
    std::string views;
    for (size_t i = 0; i < spec.arguments.size(); ++i) {
      spec.text += std::string(i ? ", " : "") + "%f" + std::to_string(i) + ": " + type(i, /*stored=*/true);
      views += view(i);
    }
    spec.text += ") {\n" + views + body + "  return\n}\n";
    return std::move(spec);
  }

private:
  unsigned extent(int openPercent, std::initializer_list<int64_t> constants) {
    Extent extent;
    if (!chance(random, openPercent))
      extent.constant = *(constants.begin() + draw(random, 0, int64_t(constants.size()) - 1));
    spec.extents.push_back(extent);
    return spec.extents.size() - 1;
  }

  unsigned argument(std::vector<unsigned> extents) {
    // Views of a rank above two would only be more of the same.
    const bool transposed = extents.size() == 2 && chance(random, 8);
    spec.arguments.push_back({std::move(extents), element, transposed});
    return spec.arguments.size() - 1;
  }

  std::string value(unsigned argument) const { return "%a" + std::to_string(argument); }

  std::string extentText(unsigned extent) const {
    const auto &constant = spec.extents[extent].constant;
    return constant ? std::to_string(*constant) : "?";
  }

  /// The type that the operation sees, or the one that is stored and passed.
  std::string type(unsigned argument, bool stored = false) const {
    const ArgumentSpec &one = spec.arguments[argument];
    std::vector<unsigned> extents = one.extents;
    if (one.transposed && stored)
      std::reverse(extents.begin(), extents.end());
    std::string text = "memref<";
    for (unsigned extent : extents)
      text += extentText(extent) + "x";
    text += one.element;
    if (one.transposed && !stored)
      text += ", strided<[1, " + extentText(extents[0]) + "]>";
    return text + ">";
  }

  /// How the operation's operand comes from the function's argument.
  std::string view(unsigned argument) const {
    const std::string from = "%f" + std::to_string(argument), stored = type(argument, true);
    if (spec.arguments[argument].transposed)
      return "  " + value(argument) + " = memref.transpose " + from + " (i, j) -> (j, i) : " + stored + " to " +
             type(argument) + "\n";
    return "  " + value(argument) + " = memref.cast " + from + " : " + stored + " to " + stored + "\n";
  }

  std::string list(const std::vector<unsigned> &arguments) const {
    std::string names, types;
    for (unsigned argument : arguments) {
      names += (names.empty() ? "" : ", ") + value(argument);
      types += (types.empty() ? "" : ", ") + type(argument);
    }
    return "(" + names + " : " + types + ")";
  }

  void emit(const std::string &mnemonic, const std::vector<unsigned> &ins, const std::vector<unsigned> &outs,
            const std::string &attributes) {
    body += "  lz." + mnemonic + " ins" + list(ins) + " outs" + list(outs) + " {lz.site = \"" + spec.sites.back().name +
            "\"" + (attributes.empty() ? "" : ", ") + attributes + "}\n";
  }

  void bind(const std::vector<unsigned> &ins, unsigned firstOut, const std::vector<unsigned> &outs) {
    SiteSpec &site = spec.sites.back();
    for (unsigned i = 0; i < ins.size(); ++i)
      site.slots.push_back({i, ins[i]});
    for (unsigned i = 0; i < outs.size(); ++i)
      site.slots.push_back({firstOut + i, outs[i]});
  }

  void addSite(const std::string &name) {
    element = std::vector<std::string>{"f32", "f16", "bf16"}[draw(random, 0, 2)];
    spec.sites.push_back({LZ_OP_RMS_NORM, name, LZ_LAYOUT_BSHD, {}});
    switch (draw(random, 0, 5)) {
    case 0:
    case 1:
      return addAttention();
    case 2:
      return addRowwise(LZ_OP_RMS_NORM, "rms_norm", 2);
    case 3:
      return addRowwise(LZ_OP_SWIGLU, "swiglu", 2);
    case 4:
      return addRowwise(LZ_OP_SOFTMAX, "softmax", 1);
    default:
      return addMatmul();
    }
  }

  void addAttention() {
    SiteSpec &site = spec.sites.back();
    site.operation = LZ_OP_ATTENTION_CAUSAL;
    site.layout = chance(random, 50) ? LZ_LAYOUT_BSHD : LZ_LAYOUT_BHSD;
    unsigned batch = extent(60, {1, 8}), queries = extent(80, {1, 16, 128}), keys = extent(80, {16, 64});
    unsigned heads = extent(0, {8}), keyHeads = extent(0, {2, 8}), width = extent(0, {64, 128});
    auto shape = [&](unsigned sequence, unsigned head) -> std::vector<unsigned> {
      if (site.layout == LZ_LAYOUT_BSHD)
        return {batch, sequence, head, width};
      return {batch, head, sequence, width};
    };
    std::vector<unsigned> ins = {argument(shape(queries, heads)), argument(shape(keys, keyHeads)),
                                 argument(shape(keys, keyHeads))};
    std::vector<unsigned> outs = {argument(shape(queries, heads))};
    emit("attention.causal", ins, outs,
         std::string("layout = #lz.layout<") + (site.layout == LZ_LAYOUT_BSHD ? "BSHD" : "BHSD") +
             ">, causal_alignment = #lz.alignment<top_left>");
    bind(ins, 4, outs);
  }

  void addRowwise(lz_operation_t operation, const std::string &mnemonic, unsigned inputs) {
    spec.sites.back().operation = operation;
    std::vector<unsigned> shape;
    for (int64_t rank = draw(random, 2, 3); rank > 1; --rank)
      shape.push_back(extent(75, {1, 8, 16}));
    shape.push_back(extent(50, {64, 128, 4096}));
    std::vector<unsigned> ins = {argument(shape)};
    if (inputs == 2)
      ins.push_back(argument(operation == LZ_OP_RMS_NORM ? std::vector<unsigned>{shape.back()} : shape));
    std::vector<unsigned> outs = {argument(shape)};
    emit(mnemonic, ins, outs, operation == LZ_OP_RMS_NORM ? "epsilon = 1.0e-6 : f64" : "");
    bind(ins, operation == LZ_OP_SOFTMAX ? 1 : 2, outs);
  }

  void addMatmul() {
    spec.sites.back().operation = LZ_OP_MATMUL;
    unsigned m = extent(80, {1, 16}), n = extent(50, {64, 128}), k = extent(50, {64, 128});
    std::vector<unsigned> ins = {argument({m, k}), argument({k, n})}, outs = {argument({m, n})};
    emit("matmul", ins, outs, "");
    bind(ins, 5, outs);
  }

  Random &random;
  ModuleSpec spec;
  std::string element, body;
};
} // namespace

ModuleSpec lz::law::generateModule(Random &random) { return Builder(random).run(); }

lzrt::CallView ModuleSpec::view(const SiteSpec &site, const std::vector<int64_t> &values) const {
  lzrt::CallView view;
  view.operation = site.operation;
  view.site = site.name;
  view.arguments.resize(lzrt::argumentsOf(site.operation).size());
  for (auto [slot, index] : site.slots) {
    lzrt::CallView::Argument &argument = view.arguments[slot];
    argument.present = true;
    argument.dtype = dtypeOf(arguments[index].element);
    for (unsigned extent : arguments[index].extents)
      argument.shape.push_back(extents[extent].constant ? extents[extent].constant
                               : values.empty()         ? std::optional<int64_t>()
                                                        : values[extent]);
  }
  if (site.operation == LZ_OP_ATTENTION_CAUSAL) {
    view.integers[LZ_ATTR_LAYOUT] = site.layout;
    view.integers[LZ_ATTR_CAUSAL_ALIGNMENT] = LZ_ALIGNMENT_TOP_LEFT;
  }
  return view;
}
