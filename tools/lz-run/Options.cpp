//===- Options.cpp - The command line of lz-run -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Options.h"

#include "llvm/ADT/ArrayRef.h"

#include <charconv>
#include <cstring>
#include <functional>
#include <string_view>

namespace mlir::lz::run {
namespace {

/// An optional value is joined by `=`, since a word of its own would be the model.
enum class Value { None, Optional, Needed };

/// An option; `take` gets its value, "" where it has none, and returns the error, or "".
struct Option {
  std::string_view name;
  Value value;
  std::function<std::string(const std::string &)> take;
};

std::string toCount(const std::string &text, unsigned most, unsigned *out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  if (error != std::errc() || end != text.data() + text.size() || *out < 1 || *out > most)
    return "must be a number of 1 to " + std::to_string(most) + ", got `" + text + "`";
  return "";
}

std::string choose(const std::string &text, std::string_view first, std::string_view second, bool *isSecond) {
  *isSecond = text == second;
  if (*isSecond || text == first)
    return "";
  return "must be `" + std::string(first) + "` or `" + std::string(second) + "`, got `" + text + "`";
}

/// "" where `text` is one of `values`.
std::string choose(const std::string &text, llvm::ArrayRef<std::string_view> values, std::string *into) {
  *into = text;
  std::string known;
  for (std::string_view value : values) {
    if (text == value)
      return "";
    known += (known.empty() ? "`" : ", `") + std::string(value) + "`";
  }
  return "must be one of " + known + ", got `" + text + "`";
}

std::vector<Option> optionsOf(Options &out) {
  auto text = [](std::string *into) {
    return [into](const std::string &value) {
      *into = value;
      return std::string();
    };
  };
  auto list = [](std::vector<std::string> *into) {
    return [into](const std::string &value) {
      into->push_back(value);
      return std::string();
    };
  };
  auto flag = [](bool *into) {
    return [into](const std::string &) {
      *into = true;
      return std::string();
    };
  };
  return {
      {"--policy", Value::Needed, text(&out.policy)},
      {"--kernels", Value::Needed, list(&out.kernels)},
      {"--no-kernels", Value::None, flag(&out.noKernels)},
      {"--entry", Value::Needed, text(&out.entry)},
      {"--input", Value::Needed, list(&out.inputs)},
      {"--output", Value::Needed, list(&out.outputs)},
      {"--weights", Value::Needed, text(&out.weights)},
      {"--mode", Value::Needed,
       [&out](const std::string &value) {
         return choose(value, {"static", "config", "dynamic", "hot_reload", "auto"}, &out.mode);
       }},
      {"--target", Value::Needed,
       [&out](const std::string &value) { return choose(value, {"cpu", "cuda"}, &out.target); }},
      {"--facts", Value::Needed, text(&out.facts)},
      {"--environment", Value::Needed, text(&out.environment)},
      {"--on-mismatch", Value::Needed,
       [&out](const std::string &value) { return choose(value, "refuse", "warn", &out.warnOnMismatch); }},
      {"--report", Value::Needed,
       [&out](const std::string &value) { return choose(value, "text", "json", &out.json); }},
      {"--trace", Value::None, flag(&out.trace)},
      {"--repeat", Value::Needed, [&out](const std::string &value) { return toCount(value, 1000000, &out.repeat); }},
      {"--watch", Value::None, flag(&out.watch)},
      {"--metrics", Value::Needed,
       [&out](const std::string &value) {
         out.metrics = value;
         return std::string();
       }},
      {"--control", Value::Optional,
       [&out](const std::string &value) {
         out.control = value;
         return std::string();
       }},
      {"--threads", Value::Needed, [&out](const std::string &value) { return toCount(value, 1024, &out.threads); }},
      {"--help", Value::None, flag(&out.help)}};
}

std::string check(const Options &options) {
  if (options.help)
    return "";
  if (options.model.empty())
    return "no model is given";
  if (options.noKernels && !options.kernels.empty())
    return "`--kernels` and `--no-kernels` contradict each other";
  if (options.watch && options.policy.empty())
    return "`--watch` follows a policy's file; name it with `--policy`";
  if (!options.watch && (options.metrics || options.control))
    return "`--metrics` and `--control` serve a model that runs on; add `--watch`";
  return "";
}

} // namespace

const char *usage() {
  return "usage: lz-run MODEL.mlir [options]\n"
         "\n"
         "Compiles a model under a policy, runs it, and reports which kernel ran at each\n"
         "site and why. The report goes to standard output, all else to standard error.\n"
         "\n"
         "  --policy FILE          policy; without it, the default policy\n"
         "  --environment NAME     environment of the policy to merge\n"
         "  --kernels FILE         kernel manifest, may repeat; without it, the shipped ones\n"
         "  --no-kernels           no kernel: every operation is decomposed\n"
         "  --mode M               static, config, dynamic, hot_reload or auto\n"
         "  --target cpu|cuda      platform to compile for; cpu by default\n"
         "  --facts 'k=v,k=v'      facts of the process and the invocation\n"
         "  --on-mismatch refuse|warn   a model that was compiled under another policy\n"
         "  --entry @f             function to run; without it, the only public one\n"
         "  --input X.npy          next argument, may repeat\n"
         "  --output Y.npy         where to write the next result, may repeat; a result\n"
         "                         that is a donated argument is written too\n"
         "  --weights DIR|FILE     safetensors checkpoint with the model's parameters\n"
         "  --report text|json     form of the report\n"
         "  --trace                report every call with its facts\n"
         "  --repeat N             run N times and print times; the last run is reported\n"
         "  --watch                run again and again, and follow the policy's file: what\n"
         "                         it changes is told. Until SIGINT or SIGTERM, or N runs\n"
         "                         with --repeat N; the last run is reported. Compiles with\n"
         "                         --mode hot_reload where --mode is not given\n"
         "  --metrics HOST:PORT    serve metrics to Prometheus while watching; a port alone\n"
         "                         is one of this machine only. Off by default\n"
         "  --control[=PATH]       listen to lz-ctl while watching; without a path, where\n"
         "                         lz-ctl looks. Off by default\n"
         "  --threads N            CPU threads; by default as many as there are\n"
         "  --help                 this text\n"
         "\n"
         "Exit code: 0 done, 1 the input is at fault, 2 wrong usage.\n";
}

std::string parseOptions(int argc, char **argv, Options *out) {
  std::vector<Option> options = optionsOf(*out);
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i], value;
    if (word.size() < 2 || word[0] != '-') {
      if (!out->model.empty())
        return "more than one model: `" + out->model + "` and `" + word + "`";
      out->model = word;
      continue;
    }
    size_t equals = word.find('=');
    bool isJoined = equals != std::string::npos;
    std::string name = word.substr(0, equals);
    const Option *option = nullptr;
    for (const Option &each : options)
      if (each.name == name)
        option = &each;
    if (!option)
      return "unknown option `" + name + "`";
    if (option->value == Value::None && isJoined)
      return "option `" + name + "` takes no value";
    if (option->value == Value::Needed && !isJoined && i + 1 == argc)
      return "option `" + name + "` needs a value";
    if (isJoined)
      value = word.substr(equals + 1);
    else if (option->value == Value::Needed)
      value = argv[++i];
    if (std::string error = option->take(value); !error.empty())
      return "option `" + name + "` " + error;
  }
  return check(*out);
}

} // namespace mlir::lz::run
