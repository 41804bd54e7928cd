//===- Statements.cpp - What stands around the operations of the dialect -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Body.h"

#include <algorithm>

using namespace lz::generator;

//===----------------------------------------------------------------------===//
// Arithmetic and shapes
//===----------------------------------------------------------------------===//

static void writeArithmetic(Body &body) {
  Tensor left = body.mainInput(0, 5), right = body.cast(body.obtain(left.shape, left.element), left.open);
  const std::string op = body.random.pick(std::vector<std::string>{"addf", "subf", "mulf", "maximumf"});
  Tensor result = left;
  result.data = Data::Normal;
  result.name = body.emit("# = arith." + op + " " + left.name + ", " + right.name + " : " + left.type());
  body.add(result);
}

/// To another element type and back is what precision costs in models.
static void writeConversion(Body &body) {
  Tensor from = body.mainInput(0, 5), to = from;
  const bool widens = from.element != "f32";
  to.element = widens ? "f32" : body.floatElement();
  if (to.element == from.element)
    return;
  to.name = body.emit(std::string("# = arith.") + (widens ? "extf " : "truncf ") + from.name + " : " + from.type() +
                      " to " + to.type());
  body.add(to);
}

static void writeMath(Body &body) {
  Tensor x = body.mainInput(0, 5);
  x.name = body.emit("# = math." + body.random.pick(std::vector<std::string>{"tanh", "absf"}) + " " + x.name + " : " +
                     x.type());
  body.add(x);
}

static void writeGeneric(Body &body) {
  Tensor x = body.mainInput(1, 4), out = body.empty(x.shape, x.element, body.openExtents(x.shape.size()));
  std::string loops;
  for (size_t i = 0; i < x.shape.size(); ++i)
    loops += std::string(i ? ", d" : "d") + std::to_string(i);
  const std::string map = "affine_map<(" + loops + ") -> (" + loops + ")>";
  std::string iterators = "\"parallel\"";
  for (size_t i = 1; i < x.shape.size(); ++i)
    iterators += ", \"parallel\"";
  const std::string result = body.fresh(), a = body.fresh(), b = body.fresh(), c = body.fresh();
  body.emit(result + " = linalg.generic {indexing_maps = [" + map + ", " + map + "], iterator_types = [" + iterators +
            "]} ins(" + Body::list({x}) + ") outs(" + Body::list({out}) + ") {");
  body.emit("^bb0(" + a + ": " + x.element + ", " + b + ": " + x.element + "):");
  body.emit("  " + c + " = arith.addf " + a + ", " + a + " : " + x.element);
  body.emit("  linalg.yield " + c + " : " + x.element);
  body.emit("} -> " + out.type());
  out.name = result;
  body.add(out);
}

static void writeCast(Body &body) {
  Tensor x = body.mainInput(1, 5);
  body.add(body.cast(x, body.openExtents(x.shape.size())));
}

namespace {
/// A part of a tensor with elements, and where it stands in it.
struct Part {
  Tensor whole;
  Shape shape;
  std::string place; ///< "[offsets] [sizes] [strides]"

  static Part draw(Body &body, bool isUpdated) {
    Part part{body.mainInput(1, 4), {}, ""};
    if (isUpdated)
      part.whole = body.updated(part.whole.shape, part.whole.element);
    if (part.whole.count() == 0) // there would be no valid offset
      part.whole = body.obtain({4, 8}, part.whole.element);
    std::string offsets, sizes, strides;
    for (size_t i = 0; i < part.whole.shape.size(); ++i) {
      const int64_t all = part.whole.shape[i], extent = body.random.draw(0, all);
      part.shape.push_back(extent);
      offsets += (i ? ", " : "") + std::to_string(body.random.draw(0, std::min(all - extent, all - 1)));
      sizes += (i ? ", " : "") + std::to_string(extent);
      strides += i ? ", 1" : "1";
    }
    part.place = "[" + offsets + "] [" + sizes + "] [" + strides + "]";
    return part;
  }
  void insert(Body &body, const Tensor &value) const {
    Tensor cast = body.cast(value, std::vector<bool>(shape.size())), result = whole;
    result.name = body.emit("# = tensor.insert_slice " + cast.name + " into " + whole.name + place + " : " +
                            cast.type() + " into " + whole.type());
    body.add(result);
  }
};
} // namespace

static void writeInsertion(Body &body) {
  Part part = Part::draw(body, /*isUpdated=*/false);
  part.insert(body, body.obtain(part.shape, part.whole.element));
}

/// An operation that works on a part of a tensor in place: its output has gaps.
static void writePartUpdate(Body &body) {
  Part part = Part::draw(body, /*isUpdated=*/true);
  Tensor slice = part.whole;
  slice.shape = part.shape, slice.open.assign(part.shape.size(), false);
  slice.name = body.emit("# = tensor.extract_slice " + part.whole.name + part.place + " : " + part.whole.type() +
                         " to " + slice.type());
  body.wantedDestination = slice;
  // What is read and written is no output with gaps: bufferization takes a new buffer.
  Tensor result = writeAlike(body, body.obtain(slice.shape, slice.element));
  body.wantedDestination.reset();
  part.insert(body, result);
}

static void writeMatrixProduct(Body &body) {
  Tensor a = body.mainInput(2, 2);
  Tensor b = body.obtain({a.shape[1], body.random.pick({1, 4, 8})}, a.element);
  Tensor out = body.empty({a.shape[0], b.shape[1]}, a.element, body.openExtents(2));
  std::string zero = body.emit("# = arith.constant 0.0 : " + a.element);
  std::string filled = body.emit("# = linalg.fill ins(" + zero + " : " + a.element + ") outs(" + Body::list({out}) +
                                 ") -> " + out.type());
  out.name = filled;
  out.name =
      body.emit("# = linalg.matmul ins(" + Body::list({a, b}) + ") outs(" + Body::list({out}) + ") -> " + out.type());
  body.add(out);
}

void lz::generator::writePlain(Body &body) {
  static constexpr void (*writers[])(Body &) = {writeArithmetic,    writeConversion, writeMath,
                                                writeGeneric,       writeInsertion,  writeCast,
                                                writeMatrixProduct, writePartUpdate, writePartUpdate};
  writers[body.random.draw(0, std::size(writers) - 1)](body);
}

//===----------------------------------------------------------------------===//
// Control flow and calls
//===----------------------------------------------------------------------===//

/// An i1; a constant, a compare of an extent, or one of data.
static std::string condition(Body &body) {
  const int64_t kind = body.random.draw(0, 2);
  if (kind == 0)
    return body.emit(body.random.chance(50) ? "# = arith.constant true" : "# = arith.constant false");
  std::string number = body.random.chance(50) ? "2" : "8";
  if (kind == 1 || body.onBuffers) {
    std::string extent = body.index(body.random.pick({1, 4, 16})),
                bound = body.emit("# = arith.constant " + number + " : index");
    return body.emit("# = arith.cmpi ult, " + extent + ", " + bound + " : index");
  }
  Tensor flag = body.obtain({}, "i64", Data::Index, 9);
  std::string value = body.emit("# = tensor.extract " + flag.name + "[] : " + flag.type());
  std::string bound = body.emit("# = arith.constant " + number + " : i64");
  return body.emit("# = arith.cmpi slt, " + value + ", " + bound + " : i64");
}

/// Statements in a region, whose values end with it; then what `yields` writes.
static void writeRegion(Body &body, const std::function<void()> &yields) {
  const size_t visible = body.pool.size();
  const std::vector<Tensor> before = body.pool;
  ++body.depth;
  for (int64_t i = body.random.draw(0, 1); i > 0; --i)
    writeStatement(body);
  yields();
  --body.depth;
  // Arguments that a region asked for are visible everywhere, but are not needed later.
  body.pool.assign(before.begin(), before.begin() + int64_t(visible));
}

static void yield(Body &body, const Tensor &value, const Tensor &like) {
  body.emit("scf.yield " + Body::list({body.cast(value, like.open)}));
}

static void writeIf(Body &body) {
  const std::string test = condition(body);
  if (body.onBuffers) {
    body.emit("scf.if " + test + " {");
    writeRegion(body, [] {});
    body.emit("}");
    return;
  }
  Tensor like = body.mainInput(1, 5);
  like.open = body.openExtents(like.shape.size());
  const std::string name = body.fresh();
  body.emit(name + " = scf.if " + test + " -> (" + like.type() + ") {");
  auto branch = [&] {
    Tensor seed = body.obtain(like.shape, like.element);
    yield(body, body.random.chance(75) ? writeAlike(body, seed) : seed, like);
  };
  writeRegion(body, branch);
  body.emit("} else {");
  writeRegion(body, branch);
  body.emit("}");
  like.name = name;
  body.add(like);
}

static void writeFor(Body &body) {
  const std::string low = body.emit("# = arith.constant 0 : index"), step = body.emit("# = arith.constant 1 : index");
  const std::string high = body.index(body.random.pick({0, 1, 2, 3}));
  const std::string variable = body.fresh(),
                    loop = "scf.for " + variable + " = " + low + " to " + high + " step " + step;
  if (body.onBuffers) {
    body.emit(loop + " {");
    writeRegion(body, [] {});
    body.emit("}");
    return;
  }
  Tensor first = body.mainInput(1, 5);
  first = body.cast(first, body.openExtents(first.shape.size()));
  const std::string name = body.fresh(), carried = body.fresh();
  body.emit(name + " = " + loop + " iter_args(" + carried + " = " + first.name + ") -> (" + first.type() + ") {");
  Tensor inner = first;
  inner.name = carried;
  body.pool.push_back(inner);
  writeRegion(body, [&] { yield(body, body.random.chance(90) ? writeAlike(body, inner) : inner, first); });
  body.pool.pop_back();
  body.emit("}");
  first.name = name;
  body.add(first);
}

static void writeCall(Body &body) {
  const Callee &callee = body.random.pick(body.module.callees);
  std::string types, names, results;
  for (const Tensor &formal : callee.arguments) {
    Tensor actual = body.cast(body.obtain(formal.shape, formal.element, formal.data, formal.limit), formal.open);
    names += (names.empty() ? "" : ", ") + actual.name;
    types += (types.empty() ? "" : ", ") + formal.type();
  }
  for (const Tensor &result : callee.results)
    results += (results.empty() ? "" : ", ") + result.type();
  const std::string name = body.fresh();
  const bool many = callee.results.size() > 1;
  body.emit(name + (many ? ":" + std::to_string(callee.results.size()) : "") + " = func.call @" + callee.name + "(" +
            names + ") : (" + types + ") -> (" + results + ")");
  for (size_t i = 0; i < callee.results.size(); ++i) {
    Tensor result = callee.results[i];
    result.name = name + (many ? "#" + std::to_string(i) : "");
    body.add(result);
  }
}

/// The result of the operation before, where it is visible here and `next` can give a result like it.
static const Tensor *seedFor(Body &body, const OperationCase &next) {
  const std::optional<Tensor> &last = body.module.lastResult;
  const int64_t rank = last ? int64_t(last->shape.size()) : 0;
  const bool fits = last && last->isFloat() && next.minRank <= rank && rank <= next.maxRank && rank > 0;
  const bool isVisible = fits && std::any_of(body.pool.begin(), body.pool.end(), [&](const Tensor &value) {
                           return value.name == last->name && value.type() == last->type();
                         });
  return isVisible ? &*last : nullptr;
}

void lz::generator::writeOperation(Body &body) {
  // Two alike may share a decomposition, or must not.
  const bool again = body.module.last && body.random.chance(30);
  const OperationCase &chosen = again ? *body.module.last : body.random.pick(operationCases());
  // What is on buffers cannot be decomposed.
  if (body.onBuffers && !hasKernel(chosen.operation))
    return;
  const Tensor *seed = again ? seedFor(body, chosen) : nullptr;
  Tensor copy = seed ? *seed : Tensor();
  body.module.last = &chosen;
  body.module.lastResult = chosen.write(body, chosen.operation, seed ? &copy : nullptr).front();
}

void lz::generator::writeStatement(Body &body) {
  const int64_t kind = body.random.draw(0, 99);
  if (kind < 14 && body.depth < 2)
    return kind < 7 ? writeIf(body) : writeFor(body);
  if (body.onBuffers || kind < 70) {
    return writeOperation(body);
  }
  if (kind < 80 && !body.module.callees.empty())
    return writeCall(body);
  writePlain(body);
}
