//===- Explorer.cpp - Runs real code under every order of its atomic steps -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Explorer.h"

#include <memory>
#include <ucontext.h>
#include <unordered_set>

namespace lztest {
namespace {

constexpr size_t stackSize = 256 * 1024;

uint64_t mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
  return hash ^ hash >> 29;
}

struct Fiber {
  ucontext_t context;
  std::unique_ptr<char[]> stack;
  std::function<void()> body;
  uint64_t history = 1;
  bool ended = false;
};

/// One schedule in progress.
struct Run {
  ucontext_t scheduler;
  std::vector<std::unique_ptr<Fiber>> fibers;
  std::vector<std::function<uint64_t()>> atomics;
  Fiber *current = nullptr;

  uint64_t state() const {
    uint64_t hash = 0;
    for (const auto &value : atomics)
      hash = mix(hash, value());
    for (const auto &fiber : fibers)
      hash = mix(hash, fiber->history * 2 + fiber->ended);
    return hash;
  }
  std::vector<size_t> runnable() const {
    std::vector<size_t> list;
    for (size_t i = 0; i < fibers.size(); ++i)
      if (!fibers[i]->ended)
        list.push_back(i);
    return list;
  }
  void resume(size_t index) {
    current = fibers[index].get();
    current->history = mix(current->history, 0);
    swapcontext(&scheduler, &current->context);
    current = nullptr;
  }
};

Run *run = nullptr;

void enterFiber() {
  Fiber *fiber = run->current;
  fiber->body();
  fiber->ended = true;
  swapcontext(&fiber->context, &run->scheduler);
}

void addFiber(Run &into, std::function<void()> body) {
  auto fiber = std::make_unique<Fiber>();
  fiber->stack = std::make_unique<char[]>(stackSize);
  fiber->body = std::move(body);
  getcontext(&fiber->context);
  fiber->context.uc_stack.ss_sp = fiber->stack.get();
  fiber->context.uc_stack.ss_size = stackSize;
  fiber->context.uc_link = nullptr;
  makecontext(&fiber->context, enterFiber, 0);
  into.fibers.push_back(std::move(fiber));
}

/// A choice among the runnable threads; the last one is tried first, the others follow in later schedules.
struct Choice {
  size_t taken, count;
};

} // namespace

void Explorer::step() {
  if (run && run->current)
    swapcontext(&run->current->context, &run->scheduler);
}

void Explorer::saw(uint64_t value) {
  if (run && run->current)
    run->current->history = mix(run->current->history, value);
}

void Explorer::enlist(const std::function<uint64_t()> &value) {
  if (run)
    run->atomics.push_back(value);
}

Explorer Explorer::explore(const std::function<Scenario()> &make) {
  Explorer result;
  std::unordered_set<uint64_t> seen;
  std::vector<Choice> path;
  for (;;) {
    Run schedule;
    run = &schedule;
    Scenario scenario = make();
    for (auto &body : scenario.threads)
      addFiber(schedule, body);
    size_t depth = 0;
    bool known = false;
    for (std::vector<size_t> open; !known && !(open = schedule.runnable()).empty(); ++depth) {
      if (depth == path.size()) {
        known = !seen.insert(schedule.state()).second;
        path.push_back({0, known ? 1 : open.size()});
      }
      if (!known)
        schedule.resume(open[path[depth].taken]);
    }
    if (!known) {
      ++result.schedules;
      scenario.atEnd();
    }
    run = nullptr;
    while (!path.empty() && ++path.back().taken == path.back().count)
      path.pop_back();
    if (path.empty())
      break;
  }
  result.states = seen.size();
  return result;
}

} // namespace lztest
