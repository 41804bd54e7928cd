//===- Options.cpp - The command line of lz-ctl -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Options.h"

#include "lzrt/policy/Diagnostics.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <set>

namespace lzctl {
namespace {

using lzrt::Parameter;

constexpr const char *overview = R"(lz-ctl: ask and steer a running process over its control socket

usage:
  lz-ctl [--socket PATH] [--json] [--timeout SECONDS] COMMAND ...
  lz-ctl COMMAND --help
  lz-ctl --version

commands that ask:
  status                     mode, policy, reloads, totals
  sites                      each site: which kernel it runs, and why
  kernels                    each registered kernel
  breakers                   each circuit breaker
  explain OPERATION|SITE     which kernel a call would get, and why

commands that change something:
  reload                     read the policy file again
  rollback                   publish the policy before the live one
  force-open KERNEL          refuse the kernel's calls
  force-close KERNEL         admit the kernel's calls, whatever they come to
  reset KERNEL               give the kernel's breaker back to itself
  mode MODE                  set the default mode

options, before or behind the command:
  --socket PATH      the process's socket. Without it: the only one on which a process
                     listens in $XDG_RUNTIME_DIR/lz, or /tmp/lz-UID where that variable
                     names no directory of yours; of several, lz-ctl lists the choices
  --json             print the result as one line of JSON
  --timeout SECONDS  how long to wait for the answer, by default 30

exit codes: 0 done, 1 refused or failed (the reason on stderr), 2 wrong usage
)";

constexpr const char *statusHelp = R"(lz-ctl status: the process, its mode, its policy, and totals

The policy digest names the whole policy, the selection digest what decides kernels.
`last error` is that of the latest reload that failed; the policy before it served on.
)";

constexpr const char *sitesHelp = R"(lz-ctl sites: a line for each registered site

KERNEL is what the site runs now, the latest choice first; REASON and RULE say why, as
`lz-ctl explain` does. A hit ran without selecting. FIRST says whether the last call was run
by the kernel that selection put first; `no` means that this one failed or was refused.
)";

constexpr const char *kernelsHelp = R"(lz-ctl kernels: a line for each registered kernel

DENIED says whether the live policy's `kernel_denies` matches the kernel.
)";

constexpr const char *breakersHelp = R"(lz-ctl breakers: a line for each kernel and device with a circuit breaker

IN A ROW counts the failures since the last success, FAILURES all that were charged. RETRY
is how long an open breaker still refuses every call.
)";

constexpr const char *explainHelp = R"(lz-ctl explain OPERATION|SITE: which kernel a call would get now, and why

The answer is that of `lz-policy explain`, under the live policy and with the breakers as
they are. An operation goes by its name or an alias, a site by its name in `lz-ctl sites`.

  --context 'k=v,k=v'  facts of the call, as `lz-policy explain` takes them; at a site, its
                       own facts stand where none is given
  --mode MODE          static, config, dynamic, hot_reload or auto; by default the site's
                       mode, else the process's

examples:
  lz-ctl explain attention.causal --context 'seq_len=4096,dtype=float16'
  lz-ctl --json explain norm.rms --mode static
)";

constexpr const char *reloadHelp = R"(lz-ctl reload: read the configured policy file again

The file is the one that the process was configured with; no other can be named. Where it is
faulty the live policy serves on, and every error is printed with file:line:column.
)";

constexpr const char *rollbackHelp = R"(lz-ctl rollback: publish the policy that was live before this one

The file is not touched: a later change of it is read again, its present content is not.
)";

constexpr const char *forceOpenHelp = R"(lz-ctl force-open KERNEL: refuse every call of a kernel

Sites go on with their next candidate, until `force-close` or `reset`.

  --device DEVICE  on this device alone, as `lz-ctl breakers` lists it; by default on all
)";

constexpr const char *forceCloseHelp = R"(lz-ctl force-close KERNEL: admit every call of a kernel

Its failures no longer open the breaker, until `force-open` or `reset`.

  --device DEVICE  on this device alone, as `lz-ctl breakers` lists it; by default on all
)";

constexpr const char *resetHelp = R"(lz-ctl reset KERNEL: close a kernel's breaker and let it work by itself

  --device DEVICE  on this device alone, as `lz-ctl breakers` lists it; by default on all
)";

constexpr const char *modeHelp = R"(lz-ctl mode MODE: set the default mode

MODE is static, config, dynamic, hot_reload or auto. It rules calls for which neither the
call, the compiled module nor the policy names a mode.

  --operation GLOB  of the operations that this matches by name or alias; by default of all

examples:
  lz-ctl mode static
  lz-ctl mode dynamic --operation 'attention.*'
)";

struct Flag {
  const char *name;
  Parameter parameter;
};

struct Command {
  const char *name;
  const char *help;
  /// The word behind the command, and how messages call it; null: there is none.
  const char *word = nullptr;
  Parameter parameter{};
  std::vector<Flag> flags = {};
};

const std::vector<Command> &commands() {
  static const std::vector<Flag> device = {{"--device", Parameter::Device}};
  static const std::vector<Command> table = {
      {"status", statusHelp},
      {"sites", sitesHelp},
      {"kernels", kernelsHelp},
      {"breakers", breakersHelp},
      {"explain",
       explainHelp,
       "an operation or a site",
       Parameter::Subject,
       {{"--context", Parameter::Context}, {"--mode", Parameter::Mode}}},
      {"reload", reloadHelp},
      {"rollback", rollbackHelp},
      {"force-open", forceOpenHelp, "a kernel", Parameter::Kernel, device},
      {"force-close", forceCloseHelp, "a kernel", Parameter::Kernel, device},
      {"reset", resetHelp, "a kernel", Parameter::Kernel, device},
      {"mode", modeHelp, "a mode", Parameter::Mode, {{"--operation", Parameter::Operation}}},
  };
  return table;
}

class Parser {
public:
  explicit Parser(const std::vector<std::string> &arguments) : arguments(arguments) {}

  Parsed parse() {
    for (; next < arguments.size(); ++next) {
      const std::string &word = arguments[next];
      bool isOption = !onlyWords && word.size() > 1 && word.front() == '-';
      if (isOption && word == "--")
        onlyWords = true;
      else if (std::optional<Parsed> stop = isOption ? option(word) : plain(word))
        return *stop;
    }
    return finish();
  }

private:
  static Parsed print(const std::string &text) {
    std::fputs(text.c_str(), stdout);
    return {std::nullopt, Done};
  }

  static Parsed usage(const std::string &message) {
    std::fprintf(stderr, "lz-ctl: error: %s\nlz-ctl: `lz-ctl --help` shows the usage\n", message.c_str());
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

  /// The command, or the word behind it.
  std::optional<Parsed> plain(const std::string &word) {
    if (command && command->word && options.request.get(command->parameter))
      return usage("`" + std::string(command->name) + "` takes " + command->word + ", got `" + word + "` too");
    if (command && !command->word)
      return usage("`" + std::string(command->name) + "` takes nothing, got `" + word + "`");
    if (command && word.empty())
      return usage("`" + std::string(command->name) + "` needs " + command->word + ", got an empty word");
    if (command) {
      options.request.set(command->parameter, word);
      return std::nullopt;
    }
    if (word == "help")
      return print(overview);
    std::vector<std::string> known;
    for (const Command &entry : commands()) {
      if (entry.name == word)
        command = &entry;
      known.emplace_back(entry.name);
    }
    options.request.command = word;
    return command ? std::nullopt : std::optional(unknown("command", word, known));
  }

  std::optional<Parsed> option(const std::string &word) {
    if (word == "--help" || word == "-h")
      return print(command ? command->help : overview);
    if (word == "--version")
      return command ? usage("`--version` takes no command")
                     : print("lz-ctl " LZ_VERSION ", protocol " + std::string(lzrt::controlProtocol) + "\n");
    size_t equals = word.find('=');
    std::string name = word.substr(0, equals);
    const Flag *flag = findFlag(name);
    if (!flag && name != "--socket" && name != "--json" && name != "--timeout")
      return unknown(command ? "option of " + std::string(command->name) : "option", name, flagNames());
    if (!seen.insert(name).second)
      return usage("`" + name + "` is given twice");
    if (name == "--json") {
      options.json = true;
      return equals == std::string::npos ? std::nullopt : std::optional(usage("`--json` takes no value"));
    }
    if (equals == std::string::npos && next + 1 == arguments.size())
      return usage("`" + name + "` needs a value");
    std::string value = equals == std::string::npos ? arguments[++next] : word.substr(equals + 1);
    if (value.empty() && name != "--context")
      return usage("`" + name + "` needs a value that is not empty");
    if (flag)
      options.request.set(flag->parameter, value);
    else if (name == "--socket")
      options.socket = value;
    else
      return timeout(value);
    return std::nullopt;
  }

  std::optional<Parsed> timeout(const std::string &value) {
    double seconds = 0;
    auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (error != std::errc() || end != value.data() + value.size() || !(seconds > 0 && seconds <= 86'400))
      return usage("`--timeout` takes seconds, more than 0 and at most 86400, got `" + value + "`");
    options.timeout = std::chrono::milliseconds(std::max<int64_t>(1, int64_t(seconds * 1000)));
    return std::nullopt;
  }

  const Flag *findFlag(const std::string &name) const {
    for (size_t i = 0; command && i < command->flags.size(); ++i)
      if (command->flags[i].name == name)
        return &command->flags[i];
    return nullptr;
  }

  std::vector<std::string> flagNames() const {
    std::vector<std::string> names = {"--socket", "--json", "--timeout", "--help"};
    for (size_t i = 0; command && i < command->flags.size(); ++i)
      names.emplace_back(command->flags[i].name);
    return names;
  }

  Parsed finish() {
    if (!command)
      return usage("a command is missing: `status`, say");
    if (command->word && !options.request.get(command->parameter))
      return usage("`" + std::string(command->name) + "` needs " + command->word);
    if (command->name == std::string_view("explain") && !options.json)
      options.request.set(Parameter::Format, "text");
    return {options, Done};
  }

  const std::vector<std::string> &arguments;
  size_t next = 0;
  bool onlyWords = false;
  const Command *command = nullptr;
  Options options;
  std::set<std::string> seen;
};

} // namespace

Parsed parseOptions(const std::vector<std::string> &arguments) { return Parser(arguments).parse(); }

} // namespace lzctl
