//===- Body.cpp - Writes the body of a random function -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Body.h"

#include <algorithm>
#include <numeric>
#include <utility>

using namespace lz::generator;

/// Elements that a value may have: decompositions are compiled, but not fast.
static constexpr int64_t largest = 3000;

int64_t Tensor::count() const { return std::accumulate(shape.begin(), shape.end(), int64_t(1), std::multiplies<>()); }

std::string Tensor::type() const {
  std::string text = buffer ? "memref<" : "tensor<";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (open[i] ? "?" : std::to_string(shape[i])) + "x";
  return text + element + layout + ">";
}

std::string Body::emit(const std::string &line) {
  std::string name = line.starts_with("# = ") ? fresh() : "";
  text += std::string(2 * depth + 2, ' ') + name + (name.empty() ? line : line.substr(1)) + "\n";
  return name;
}

std::string Body::list(const std::vector<Tensor> &values) {
  std::string names, types;
  for (const Tensor &value : values) {
    names += (names.empty() ? "" : ", ") + value.name;
    types += (types.empty() ? "" : ", ") + value.type();
  }
  return names + " : " + types;
}

Shape Body::shape(int64_t rank) {
  Shape extents;
  do {
    extents.clear();
    for (int64_t i = 0; i < rank; ++i)
      extents.push_back(random.chance(3) ? 0 : random.pick({1, 1, 2, 3, 4, 5, 8, 9, 16, 17, 32, 33}));
  } while (std::accumulate(extents.begin(), extents.end(), int64_t(1), std::multiplies<>()) > largest);
  return extents;
}

std::vector<bool> Body::openExtents(size_t rank) {
  const int percent = int(random.pick({0, 0, 50, 100}));
  std::vector<bool> open(rank);
  for (size_t i = 0; i < rank; ++i)
    open[i] = random.chance(percent);
  return open;
}

Tensor Body::add(Tensor value) {
  pool.push_back(value);
  return value;
}

std::optional<Tensor> Body::known(const std::function<bool(const Tensor &)> &fits) {
  std::vector<Tensor> found;
  std::copy_if(pool.begin(), pool.end(), std::back_inserter(found), fits);
  return found.empty() ? std::nullopt : std::optional(random.pick(found));
}

Tensor Body::argument(const Shape &shape, const std::string &element, Data data, int64_t limit) {
  Tensor value{
      "%a" + std::to_string(arguments.size()), shape, openExtents(shape.size()), element, data, limit, onBuffers, ""};
  if (onBuffers && !shape.empty() && random.chance(15)) {
    for (size_t i = 0; i < shape.size(); ++i)
      value.layout += i ? ", ?" : ", strided<[?";
    value.layout += "], offset: ?>";
  }
  arguments.push_back(value);
  donated.push_back(false);
  return add(value);
}

Tensor Body::parameter(const Shape &shape, const std::string &element, Data data, int64_t limit) {
  Tensor value{"parameter." + std::to_string(module.parameters.size()),
               shape,
               std::vector<bool>(shape.size()),
               element,
               data,
               limit,
               onBuffers,
               ""};
  module.parameters.push_back(value);
  value.name = emit("# = lz.parameter \"" + value.name + "\" : " + value.type());
  return add(value);
}

Tensor Body::constant(const Shape &shape, const std::string &element, Data data) {
  Tensor value{"", shape, std::vector<bool>(shape.size()), element, data, 0, false, ""};
  std::string splat = data == Data::Slope ? "0.5" : data == Data::Unit ? "0.25" : "0";
  if (data == Data::Normal && !value.isInteger())
    splat = random.pick(std::vector<std::string>{"0.0", "-1.25", "0.5"});
  value.name = emit("# = arith.constant dense<" + splat + "> : " + value.type());
  return add(value);
}

Tensor Body::slice(const Shape &shape, const std::string &element, Data data, int64_t limit) {
  Shape larger;
  std::string offsets, sizes, strides;
  std::vector<bool> open;
  auto take = [&](int64_t extent, bool isOpen) {
    const int64_t step = random.pick({1, 1, 2}), offset = random.draw(0, 2);
    const char *comma = larger.empty() ? "" : ", ";
    larger.push_back(offset + std::max<int64_t>(extent * step, 1) + random.draw(0, 2));
    offsets += comma + std::to_string(offset), strides += comma + std::to_string(step);
    sizes += comma + (isOpen ? index(extent) : std::to_string(extent));
  };
  // One of many: a dimension that the slice loses. Where others of 1 stay, MLIR 22 mistakes which one is lost, and ends
  // with a wrong type or a null dereference.
  const bool isClear = std::find(shape.begin(), shape.end(), 1) == shape.end();
  const size_t lost = isClear && random.chance(40) ? size_t(random.draw(0, int64_t(shape.size()))) : shape.size() + 1;
  for (size_t i = 0; i <= shape.size(); ++i) {
    if (i == lost)
      take(1, false);
    if (i == shape.size())
      break;
    open.push_back(random.chance(50));
    take(shape[i], open.back());
  }
  Tensor from = argument(larger, element, data, limit), part = from;
  part.shape = shape, part.open = open;
  part.name = emit("# = tensor.extract_slice " + from.name + "[" + offsets + "] [" + sizes + "] [" + strides +
                   "] : " + from.type() + " to " + part.type());
  return add(part);
}

Tensor Body::transposition(const Shape &shape, const std::string &element, Data data, int64_t limit) {
  std::vector<size_t> order(shape.size());
  std::iota(order.begin(), order.end(), 0);
  // The last two mostly, which is what an operation may take over.
  if (random.chance(70))
    std::swap(order[order.size() - 1], order[order.size() - 2]);
  else
    std::shuffle(order.begin(), order.end(), random.bits());
  Shape before(shape.size());
  std::string permutation;
  for (size_t i = 0; i < shape.size(); ++i) {
    before[order[i]] = shape[i];
    permutation += (i ? ", " : "") + std::to_string(order[i]);
  }
  Tensor from = argument(before, element, data, limit), to = from;
  to.shape = shape;
  for (size_t i = 0; i < shape.size(); ++i)
    to.open[i] = from.open[order[i]];
  to = empty(shape, element, to.open);
  to.data = data, to.limit = limit;
  to.name = emit("# = linalg.transpose ins(" + list({from}) + ") outs(" + list({to}) + ") permutation = [" +
                 permutation + "]");
  return add(to);
}

Tensor Body::collapsed(const Shape &shape, const std::string &element, Data data, int64_t limit) {
  const size_t split = size_t(random.draw(0, int64_t(shape.size()) - 1));
  Shape longer = shape;
  longer.insert(longer.begin() + int64_t(split), 1);
  Tensor from = argument(longer, element, data, limit);
  // An extent of 1 that is open would leave the product open.
  std::vector<bool> open = from.open;
  open[split] = false;
  from = cast(from, open);
  Tensor to = from;
  to.shape = shape;
  to.open.erase(to.open.begin() + int64_t(split));
  std::string groups;
  for (size_t i = 0, dim = 0; i < shape.size(); ++i) {
    groups += std::string(i ? ", " : "") + "[" + std::to_string(dim++);
    if (i == split)
      groups += ", " + std::to_string(dim++);
    groups += "]";
  }
  to.name =
      emit("# = tensor.collapse_shape " + from.name + " [" + groups + "] : " + from.type() + " into " + to.type());
  return add(to);
}

Tensor Body::obtain(const Shape &shape, const std::string &element, Data data, int64_t limit) {
  auto fits = [&](const Tensor &value) {
    return value.shape == shape && value.element == element && value.data == data && value.limit == limit;
  };
  if (random.chance(60))
    if (std::optional<Tensor> value = known(fits))
      return *value;
  const int64_t kind = random.draw(0, 99);
  const bool whole = std::find(shape.begin(), shape.end(), 0) == shape.end();
  if (onBuffers || kind < 55)
    return argument(shape, element, data, limit);
  if (kind < 68)
    return parameter(shape, element, data, limit);
  // Not where a value differs from element to element.
  if (kind < 76 && data < Data::Index)
    return constant(shape, element, data);
  if (kind < 84 && !shape.empty() && data < Data::Blocks)
    return slice(shape, element, data, limit);
  if (kind < 92 && shape.size() >= 2)
    return transposition(shape, element, data, limit);
  if (kind < 96 && !shape.empty() && whole)
    return collapsed(shape, element, data, limit);
  return argument(shape, element, data, limit);
}

Tensor Body::mainInput(int64_t minRank, int64_t maxRank) {
  auto fits = [&](const Tensor &value) {
    const int64_t rank = int64_t(value.shape.size());
    return value.isFloat() && value.data == Data::Normal && minRank <= rank && rank <= maxRank;
  };
  if (random.chance(70))
    if (std::optional<Tensor> value = known(fits))
      return *value;
  return obtain(shape(random.draw(minRank, maxRank)), floatElement());
}

std::string Body::index(int64_t value) {
  std::optional<Tensor> source;
  auto hasExtent = [&](const Tensor &one) {
    for (size_t i = 0; i < one.shape.size(); ++i)
      if (one.open[i] && one.shape[i] == value)
        return true;
    return false;
  };
  if (random.chance(70))
    source = known(hasExtent);
  if (!source)
    return emit("# = arith.constant " + std::to_string(value) + " : index");
  size_t dim = 0;
  while (!source->open[dim] || source->shape[dim] != value)
    ++dim;
  std::string number = emit("# = arith.constant " + std::to_string(dim) + " : index");
  return emit(std::string("# = ") + (source->buffer ? "memref" : "tensor") + ".dim " + source->name + ", " + number +
              " : " + source->type());
}

Tensor Body::empty(const Shape &shape, const std::string &element, const std::vector<bool> &open) {
  Tensor value{"", shape, open, element, Data::Normal, 0, onBuffers, ""};
  std::string extents;
  for (size_t i = 0; i < shape.size(); ++i)
    if (open[i])
      extents += (extents.empty() ? "" : ", ") + index(shape[i]);
  value.name =
      emit(std::string("# = ") + (onBuffers ? "memref.alloc(" : "tensor.empty(") + extents + ") : " + value.type());
  return value;
}

Tensor Body::cast(const Tensor &value, const std::vector<bool> &open) {
  if (value.open == open)
    return value;
  Tensor to = value;
  to.open = open;
  to.name = emit("# = " + std::string(value.buffer ? "memref" : "tensor") + ".cast " + value.name + " : " +
                 value.type() + " to " + to.type());
  return to;
}

Tensor Body::destination(const Shape &shape, const std::string &element) {
  auto fits = [&](const Tensor &value) { return value.shape == shape && value.element == element; };
  if (wantedDestination && fits(*wantedDestination))
    return *std::exchange(wantedDestination, std::nullopt);
  const int64_t kind = random.draw(0, 99);
  if (!onBuffers && kind < 25)
    if (std::optional<Tensor> value = known(fits))
      return *value;
  if (kind < 40) {
    Tensor value = argument(shape, element, Data::Normal, 0);
    donated.back() = depth == 0 && random.chance(70);
    pool.pop_back(); // not to be read: on buffers it is written
    return value;
  }
  Tensor value = empty(shape, element, openExtents(shape.size()));
  if (kind < 90 || onBuffers)
    return value;
  std::string zero = emit("# = arith.constant " + std::string(value.isFloat() ? "0.0" : "0") + " : " + element);
  value.name =
      emit("# = linalg.fill ins(" + zero + " : " + element + ") outs(" + list({value}) + ") -> " + value.type());
  return value;
}

Tensor Body::updated(const Shape &shape, const std::string &element) {
  if (onBuffers || random.chance(50)) {
    Tensor value = argument(shape, element, Data::Normal, 0);
    donated.back() = random.chance(60);
    return value;
  }
  return obtain(shape, element);
}

std::string Body::resultTypes(const std::vector<Tensor> &outputs) const {
  if (onBuffers)
    return "";
  std::string types;
  for (const Tensor &output : outputs)
    types += (types.empty() ? " -> " : ", ") + output.type();
  return types;
}

std::vector<Tensor> Body::operation(lz_operation_t operation, const std::vector<OperandGroup> &groups,
                                    std::vector<std::string> attributes) {
  std::string line = "lz." + nameOf(operation), dictionary;
  std::vector<Tensor> outputs;
  for (const OperandGroup &group : groups) {
    line += " " + group.keyword + "(" + list(group.operands) + ")";
    if (group.keyword == "outs" || group.keyword == "lse")
      outputs.insert(outputs.end(), group.operands.begin(), group.operands.end());
  }
  if (random.chance(15))
    attributes.push_back("lz.site = \"model.site." + std::to_string(module.sites++) + "\"");
  if (random.chance(8))
    attributes.push_back("lz.mode = #lz.mode<" +
                         random.pick(std::vector<std::string>{"static", "config", "dynamic", "auto"}) + ">");
  for (const std::string &attribute : attributes)
    dictionary += (dictionary.empty() ? " {" : ", ") + attribute;
  line += dictionary + (dictionary.empty() ? "" : "}") + resultTypes(outputs);
  ++module.operations;
  module.isCovered &= hasKernel(operation);
  if (onBuffers) {
    emit(line);
  } else {
    const std::string name = fresh();
    emit(name + (outputs.size() > 1 ? ":" + std::to_string(outputs.size()) : "") + " = " + line);
    for (size_t i = 0; i < outputs.size(); ++i)
      outputs[i].name = name + (outputs.size() > 1 ? "#" + std::to_string(i) : "");
  }
  for (Tensor &output : outputs) {
    output.data = Data::Normal, output.limit = 0;
    pool.push_back(output);
  }
  return outputs;
}
