"""Reference trajectories for the tests of the optimizers, by PyTorch, Optax and NumPy.

    python3 -m venv venv
    venv/bin/pip install torch numpy safetensors jax optax
    venv/bin/python make_oracle.py

This writes oracle.safetensors beside the script. Every rule takes 20 steps on three tensors, `wide`
(4, 7), `tall` (9, 5) and `gain` (6), along gradients that are given: `gradient.{name}` holds them step
by step, `start.{name}` where the tensors start. `{rule}.{name}` is the tensor after each step.

The learning rate of step t of 1...20 is PEAK * (1 - (t - 1) / 20). All is in float64, but for the
rules called muon, which are on the two matrices alone:

    muon_numpy.{scale}     the formulas in NumPy with float32
    muon_torch.{scale}     torch.optim.Muon, which orthogonalises in bfloat16
    muon_products          the scale `original` in NumPy, the factors of each product of the
                           orthogonalisation rounded to bfloat16, sums in float32

`muon_error.{scale}` is the largest distance between an element of the two, per tensor and step: what
bfloat16 does to the formula.
"""

import math
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import ml_dtypes
import numpy as np
import optax
import torch
from safetensors.numpy import save_file

STEPS = 20
SHAPES = {"wide": (4, 7), "tall": (9, 5), "gain": (6,)}
MATRICES = ["wide", "tall"]


def rate(peak, t):
    return peak * (1 - (t - 1) / STEPS)


def draw():
    rng = np.random.default_rng(7)
    start = {n: rng.normal(size=s).astype(np.float32) for n, s in SHAPES.items()}
    # One direction that stays, under noise, so that momentum matters.
    drift = {n: rng.normal(size=s) for n, s in SHAPES.items()}
    gradients = {
        n: (0.5 * drift[n] + rng.normal(size=(STEPS, *s))).astype(np.float32)
        for n, s in SHAPES.items()
    }
    return start, gradients


def with_torch(make, peak, start, gradients, names=SHAPES, dtype=torch.float64):
    tensors = {n: torch.tensor(start[n], dtype=dtype, requires_grad=True) for n in names}
    optimizer = make(list(tensors.values()), peak)
    history = {n: [] for n in names}
    for t in range(1, STEPS + 1):
        for group in optimizer.param_groups:
            group["lr"] = rate(peak, t)
        for n, x in tensors.items():
            x.grad = torch.tensor(gradients[n][t - 1], dtype=dtype)
        optimizer.step()
        for n, x in tensors.items():
            history[n].append(x.detach().numpy().copy())
    return {n: np.stack(x) for n, x in history.items()}


def with_optax(make, peak, start, gradients):
    optimizer = make(lambda count: peak * (1 - count.astype(jnp.float64) / STEPS))
    params = {n: jnp.asarray(x, jnp.float64) for n, x in start.items()}
    state = optimizer.init(params)
    history = {n: [] for n in SHAPES}
    for t in range(STEPS):
        grads = {n: jnp.asarray(g[t], jnp.float64) for n, g in gradients.items()}
        updates, state = optimizer.update(grads, state, params)
        params = optax.apply_updates(params, updates)
        for n, x in params.items():
            history[n].append(np.asarray(x))
    return {n: np.stack(x) for n, x in history.items()}


def optax_fromage(peak, start, gradients):
    """Optax takes one rate for all steps: a new optimizer, which keeps no state, for each."""
    params = {n: jnp.asarray(x, jnp.float64) for n, x in start.items()}
    history = {n: [] for n in SHAPES}
    for t in range(1, STEPS + 1):
        optimizer = optax.fromage(rate(peak, t))
        grads = {n: jnp.asarray(g[t - 1], jnp.float64) for n, g in gradients.items()}
        updates, _ = optimizer.update(grads, optimizer.init(params), params)
        params = optax.apply_updates(params, updates)
        for n, x in params.items():
            history[n].append(np.asarray(x))
    return {n: np.stack(x) for n, x in history.items()}


def same(x):
    return x


def rounded(x):
    return x.astype(ml_dtypes.bfloat16).astype(x.dtype)


def orthogonalized(g, r=same):
    """Five quintic steps in the type of g, the factors of products rounded by r."""
    a, b, c = (g.dtype.type(x) for x in (3.4445, -4.7750, 2.0315))
    x = g.T if g.shape[0] > g.shape[1] else g
    x = x / np.linalg.norm(x).astype(g.dtype)
    for _ in range(5):
        gram = r(x) @ r(x).T
        x = a * x + r(b * gram + c * (r(gram) @ r(gram))) @ r(x)
    return x.T if g.shape[0] > g.shape[1] else x


def muon_scale(name, rows, columns):
    return {
        "original": math.sqrt(max(1, rows / columns)),
        "match-rms-adamw": 0.2 * math.sqrt(max(rows, columns)),
        "spectral": math.sqrt(rows / columns),
    }[name]


def numpy_muon(scale, peak, start, gradients, decay=0.1, momentum=0.95, r=same):
    f = np.float32
    history = {}
    for n in MATRICES:
        x, m = start[n].copy(), np.zeros_like(start[n])
        rows = []
        for t in range(1, STEPS + 1):
            g = gradients[n][t - 1]
            m = f(momentum) * m + f(1 - momentum) * g
            look_ahead = f(momentum) * m + f(1 - momentum) * g
            eta = rate(peak, t)
            step = f(eta * muon_scale(scale, *x.shape)) * orthogonalized(look_ahead, r)
            x = x * f(1 - eta * decay) - step
            rows.append(x.copy())
        assert x.dtype == f
        history[n] = np.stack(rows)
    return history


def torch_muon(scale, peak, start, gradients):
    adjust = {"spectral": "spectral_unclamped"}.get(scale, scale.replace("-", "_"))
    return with_torch(
        lambda p, lr: torch.optim.Muon(p, lr=lr, weight_decay=0.1, adjust_lr_fn=adjust),
        peak, start, gradients, names=MATRICES, dtype=torch.float32)


def main():
    torch.set_num_threads(1)
    start, gradients = draw()
    tensors = {f"start.{n}": x for n, x in start.items()}
    tensors |= {f"gradient.{n}": g for n, g in gradients.items()}

    def record(rule, history):
        tensors.update({f"{rule}.{n}": x for n, x in history.items()})

    given = (start, gradients)
    record("sgd", with_torch(
        lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9, weight_decay=0.1), 0.05, *given))
    record("adamw", with_torch(
        lambda p, lr: torch.optim.AdamW(p, lr=lr, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1),
        0.05, *given))
    record("lion", with_optax(
        lambda lr: optax.lion(lr, b1=0.9, b2=0.99, weight_decay=0.1), 0.05, *given))
    record("lars", with_optax(
        lambda lr: optax.lars(lr, weight_decay=0.1, trust_coefficient=0.001, momentum=0.9),
        5.0, *given))
    record("lamb", with_optax(lambda lr: optax.lamb(lr, weight_decay=0.1), 0.05, *given))
    record("fromage", optax_fromage(0.05, *given))
    for scale in ["original", "match-rms-adamw", "spectral"]:
        ours, theirs = numpy_muon(scale, 0.05, *given), torch_muon(scale, 0.05, *given)
        record(f"muon_numpy.{scale}", ours)
        record(f"muon_torch.{scale}", theirs)
        for n in MATRICES:
            error = np.abs(ours[n] - theirs[n]).reshape(STEPS, -1).max(axis=1)
            tensors[f"muon_error.{scale}.{n}"] = error
            print(f"muon {scale} {n}: bfloat16 moves an element by {error[0]:.1e} in one step and "
                  f"{error[-1]:.1e} in {STEPS}")
    record("muon_products", numpy_muon("original", 0.05, *given, r=rounded))
    tensors = {n: np.ascontiguousarray(x) for n, x in tensors.items()}
    versions = f"torch {torch.__version__}, optax {optax.__version__}, jax {jax.__version__}, " \
        f"numpy {np.__version__}"
    path = Path(__file__).with_name("oracle.safetensors")
    save_file(tensors, path, metadata={"versions": versions})
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes, {versions}")


if __name__ == "__main__":
    main()
