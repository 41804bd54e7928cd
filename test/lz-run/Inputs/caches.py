#!/usr/bin/env python3
"""Runs updates of KV caches, and attention to them, through lz-run, against an oracle in plain Python: decomposed, and with the kernels of the
manifests given.

usage: caches.py SCRATCH [MANIFEST...]

Prints a line a run with its largest error, relative to the largest value and exits 1 where one is above 1e-5, a row of a cache is not
what it must be, or an operation did not run as asked. Whatever no query may see is NaN, so that reading it shows.
"""
import json
import math
import os
import random
import struct
import subprocess
import sys

from compare import load

AXES = {"BSHD": "bshd", "BHSD": "bhsd", "NHD": "shd", "HND": "hsd"}
CODES = {"f32": ("<f4", "f"), "f16": ("<f2", "e"), "bf16": ("<u2", "H"), "i32": ("<i4", "i"), "i64": ("<i8", "q")}

# seq: sequences; new: tokens of the call; a capacity without `block` is that of a dense cache.
DEFAULTS = dict(op="prefill", layout="BSHD", new=4, lengths=[7, 2, 0], capacity=8, block=None, blocks=7, heads=4, kv=2, dim=3, vdim=5,
                cache="f32", ids="i32", align="bottom_right", window=None, limit=None, scale=None, softcap=None, mask=None, lse=False,
                static=False)
CASES = {
    "dense": dict(lse=True),
    "dense-static": dict(layout="BHSD", static=True, lse=True, vdim=3),
    "dense-window": dict(layout="BHSD", window=3, mask=(1, 4, 1, 8), ids="i64", limit=7, softcap=1.5, scale=0.25),
    "dense-top-left": dict(align="top_left", lse=True, new=5, lengths=[8, 3, 5], cache="bf16"),
    "dense-decode": dict(op="decode", new=1, lengths=[8, 1, 4], cache="bf16", lse=True),
    "tokens": dict(layout="NHD", lengths=[6], lse=True, mask=(1, 4, 8)),
    "heads": dict(layout="HND", lengths=[3], new=5, window=2, op="decode"),
    "paged": dict(block=4, cache="bf16", lse=True),
    "paged-static": dict(block=4, static=True, layout="BHSD", ids="i64", limit=8, window=5),
    "paged-top-left": dict(block=4, align="top_left", window=2, mask=(3, 1, 4, 8)),
    "paged-decode": dict(op="decode", block=2, blocks=12, new=1, lengths=[8, 5, 1], lse=True, ids="i64"),
    "paged-whole-block": dict(block=8, capacity=8, blocks=3, lengths=[8, 8, 8]),
    "no-blocks": dict(block=4, blocks=0, lengths=[0, 0], new=2, lse=True),
    "no-sequences": dict(lengths=[], new=2),
    "no-tokens": dict(new=0, lengths=[3, 0, 8]),
    "no-capacity": dict(capacity=0, lengths=[0, 0], new=1, lse=True),
}


def bits_of(value, kind):
    """Exact: all values in use are multiples of 1/16 below 8, or NaN."""
    return struct.unpack("<I", struct.pack("<f", value))[0] >> 16 if kind == "bf16" else value


def save(path, kind, shape, values):
    descr, code = CODES[kind]
    header = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }" % (descr, "".join("%d, " % extent for extent in shape))
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    with open(path, "wb") as out:
        out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        out.write(struct.pack("<%d%s" % (len(values), code), *[bits_of(value, kind) for value in values]))


class Tensor:
    """Values by their index in the order batch, sequence, heads, dimension; stored in the order of a layout."""

    def __init__(self, axes, extents, make):
        self.axes = axes
        self.shape = [extents[axis] for axis in axes]
        self.values = [make() for _ in range(math.prod(self.shape))]

    def place(self, index):
        flat = 0
        for axis, extent in zip(self.axes, self.shape):
            flat = flat * extent + index["bshd".index(axis)]
        return flat

    def __getitem__(self, index):
        return self.values[self.place(index)]

    def __setitem__(self, index, value):
        self.values[self.place(index)] = value


class Case:
    def __init__(self, name, parameters):
        self.__dict__.update({**DEFAULTS, **parameters})
        self.random = random.Random(name)
        self.sequences, self.axes = len(self.lengths), AXES[self.layout]
        number = lambda: self.random.randrange(-32, 33) / 16
        extents = {"b": self.sequences, "s": self.new, "h": self.kv, "d": self.dim}
        self.q = Tensor(self.axes, {**extents, "h": self.heads}, number)
        self.k, self.v = Tensor(self.axes, extents, number), Tensor(self.axes, {**extents, "d": self.vdim}, number)
        if self.block:
            stored = {**extents, "b": self.blocks, "s": self.block}
        else:
            stored = {**extents, "s": self.capacity}
        self.kCache = Tensor(self.axes, stored, lambda: math.nan)
        self.vCache = Tensor(self.axes, {**stored, "d": self.vdim}, lambda: math.nan)
        self.makeTable()
        for b, length in enumerate(self.lengths):
            for p in range(length - self.new):
                for h in range(self.kv):
                    self.write(self.kCache, b, p, h, [number() for _ in range(self.dim)])
                    self.write(self.vCache, b, p, h, [number() for _ in range(self.vdim)])
        self.maskValues = [self.random.choice([0, -0.5, 1, -math.inf]) for _ in range(math.prod(self.mask or ()))]

    def makeTable(self):
        """Blocks in no order; what is not needed names none."""
        free = list(range(self.blocks))
        self.random.shuffle(free)
        self.table = []
        for length in self.lengths if self.block else []:
            needed = -(-length // self.block)
            rest = self.capacity // self.block - needed
            self.table += [free.pop() for _ in range(needed)] + [self.random.choice([-1, 1 << 30]) for _ in range(rest)]

    def row(self, b, p):
        """Batch item and position at which row p of sequence b stands."""
        return (self.table[b * (self.capacity // self.block) + p // self.block], p % self.block) if self.block else (b, p)

    def write(self, cache, b, p, h, values):
        item, position = self.row(b, p)
        for d, value in enumerate(values):
            cache[item, position, h, d] = value

    def maskAt(self, b, h, i, j):
        if not self.mask:
            return 0
        flat = 0
        for extent, index in zip(self.mask, (b, h, i, j)[4 - len(self.mask):]):
            flat = flat * extent + (index if extent != 1 else 0)
        return self.maskValues[flat]

    def update(self):
        """What the caches must hold after the call."""
        for b, length in enumerate(self.lengths):
            for i in range(self.new):
                if length - self.new + i >= 0:
                    for h in range(self.kv):
                        for cache, tokens, dims in ((self.kCache, self.k, self.dim), (self.vCache, self.v, self.vdim)):
                            self.write(cache, b, length - self.new + i, h, [tokens[b, i, h, d] for d in range(dims)])

    def scores(self, b, h, i):
        """(score, key) of all that query i sees."""
        length = self.lengths[b]
        p = i if self.align == "top_left" else length - self.new + i
        for j in range(length):
            if j > p or (self.window and j <= p - self.window):
                continue
            item, position = self.row(b, j)
            s = sum(self.q[b, i, h, d] * self.kCache[item, position, h * self.kv // self.heads, d] for d in range(self.dim))
            s *= self.scale or 1 / math.sqrt(self.dim)
            s = self.softcap * math.tanh(s / self.softcap) if self.softcap else s
            yield s + self.maskAt(b, h, i, j), j

    def attend(self):
        """out in the layout's order, lse in [batch, heads, queries]."""
        out = Tensor(self.axes, {"b": self.sequences, "s": self.new, "h": self.heads, "d": self.vdim}, lambda: 0)
        lse = []
        for b in range(self.sequences):
            for h in range(self.heads):
                for i in range(self.new):
                    terms = [(math.exp(s), j) for s, j in self.scores(b, h, i) if s != -math.inf]
                    total = sum(weight for weight, _ in terms)
                    lse.append(math.log(total) if terms else -math.inf)
                    for d in range(self.vdim if terms else 0):
                        rows = [(weight, self.row(b, j)) for weight, j in terms]
                        out[b, i, h, d] = sum(w * self.vCache[row[0], row[1], h * self.kv // self.heads, d] for w, row in rows) / total
        return out.values, lse

    def tensorType(self, shape, kind):
        return "tensor<%s%s>" % ("".join("%sx" % (extent if self.static else "?") for extent in shape), kind)

    def arguments(self):
        """(name, kind, shape, values)"""
        rank = [("q", "f32", self.q.shape, self.q.values), ("k", "f32", self.k.shape, self.k.values),
                ("v", "f32", self.v.shape, self.v.values), ("n", self.ids, [self.sequences], self.lengths)]
        if self.block:
            rank.append(("t", self.ids, [self.sequences, self.capacity // self.block], self.table))
        if self.mask:
            rank.append(("m", "f32", self.mask, self.maskValues))
        rank += [("kc", self.cache, self.kCache.shape, self.kCache.values), ("vc", self.cache, self.vCache.shape, self.vCache.values)]
        out = self.q.shape[:-1] + [self.vdim]
        rank.append(("o", "f32", out, [math.nan] * math.prod(out)))
        if self.lse:
            rows = ([self.sequences] if "b" in self.axes else []) + [self.heads, self.new]
            rank.append(("l", "f32", rows, [math.nan] * math.prod(rows)))
        return rank

    def module(self):
        types = {name: self.tensorType(shape, kind) for name, kind, shape, _ in self.arguments()}
        ins = lambda *names: "ins(%s : %s)" % (", ".join("%" + name for name in names), ", ".join(types[name.split("#")[0]] for name in names))
        table = f" block_table(%t : {types['t']})" if self.block else ""
        common = f"layout = #lz.layout<{self.layout}>, kv_layout = #lz.kv_layout<{'paged' if self.block else 'dense'}>"
        common += f", max_context_len = {self.limit} : i64" if self.limit else ""
        extra = f", causal_alignment = #lz.alignment<{self.align}>"
        extra += f", window_size = {self.window} : i64" if self.window else ""
        extra += f", scale = {self.scale} : f64" if self.scale else ""
        extra += f", softcap = {self.softcap} : f64" if self.softcap else ""
        caches, outs = f"{types['kc']}, {types['vc']}", types["o"] + (f", {types['l']}" if self.lse else "")
        mask = f" mask(%m : {types['m']})" if self.mask else ""
        lse = f" lse(%l : {types['l']})" if self.lse else ""
        count = 2 if self.lse else 1
        values = ["%a#" + str(i) for i in range(count)] + ["%u#0", "%u#1"]
        donated = lambda name: " {lz.donated}" if name in ("kc", "vc") else ""
        return "\n".join([
            f"func.func @main({', '.join(f'%{name}: {kind}{donated(name)}' for name, kind in types.items())}) -> ({outs}, {caches}) {{",
            f"  %u:2 = lz.kv_cache.update {ins('k', 'v', 'n')}{table} outs(%kc, %vc : {caches}) {{{common}}} -> {caches}",
            f"  %a:{count} = lz.attention.{self.op} ins(%q, %u#0, %u#1, %n : {types['q']}, {caches}, {types['n']}){table}{mask}",
            f"      outs(%o : {types['o']}){lse} {{{common}{extra}}} -> {outs}",
            f"  return {', '.join(values)} : {outs}, {caches}", "}"]) + "\n"


def error(got, expected):
    """The largest, as a share of the largest expected value; infinite where NaNs and infinities are not alike."""
    scale = max([abs(value) for value in expected if math.isfinite(value)], default=0) or 1
    worst = 0 if len(got) == len(expected) else math.inf
    for value, wanted in zip(got, expected):
        if not (value == wanted or (math.isnan(value) and math.isnan(wanted))):
            worst = max(worst, abs(value - wanted) / scale if math.isfinite(value - wanted) else math.inf)
    return worst


def run(name, case, scratch, count, manifest=None):
    """The `count` outputs of a case and the kernels that ran: those of the manifest, or none."""
    path = lambda file: os.path.join(scratch, file)
    options = ["--kernels", manifest, "--mode", "config"] if manifest else ["--no-kernels"]
    with open(path("model.mlir"), "w") as file:
        file.write(case.module())
    command = ["lz-run", path("model.mlir"), "--report", "json", *options]
    for argument, kind, shape, values in case.arguments():
        save(path(argument + ".npy"), kind, shape, values)
        command += ["--input", path(argument + ".npy")]
    outputs = [path("out%d.npy" % i) for i in range(count)]
    for output in outputs:
        command += ["--output", output]
    done = subprocess.run(command, stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"{name}: lz-run ended with {done.returncode}")
    return [load(output)[1] for output in outputs], [site["kernel"] for site in json.loads(done.stdout)["sites"]]


def finish(results):
    print(f"{len(results)} cases, {results.count(False)} failed")
    sys.exit(0 if all(results) else 1)


def check(name, scratch, manifest):
    case = Case(name, CASES[name])
    got, kernels = run(name, case, scratch, 4 if case.lse else 3, manifest)
    case.update()
    out, lse = case.attend()
    attention = error(got[0], out)
    if case.lse:
        attention = max(attention, error(got[1], lse))
    caches = max(error(got[-2], case.kCache.values), error(got[-1], case.vCache.values))
    asked = all(kernels) and len(kernels) == 2 if manifest else not any(kernels)
    holds = attention <= 1e-5 and caches == 0 and asked
    how = ", ".join(kernels) if manifest and all(kernels) else "decomposed"
    print(f"{'passed' if holds else 'FAILED'} {name} {how}: attention {attention:.2e}, caches {caches:.2e}", flush=True)
    return holds


def main(scratch, *manifests):
    os.makedirs(scratch, exist_ok=True)
    finish([check(name, scratch, manifest) for manifest in (None, *manifests) for name in CASES])


if __name__ == "__main__":
    main(*sys.argv[1:])
