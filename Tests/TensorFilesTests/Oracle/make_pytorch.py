#!/usr/bin/env python3
"""Writes the fixtures of PyTorch and NumPy beside this script, with the packages themselves.

    apt-get install python3-torch     # or: pip install torch numpy
    python3 make_pytorch.py

state.pt           a state_dict: each type, a transposed view, a slice, two names of one storage
legacy.pt          the same as torch.save wrote it before version 1.6
nanogpt.pt         a training checkpoint as nanoGPT's: model, optimizer, model_args
hostile.pt         a pickle that calls os.system, never run here; expanded.pt  a view of stride 0
arrays.npz, compressed.npz, array.npy
values.json        the elements of each, row-major
"""
import argparse
import collections
import io
import json
import os

import numpy as np
import torch

here = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(1)


def place(name):
    return os.path.join(here, name)


base = torch.randn(6, 5)
state = collections.OrderedDict(
    float32=torch.randn(3, 4), float64=torch.randn(2, 3, dtype=torch.float64),
    float16=torch.randn(7).half(), bfloat16=torch.randn(2, 8).bfloat16(),
    int64=torch.tensor([-(2**40), 5, 2**40]), int32=torch.tensor([[1, -2]], dtype=torch.int32),
    int16=torch.tensor([300, -300], dtype=torch.int16), int8=torch.tensor([-128, 127], dtype=torch.int8),
    uint8=torch.tensor([0, 255], dtype=torch.uint8), bool=torch.tensor([True, False]),
    scalar=torch.tensor(2.5), empty=torch.zeros(0, 3), transposed=base.t(), slice=base[1:4, 2:],
    step=base[::2], again=base, parameter=torch.nn.Parameter(torch.randn(4)),
)
values = {"state": {k: [float(x) for x in v.detach().double().flatten()] for k, v in state.items()}}
torch.save(state, place("state.pt"))
torch.save(state, place("legacy.pt"), _use_new_zipfile_serialization=False)

model = {"_orig_mod.transformer.wte.weight": torch.randn(5, 4),
         "_orig_mod.transformer.h.0.attn.c_attn.weight": torch.randn(12, 4)}
torch.save({
    "model": model, "optimizer": {"state": {0: {"exp_avg": torch.randn(5, 4), "step": torch.tensor(3.0)}},
                                  "param_groups": [{"lr": 6e-4, "betas": (0.9, 0.95), "params": [0]}]},
    "model_args": {"n_layer": 1, "n_head": 2, "n_embd": 4, "bias": False}, "iter_num": 2000,
    "best_val_loss": torch.tensor(3.1), "config": {"learning_rate": 6e-4}, "args": argparse.Namespace(lr=1),
    "numpy": np.float64(1.5),
}, place("nanogpt.pt"))
values["nanogpt"] = {k: [float(x) for x in v.flatten()] for k, v in model.items()}
torch.save({"expanded": torch.ones(1).expand(1 << 40)}, place("expanded.pt"))


class Call:
    def __reduce__(self):
        return os.system, ("touch /tmp/ballast-was-here",)


torch.save({"weight": torch.ones(2), "hook": Call()}, place("hostile.pt"))

random = np.random.default_rng(2)
arrays = {
    "single": random.standard_normal((3, 4)).astype("<f4"), "double": random.standard_normal(5),
    "half": random.standard_normal((2, 2)).astype("<f2"), "fortran": np.asfortranarray(random.standard_normal((3, 5))),
    "layers/0/kernel": random.standard_normal((2, 3, 4)).astype("<f4"), "flag": np.array([True, False]),
    "count": np.array(7), "bytes": np.arange(9, dtype=np.uint8), "none": np.zeros((0, 2)),
}
np.savez(place("arrays.npz"), **arrays)
np.savez_compressed(place("compressed.npz"), **arrays)
np.save(place("array.npy"), arrays["fortran"])
values["arrays"] = {k: [float(x) for x in v.astype("<f8").flatten()] for k, v in arrays.items()}
with open(place("values.json"), "w") as file:
    json.dump(values, file)
