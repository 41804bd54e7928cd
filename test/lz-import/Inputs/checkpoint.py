#!/usr/bin/env python3
"""Writes a checkpoint directory of a one-layer Llama, with the given faults.

usage: checkpoint.py DIR [--set FIELD=JSON]… [--unset FIELD]… [--tensor NAME=DTYPE:AxB]… [--drop NAME]… [--all-dtype DTYPE]
                         [--config TEXT] [--header TEXT] [--header-length N] [--keep BYTES] [--nest DEPTH] [--shards]

--set and --unset edit config.json, --config replaces it; --tensor and --drop edit the header, --header replaces it; --header-length lies
about it; --keep truncates the file; --nest makes both texts that many open brackets; --shards splits it in two with an index.
"""
import argparse
import json
import math
import os
import struct

CONFIG = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 7, "hidden_size": 8, "intermediate_size": 12,
    "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 2, "hidden_act": "silu", "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0, "rope_scaling": None, "tie_word_embeddings": False, "torch_dtype": "float32",
}
LAYER = "model.layers.0."
TENSORS = {
    "model.embed_tokens.weight": (7, 8), LAYER + "input_layernorm.weight": (8,), LAYER + "self_attn.q_proj.weight": (8, 8),
    LAYER + "self_attn.k_proj.weight": (4, 8), LAYER + "self_attn.v_proj.weight": (4, 8), LAYER + "self_attn.o_proj.weight": (8, 8),
    LAYER + "post_attention_layernorm.weight": (8,), LAYER + "mlp.gate_proj.weight": (12, 8), LAYER + "mlp.up_proj.weight": (12, 8),
    LAYER + "mlp.down_proj.weight": (8, 12), "model.norm.weight": (8,), "lm_head.weight": (7, 8),
}
SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I32": 4}


def safetensors(tensors):
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, (dtype, shape) in tensors.items():
        size = SIZES[dtype] * math.prod(shape)
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [offset, offset + size]}
        offset += size
    return header, bytes(offset)


def write_file(path, header, data, length=None, keep=None):
    text = header if isinstance(header, str) else json.dumps(header)
    content = struct.pack("<Q", len(text) if length is None else length) + text.encode() + data
    with open(path, "wb") as file:
        file.write(content[:keep])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    for option in ("--set", "--unset", "--tensor", "--drop"):
        parser.add_argument(option, action="append", default=[])
    for option in ("--config", "--header", "--all-dtype"):
        parser.add_argument(option)
    for option in ("--header-length", "--keep", "--nest"):
        parser.add_argument(option, type=int)
    parser.add_argument("--shards", action="store_true")
    args = parser.parse_args()
    if args.nest:
        args.config = args.header = "[" * args.nest
    os.makedirs(args.directory, exist_ok=True)
    config = dict(CONFIG)
    for edit in args.set:
        name, value = edit.split("=", 1)
        config[name] = json.loads(value)
    for name in args.unset:
        del config[name]
    with open(os.path.join(args.directory, "config.json"), "w") as file:
        file.write(json.dumps(config) if args.config is None else args.config)
    tensors = {name: (args.all_dtype or "F32", shape) for name, shape in TENSORS.items()}
    for edit in args.tensor:
        name, text = edit.split("=", 1)
        dtype, shape = text.split(":")
        tensors[name] = (dtype, tuple(int(x) for x in shape.split("x")))
    for name in args.drop:
        del tensors[name]
    if args.shards:
        names, index = list(tensors), {}
        for i, part in enumerate((names[:5], names[5:])):
            file = f"model-{i + 1}-of-2.safetensors"
            write_file(os.path.join(args.directory, file), *safetensors({n: tensors[n] for n in part}))
            index.update({n: file for n in part})
        with open(os.path.join(args.directory, "model.safetensors.index.json"), "w") as file:
            json.dump({"metadata": {}, "weight_map": index}, file)
        return
    header, data = safetensors(tensors)
    write_file(os.path.join(args.directory, "model.safetensors"), args.header or header, data, args.header_length, args.keep)


main()
