#!/usr/bin/env python3
"""Writes a safetensors file of a header text and a number of zero bytes: safetensors.py FILE HEADER BYTES [FLOAT...]"""
import struct
import sys

path, header, size = sys.argv[1], sys.argv[2].encode(), int(sys.argv[3])
floats = [float(value) for value in sys.argv[4:]]
with open(path, "wb") as out:
    out.write(struct.pack("<Q", len(header)) + header)
    out.write(struct.pack("<%df" % len(floats), *floats).ljust(size, b"\0"))
