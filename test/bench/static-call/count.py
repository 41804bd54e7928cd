#!/usr/bin/env python3
# Counts instructions from entry to return by callgrind and holds them against the bars of the static call.
#
# Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

CALLS = 100
GUARDS = [1, 2, 4, 8]


def instructions(valgrind, driver, function):
    """Instructions of one call of `function`, its kernel included."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "callgrind.out"
        command = [valgrind, "--tool=callgrind", f"--callgrind-out-file={out}", "--collect-atstart=no",
                   f"--toggle-collect={function}", driver, str(CALLS)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"callgrind failed:\n{done.stderr}")
        total = int(re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.M).group(1))
    if total == 0 or total % CALLS != 0:
        sys.exit(f"`{function}`: {total} instructions in {CALLS} calls cannot be right")
    return total // CALLS


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--valgrind", required=True)
    parser.add_argument("--driver", required=True)
    options = parser.parse_args()
    names = ["twin_norm", "compiled_norm", "prebuilt_attention", "compiled_attention", "compiled_open", "guarded_0"]
    count = {name: instructions(options.valgrind, options.driver, name)
             for name in names + [f"guarded_{n}" for n in GUARDS]}
    figures = [("static call, rank 2, beside its C twin", "compiled_norm", "twin_norm", 0),
               ("block of four tensors, two open extents each", "compiled_attention", "prebuilt_attention", 28),
               ("the same with two more open integers each", "compiled_open", "prebuilt_attention", 48)]
    figures += [(f"{n} compares of rules", f"guarded_{n}", "guarded_0", 2 * n + 1) for n in GUARDS]
    missed = False
    for what, name, control, bar in figures:
        more = count[name] - count[control]
        missed |= more > bar
        print(f"{what}: {count[name]} - {count[control]} = {more} instructions (bar: {bar})")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
