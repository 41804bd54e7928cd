#!/usr/bin/env python3
"""Enforces the dependency rule of docs/rationale.md: abi <- policy <- rest of runtime <- tools; abi <- kernels; {abi, policy} <- lib <- tools.

Reads the #include lines of every room, and the undefined symbols of the kernel libraries and of the runtime.
"""
import argparse
import pathlib
import re
import subprocess
import sys

# room -> prefixes of includes that it may not use
RUNTIME_ROOMS = r"lzrt/(?!abi/|policy/)"
FORBIDDEN = {
    "runtime": r"(lz/|mlir/|llvm/|mlir-c/|llvm-c/|cuda)",
    "runtime/include/lzrt/abi": r"(?!lzrt/abi/|stdint\.h|stddef\.h)",
    "runtime/policy": r"(lzrt/(?!abi/|policy/))",
    "runtime/include/lzrt/policy": r"(lzrt/(?!abi/|policy/))",
    "kernels": r"(lz/|mlir/|llvm/|lzrt/(?!abi/))",
    "lib": RUNTIME_ROOMS,
    "include/lz": RUNTIME_ROOMS,
}
# Only these join compiler and runtime.
JOINTS = ("lib/JIT", "include/lz/JIT")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
ALLOWED_UNDEFINED_IN_KERNELS = re.compile(r"^lzrt_|^lz_")


def check_includes(source: pathlib.Path) -> list[str]:
    problems = []
    for room, forbidden in FORBIDDEN.items():
        pattern = re.compile(forbidden)
        for path in sorted((source / room).rglob("*")):
            relative = path.relative_to(source).as_posix()
            if path.suffix not in (".h", ".cpp", ".c", ".hpp", ".inc") or relative.startswith(JOINTS):
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = INCLUDE.match(line)
                if match and pattern.match(match.group(1)):
                    problems.append(f"{relative}:{number}: error: `{room}` may not include `{match.group(1)}`")
    return problems


def undefined_symbols(library: pathlib.Path) -> list[str]:
    output = subprocess.run(["nm", "-DuC", str(library)], check=True, capture_output=True, text=True).stdout
    return [line.split(maxsplit=1)[1] for line in output.splitlines() if line.strip()]


def check_symbols(build: pathlib.Path) -> list[str]:
    problems = []
    libraries = sorted((build / "lib" / "lz").glob("*.so"))
    if not libraries:
        problems.append(f"{build}/lib/lz: error: no kernel library found")
    for library in libraries:
        for symbol in undefined_symbols(library):
            if ALLOWED_UNDEFINED_IN_KERNELS.match(symbol):
                problems.append(f"{library}: error: a kernel library may not need `{symbol}`")
        defined = subprocess.run(["nm", "-D", "--defined-only", str(library)], check=True, capture_output=True, text=True).stdout
        exported = [line.split()[-1] for line in defined.splitlines()]
        if exported != ["lz_kernel_library_query"]:
            problems.append(f"{library}: error: exports {exported}, expected lz_kernel_library_query alone")
    for library in sorted((build / "lib").glob("liblzrt*.so")):
        for symbol in undefined_symbols(library):
            if re.match(r"(llvm|mlir|LLVM)", symbol):
                problems.append(f"{library}: error: the runtime may not need `{symbol}`")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    problems = check_includes(arguments.source) + check_symbols(arguments.build)
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
