#!/usr/bin/env python3
# Compiles each mutant of runtime/policy and demands that the tests notice it. Needs no build folder but the one that ctest runs in.
#
# Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A mutated source is compiled without optimisation and linked before the library, whose own version of it the linker then leaves out. The unmutated source
# must pass the same run, so that a kill is the mutant's doing. Exit codes: 0 all killed, 1 a survivor or a mutant that no longer applies.

import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import time

LIMIT_SECONDS = 120


def read_mutants(path):
    mutants, current = [], None
    for number, line in enumerate(open(path), 1):
        line = line.rstrip("\n")
        if not line.strip() or line.startswith("#"):
            continue
        head = re.fullmatch(r"\[([a-z0-9-]+)\] (\S+)", line)
        if head:
            current = {"name": head[1], "file": head[2], "old": [], "new": []}
            mutants.append(current)
        elif current and line[:2] in ("- ", "+ "):
            current["old" if line[0] == "-" else "new"].append(line[2:])
        else:
            sys.exit(f"{path}:{number}: neither a head nor a replacement: {line}")
    return mutants


def mutate(text, mutant):
    """The mutated text; an error where the fragment is not there once. White space between its lines may differ."""
    pattern = r"\s*".join(re.escape(line.strip()) for line in mutant["old"])
    found = list(re.finditer(pattern, text))
    if len(found) != 1:
        return None, f"its text occurs {len(found)} times in {mutant['file']}"
    start, end = found[0].span()
    return text[:start] + "\n".join(mutant["new"]) + text[end:], ""


class Runner:
    def __init__(self, config, work):
        self.config, self.work = config, work

    def run(self, name, file, text):
        """passed, failed, or what kept it from running."""
        folder = os.path.join(self.work, name)
        os.makedirs(folder, exist_ok=True)
        source, object_file, binary = (os.path.join(folder, part) for part in (file, "mutant.o", "tests"))
        with open(source, "w") as out:
            out.write(text)
        c = self.config
        compile_command = c["compiler"] + c["flags"] + ["-O0", "-w", "-c", source, "-o", object_file, "-I" + c["source"]]
        link_command = c["compiler"] + c["flags"] + ["-o", binary, object_file] + c["objects"] + [c["library"]] + c["libraries"]
        for command in (compile_command, link_command):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                return "does not build:\n" + done.stderr
        outcome = self.test(binary)
        os.remove(binary)
        return outcome

    def test(self, binary):
        environment = dict(os.environ, LZ_LAW_TRIPLES="12000", LZ_LAW_STRIDE="37", LZ_LAW_SEED="7")
        command = [binary, "--gtest_fail_fast", "--gtest_brief=1", "--gtest_filter=" + self.config["filter"]]
        try:
            done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            return "failed"
        return "failed" if done.returncode else "passed"


def main():
    parser = argparse.ArgumentParser(description="Demand that the tests kill every mutant of runtime/policy.")
    parser.add_argument("--config", required=True, help="what CMake generated: compiler, flags, objects, libraries")
    parser.add_argument("--mutants", required=True, help="the list of mutants")
    parser.add_argument("--work", required=True, help="a folder for sources, objects and binaries")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="mutants at a time")
    parser.add_argument("--only", help="run the mutants whose name contains this")
    options = parser.parse_args()
    config = json.load(open(options.config))
    mutants = [m for m in read_mutants(options.mutants) if not options.only or options.only in m["name"]]
    runner, start, faults = Runner(config, options.work), time.monotonic(), []
    sources = {file: open(os.path.join(config["source"], file)).read() for file in {m["file"] for m in mutants}}

    def judge(item):
        name, file, mutant = item
        text, error = mutate(sources[file], mutant) if mutant else (sources[file], "")
        return name, mutant, error or runner.run(name, file, text)

    work = [("unmutated-" + file, file, None) for file in sorted(sources)] + [(m["name"], m["file"], m) for m in mutants]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for name, mutant, outcome in pool.map(judge, work):
            wanted = "failed" if mutant else "passed"
            print(("killed   " if mutant else "passes   ") + name if outcome == wanted else f"FAULT    {name}: {outcome}", flush=True)
            if outcome != wanted:
                faults.append(name)
    print(f"{len(mutants)} mutants, {len(faults)} faults, {time.monotonic() - start:.0f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
