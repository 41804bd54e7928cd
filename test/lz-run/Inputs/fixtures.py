#!/usr/bin/env python3
"""Runs every stored fixture through lz-run: decomposed, and on each kernel of the manifests that names the operation.

usage: fixtures.py FIXTURES SCRATCH MANIFEST...

Prints a line a run with its largest error as a share of the bound, 2e-6 * sqrt(reduction length) * max |the row's reference|, and exits 1
where one is above it or another kernel ran than the one asked for.
"""
import array
import importlib.util
import json
import math
import os
import re
import subprocess
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location(
    "fixture_module", os.path.join(HERE, "..", "..", "Dialect", "LZ", "IR", "Inputs", "fixture-module.py"))
fixture_module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fixture_module)

# What an entry of the index says about the operation's attributes.
ATTRIBUTES = {
    "layout": lambda value: f"layout = #lz.layout<{value}>",
    "causal_alignment": lambda value: f"causal_alignment = #lz.alignment<{value}>",
    "window": lambda value: f"window_size = {value} : i64, causal_alignment = #lz.alignment<top_left>",
    "scale": lambda value: f"scale = {float(value)} : f64",
    "softcap": lambda value: f"softcap = {float(value)} : f64",
    "eps": lambda value: f"epsilon = {value:.1e} : f64",
    "approximate": lambda value: f"approximate = #lz.approximation<{value}>",
    "ignore_index": lambda value: f"ignore_index = {value} : i64",
}


# How many terms a result sums where it is not all of the last dimension.
TERMS = {"swiglu": 1, "geglu": 1, "gelu": 1, "rope": 2, "rope_interleaved": 2}


def kernels_of(manifests, operation):
    """(kernel, manifest) of each kernel that lists the operation."""
    for path in manifests:
        with open(path) as file:
            for name, operations in re.findall(r"- name: (\S+)\n(?:\s+aliases: .*\n)?\s+operations: \[([^\]]*)\]", file.read()):
                if operation in [each.strip() for each in operations.split(",")]:
                    yield name, path


def module_text(operation, arrays, ins, outs, attributes):
    """@main takes the inputs in the order of their slots; what it writes starts empty."""
    groups = [name for name in ins if name in ("mask", "bias")]
    plain = [name for name in ins if name not in groups]
    types = {name: fixture_module.static(arrays[name]) for name in ins + outs}
    results = ", ".join(types[name] for name in outs)
    lines = [f"func.func @main({', '.join(f'%{name}: {types[name]}' for name in ins)}) -> ({results}) {{"]
    lines += [f"  %{name} = tensor.empty() : {types[name]}" for name in outs]
    text = f"  %r:{len(outs)} = lz.{operation} ins({', '.join('%' + name for name in plain)} : {', '.join(types[name] for name in plain)})"
    text += "".join(f" {name}(%{name} : {types[name]})" for name in groups)
    text += f" outs({', '.join('%' + name for name in outs)} : {results}) {{{attributes}}} -> {results}"
    lines += [text, f"  return {', '.join(f'%r#{i}' for i in range(len(outs)))} : {results}", "}"]
    return "\n".join(lines) + "\n"


def floats(data):
    values = array.array("f")
    values.frombytes(data)
    return values


def worst_error(path, reference, length):
    """The largest error over the bound; infinite for a NaN or another shape."""
    with open(path, "rb") as file:
        shape, element, data = fixture_module.read_npy(file.read())
    if shape != reference[0] or element != reference[1]:
        return math.inf
    got, expected = floats(data), floats(reference[2])
    width, worst = shape[-1], 0.0
    for start in range(0, len(expected), width):
        bound = 2e-6 * math.sqrt(length) * max(abs(value) for value in expected[start:start + width])
        for value, wanted in zip(got[start:start + width], expected[start:start + width]):
            error = abs(value - wanted)
            if not error <= 0:
                worst = max(worst, error / bound if bound and error == error else math.inf)
    return worst


def run(scratch, operation, ins, outs, kernel, manifest):
    """Runs the scratch folder's module; returns the kernel that ran, or None for the decomposition."""
    command = ["lz-run", os.path.join(scratch, "model.mlir"), "--report", "json"]
    for name in ins:
        command += ["--input", os.path.join(scratch, name + ".npy")]
    for name in outs:
        command += ["--output", os.path.join(scratch, name + ".got.npy")]
    if kernel:
        policy = os.path.join(scratch, "policy.yaml")
        with open(policy, "w") as file:
            file.write(f'version: "1.0"\nstatic_kernel_map: {{{operation}: {kernel}}}\n')
        command += ["--kernels", manifest, "--policy", policy, "--mode", "static"]
    else:
        command += ["--no-kernels"]
    done = subprocess.run(command, stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"{operation} on {kernel or 'its decomposition'}: lz-run ended with {done.returncode}")
    return json.loads(done.stdout)["sites"][0]["kernel"]


def run_fixture(entry, fixtures, scratch, manifests):
    operation = entry["op"] + ("_interleaved" if entry.get("interleaved") else "")
    arrays = fixture_module.read_fixture(os.path.join(fixtures, entry["file"]))
    ins, outs = fixture_module.SLOTS[operation.split(".")[0]]
    ins = [name for name in ins if name in arrays]
    attributes = ", ".join(write(entry[key]) for key, write in ATTRIBUTES.items() if key in entry)
    with open(os.path.join(scratch, "model.mlir"), "w") as file:
        file.write(module_text(operation, arrays, ins, outs, attributes))
    with zipfile.ZipFile(os.path.join(fixtures, entry["file"])) as archive:
        for member in archive.namelist():
            name = fixture_module.SLOT_NAMES.get(member[:-4], member[:-4])
            with open(os.path.join(scratch, name + ".npy"), "wb") as file:
                file.write(archive.read(member))
    length = arrays["k"][0][-2] + arrays["q"][0][-1] if "q" in arrays else TERMS.get(operation, arrays[ins[0]][0][-1])
    passed = True
    for kernel, manifest in [(None, None)] + list(kernels_of(manifests, operation)):
        ran = run(scratch, operation, ins, outs, kernel, manifest)
        errors = [worst_error(os.path.join(scratch, name + ".got.npy"), arrays[name], length) for name in outs]
        holds = ran == kernel and max(errors) <= 1
        passed &= holds
        print(f"{'passed' if holds else 'FAILED'} {entry['file']} {operation} {ran or 'decomposed'} {max(errors):.3f}", flush=True)
    return passed


def main(fixtures, scratch, *manifests):
    os.makedirs(scratch, exist_ok=True)
    with open(os.path.join(fixtures, "index.json")) as file:
        results = [run_fixture(entry, fixtures, scratch, manifests) for entry in json.load(file)]
    print(f"{len(results)} fixtures, {results.count(False)} failed")
    sys.exit(0 if results and all(results) else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
