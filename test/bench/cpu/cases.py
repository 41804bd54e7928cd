# What is measured: cases with their sides, the work of one call, and the bars.
#
# Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import math

CPU, REFERENCE = "lz_kernels_cpu", "lz_kernels_reference"
BSHD, BHSD = 0, 1  # lz_layout_t
BOTTOM_RIGHT = 1  # lz_alignment_t
DENSE = 0  # lz_kv_layout_t
OURS, PYTORCH, ONEDNN, COPY = "lz", "PyTorch", "oneDNN", "copy"


class Case:
    """One call, done by several sides: functions without arguments over the same inputs. A side with an output (an array, or what the
    function returns) must agree with the others. `bars`: (side, yardstick) to the least ratio of their speeds."""

    def __init__(self, harness, torch, name, element, unit, work):
        self.harness, self.torch, self.name, self.element, self.unit, self.work = harness, torch, name, element, unit, work
        self.sides, self.outputs, self.bars, self.work_of = {}, {}, {}, {}

    def kernel(self, side, library, symbol, operation, tensors, slot, shape, **attributes):
        out = self.harness.output(shape, self.element)
        self.sides[side] = self.harness.call(library, symbol, operation, {**tensors, slot: out}, **attributes)
        self.outputs[side] = out

    def beside(self, symbol, reference, function, bar, *call, **attributes):
        """Our kernel beside PyTorch's function or, without PyTorch, beside the reference kernel."""
        self.kernel(OURS, CPU, symbol, *call, **attributes)
        if self.torch:
            self.sides[PYTORCH] = function
        else:
            self.kernel("reference", REFERENCE, reference, *call, **attributes)
        if bar and self.torch:
            self.bars[OURS, PYTORCH] = bar
        return self

    def beside_copy(self, shape, bar):
        """A copy of as large an array, as a measure of bandwidth: it reads and writes each byte."""
        source, target = self.harness.array(shape, self.element), self.harness.output(shape, self.element)
        self.sides[COPY], self.work_of[COPY] = self.harness.copying(target, source), 2 * source.bytes / 1e9
        self.bars[OURS, COPY] = bar
        return self


def attention(harness, torch, element, heads, length, dim):
    """Causal: half of the products are asked for."""
    shape = (1, heads, length, dim)
    q, k, v = (harness.array(shape, element) for _ in range(3))
    case = Case(harness, torch, f"attention.causal {'x'.join(map(str, shape))}", element, "GF/s",
                2 * heads * length * (length + 1) * dim / 1e9)
    def sdpa():
        return torch.nn.functional.scaled_dot_product_attention(*tensors, is_causal=True)
    tensors = [array.torch() for array in (q, k, v)] if torch else []
    return case.beside("lz_cpu_flash_attention", "lz_reference_attention", sdpa, 1.2, "attention.causal",
                       {0: q, 1: k, 2: v}, 4, shape, layout=BHSD, causal_alignment=BOTTOM_RIGHT)


def decode(harness, torch, element, heads, kv_heads, length, dim):
    """One token over a dense cache, by the best kernel that the library has; the work is reading the cache."""
    operation, symbols = "attention.decode", ("lz_cpu_flash_decode", "lz_cpu_cached_sdpa")
    symbol = harness.first(CPU, symbols, operation)
    q = harness.array((1, heads, 1, dim), element)
    k, v = (harness.array((1, kv_heads, length, dim), element) for _ in range(2))
    lengths = harness.output((1,), "int32")
    lengths.fill_integers([length])
    case = Case(harness, torch, f"{symbol} {heads}/{kv_heads}x{length}x{dim}", element, "GB/s",
                (k.bytes + v.bytes) / 1e9)
    def sdpa():
        return torch.nn.functional.scaled_dot_product_attention(*tensors, enable_gqa=True)
    tensors = [array.torch() for array in (q, k, v)] if torch else []
    case.beside(symbol, "lz_reference_cached_attention", sdpa, None, operation,
                {0: q, 1: k, 2: v, 3: lengths}, 6, q.shape, layout=BHSD, kv_layout=DENSE, causal_alignment=BOTTOM_RIGHT)
    return case.beside_copy(k.shape, 0.8)


def rms_norm(harness, torch, element, rows, width):
    x, weight = harness.array((rows, width), element), harness.array((width,), element)
    case = Case(harness, torch, f"rms_norm {rows}x{width}", element, "GB/s", 2 * x.bytes / 1e9)
    def norm():
        return torch.nn.functional.rms_norm(tensors[0], (width,), tensors[1], 1e-5)
    tensors = [x.torch(), weight.torch()] if torch else []
    case.beside("lz_cpu_fused_rms_norm", "lz_reference_rms_norm", norm, None, "rms_norm", {0: x, 1: weight}, 2, x.shape,
                epsilon=1e-5)
    return case.beside_copy(x.shape, 0.8)


def swiglu(harness, torch, element, rows, width):
    gate, up = (harness.array((rows, width), element) for _ in range(2))
    case = Case(harness, torch, f"swiglu {rows}x{width}", element, "GB/s", 3 * gate.bytes / 1e9)
    def activate():
        return torch.nn.functional.silu(tensors[0]) * tensors[1]
    tensors = [gate.torch(), up.torch()] if torch else []
    case.beside("lz_cpu_swiglu", "lz_reference_swiglu", activate, None, "swiglu", {0: gate, 1: up}, 2, gate.shape)
    return case.beside_copy(gate.shape, 0.8)


def rope(harness, torch, element, tokens, width, dim):
    """`tokens` x `width` in heads of `dim`."""
    x = harness.array((1, tokens, width // dim, dim), element)
    cosines, sines = (harness.array((1, tokens, dim // 2), element) for _ in range(2))
    case = Case(harness, torch, f"rope {tokens}x{width}", element, "GB/s", 2 * x.bytes / 1e9)
    def rotate():
        low, high = tensors[0].chunk(2, -1)
        c, s = tensors[1].unsqueeze(2), tensors[2].unsqueeze(2)
        return torch.cat((low * c - high * s, high * c + low * s), -1)
    tensors = [array.torch() for array in (x, cosines, sines)] if torch else []
    case.beside("lz_cpu_rope", "lz_reference_rope", rotate, None, "rope", {0: x, 1: cosines, 2: sines}, 3, x.shape,
                layout=BSHD)
    return case.beside_copy(x.shape, 0.8)


def matmul(harness, torch, element, m, n, k, transposed):
    """Both of our kernels; `transposed`: b is n x k, as checkpoints keep weights. The inputs are scaled to a product of about 1."""
    a, b = harness.array((m, k), element), harness.array((n, k) if transposed else (k, n), element)
    case = Case(harness, torch, f"matmul {m}x{n}x{k}{' b^T' if transposed else ''}", element, "GF/s", 2 * m * n * k / 1e9)
    def multiply():
        return tensors[0] @ (tensors[1].T if transposed else tensors[1])
    tensors = [a.torch(), b.torch()] if torch else []
    call = ("matmul", {0: a, 1: b}, 5, (m, n))
    case.beside("lz_cpu_onednn_matmul", "lz_reference_matmul", multiply, None, *call, transpose_a=0, transpose_b=transposed)
    case.kernel("lz blocked", CPU, "lz_cpu_matmul", *call, transpose_a=0, transpose_b=transposed)
    out = harness.output((m, n), element)
    case.sides[ONEDNN], case.outputs[ONEDNN] = harness.onednn(a, b, out, transposed), out
    case.bars[OURS, ONEDNN] = 0.95
    return case


FULL = [
    (attention, 8, 512, 64), (attention, 32, 2048, 128), (decode, 32, 8, 8192, 128),
    (rms_norm, 4096, 4096), (swiglu, 4096, 4096), (rope, 4096, 4096, 128),
    (matmul, 1024, 1024, 1024, 0), (matmul, 512, 4096, 4096, 1),
]
SMOKE = [
    (attention, 2, 37, 16), (decode, 4, 2, 33, 16), (rms_norm, 3, 48), (swiglu, 3, 48), (rope, 5, 64, 16),
    (matmul, 7, 9, 17, 0), (matmul, 7, 9, 17, 1),
]
ELEMENTS = ["float32", "bfloat16"]
# Of the largest result: bfloat16 keeps 8 bits, and the sides round at different places.
TOLERANCES = {"float32": 1e-4, "bfloat16": 2e-2}


def all_cases(smoke, only):
    """Functions of (harness, torch) that make the cases whose name or type matches `only`, one after the other."""
    for make, *extents in SMOKE if smoke else FULL:
        for element in ELEMENTS:
            title = f"{make.__name__} {'x'.join(map(str, extents))} {element}"
            if only in title:
                yield title, lambda harness, torch, make=make, element=element, extents=extents: make(
                    harness, torch, element, *extents)


def disagreement(case):
    """The worst relative difference between our output and another side's."""
    ours = case.outputs[OURS]
    worst = 0.0
    for side, function in case.sides.items():
        if side in (OURS, COPY):
            continue
        result = function()
        other = case.outputs.get(side)
        if other is None:
            result = result.contiguous()
            assert tuple(result.shape) == ours.shape, f"{side}: {tuple(result.shape)} instead of {ours.shape}"
        data = result.data_ptr() if other is None else other.data
        difference = case.harness.difference(ours.data, data, ours.count, case.element.encode())
        worst = max(worst, difference) if not math.isnan(difference) else math.inf
    return worst
