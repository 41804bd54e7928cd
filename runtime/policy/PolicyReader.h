//===- PolicyReader.h - A policy document, section by section ---*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_POLICY_POLICYREADER_H
#define LZRT_POLICY_POLICYREADER_H

#include "ReadContext.h"

namespace lzrt {

/// Reads one tree once. What read() returns is a policy only if no error was reported.
class PolicyReader {
public:
  explicit PolicyReader(ReadContext &context) : context(context) {}
  Policy read(const std::string &file, const std::string &environment);

private:
  struct Section {
    std::string_view name;
    void (PolicyReader::*read)(yaml::NodeId, Policy &);
  };
  static const std::vector<Section> &sections();
  static const Section *findSection(const std::string &name);
  void readSections(yaml::NodeId map, const std::string &what, Policy &policy);
  void readEnvironments(yaml::NodeId id, const std::string &chosen, Policy &policy);
  yaml::NodeId merge(yaml::NodeId base, yaml::NodeId overlay);
  std::optional<yaml::NodeId> overlay(yaml::NodeId environment);

  void readVersion(yaml::NodeId id, Policy &policy);
  void readDefaults(yaml::NodeId id, Policy &policy);
  void readRules(yaml::NodeId id, Policy &policy);
  void readStaticMap(yaml::NodeId id, Policy &policy);
  void readLocks(yaml::NodeId id, Policy &policy);
  void readDenies(yaml::NodeId id, Policy &policy);
  void readAllows(yaml::NodeId id, Policy &policy);
  void readChains(yaml::NodeId id, Policy &policy);
  void readMode(yaml::NodeId id, Policy &policy);
  void readModes(yaml::NodeId id, Policy &policy);
  void readBreaker(yaml::NodeId id, Policy &policy);
  void readCache(yaml::NodeId id, Policy &policy);
  void readHotReload(yaml::NodeId id, Policy &policy);
  void readTelemetry(yaml::NodeId id, Policy &policy);

  void readRule(yaml::NodeId id, std::unordered_map<std::string, yaml::NodeId> &names, Policy &policy);
  void readRuleName(yaml::NodeId id, std::unordered_map<std::string, yaml::NodeId> &names, Rule &rule);
  void readRollout(yaml::NodeId id, bool isNamed, Rule &rule);
  /// The entries of a map whose keys are operations or globs of them (P6).
  void keyed(yaml::NodeId id, const std::string &what, bool plainKeys,
             const std::function<void(Pattern, yaml::NodeId)> &add);
  void readKernelMap(yaml::NodeId id, const std::string &what, bool plainKeys, std::vector<Keyed<KernelName>> &out);
  void readPatterns(yaml::NodeId id, const std::string &what, std::vector<Pattern> &out);
  Key flag(const char *name, bool &out);
  Key count(const char *name, int64_t high, int64_t &out);
  Key seconds(const char *name, double &out);

  ReadContext &context;
  size_t mergedEntries = 0;
};

} // namespace lzrt
#endif // LZRT_POLICY_POLICYREADER_H
