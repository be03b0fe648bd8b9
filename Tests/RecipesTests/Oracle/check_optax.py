#!/usr/bin/env python3
"""Holds the optimizer that `ballast export --format optax` writes against that of `--format pytorch`.

    python3 -m venv venv && venv/bin/pip install torch "jax[cpu]" optax
    venv/bin/python check_optax.py PATH/TO/ballast

Five steps over Llama's parameters with the same gradients, jitted, with clipping and muP's groups, for each
form of decay: the largest difference over the largest change is rounding. Another decay is not.
"""
import importlib.util
import os
import subprocess
import sys
import tempfile

import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch

ballast = sys.argv[1]
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "llama.txt"), encoding="utf-8") as file:
    shapes = {name: [int(n) for n in shape.split("x")] for name, shape in map(str.split, file)}
random = np.random.default_rng(0)
start = {name: random.normal(0, 0.1, shape).astype("f") for name, shape in shapes.items()}
gradients = [
    {name: random.normal(0, 1e-2, shape).astype("f") for name, shape in shapes.items()} for _ in range(5)
]


def load(recipe, form, rate, format, folder):
    path = os.path.join(folder, format + ".py")
    sets = [
        f"optimizer.weight-decay.form={form}", f"optimizer.weight-decay.rate={rate}", "steps=6",
        "parametrization.kind=mup", "parametrization.base-width=32", "optimizer.learning-rate=1e-2",
    ]
    words = [word for key in sets for word in ("--set", key)]
    subprocess.run([ballast, "export", recipe, "--format", format, "--out", path, *words],
                   check=True, stdout=subprocess.DEVNULL)
    spec = importlib.util.spec_from_file_location(format.replace("-", "_"), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tree(values):
    """Values as Flax keeps them."""
    out = {}
    for name, value in values.items():
        *parts, leaf = name.split(".")
        node = out
        for part in parts:
            node = node.setdefault(part, {})
        kind = "embedding" if "embed" in name else "kernel" if value.ndim == 2 else "scale"
        node[kind if leaf == "weight" else leaf] = jnp.asarray(value)
    return {"params": out}


def by_jax(module):
    params = tree(start)
    optimizer = module.build_optimizer(params)
    state, update = optimizer.init(params), jax.jit(optimizer.update)
    for each in gradients:
        updates, state = update(tree(each), state, params)
        params = optax.apply_updates(params, updates)
    leaves = jax.tree_util.tree_leaves_with_path(params)
    return {module.name_of(path): np.asarray(value) for path, value in leaves}


def by_torch(module):
    parameters = {name: torch.nn.Parameter(torch.tensor(value)) for name, value in start.items()}
    holder = torch.nn.ParameterList(parameters.values())
    groups = module.parameter_groups(parameters.items())
    optimizer = torch.optim.AdamW(groups, lr=module.PEAK_LEARNING_RATE, betas=module.BETAS)
    scheduler = module.build_scheduler(optimizer)
    for each in gradients:
        for name, parameter in parameters.items():
            parameter.grad = torch.tensor(each[name])
        module.step(holder, optimizer, scheduler)
    return {name: parameter.detach().numpy() for name, parameter in parameters.items()}


def difference(a, b):
    return max(np.abs(a[n] - b[n]).max() / np.abs(b[n] - start[n]).max() for n in shapes)


with tempfile.TemporaryDirectory() as folder:
    recipe = os.path.join(folder, "r.yaml")
    subprocess.run([ballast, "recipe", os.path.join(here, "llama.json"), "--out", recipe],
                   check=True, stdout=subprocess.DEVNULL)
    for form in ["decoupled", "independent", "corrected"]:
        rate = 0.01 if form == "independent" else 1.0
        torch_side = by_torch(load(recipe, form, rate, "pytorch", folder))
        same = difference(by_jax(load(recipe, form, rate, "optax", folder)), torch_side)
        other = difference(by_jax(load(recipe, form, 1.5 * rate, "optax", folder)), torch_side)
        print(f"{form}: apart by {same:.1e} of the largest change, {other:.1e} with another decay")
        assert same < 1e-3 < other, form
