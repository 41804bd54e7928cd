#!/usr/bin/env python3
"""Replays the examples of a Markdown page: replay.py PAGE DIRECTORY.

A fenced block whose info string is
  yaml file=NAME      is written to DIRECTORY/NAME; all files are there before the first command runs
  yaml policy         is a policy without its version line, which must load
  yaml policy error   the same, which must not load
  console             is commands behind `$ ` with what they print, stdout and stderr together
Prints each difference; the exit code is 1 if there is one. @DIGEST@ stands for any 64 hexadecimal digits.
"""
import difflib
import os
import re
import subprocess
import sys


def blocks(text):
    for match in re.finditer(r"^```([^\n`]+)\n(.*?)^```$", text, re.M | re.S):
        yield match.group(1).split(), match.group(2), text.count("\n", 0, match.start()) + 1


def run(command, directory):
    return subprocess.run(
        command, shell=True, cwd=directory, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )


def differences(body, line, directory):
    for step in re.split(r"^\$ ", body, flags=re.M)[1:]:
        command, _, expected = step.partition("\n")
        actual = re.sub(r"\b[0-9a-f]{64}\b", "@DIGEST@", run(command, directory).stdout)
        if actual != expected:
            yield f"block of line {line}: $ {command}\n" + "".join(
                difflib.unified_diff(expected.splitlines(True), actual.splitlines(True), "page", "tool")
            )


def loads(body, directory):
    with open(os.path.join(directory, "fragment.yaml"), "w", encoding="utf-8") as file:
        file.write('version: "1.0"\n' + body)
    return run("lz-policy check fragment.yaml", directory)


def main(page, directory):
    with open(page, encoding="utf-8") as file:
        found = list(blocks(file.read()))
    os.makedirs(directory, exist_ok=True)
    for info, body, _ in found:
        if info[0] == "yaml" and info[1:] and info[1].startswith("file="):
            with open(os.path.join(directory, info[1][5:]), "w", encoding="utf-8") as file:
                file.write(body)
    faults, counted = [], {"policy": 0, "error": 0, "console": 0, "file": 0}
    for info, body, line in found:
        if info[0] == "console":
            counted["console"] += 1
            faults += differences(body, line, directory)
        elif info[1:2] == ["policy"]:
            wanted = 1 if info[2:] == ["error"] else 0
            counted["error" if wanted else "policy"] += 1
            result = loads(body, directory)
            if result.returncode != wanted:
                faults.append(f"block of line {line}: exit code {result.returncode}\n{result.stdout}")
        elif info[1:]:
            counted["file"] += 1
    print("".join(faults), end="")
    print("replayed:", ", ".join(f"{count} {kind}" for kind, count in counted.items()))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
