#!/usr/bin/env python3
"""Says whether .npy files hold the same array up to rounding.

compare.py BOUND FILE FILE...   |difference| <= BOUND x the largest finite magnitude of the first; NaNs and infinities must be equal
"""
import ast
import math
import struct
import sys

CODES = {"<f2": "e", "<f4": "f", "<u2": "H", "|V2": "H"}


def load(path):
    with open(path, "rb") as file:
        content = file.read()
    size = struct.unpack_from("<H", content, 8)[0]
    header = ast.literal_eval(content[10:10 + size].decode())
    data = content[10 + size:]
    code = CODES[header["descr"]]
    values = struct.unpack("<%d%s" % (len(data) // struct.calcsize(code), code), data)
    if code == "H":  # the upper half of a float32
        values = [struct.unpack("<f", struct.pack("<I", value << 16))[0] for value in values]
    return header["shape"], values


def agree(left, right, bound):
    if math.isnan(left) or math.isinf(left):
        return left == right or (math.isnan(left) and math.isnan(right))
    return abs(left - right) <= bound


def main(bound, first, *others):
    shape, values = load(first)
    scale = max([abs(value) for value in values if math.isfinite(value)], default=0)
    for other in others:
        otherShape, otherValues = load(other)
        if shape != otherShape:
            sys.exit("%s is %s, %s is %s" % (first, shape, other, otherShape))
        for index, (left, right) in enumerate(zip(values, otherValues)):
            if not agree(left, right, float(bound) * scale):
                sys.exit("element %d is %r in %s and %r in %s" % (index, left, first, right, other))


if __name__ == "__main__":
    main(*sys.argv[1:])
