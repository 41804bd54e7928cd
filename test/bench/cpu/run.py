#!/usr/bin/env python3
# Measures our CPU kernels beside PyTorch's and oneDNN's. README.md explains; `ninja bench-cpu` runs it.
#
# Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path

import cases
from harness import Harness, Unsupported

CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
SETTLE = 0.004  # seconds until OpenMP's idle threads no longer spin
LEAST = 0.05  # seconds that one side is timed in a round


def environment(folder):
    """The Python of a virtual environment in `folder` that has PyTorch."""
    python = folder / "bin" / "python"
    if (folder / "ready").exists():
        return python
    try:
        venv.create(folder, with_pip=True, clear=True)
    except subprocess.CalledProcessError:
        sys.exit("error: python3 makes no virtual environment with pip; Debian: install `python3-venv`")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    print(f"installing PyTorch into {folder}", file=sys.stderr)
    subprocess.run([*pip, "numpy"], check=True)
    small = subprocess.run([*pip, "--retries", "0", "--timeout", "10", "--index-url", CPU_WHEELS, "torch"], capture_output=True)
    if small.returncode:
        print(f"{CPU_WHEELS} cannot be used; PyPI's wheel, with CUDA, then", file=sys.stderr)
        subprocess.run([*pip, "torch"], check=True)
    (folder / "ready").touch()
    return python


def time_side(function, repeat):
    """Seconds of one call, by the wall and of this thread's time; the caches as the same call leaves them."""
    time.sleep(SETTLE)
    function()
    wall, thread = time.perf_counter(), time.thread_time()
    for _ in range(repeat):
        function()
    return (time.perf_counter() - wall) / repeat, (time.thread_time() - thread) / repeat


def measure(case, rounds, smoke):
    """Seconds of each side in each round. Sides take turns; every second round goes backwards."""
    repeats = {side: 1 if smoke else max(1, math.ceil(LEAST / time_side(function, 1)[0]))
               for side, function in case.sides.items()}
    times = {side: [] for side in case.sides}
    for index in range(rounds):
        for side in sorted(case.sides, reverse=index % 2):
            times[side].append(time_side(case.sides[side], repeats[side]))
    return times


def run_case(make, harness, torch, options):
    case = make(harness, torch)
    times = measure(case, options.rounds, options.smoke)
    error = cases.disagreement(case)
    if error > cases.TOLERANCES[case.element]:
        sys.exit(f"error: {case.name} {case.element}: outputs differ by {error:.2e} of the largest")
    clock = 1 if options.clock == "cpu" else 0
    speeds = {side: case.work_of.get(side, case.work) / statistics.median(entry[clock] for entry in times[side])
              for side in case.sides}
    ratios = {}
    for side in case.sides:
        if side != cases.OURS:
            scale = case.work / case.work_of.get(side, case.work)
            ratios[side] = statistics.median(scale * theirs[clock] / ours[clock]
                                             for ours, theirs in zip(times[cases.OURS], times[side]))
    bars = {} if options.smoke else {other: bar for (_, other), bar in case.bars.items()}
    return {"name": case.name, "element": case.element, "unit": case.unit, "speeds": speeds, "ratios": ratios, "bars": bars,
            "difference": error, "seconds": times}


def child(options):
    """All cases with one number of threads, on as many cores."""
    cores = sorted(os.sched_getaffinity(0))[-options.threads:]
    os.sched_setaffinity(0, cores)
    torch = None
    if not options.smoke:
        import torch
        torch.set_num_threads(options.threads)
        torch.set_grad_enabled(False)
    harness = Harness(options.harness, options.kernels, options.threads)
    results = []
    for title, make in cases.all_cases(options.smoke, options.only):
        try:
            results.append({"threads": options.threads, **run_case(make, harness, torch, options)})
        except Unsupported as missing:
            results.append({"threads": options.threads, "name": title, "unsupported": str(missing)})
        harness.release_owned()
        show(results[-1])
    harness.release()
    if not results:
        sys.exit(f"error: no case matches `{options.only}`")
    return {"results": results, "pytorch": torch.__version__ if torch else None}


def show(result):
    """One line of the table."""
    head = f"{result['threads']}  {result['name']:<42}"
    if "unsupported" in result:
        return print(f"{head} no kernel takes it: {result['unsupported']}", flush=True)
    columns = []
    for side, speed in result["speeds"].items():
        text = f"{side} {speed:.1f}"
        if side in result["ratios"]:
            text += f" (x{result['ratios'][side]:.2f}"
            bar = result["bars"].get(side)
            text += "" if bar is None else f" >= {bar}: {'met' if result['ratios'][side] >= bar else 'MISSED'}"
            text += ")"
        columns.append(text)
    print(f"{head} {result['element']:<8} {result['unit']}: {', '.join(columns)}", flush=True)


def cpu_name():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--harness", type=Path, required=True, help="liblz_bench_cpu.so")
    parser.add_argument("--kernels", type=Path, required=True, help="the folder of the kernel libraries")
    parser.add_argument("--work", type=Path, required=True, help="where the virtual environment and results.json go")
    parser.add_argument("--threads", type=int, help="this many alone; else one, and all cores that the process may use")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default="", help="cases that contain this in function name, extents and type: `attention 32x2048`, `bfloat16`")
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall",
                        help="cpu: the calling thread's time, for one thread on a busy machine")
    parser.add_argument("--smoke", action="store_true", help="tiny sizes against the reference kernels, without PyTorch")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    options = parse()
    if options.smoke:
        options.threads, options.rounds = 2, 1
        results = child(options)["results"]
        return 0 if all("speeds" in result for result in results) else 1
    options.work.mkdir(parents=True, exist_ok=True)
    if options.child:
        (options.work / "child.json").write_text(json.dumps(child(options)))
        return 0
    python = environment(options.work / "venv")
    everything = {"cpu": cpu_name(), "rounds": options.rounds, "clock": options.clock, "load": os.getloadavg()[0], "results": []}
    print(f"{everything['cpu']}, load {os.getloadavg()[0]:.1f}; medians of {options.rounds} interleaved rounds; in brackets: lz's speed over this side's")
    for threads in [options.threads] if options.threads else sorted({1, len(os.sched_getaffinity(0))}):
        subprocess.run([str(python), *sys.argv, "--child", f"--threads={threads}"], check=True)  # the last --threads holds
        part = json.loads((options.work / "child.json").read_text())
        everything["results"] += part["results"]
        everything["pytorch"] = part["pytorch"]
    (options.work / "results.json").write_text(json.dumps(everything, indent=1) + "\n")
    print(f"PyTorch {everything['pytorch']}; every round's seconds: {options.work / 'results.json'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
