//===- Policy.h - A validated policy and the kernels it chooses from -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The reader (Reader.h) builds these and nothing else does: an object of these types obeys P1..P6, C1..C3 and the
// manifest's rules. Immutable once built, shared by pointer between threads.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_POLICY_POLICY_H
#define LZRT_POLICY_POLICY_H

#include "lzrt/policy/Diagnostics.h"
#include "lzrt/policy/Facts.h"

#include <bitset>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace re2 {
class RE2;
}

namespace lzrt {

/// Bump when the meaning of any document changes; part of selection_digest.
inline constexpr uint32_t semanticsVersion = 1;

/// An anchored, byte-wise glob, matched in time linear in text × pattern without backtracking blow-up (C3, S6).
class Glob {
public:
  /// Returns the error, or "" and sets *out.
  static std::string parse(std::string_view pattern, Glob *out);
  bool matches(std::string_view text) const;
  /// No metacharacters: it names one thing.
  bool isPlain() const { return !parsed || parsed->plain; }
  const std::string &text() const {
    static const std::string none;
    return parsed ? parsed->source : none;
  }

private:
  struct Element {
    enum class Kind : uint8_t { Byte, Any, Star, Class } kind;
    uint8_t byte = 0;
    std::shared_ptr<const std::bitset<256>> set;
  };
  struct Parsed {
    std::string source;
    std::vector<Element> elements;
    bool plain = true;
  };
  Shared<Parsed> parsed; // none: the empty text
};

/// The constants of a condition, which equal conditions share: one, but for In and NotIn, and what a pattern was
/// compiled to.
class Values {
public:
  Values() = default;
  Values(std::vector<Value> values) : shared(Compiled{std::move(values), {}, nullptr}) {}
  Values(std::initializer_list<Value> values) : Values(std::vector<Value>(values)) {}
  /// Of Match, and of Regex.
  Values(std::string pattern, Glob glob) : shared(Compiled{{Value(std::move(pattern))}, std::move(glob), nullptr}) {}
  Values(std::string pattern, std::shared_ptr<const re2::RE2> regex)
      : shared(Compiled{{Value(std::move(pattern))}, {}, std::move(regex)}) {}
  const std::vector<Value> &get() const {
    static const std::vector<Value> none;
    return shared ? shared->values : none;
  }
  operator const std::vector<Value> &() const { return get(); }
  auto begin() const { return get().begin(); }
  auto end() const { return get().end(); }
  size_t size() const { return get().size(); }
  const Value &front() const { return get().front(); }
  const Value &operator[](size_t index) const { return get()[index]; }
  const Glob &glob() const { return shared->glob; }
  const re2::RE2 &regex() const { return *shared->regex; }

private:
  struct Compiled {
    std::vector<Value> values;
    Glob glob;
    std::shared_ptr<const re2::RE2> regex;
  };
  Shared<Compiled> shared;
};

/// The operators, named as the residual prints them; In also stands for a list under equals (C1).
enum class Operator : uint8_t { Eq, Ne, Gt, Gte, Lt, Lte, In, NotIn, Match, Regex, MultipleOf };
std::string_view
operatorName(Operator op); // "eq", "ne", "gt", "gte", "lt", "lte", "in", "not_in", "match", "regex", "multiple_of"

/// One condition: `fact op values`.
struct Condition {
  FactId fact;
  Operator op;
  Values values;
  Place location; // in the document that holds it
  /// As written, without the suffix.
  std::string_view field() const { return factName(fact); }
  /// The value as the residual and the path print it: JSON, a list for In and NotIn.
  std::string valueJson() const;
};

/// A name or glob of operations or kernels, with its place.
struct Pattern {
  Glob glob;
  Place location;                                   // in the document that holds it
  bool matchesOperation(Operation operation) const; // by name or any alias (S6)
};

struct Rule {
  Pattern operation;
  Pattern kernel;
  std::vector<Condition> conditions; // in file order
  int priority = 50;
  std::string name; // or ""
  /// Hundredths of a percent, 0..10000; 10000: no rollout.
  int rollout = 10000;
  bool enabled = true;
  bool strict = false;
  Place location; // in the document that holds it
};

template <typename T> struct Keyed {
  Pattern key;
  T value;
};
/// A kernel name as a policy writes it, with its place.
struct KernelName {
  std::string name;
  Location location;
};

enum class OnNoKernel : uint8_t { Error, Decompose };

/// A document of policy.md with every default filled in and one environment merged.
struct Policy {
  std::string file;
  std::string environment;   // or ""
  KernelName fallbackPolicy; // name "" where not given
  int defaultPriority = 50;
  OnNoKernel onNoKernel = OnNoKernel::Error;
  std::vector<Rule> rules;                        // in file order
  std::vector<Keyed<KernelName>> staticKernelMap; // plain keys
  std::vector<Keyed<KernelName>> locks;
  std::vector<Pattern> denies;
  std::vector<Pattern> allows;
  std::vector<Keyed<std::vector<KernelName>>> chains;
  Mode mode = LZ_MODE_UNSET; // not given
  std::vector<Keyed<Mode>> modes;
  struct CircuitBreaker {
    bool enabled = true;
    int64_t failureThreshold = 5;
    double recoveryTimeoutSeconds = 30;
    int64_t successThreshold = 2;
    int64_t halfOpenMaxCalls = 3;
  } circuitBreaker;
  struct Cache {
    bool enabled = true;
    int64_t size = 10000;
    double ttlSeconds = 3600;
  } cache;
  struct HotReload {
    bool enabled = false;
    double watchIntervalSeconds = 1;
    bool validateOnReload = true;
    double gracePeriodSeconds = 1;
    double probationSeconds = 30;
  } hotReload;
  bool telemetry = true;
  /// Names under `environments`, for messages.
  std::vector<std::string> environments;
};

/// A kernel of a manifest.
struct Kernel {
  std::string name;
  std::vector<std::string> aliases;
  std::vector<Operation> operations;       // globs expanded, ascending
  std::vector<std::string> operationGlobs; // as written
  std::string symbol;
  int priority = 50;
  bool isDefault = false;
  bool deterministic = false;
  bool graphCaptureSafe = false;
  bool failureAtomic = false;
  std::vector<Condition> requires_; // in file order
  std::string library;              // the manifest's, or ""
  int manifest = 0;                 // index into KernelSet::manifests()
  Location location;
  bool implements(Operation operation) const;
  bool matches(const Glob &glob) const; // name or any alias (S6)
};

struct Manifest {
  std::string file;
  std::string library; // "" where not given
  std::string sha256;  // "" where not given
  std::vector<Kernel> kernels;
};

/// All kernels of all manifests; names and aliases are unique. The index of a kernel is its identity.
class KernelSet {
public:
  /// Reports name clashes (over all manifests), then returns null.
  static std::shared_ptr<const KernelSet> create(std::vector<Manifest> manifests, Diagnostics &diagnostics);
  const std::vector<Kernel> &kernels() const { return list; }
  const std::vector<Manifest> &manifests() const { return sources; } // their `kernels` moved to the list above
  bool empty() const { return list.empty(); }
  /// By name or alias; -1: not registered.
  int find(std::string_view nameOrAlias) const;
  /// Kernels of the operation, highest priority first, then by name (C5).
  const std::vector<int> &of(Operation operation) const;

private:
  std::vector<Kernel> list;
  std::vector<Manifest> sources;
  std::map<std::string, int, std::less<>> names;
  std::array<std::vector<int>, LZ_OP_COUNT> byOperation;
};

} // namespace lzrt
#endif // LZRT_POLICY_POLICY_H
