//===- lz-import.cpp - A Hugging Face checkpoint as a module -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "DecoderModule.h"
#include "DecoderTensors.h"

#include "lz/Policy/Import.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace lzimport;
using llvm::StringRef;

namespace {

constexpr llvm::StringLiteral usage =
    R"(usage: lz-import DIR -o MODEL.mlir [--entries LIST] [--policy FILE [--environment NAME]] [--kernels FILE]...

Turns a Hugging Face checkpoint directory (config.json and model.safetensors, or the files that
model.safetensors.index.json lists) into a module. Weights stay in the checkpoint: the module names them as
lz.parameter, once for all entries. What is computed is f32. The entries, of which --entries takes a list:

  forward    (ids [B, S]) -> logits [B, S, V], of whole sequences
  prefill    (ids [B, S], lengths [B], k_cache_0, v_cache_0, …) -> (logits [B, V] of the last token, k_cache_0, …):
             prompts, their keys and values going to the caches. A layer's caches are f32 [B, C, key heads, head
             dimension], donated (updated in place). lengths counts a sequence's tokens, the call's included, at most C;
             where it is below S, the first ids are padding, which must be ids but does not matter
  decode     the same for one more token a sequence, ids [B, 1]

  -o FILE             where the module goes; - is the standard output
  --entries LIST      entries separated by commas; forward where absent
  --policy FILE       puts the policy into the module, so that it needs none when it is compiled
  --environment NAME  environment of the policy to merge
  --kernels FILE      puts the kernels of a manifest into the module; repeats
  --help              prints this

Exit codes: 0 done, 1 the input is at fault, 2 usage.
)";

enum ExitCode { Done = 0, InputAtFault = 1, WrongUsage = 2 };

struct Options {
  std::string directory, output, policy, environment, entryNames;
  llvm::SmallVector<Entry> entries;
  std::vector<std::string> kernels;
  bool wantsHelp = false;
};

constexpr uint64_t maxConfig = 1 << 20;

} // namespace

static std::optional<Options> misused(const llvm::Twine &message) {
  llvm::errs() << "lz-import: " << message << "\n";
  return std::nullopt;
}

/// Where the value of an option goes; null for an argument that takes none, or has one already.
static std::string *valueOf(StringRef name, Options &options) {
  if (name == "--kernels")
    return &options.kernels.emplace_back();
  std::string *value = name == "-o"              ? &options.output
                       : name == "--entries"     ? &options.entryNames
                       : name == "--policy"      ? &options.policy
                       : name == "--environment" ? &options.environment
                                                 : nullptr;
  return value && value->empty() ? value : nullptr;
}

/// Gives the first name that is no entry, or stands twice.
static std::optional<StringRef> readEntries(Options &options) {
  StringRef names = options.entryNames.empty() ? StringRef("forward") : options.entryNames;
  for (StringRef name : llvm::split(names, ',')) {
    std::optional<Entry> entry = entryNamed(name);
    if (!entry || llvm::is_contained(options.entries, *entry))
      return name;
    options.entries.push_back(*entry);
  }
  return std::nullopt;
}

/// Empty where the command line is wrong; the reason is on stderr.
static std::optional<Options> parseCommandLine(llvm::ArrayRef<const char *> arguments) {
  Options options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    StringRef argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      options.wantsHelp = true;
      return options;
    }
    auto [name, attached] = argument.split('=');
    bool isAttached = name.size() != argument.size();
    if (std::string *value = argument.starts_with("-") ? valueOf(name, options) : nullptr) {
      if (!isAttached && i + 1 < arguments.size())
        attached = arguments[++i];
      if (attached.empty())
        return misused("`" + name + "` needs a value");
      *value = attached.str();
    } else if (!argument.starts_with("-") && options.directory.empty()) {
      options.directory = argument.str();
    } else {
      return misused("unexpected argument `" + argument + "`");
    }
  }
  if (options.directory.empty() || options.output.empty())
    return misused("expected a directory and `-o FILE`");
  if (!options.environment.empty() && options.policy.empty())
    return misused("`--environment` needs `--policy`");
  if (std::optional<StringRef> name = readEntries(options))
    return misused("`" + *name + "` in `--entries` is no entry, or stands there twice");
  return options;
}

static ExitCode write(mlir::ModuleOp module, const std::string &path, Reporter &reporter) {
  std::error_code code;
  llvm::ToolOutputFile file(path, code, llvm::sys::fs::OF_None);
  if (code) {
    reporter.error(path, code.message());
    return InputAtFault;
  }
  module.print(file.os());
  file.os().flush();
  if (file.os().has_error()) {
    reporter.error(path, file.os().error().message());
    file.os().clear_error();
    return InputAtFault;
  }
  file.keep();
  return Done;
}

/// The policy and the kernels that are to travel with the model.
static llvm::LogicalResult embedDecisions(mlir::ModuleOp module, const Options &options) {
  if (!options.policy.empty() && failed(mlir::lz::importPolicy(module, options.policy, options.environment)))
    return llvm::failure();
  return options.kernels.empty() ? llvm::success()
                                 : llvm::LogicalResult(mlir::lz::importKernels(module, options.kernels));
}

static ExitCode importCheckpoint(const Options &options) {
  Reporter reporter;
  llvm::SmallString<256> configPath(options.directory);
  llvm::sys::path::append(configPath, "config.json");
  std::optional<std::string> text = readFile(configPath, maxConfig, reporter);
  if (!text)
    return InputAtFault;
  std::optional<DecoderConfig> config = readDecoderConfig(*text, configPath, reporter);
  std::optional<Checkpoint> checkpoint = Checkpoint::open(options.directory, reporter);
  if (!config || !checkpoint || !checkTensors(*config, *checkpoint, options.directory, reporter))
    return InputAtFault;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module = buildModule(context, *config, *checkpoint, options.entries);
  if (failed(mlir::verify(*module)) || failed(embedDecisions(*module, options)))
    return InputAtFault;
  return write(*module, options.output, reporter);
}

int main(int argc, char **argv) {
  llvm::InitLLVM initialise(argc, argv);
  std::optional<Options> options = parseCommandLine(llvm::ArrayRef<const char *>(argv + 1, argc - 1));
  if (!options) {
    llvm::errs() << "\n" << usage;
    return WrongUsage;
  }
  if (options->wantsHelp) {
    llvm::outs() << usage << "\nArchitectures: " << supportedArchitectures() << ".\n";
    return Done;
  }
  return importCheckpoint(*options);
}
