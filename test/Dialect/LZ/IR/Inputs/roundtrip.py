"""Sends every module of the folder's round-trip tests through bytecode, and asks that they use all of the dialect.

usage: roundtrip.py REFERENCE FOLDER SCRATCH MORE...   MORE: modules that take part but are no tests
"""
import pathlib
import re
import subprocess
import sys

reference, folder, scratch = (pathlib.Path(argument) for argument in sys.argv[1:4])
tests = [path for path in sorted(folder.glob("*.mlir")) if "RUN: lz-opt %s | lz-opt | FileCheck" in path.read_text()]
modules = tests + [pathlib.Path(argument) for argument in sys.argv[4:]]
failed = False


def lz_opt(*arguments: object) -> bytes:
    return subprocess.run(["lz-opt", *map(str, arguments)], check=True, stdout=subprocess.PIPE).stdout


for module in modules:
    lz_opt(module, "--emit-bytecode", "-o", scratch)
    if lz_opt(scratch) != lz_opt(module):
        print(f"error: bytecode changes {module}")
        failed = True

text = "\n".join(module.read_text() for module in modules)
page = reference.read_text()
names = set(re.findall(r"^### `(lz\.[a-z_.]+)`", page, re.M)) | set(re.findall(r"`(#lz\.[a-z_]+)<", page))
# These are written within a decision, without their names.
nested = {"#lz.candidate": "kernel @", "#lz.condition": "when"}
for name in sorted(names):
    if not re.search(re.escape(nested.get(name, name)) + r"(?![a-z_.])", text):
        print(f"error: `{name}` is in no round-trip test of {folder}; add it to one")
        failed = True
sys.exit(failed)
