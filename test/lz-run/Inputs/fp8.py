#!/usr/bin/env python3
"""Runs matrix multiplications of fp8 operands, and conversions from and to fp8, through lz-run, against an oracle in plain Python: decomposed,
and with the kernels of the manifests given.

usage: fp8.py SCRATCH [MANIFEST...]

Prints a line a run and exits 1 where a result differs by more than the rounding of its type, or an operation did not run as asked.
"""
import math
import os
import random
import struct
import sys

from caches import CODES, error, finish, run

CODES.update({"f8E4M3FN": ("|u1", "B"), "f8E5M2": ("|u1", "B")})
# mantissa bits, bias, whether the largest exponent means infinity and NaN alone
FORMATS = {"f8E4M3FN": (3, 7, False), "f8E5M2": (2, 15, True)}
# Sums are of at most 40 terms; a share of the largest result.
BOUNDS = {"f32": 1e-5, "f16": 1e-3, "bf16": 8e-3}
DEFAULTS = dict(a="f8E4M3FN", b="f8E4M3FN", batch=(), shared=True, m=5, n=7, k=33, ta=False, tb=False, sa=None, sb=None, bias=None, out="f32",
                static=False)
# A scale is (): rank 0, 1: `[1]`, or "rows": one a row or column.
CASES = {
    "plain": dict(),
    "tensorwise": dict(sa=(), sb=1, out="bf16", tb=True),
    "rowwise": dict(sa="rows", sb="rows", out="bf16", bias="f32", tb=True),
    "rowwise-static": dict(sa="rows", sb="rows", out="f16", bias="f16", static=True),
    "mixed-formats": dict(a="f8E5M2", sa=(), out="f32", bias="f32", ta=True),
    "one-scale": dict(b="f8E5M2", sb="rows", out="f16"),
    "batched": dict(batch=(2, 3), sa="rows", sb="rows", out="f32"),
    "batched-both": dict(batch=(2,), shared=False, sa=1, sb="rows", out="f32", tb=True, static=True),
    "one-row": dict(m=1, n=1, sa="rows", sb="rows"),
    "no-terms": dict(k=0, sa=(), bias="f32"),
    "no-rows": dict(m=0, sa="rows"),
}


def decode(code, kind):
    mantissaBits, bias, isIeee = FORMATS[kind]
    sign, exponent, mantissa = (-1 if code & 0x80 else 1), (code & 0x7F) >> mantissaBits, code & ((1 << mantissaBits) - 1)
    if isIeee and exponent == 31:
        return sign * math.inf if mantissa == 0 else math.nan
    if not isIeee and code & 0x7F == 0x7F:
        return math.nan
    if exponent == 0:
        return sign * math.ldexp(mantissa, 1 - bias - mantissaBits)
    return sign * math.ldexp(mantissa + (1 << mantissaBits), exponent - bias - mantissaBits)


def encode(value, kind):
    """By search: the nearest number, ties to the even code; one step past the largest number stands for the overflow."""
    if math.isnan(value):
        return math.nan
    codes = [code for code in range(0x80) if math.isfinite(decode(code, kind))]
    numbers = [decode(code, kind) for code in codes]
    numbers.append(2 * numbers[-1] - numbers[-2])
    best = min(range(len(numbers)), key=lambda i: (abs(numbers[i] - min(abs(value), 2 * numbers[-1])), i & 1))
    past = math.inf if FORMATS[kind][2] else math.nan
    return math.copysign(past if best == len(codes) else numbers[best], value)


class Case:
    def __init__(self, name, parameters):
        self.__dict__.update({**DEFAULTS, **parameters})
        self.random = random.Random(name)
        self.aShape = [*self.batch, *((self.k, self.m) if self.ta else (self.m, self.k))]
        self.bBatch = () if self.shared else self.batch
        self.bShape = [*self.bBatch, *((self.n, self.k) if self.tb else (self.k, self.n))]
        self.aCodes, self.bCodes = self.codes(self.aShape, self.a), self.codes(self.bShape, self.b)
        self.scales = {"sa": self.scale(self.sa, [*self.batch, self.m]), "sb": self.scale(self.sb, [*self.bBatch, self.n])}
        self.biasValues = [self.random.randrange(-8, 8) / 4 for _ in range(self.n)]

    def codes(self, shape, kind):
        # Away from the largest numbers, so that no result overflows f16.
        largest = 0x58 if kind == "f8E4M3FN" else 0x48
        return [self.random.choice([0, 0x80]) | self.random.randrange(largest) for _ in range(math.prod(shape))]

    def scale(self, how, rows):
        """(shape, values), or None."""
        if how is None:
            return None
        shape = rows if how == "rows" else [1] if how == 1 else []
        return shape, [self.random.randrange(1, 9) / 8 for _ in range(math.prod(shape))]

    def scaleAt(self, name, row):
        if self.scales[name] is None:
            return 1
        shape, values = self.scales[name]
        return values[row if math.prod(shape) != 1 else 0]

    def result(self):
        values = []
        for item in range(math.prod(self.batch)):
            itemB = 0 if self.shared else item
            for i in range(self.m):
                for j in range(self.n):
                    total = 0
                    for l in range(self.k):
                        a = self.aCodes[item * self.m * self.k + (l * self.m + i if self.ta else i * self.k + l)]
                        b = self.bCodes[itemB * self.n * self.k + (j * self.k + l if self.tb else l * self.n + j)]
                        total += decode(a, self.a) * decode(b, self.b)
                    total *= self.scaleAt("sa", item * self.m + i) * self.scaleAt("sb", itemB * self.n + j)
                    values.append(total + (self.biasValues[j] if self.bias else 0))
        return values

    def arguments(self):
        """(name, kind, shape, values)"""
        found = [("a", self.a, self.aShape, self.aCodes), ("b", self.b, self.bShape, self.bCodes)]
        if self.bias:
            found.append(("bias", self.bias, [self.n], self.biasValues))
        found += [(name, "f32", *scale) for name, scale in self.scales.items() if scale]
        shape = [*self.batch, self.m, self.n]
        return found + [("o", self.out, shape, [0] * math.prod(shape))]

    def module(self):
        types = {name: "tensor<%s%s>" % ("".join("%sx" % (extent if self.static else "?") for extent in shape), kind)
                 for name, kind, shape, _ in self.arguments()}
        slots = {"bias": "bias", "sa": "scale_a", "sb": "scale_b"}
        groups = "".join(f" {slots[name]}(%{name} : {types[name]})" for name in slots if name in types)
        attributes = f"transpose_a = {str(self.ta).lower()}, transpose_b = {str(self.tb).lower()}"
        return "\n".join([
            f"func.func @main({', '.join(f'%{name}: {kind}' for name, kind in types.items())}) -> {types['o']} {{",
            f"  %y = lz.matmul ins(%a, %b : {types['a']}, {types['b']}){groups} outs(%o : {types['o']}) {{{attributes}}} -> {types['o']}",
            f"  return %y : {types['o']}", "}"]) + "\n"


class Conversions:
    """Every number of a format widened, and f32 numbers between and past its numbers rounded to it and widened again."""

    def __init__(self, kind):
        self.kind, self.out, self.codes = kind, "f32", list(range(256))
        numbers = sorted(value for value in (decode(code, kind) for code in range(0x80)) if math.isfinite(value))
        numbers += [2 * numbers[-1] - numbers[-2]]
        middles = [(low + high) / 2 for low, high in zip(numbers, numbers[1:])]
        near = [struct.unpack("<f", struct.pack("<I", struct.unpack("<I", struct.pack("<f", value))[0] + step))[0]
                for value in middles for step in (-1, 0, 1)]
        values = numbers + near + [1e-45, 1e38, math.inf]
        self.values = values + [-value for value in values] + [math.nan]

    def arguments(self):
        return [("c", self.kind, [256], self.codes), ("x", "f32", [len(self.values)], self.values)]

    def results(self):
        return [[decode(code, self.kind) for code in self.codes], [encode(value, self.kind) for value in self.values]]

    def module(self):
        count = len(self.values)
        return f"""func.func @main(%c: tensor<256x{self.kind}>, %x: tensor<{count}xf32>) -> (tensor<256xf32>, tensor<{count}xf32>) {{
  %w = arith.extf %c : tensor<256x{self.kind}> to tensor<256xf32>
  %r = arith.truncf %x : tensor<{count}xf32> to tensor<{count}x{self.kind}>
  %y = arith.extf %r : tensor<{count}x{self.kind}> to tensor<{count}xf32>
  return %w, %y : tensor<256xf32>, tensor<{count}xf32>
}}
"""


def report(name, how, holds, worst):
    print(f"{'passed' if holds else 'FAILED'} {name} {how}: {worst:.2e}", flush=True)
    return holds


def check(name, scratch, manifest):
    case = Case(name, CASES[name])
    (got,), (kernel,) = run(name, case, scratch, 1, manifest)
    worst = error(got, case.result())
    return report(name, kernel or "decomposed", worst <= BOUNDS[case.out] and bool(kernel) == bool(manifest), worst)


def checkConversions(kind, scratch):
    case = Conversions(kind)
    got, _ = run(kind, case, scratch, 2)
    for index, (left, right) in enumerate(zip(got, case.results())):
        wrong = [i for i, pair in enumerate(zip(left, right)) if struct.pack("<f", pair[0]) != struct.pack("<f", pair[1])
                 and not (math.isnan(pair[0]) and math.isnan(pair[1]))]
        if wrong:
            print(f"FAILED {kind} result {index}, element {wrong[0]}: {left[wrong[0]]}, expected {right[wrong[0]]}; {len(wrong)} in all")
            return False
    return report(kind, "converted", True, 0)


def main(scratch, *manifests):
    os.makedirs(scratch, exist_ok=True)
    results = [checkConversions(kind, scratch) for kind in FORMATS]
    finish(results + [check(name, scratch, manifest) for manifest in (None, *manifests) for name in CASES])


if __name__ == "__main__":
    main(*sys.argv[1:])
