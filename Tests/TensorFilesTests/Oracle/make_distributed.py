#!/usr/bin/env python3
"""Writes the folders of distributed training beside this script: PyTorch's with the package itself, from two
processes; Megatron-LM's with torch.save in its layout.

    pip install torch numpy
    python3 make_distributed.py

distributed/dcp        a model over two ranks (rows, columns, on both, uneven, empty on one), its optimizer, numbers
distributed/hostile    other `.metadata` for the same files: each is refused, and what it calls never run
distributed/megatron   two iterations; two ranks of tensors by two stages of the pipeline, gated MLPs
distributed/megatron-virtual   two ranks of tensors by two of the pipeline, each of which holds two stages
distributed/megatron-experts   two ranks of tensors by two of experts, two experts each, in a layer by themselves and in
                       another side by side
distributed/megatron-stages    two ranks of the pipeline by two of experts
distributed.json       the elements of each tensor, row-major, of the model that is not sharded
"""
import argparse
import copy
import enum
import json
import os
import pickle
import shutil
import sys
import types

import torch
import torch.distributed
import torch.distributed.checkpoint as dcp
from torch.distributed.tensor import Replicate, Shard, distribute_tensor, init_device_mesh

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "distributed")


def numbers(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


MODEL = {
    "layers.0.query.weight": (numbers(1, 5, 3), Shard(0)), "layers.0.down.weight": (numbers(2, 4, 6), Shard(1)),
    "layers.0.gain": (numbers(3, 7), Replicate()), "layers.1.query.weight": (numbers(4, 1, 3), Shard(0)),
    "layers.0.experts": (numbers(5, 2, 3, 4).bfloat16(), Shard(1)), "scale": (torch.tensor(2.5), Replicate()),
}


def save(rank, path):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29531")
    torch.distributed.init_process_group("gloo", rank=rank, world_size=2)
    mesh = init_device_mesh("cpu", (2,))
    model = {name: distribute_tensor(value, mesh, [place]) for name, (value, place) in MODEL.items()}
    rows = model["layers.0.query.weight"]
    optimizer = {"state": {"layers.0.query.weight": {"exp_avg": rows, "step": torch.tensor(3.0)}},
                 "param_groups": [{"lr": 1e-3}]}
    dcp.save({"model": model, "optim": optimizer, "step": 7}, checkpoint_id=path)
    torch.distributed.destroy_process_group()


class Call:
    def __reduce__(self):
        return os.system, ("touch /tmp/ballast-was-here",)


def hostile(source, to):
    """Metadata that promises what is not there."""
    with open(os.path.join(source, ".metadata"), "rb") as file:
        good = pickle.load(file)
    name = "model.layers.0.query.weight"

    def change(edit):
        metadata = copy.deepcopy(good)
        index = next(i for i in metadata.storage_data if i.fqn == name)
        edit(metadata, index, metadata.state_dict_metadata[name])
        return metadata

    def info(**values):
        return lambda m, i, t: [setattr(m.storage_data[i], k, v) for k, v in values.items()]

    def own(m, i, t):
        m.planner_data = {}
        m.planner_data["self"] = m.planner_data
        m.state_dict_metadata[name] = m.planner_data

    cases = {
        "beyond": info(length=1 << 40), "negative": info(offset=-1), "elsewhere": info(relative_path="../dcp/__0_0.distcp"),
        "absent": info(relative_path="__7_0.distcp"), "unplaced": lambda m, i, t: m.storage_data.pop(i),
        "short": lambda m, i, t: t.chunks.pop(), "twice": lambda m, i, t: t.chunks.append(t.chunks[0]),
        "larger": lambda m, i, t: setattr(t, "size", torch.Size([1 << 40, 1 << 40])),
        "reaching": lambda m, i, t: setattr(t.chunks[0], "sizes", torch.Size([9, 3])),
        "call": lambda m, i, t: setattr(m, "planner_data", Call()), "cycle": own,
    }
    os.makedirs(to)
    for case, edit in cases.items():
        with open(os.path.join(to, case + ".metadata"), "wb") as file:
            pickle.dump(change(edit), file)


def megatron(path):
    """Two ranks by two stages, a layer each; returns the whole."""
    kinds = types.ModuleType("megatron.core.enums")
    kinds.ModelType = enum.Enum("ModelType", {"encoder_or_decoder": 1}, module="megatron.core.enums")
    sys.modules.update({"megatron": types.ModuleType("megatron"), "megatron.core": types.ModuleType("megatron.core"),
                        "megatron.core.enums": kinds})
    settings = argparse.Namespace(
        num_layers=2, hidden_size=4, tensor_model_parallel_size=2, pipeline_model_parallel_size=2, swiglu=True,
        model_type=kinds.ModelType.encoder_or_decoder, params_dtype=torch.float32, lr=1e-3)
    whole = {"embedding.word_embeddings.weight": numbers(20, 6, 4), "decoder.final_layernorm.weight": numbers(21, 4),
             "output_layer.weight": numbers(22, 6, 4)}
    for layer in range(2):
        stem = f"decoder.layers.{layer}."
        for place, (name, shape) in enumerate({
            "self_attention.linear_qkv.weight": (12, 4), "self_attention.linear_qkv.layer_norm_weight": (4,),
            "self_attention.linear_proj.weight": (4, 4), "mlp.linear_fc1.weight": (8, 4),
            "mlp.linear_fc2.weight": (4, 4), "mlp.linear_fc2.bias": (4,), "adapter.weight": (4, 2),
        }.items()):
            whole[stem + name] = numbers(30 + 10 * layer + place, *shape)
    split = {"linear_qkv.weight": 0, "linear_proj.weight": 1, "linear_fc2.weight": 1, "word_embeddings.weight": 0,
             "output_layer.weight": 0}
    for stage in range(2):
        for rank in range(2):
            part = {}
            for name, value in whole.items():
                # Embeddings stand before the layers, of which each stage has one; what ends the model behind them.
                own = int(name.split("layers.")[1][0]) if "layers." in name else int("embedding" not in name)
                if own != stage:
                    continue
                axis = next((a for end, a in split.items() if name.endswith(end)), None)
                if name.endswith("linear_fc1.weight"):
                    gate, up = value.chunk(2)
                    value = torch.cat([gate.chunk(2)[rank], up.chunk(2)[rank]])
                elif axis is not None:
                    value = value.chunk(2, dim=axis)[rank].contiguous().clone()
                elif "adapter" in name:
                    value = value + rank
                # Within a stage layers begin at zero.
                part[name.replace(f"layers.{stage}.", "layers.0.")] = value
            part["decoder.layers.0.mlp.linear_fc1._extra_state"] = torch.zeros(3, dtype=torch.uint8)
            folder = os.path.join(path, "iter_0000100", f"mp_rank_{rank:02d}_{stage:03d}")
            os.makedirs(folder)
            torch.save({"args": settings, "checkpoint_version": 3.0, "iteration": 100, "model": part,
                        "rng_state": [{"cuda": torch.zeros(2, dtype=torch.uint8)}]},
                       os.path.join(folder, "model_optim_rng.pt"))
    with open(os.path.join(path, "latest_checkpointed_iteration.txt"), "w") as file:
        file.write("100")
    return whole


SPLIT = {"linear_qkv.weight": 0, "linear_proj.weight": 1, "word_embeddings.weight": 0, "output_layer.weight": 0}


def part(name, value, rank, ranks):
    """What a rank of tensors has of one, as Megatron divides it."""
    if "linear_fc1.weight" in name:
        return torch.cat([half.chunk(ranks)[rank] for half in value.chunk(2)])
    axis = 1 if "linear_fc2.weight" in name else next((a for end, a in SPLIT.items() if name.endswith(end)), None)
    return value if axis is None else value.chunk(ranks, dim=axis)[rank].contiguous().clone()


def rank_file(path, name, tensors, **settings):
    os.makedirs(os.path.join(path, "iter_0000007", name))
    settings = argparse.Namespace(hidden_size=4, swiglu=True, **settings)
    torch.save({"args": settings, "iteration": 7, **tensors},
               os.path.join(path, "iter_0000007", name, "model_optim_rng.pt"))


def ends(seed):
    return {"embedding.word_embeddings.weight": numbers(seed, 6, 4)}, {"output_layer.weight": numbers(seed + 1, 6, 4)}


def virtual(path):
    """Four stages of a layer; rank 0 of the pipeline has the first and the third, rank 1 the others."""
    first, last = ends(100)
    layers = [{"self_attention.linear_qkv.weight": numbers(110 + i, 12, 4), "mlp.linear_fc1.weight": numbers(120 + i, 8, 4)}
              for i in range(4)]
    whole = {**first, **last}
    whole |= {f"decoder.layers.{i}.{name}": value for i, layer in enumerate(layers) for name, value in layer.items()}
    for stage in range(2):
        for rank in range(2):
            models = {}
            for chunk in range(2):
                own = {f"decoder.layers.0.{name}": value for name, value in layers[2 * chunk + stage].items()}
                own |= first if (chunk, stage) == (0, 0) else last if (chunk, stage) == (1, 1) else {}
                models[f"model{chunk}"] = {name: part(name, value, rank, 2) for name, value in own.items()}
            moments = {"optimizer": {"state": {0: {"exp_avg": torch.zeros(3)}}}}
            rank_file(path, f"mp_rank_{rank:02d}_{stage:03d}", models | moments, num_layers=4,
                      tensor_model_parallel_size=2, pipeline_model_parallel_size=2, expert_model_parallel_size=1)
    return whole


def experts(path, tensor, pipeline):
    """Two layers of four experts over two ranks of experts; the second layer has them side by side."""
    first, last = ends(200 + 50 * pipeline)
    whole = {**first, **last}
    names = {0: "decoder.layers.{}.mlp.experts.local_experts.{}.linear_fc{}.weight", 1: "decoder.layers.{}.mlp.experts.linear_fc{}.weight{}"}

    def name(layer, shown, expert, which):
        return names[0].format(shown, expert, which) if layer == 0 else names[1].format(shown, which, expert)
    for layer in range(2):
        whole[f"decoder.layers.{layer}.mlp.router.weight"] = numbers(210 + 50 * pipeline + layer, 4, 4)
        for expert in range(4):
            whole[name(layer, layer, expert, 1)] = numbers(220 + 50 * pipeline + 10 * layer + expert, 8, 4)
            whole[name(layer, layer, expert, 2)] = numbers(225 + 50 * pipeline + 10 * layer + expert, 4, 4)
    for rank in range(tensor):
        for stage in range(pipeline):
            for group in range(2):
                own = dict(first if stage == 0 else {}) | dict(last if stage == pipeline - 1 else {})
                for layer in range(2):
                    if pipeline == 2 and layer != stage:
                        continue
                    shown = layer - stage
                    own[f"decoder.layers.{shown}.mlp.router.weight"] = whole[f"decoder.layers.{layer}.mlp.router.weight"]
                    for local in range(2):
                        for which in (1, 2):
                            own[name(layer, shown, local, which)] = whole[name(layer, layer, 2 * group + local, which)]
                own = {key: part(key, value, rank, tensor) for key, value in own.items()}
                folder = f"mp_rank_{rank:02d}" + (f"_{stage:03d}" if pipeline > 1 else "") + f"_{group:03d}"
                rank_file(path, folder, {"model": own}, num_layers=2, tensor_model_parallel_size=tensor,
                          pipeline_model_parallel_size=pipeline, expert_model_parallel_size=2,
                          expert_tensor_parallel_size=tensor)
    return whole


if __name__ == "__main__":
    shutil.rmtree(here, ignore_errors=True)
    os.makedirs(here)
    torch.multiprocessing.spawn(save, (os.path.join(here, "dcp"),), nprocs=2)
    hostile(os.path.join(here, "dcp"), os.path.join(here, "hostile"))
    values = {"dcp": {name: value for name, (value, _) in MODEL.items()}, "megatron": megatron(os.path.join(here, "megatron")),
              "megatron-virtual": virtual(os.path.join(here, "megatron-virtual")),
              "megatron-experts": experts(os.path.join(here, "megatron-experts"), 2, 1),
              "megatron-stages": experts(os.path.join(here, "megatron-stages"), 1, 2)}
    with open(here + ".json", "w") as file:
        json.dump({kind: {name: value.double().flatten().tolist() for name, value in tensors.items()}
                   for kind, tensors in values.items()}, file)
