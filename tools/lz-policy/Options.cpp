//===- Options.cpp - The command line of lz-policy -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Options.h"

#include "lzrt/policy/Diagnostics.h"
#include "lzrt/policy/Policy.h"

#include <algorithm>
#include <cstdio>
#include <set>

namespace lzpolicy {
namespace {

constexpr const char *overview = R"(lz-policy: check dispatch policies, and explain what they select

usage:
  lz-policy check FILE [--kernels FILE]... [--environment NAME]
  lz-policy explain FILE --kernels FILE... --operation OP --context 'k=v,k=v' [options]
  lz-policy explain FILE --kernels FILE... --contexts FILE.jsonl [options]
  lz-policy COMMAND --help
  lz-policy --version

exit codes: 0 done, 1 the input is at fault (reasons on stderr), 2 wrong usage
)";

constexpr const char *checkHelp = R"(lz-policy check FILE: read a policy and say what is wrong with it

Without an error the exit code is 0 and the lints are on stderr: what is legal, but
certainly not meant, as a rule that never selects. With errors the exit code is 1 and each
of them is on stderr. Both as file:line:column, with the label of the rule in the policy
reference.

  --kernels FILE       a kernel manifest; repeat it for more. Without one, lints that need
                       to know the kernels are left out
  --environment NAME   check the policy with this entry of `environments` merged into it
  --help               this text

example:
  lz-policy check policy.yaml --kernels kernels.yaml --environment production
)";

constexpr const char *explainHelp = R"(lz-policy explain FILE: say which kernel a call gets, and why

  --kernels FILE       a kernel manifest; repeat it for more. At least one
  --operation OP       the operation, by its name or an alias: attention.causal, norm.rms
  --context 'k=v,k=v'  facts of the call: 'dtype=bfloat16,seq_len=4096,device=cuda:0'.
                       A value with a comma stands in double quotes. A fact that is not
                       given is completed where it has a default, else it is open; if the
                       choice hangs on an open fact the reason is `open` and the residual
                       says what is still to test. rollout_key=KEY settles rollouts
  --contexts FILE      many calls: one JSON object a line in, one JSON answer a line out.
                       In:  {"operation": "rms_norm", "context": {"dtype": "float32"}}
                       null is a fact that the call has not. A faulty line is answered by
                       {"error": "..."} in its place, and the exit code is 1
  --mode MODE          static: the static map or the default kernel, nothing else; config,
                       dynamic, hot_reload: locks, rules, chains, as without --mode; auto:
                       static where the map has the operation, else as without --mode
  --format text|json   how the answer is printed; default text (--contexts: always JSON)
  --environment NAME   the policy with this entry of `environments` merged into it
  --help               this text

Breakers count as closed. The answer is the answer: "no kernel" exits with 0.

example:
  lz-policy explain policy.yaml --kernels kernels.yaml --operation attention.causal \
    --context 'batch_size=8,seq_len=4096,dtype=float16' --format json
)";

class Parser {
public:
  explicit Parser(const std::vector<std::string> &arguments) : arguments(arguments) {}

  Parsed parse() {
    if (arguments.empty())
      return usage("a command is missing: `check` or `explain`");
    const std::string &first = arguments.front();
    if (first == "--help" || first == "-h" || first == "help")
      return print(overview);
    if (first == "--version")
      return print("lz-policy " LZ_VERSION ", semantics version " + std::to_string(lzrt::semanticsVersion) + "\n");
    if (first == "check")
      options.command = Command::Check;
    else if (first == "explain")
      options.command = Command::Explain;
    else
      return unknown("command", first, {"check", "explain"});
    return parseRest();
  }

private:
  bool isExplain() const { return options.command == Command::Explain; }

  std::vector<std::string> optionNames() const {
    if (!isExplain())
      return {"--kernels", "--environment"};
    return {"--kernels", "--environment", "--operation", "--context", "--contexts", "--mode", "--format"};
  }

  static Parsed print(const std::string &text) {
    std::fputs(text.c_str(), stdout);
    return {std::nullopt, Done};
  }

  static Parsed usage(const std::string &message) {
    std::fprintf(stderr, "lz-policy: error: %s\nlz-policy: `lz-policy --help` shows the usage\n", message.c_str());
    return {std::nullopt, Usage};
  }

  static Parsed unknown(const std::string &kind, const std::string &word, const std::vector<std::string> &known) {
    std::string near = lzrt::nearest(word, known);
    if (!near.empty())
      return usage("unknown " + kind + " `" + word + "`; did you mean `" + near + "`?");
    std::string all;
    for (const std::string &name : known)
      all += (all.empty() ? "`" : ", `") + name + "`";
    return usage("unknown " + kind + " `" + word + "`, expected one of " + all);
  }

  Parsed parseRest() {
    bool onlyFiles = false;
    for (size_t i = 1; i < arguments.size(); ++i) {
      const std::string &word = arguments[i];
      if (!onlyFiles && (word == "--help" || word == "-h"))
        return print(isExplain() ? explainHelp : checkHelp);
      if (!onlyFiles && word == "--version")
        return usage("`--version` takes no command");
      if (!onlyFiles && word == "--") {
        onlyFiles = true;
      } else if (!onlyFiles && word.size() > 1 && word.front() == '-') {
        if (std::optional<Parsed> stop = parseOption(word, &i))
          return *stop;
      } else if (!hasFile) {
        options.file = word;
        hasFile = true;
      } else {
        return usage("one policy is read at a time, got `" + options.file + "` and `" + word + "`");
      }
    }
    return finish();
  }

  /// One option with its value, `--name value` or `--name=value`.
  std::optional<Parsed> parseOption(const std::string &word, size_t *index) {
    size_t equals = word.find('=');
    std::string name = word.substr(0, equals);
    std::vector<std::string> names = optionNames();
    if (std::find(names.begin(), names.end(), name) == names.end())
      return unknown(isExplain() ? "option of explain" : "option of check", name, names);
    if (name != "--kernels" && !seen.insert(name).second)
      return usage("`" + name + "` is given twice");
    if (equals == std::string::npos && *index + 1 == arguments.size())
      return usage("`" + name + "` needs a value");
    std::string value = equals == std::string::npos ? arguments[++*index] : word.substr(equals + 1);
    if (value.empty() && name != "--context")
      return usage("`" + name + "` needs a value that is not empty");
    return take(name, value);
  }

  std::optional<Parsed> take(const std::string &name, const std::string &value) {
    seen.insert(name);
    if (name == "--kernels")
      options.kernels.push_back(value);
    else if (name == "--environment")
      options.environment = value;
    else if (name == "--operation")
      options.operation = value;
    else if (name == "--context")
      options.context = value;
    else if (name == "--contexts")
      options.contexts = value;
    else if (name == "--mode")
      return takeMode(value);
    else
      return takeFormat(value);
    return std::nullopt;
  }

  std::optional<Parsed> takeMode(const std::string &value) {
    std::optional<lzrt::Mode> mode = lzrt::findMode(value);
    if (!mode)
      return unknown("mode", value, {"static", "config", "dynamic", "hot_reload", "auto"});
    options.mode = *mode;
    return std::nullopt;
  }

  std::optional<Parsed> takeFormat(const std::string &value) {
    if (value != "text" && value != "json")
      return unknown("format", value, {"text", "json"});
    options.format = value == "json" ? Format::Json : Format::Text;
    return std::nullopt;
  }

  Parsed finish() {
    if (!hasFile || options.file.empty())
      return usage("the policy's file is missing");
    if (!isExplain())
      return {options, Done};
    if (options.kernels.empty())
      return usage("explain needs `--kernels` at least once");
    if (options.contexts && (seen.count("--operation") || seen.count("--context")))
      return usage("`--contexts` brings operations and facts of its own; leave out `--operation` and `--context`");
    if (options.contexts && seen.count("--format") && options.format == Format::Text)
      return usage("`--contexts` answers in JSON alone; leave out `--format text`");
    if (!options.contexts && options.operation.empty())
      return usage("explain needs `--operation`, or `--contexts`");
    return {options, Done};
  }

  const std::vector<std::string> &arguments;
  Options options;
  std::set<std::string> seen;
  bool hasFile = false;
};

} // namespace

Parsed parseOptions(const std::vector<std::string> &arguments) { return Parser(arguments).parse(); }

} // namespace lzpolicy
