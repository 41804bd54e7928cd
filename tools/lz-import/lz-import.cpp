//===- lz-import.cpp - A Hugging Face checkpoint as a module -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "LlamaModule.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace lzimport;
using llvm::StringRef;

namespace {

constexpr llvm::StringLiteral usage =
    R"(usage: lz-import DIR -o MODEL.mlir

Turns a Hugging Face checkpoint directory of a LlamaForCausalLM (config.json and model.safetensors, or the files that
model.safetensors.index.json lists) into a module with @forward(tensor<?x?xi64>) -> tensor<?x?x?xf32>. Weights stay in
the checkpoint: the module names them as lz.parameter.

  -o FILE   where the module goes; - is the standard output
  --help    prints this

Exit codes: 0 done, 1 the input is at fault, 2 usage.
)";

enum ExitCode { Done = 0, InputAtFault = 1, WrongUsage = 2 };

struct Options {
  std::string directory, output;
  bool wantsHelp = false;
};

constexpr uint64_t maxConfig = 1 << 20;

} // namespace

/// Empty where the command line is wrong; the reason is on stderr.
static std::optional<Options> parseCommandLine(llvm::ArrayRef<const char *> arguments) {
  Options options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    StringRef argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      options.wantsHelp = true;
      return options;
    }
    if (argument == "-o" && i + 1 < arguments.size() && options.output.empty()) {
      options.output = arguments[++i];
    } else if (!argument.starts_with("-") && options.directory.empty()) {
      options.directory = argument.str();
    } else {
      llvm::errs() << "lz-import: unexpected argument `" << argument << "`\n";
      return std::nullopt;
    }
  }
  if (!options.directory.empty() && !options.output.empty())
    return options;
  llvm::errs() << "lz-import: expected a directory and `-o FILE`\n";
  return std::nullopt;
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

static ExitCode importCheckpoint(const Options &options) {
  Reporter reporter;
  llvm::SmallString<256> configPath(options.directory);
  llvm::sys::path::append(configPath, "config.json");
  std::optional<std::string> text = readFile(configPath, maxConfig, reporter);
  if (!text)
    return InputAtFault;
  std::optional<LlamaConfig> config = readLlamaConfig(*text, configPath, reporter);
  std::optional<Checkpoint> checkpoint = Checkpoint::open(options.directory, reporter);
  if (!config || !checkpoint || !checkLlamaTensors(*config, *checkpoint, options.directory, reporter))
    return InputAtFault;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module = buildLlama(context, *config, *checkpoint);
  if (failed(mlir::verify(*module)))
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
    llvm::outs() << usage;
    return Done;
  }
  return importCheckpoint(*options);
}
