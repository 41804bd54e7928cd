#!/usr/bin/env python3
"""Makes and shows .npy files without NumPy, so that tests need no package.

npy.py make FILE DESCR SHAPE VALUE...   SHAPE is 2x3; values repeat; integers or floats by DESCR
npy.py show FILE...                     a line each: descr, shape, values
"""
import ast
import struct
import sys

CODES = {"f2": "e", "f4": "f", "f8": "d", "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H",
         "u4": "I", "u8": "Q", "b1": "?", "V2": "H"}


def make(path, descr, shape, *values):
    extents = [int(extent) for extent in shape.split("x")] if shape != "scalar" else []
    count = 1
    for extent in extents:
        count *= extent
    code = CODES[descr[1:]]
    numbers = [float(value) if code in "efd" else int(value) for value in values]
    data = [numbers[i % len(numbers)] for i in range(count)]
    header = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }" % (
        descr, "".join("%d, " % extent for extent in extents))
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    with open(path, "wb") as out:
        out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        out.write(struct.pack("<%d%s" % (count, code), *data))


def show(path):
    with open(path, "rb") as file:
        content = file.read()
    size = struct.unpack_from("<H", content, 8)[0]
    header = ast.literal_eval(content[10:10 + size].decode())
    code = CODES[header["descr"][1:]]
    data = content[10 + size:]
    values = struct.unpack("<%d%s" % (len(data) // struct.calcsize(code), code), data)
    print(header["descr"], "x".join(map(str, header["shape"])), " ".join("%.6g" % value for value in values))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(*sys.argv[2:])
    else:
        for path in sys.argv[2:]:
            show(path)
