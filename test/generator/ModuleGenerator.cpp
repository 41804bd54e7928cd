//===- ModuleGenerator.cpp - Random valid modules -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Body.h"

using namespace lz::generator;

namespace {

std::string modeAttribute(Random &random) {
  return "lz.mode = #lz.mode<" + random.pick(std::vector<std::string>{"static", "config", "dynamic", "auto"}) + ">";
}

std::string functionText(Body &body, const std::string &name, bool isPublic, const std::vector<Tensor> &results) {
  std::string text = std::string("func.func ") + (isPublic ? "" : "private ") + "@" + name + "(", types;
  for (size_t i = 0; i < body.arguments.size(); ++i) {
    const Tensor &argument = body.arguments[i];
    text += (i ? ", " : "") + argument.name + ": " + argument.type();
    if (isPublic && body.donated[i] && !body.onBuffers)
      text += " {lz.donated}";
  }
  for (const Tensor &result : results)
    types += (types.empty() ? "" : ", ") + result.type();
  text += ")" + (types.empty() ? "" : " -> (" + types + ")");
  if (body.random.chance(8))
    text += " attributes {" + modeAttribute(body.random) + "}";
  body.emit("func.return" + (results.empty() ? "" : " " + Body::list(results)));
  return text + " {\n" + body.text + "}\n";
}

/// Values that a function returns: mostly what was computed.
std::vector<Tensor> drawResults(Body &body) {
  std::vector<Tensor> computed, results;
  for (const Tensor &value : body.pool)
    if (value.name[1] != 'a')
      computed.push_back(value);
  if (computed.empty())
    return {writeAlike(body, body.obtain({2, 4}, "f32"))};
  results.push_back(computed.back()); // the end of the longest chain, perhaps
  for (int64_t i = body.random.draw(0, 2); i > 0; --i)
    results.push_back(body.random.pick(body.random.chance(8) ? body.pool : computed));
  return results;
}

std::string writeFunction(ModuleState &module, const std::string &name, bool isPublic, int64_t statements,
                          std::vector<Tensor> *inputs) {
  Body body(module, /*onBuffers=*/false);
  for (int64_t i = 0; i < statements; ++i)
    writeStatement(body);
  std::vector<Tensor> results = drawResults(body);
  std::string text = functionText(body, name, isPublic, results);
  if (!isPublic)
    module.callees.push_back({name, body.arguments, results});
  if (inputs)
    *inputs = body.arguments;
  return text;
}

} // namespace

ModuleSpec lz::generator::generateModule(uint64_t seed) {
  ModuleState module(seed);
  ModuleSpec spec;
  for (int64_t i = module.random.pick({0, 0, 0, 1, 1, 2}); i > 0; --i)
    spec.text +=
        writeFunction(module, "helper" + std::to_string(i), /*isPublic=*/false, module.random.draw(1, 2), nullptr);
  spec.text += writeFunction(module, "main", /*isPublic=*/true, module.random.draw(1, 5), &spec.inputs);
  if (module.random.chance(12) && module.isCovered) {
    Body body(module, /*onBuffers=*/true);
    for (int64_t i = module.random.draw(1, 3); i > 0; --i)
      writeStatement(body);
    spec.text += functionText(body, "on_buffers", /*isPublic=*/true, {});
    spec.hasBuffers = true;
  }
  if (module.random.chance(8))
    spec.text = "module attributes {" + modeAttribute(module.random) + "} {\n" + spec.text + "}\n";
  spec.parameters = module.parameters;
  spec.operations = module.operations;
  spec.isCovered = module.isCovered;
  return spec;
}
