#!/usr/bin/env python3
"""Runs NAME.mlir of a folder through lz-run for each checkpoint NAME, and compares @forward's logits with the stored ones.

usage: logits.py CHECKPOINTS MODELS OPTION...       the options are lz-run's
"""
import array
import os
import subprocess
import sys
import zipfile

BOUND = 1e-4


def floats(path):
    with open(path, "rb") as file:
        content = file.read()
    begin = 10 + int.from_bytes(content[8:10], "little")
    return array.array("f", content[begin:])


def main(checkpoints, models, *options):
    for name in sorted(entry for entry in os.listdir(checkpoints) if os.path.isdir(os.path.join(checkpoints, entry))):
        weights, scratch = os.path.join(checkpoints, name), os.path.join(models, name + ".arrays")
        with zipfile.ZipFile(os.path.join(weights, "reference.npz")) as archive:
            archive.extractall(scratch)
        output = os.path.join(scratch, "computed.npy")
        subprocess.run(["lz-run", os.path.join(models, name + ".mlir"), "--entry", "@forward", "--weights", weights, "--input",
                        os.path.join(scratch, "input_ids.npy"), "--output", output, *options], check=True, stdout=subprocess.DEVNULL)
        stored, computed = floats(os.path.join(scratch, "logits.npy")), floats(output)
        if len(stored) != len(computed):
            sys.exit(f"{name}: {len(computed)} logits, expected {len(stored)}")
        if not all(abs(left - right) <= BOUND for left, right in zip(stored, computed)):
            sys.exit(f"{name}: differs by up to {max(abs(left - right) for left, right in zip(stored, computed))}")
        print(f"{name}: within 1e-4")


main(*sys.argv[1:])
