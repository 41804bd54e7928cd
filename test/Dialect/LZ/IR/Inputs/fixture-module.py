#!/usr/bin/env python3
"""Writes a module that runs one operation on a fixture and prints how many elements miss the reference.

usage: fixture-module.py FIXTURE.npz OPERATION [ATTRIBUTES]

The operation stands in @op, where every extent is dynamic; @main feeds it the fixture's arrays by the names of the operation's slots and
prints `misses: N`. An element misses when it is further from the reference than 2e-6 * sqrt(reduction length) * max |its row|.
"""
import math
import re
import struct
import sys
import zipfile

SLOTS = {
    "attention": (["q", "k", "v", "mask"], ["out"]),
    "rms_norm": (["x", "weight"], ["out"]),
    "add_rms_norm": (["x", "residual", "weight"], ["out", "out_residual"]),
    "layer_norm": (["x", "weight", "bias"], ["out"]),
    "rope": (["x", "cos", "sin"], ["out"]),
    "rope_interleaved": (["x", "cos", "sin"], ["out"]),
    "swiglu": (["gate", "up"], ["out"]),
    "geglu": (["gate", "up"], ["out"]),
    "gelu": (["x"], ["out"]),
    "softmax": (["x"], ["out"]),
    "cross_entropy": (["logits", "targets"], ["out"]),
    "matmul": (["a", "b", "bias"], ["out"]),
    "embedding": (["table", "ids"], ["out"]),
}
# Where a fixture calls a slot by another name.
SLOT_NAMES = {"labels": "targets"}


def read_npy(data):
    size = struct.unpack_from("<H", data, 8)[0]
    header = data[10 : 10 + size].decode()
    shape = tuple(int(x) for x in re.search(r"'shape': \(([^)]*)\)", header).group(1).split(",") if x.strip())
    element = {"<f4": "f32", "<i8": "i64"}[re.search(r"'descr': '([^']*)'", header).group(1)]
    return shape, element, data[10 + size :]


def read_fixture(path):
    with zipfile.ZipFile(path) as archive:
        return {SLOT_NAMES.get(name[:-4], name[:-4]): read_npy(archive.read(name)) for name in archive.namelist()}


def static(array):
    return "tensor<%sx%s>" % ("x".join(map(str, array[0])), array[1])


def dynamic(array):
    return "tensor<%s%s>" % ("?x" * len(array[0]), array[1])


def operation(name, arrays, ins, outs, attributes):
    groups = {"mask": "mask", "bias": "bias"}
    plain = [n for n in ins if n not in groups]
    signature = ", ".join(f"%{n}: {dynamic(arrays[n])}" for n in ins + outs)
    types = ", ".join(dynamic(arrays[n]) for n in outs)
    text = f"func.func @op({signature}) -> ({types}) {{\n  %r:{len(outs)} = lz.{name} ins("
    text += ", ".join("%" + n for n in plain) + " : " + ", ".join(dynamic(arrays[n]) for n in plain) + ")"
    for n in ins:
        if n in groups:
            text += f" {groups[n]}(%{n} : {dynamic(arrays[n])})"
    text += " outs(" + ", ".join("%" + n for n in outs) + f" : {types}) {{{attributes}}} -> {types}\n"
    return text + "  return " + ", ".join(f"%r#{i}" for i in range(len(outs))) + f" : {types}\n}}\n"


CHECK = """
func.func private @misses(%value: {type}, %reference: {type}, %bound: f32) -> i64 {{
  %zero = arith.constant 0.0 : f32
  %none = arith.constant 0 : i64
  %one = arith.constant 1 : i64
{dims}
  %rows = tensor.empty({row_dims}) : {rows}
  %rows0 = linalg.fill ins(%zero : f32) outs(%rows : {rows}) -> {rows}
  %largest = linalg.generic {{indexing_maps = [{all}, {row}], iterator_types = [{iterators}"reduction"]}}
      ins(%reference : {type}) outs(%rows0 : {rows}) {{
  ^bb0(%r: f32, %m: f32):
    %a = math.absf %r : f32
    %n = arith.maximumf %a, %m : f32
    linalg.yield %n : f32
  }} -> {rows}
  %count = tensor.from_elements %none : tensor<i64>
  %total = linalg.generic {{indexing_maps = [{all}, {all}, {row}, {scalar}], iterator_types = [{reductions}]}}
      ins(%value, %reference, %largest : {type}, {type}, {rows}) outs(%count : tensor<i64>) {{
  ^bb0(%v: f32, %r: f32, %m: f32, %c: i64):
    %difference = arith.subf %v, %r : f32
    %distance = math.absf %difference : f32
    %allowed = arith.mulf %m, %bound : f32
    %holds = arith.cmpf ole, %distance, %allowed : f32
    %d = arith.select %holds, %none, %one : i64
    %n = arith.addi %c, %d : i64
    linalg.yield %n : i64
  }} -> tensor<i64>
  %result = tensor.extract %total[] : tensor<i64>
  return %result : i64
}}
"""


def check(array):
    rank = len(array[0])
    d = [f"d{i}" for i in range(rank)]
    maps = lambda out: f"affine_map<({', '.join(d)}) -> ({', '.join(out)})>"
    lines = [f"  %c{i} = arith.constant {i} : index\n  %n{i} = tensor.dim %value, %c{i} : {dynamic(array)}" for i in range(rank - 1)]
    return CHECK.format(
        type=dynamic(array), rows="tensor<%sf32>" % ("?x" * (rank - 1)), dims="\n".join(lines),
        row_dims=", ".join(f"%n{i}" for i in range(rank - 1)), all=maps(d), row=maps(d[:-1]), scalar=maps([]),
        iterators='"parallel", ' * (rank - 1), reductions=", ".join(['"reduction"'] * rank))


def constant(name, array):
    return (f'  %{name}_data = arith.constant dense<"0x{array[2].hex()}"> : {static(array)}\n'
            f"  %{name} = tensor.cast %{name}_data : {static(array)} to {dynamic(array)}\n")


def main(path, name, attributes=""):
    arrays = read_fixture(path)
    ins, outs = SLOTS[name.split(".")[0]]
    ins = [n for n in ins if n in arrays]
    length = arrays["k"][0][-2] + arrays["q"][0][-1] if "q" in arrays else arrays[ins[0]][0][-1]
    print(operation(name, arrays, ins, outs, attributes) + check(arrays[outs[0]]))
    print("func.func @main() {\n" + "".join(constant(n, arrays[n]) for n in ins + outs))
    # The outputs start as NaN, so that an operation that reads them or leaves an element out is found.
    print("  %nan = arith.constant 0x7FC00000 : f32")
    for n in outs:
        print(f"  %{n}_init = tensor.splat %nan : {static(arrays[n])}")
        print(f"  %{n}_empty = tensor.cast %{n}_init : {static(arrays[n])} to {dynamic(arrays[n])}")
    arguments = ", ".join(["%" + n for n in ins] + [f"%{n}_empty" for n in outs])
    types = ", ".join(dynamic(arrays[n]) for n in ins + outs)
    results = ", ".join(dynamic(arrays[n]) for n in outs)
    print(f"  %r:{len(outs)} = call @op({arguments}) : ({types}) -> ({results})")
    print(f"  %bound = arith.constant {2e-6 * math.sqrt(length):e} : f32")
    for i, n in enumerate(outs):
        t = dynamic(arrays[n])
        print(f"  %misses{i} = call @misses(%r#{i}, %{n}, %bound) : ({t}, {t}, f32) -> i64")
        print(f'  vector.print str "misses: "\n  vector.print %misses{i} : i64')
    print("  return\n}")


if __name__ == "__main__":
    main(*sys.argv[1:])
