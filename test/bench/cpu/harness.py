# The benchmark's C interface through ctypes. Signatures: Harness.h.
#
# Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import ctypes
import math
from ctypes import c_char_p, c_double, c_int32, c_int64, c_uint32, c_uint64, c_void_p

SIZES = {"float32": 4, "bfloat16": 2, "int32": 4}
UNSUPPORTED = 1

SIGNATURES = {
    "session_create": (c_void_p, c_uint32),
    "session_release": (None, c_void_p),
    "allocate": (c_void_p, c_uint64, c_char_p, c_uint64),
    "free": (None, c_void_p),
    "difference": (c_double, c_void_p, c_void_p, c_uint64, c_char_p),
    "call_create": (c_void_p, c_void_p, c_char_p, c_char_p, c_char_p),
    "call_tensor": (c_int32, c_void_p, c_uint32, c_void_p, c_char_p, c_uint32, c_void_p),
    "call_attribute": (c_int32, c_void_p, c_char_p, c_double),
    "call_run": (c_int32, c_void_p),
    "call_release": (None, c_void_p),
    "copy": (None, c_void_p, c_void_p, c_void_p, c_uint64),
    "matmul_create": (c_void_p, c_char_p, c_int64, c_int64, c_int64, c_int32, c_void_p, c_void_p, c_void_p),
    "matmul_run": (c_int32, c_void_p),
    "matmul_release": (None, c_void_p),
}


class Unsupported(Exception):
    """No kernel takes the call."""


class Array:
    """Contiguous memory that every side of a case reads or writes; lives as long as its harness lets it."""

    def __init__(self, library, shape, element, random, seed):
        self.library, self.shape, self.element = library, tuple(shape), element
        self.count = math.prod(shape)
        self.bytes = self.count * SIZES[element]
        self.data = library.allocate(self.bytes, element.encode() if random else b"", seed)
        if not self.data:
            raise MemoryError(f"{self.bytes} bytes")

    def fill_integers(self, values):
        (c_int32 * self.count).from_address(self.data)[:] = values

    def torch(self):
        """The same memory as a tensor."""
        import torch
        raw = (ctypes.c_char * self.bytes).from_address(self.data)
        return torch.frombuffer(raw, dtype=getattr(torch, self.element)).view(self.shape)


class Harness:
    """One session with `threads` threads. `release` ends everything that was made through it."""

    def __init__(self, path, kernels, threads):
        loaded = ctypes.CDLL(str(path))
        for name, (result, *arguments) in SIGNATURES.items():
            function = getattr(loaded, "lz_bench_" + name)
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)
        self.kernels = kernels
        self.session = self.session_create(threads)
        self.owned, self.seed = [], 0

    def release(self):
        self.release_owned()
        self.session_release(self.session)

    def release_owned(self):
        """Ends the arrays and calls made so far."""
        while self.owned:
            end, what = self.owned.pop()
            end(what)

    def array(self, shape, element, random=True):
        self.seed += 1
        array = Array(self, shape, element, random, self.seed)
        self.owned.append((self.free, array.data))
        return array

    def output(self, shape, element):
        return self.array(shape, element, random=False)

    def call(self, library, symbol, operation, tensors, **attributes):
        """A function that runs the kernel. `tensors`: slot to array."""
        path = self.kernels / f"lib{library}.so"
        call = self.call_create(self.session, str(path).encode(), symbol.encode(), operation.encode())
        if not call:
            raise Unsupported(f"{path} has no `{symbol}` for `{operation}`")
        self.owned.append((self.call_release, call))
        for slot, array in tensors.items():
            shape = (c_int64 * len(array.shape))(*array.shape)
            self.check(symbol, self.call_tensor(call, slot, array.data, array.element.encode(), len(shape), shape))
        for name, value in attributes.items():
            self.check(symbol, self.call_attribute(call, name.encode(), value))
        return lambda: self.check(symbol, self.call_run(call))

    def first(self, library, symbols, operation):
        """The first of `symbols` that the library has."""
        for symbol in symbols:
            call = self.call_create(self.session, str(self.kernels / f"lib{library}.so").encode(), symbol.encode(), operation.encode())
            if call:
                self.call_release(call)
                return symbol
        raise Unsupported(f"{library} has none of {', '.join(symbols)}")

    def onednn(self, a, b, out, transposed):
        (m, k), n = a.shape, out.shape[1]
        made = self.matmul_create(a.element.encode(), m, n, k, transposed, a.data, b.data, out.data)
        if not made:
            raise Unsupported("oneDNN cannot describe this matmul")
        self.owned.append((self.matmul_release, made))
        return lambda: self.check("oneDNN", self.matmul_run(made))

    def copying(self, target, source):
        return lambda: self.copy(self.session, target.data, source.data, source.bytes)

    @staticmethod
    def check(what, status):
        if status == UNSUPPORTED:
            raise Unsupported(what)
        if status:
            raise RuntimeError(f"`{what}` returned status {status}")
