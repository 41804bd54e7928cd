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
    count = {name: instructions(options.valgrind, options.driver, name)
             for name in ["twin_norm", "compiled_norm", "prebuilt_attention", "compiled_attention"]}
    extra = count["compiled_norm"] - count["twin_norm"]
    block = count["compiled_attention"] - count["prebuilt_attention"]
    print(f"static call, rank 2: {count['compiled_norm']} instructions, its C twin {count['twin_norm']}: {extra} more (bar: 0)")
    print(f"block of four tensors, two open extents each: {count['compiled_attention']} - {count['prebuilt_attention']} = {block} "
          f"instructions (bar: 28)")
    return 1 if extra > 0 or block > 28 else 0


if __name__ == "__main__":
    sys.exit(main())
