"""Reference trajectories of NorMuon, split heads, cautious steps and cautious decay, in NumPy with float64.

    python3 -m venv venv
    venv/bin/pip install numpy safetensors
    venv/bin/python make_variants.py

This writes variants.safetensors beside the script. Every rule takes 20 steps on `rows` (6, 5), whose
blocks are groups of rows, and `columns` (4, 9), whose blocks are groups of columns, three heads each, and
on `gain` (6), along gradients that are given: `gradient.{name}` holds them step by step, `start.{name}`
where the tensors start. `{rule}.{name}` is the tensor after each step. The learning rate of step t of
1...20 is PEAK * (1 - (t - 1) / 20). The formulas are those of the publications and the authors' code:

    normuon.{scale}    zichongli5/NorMuon, normuon.py: rows over the root of the mean of their mean
                       squares, then the norm from before
    muon_heads.{scale} KellerJordan/Muon, muon.py, for each head's block as a matrix of its own
    cadamw, clion      arXiv 2411.16085, algorithm 1: d * phi * n / (sum phi + 1), phi = [d g > 0]
    adamw_cwd, muon_cwd arXiv 2510.12402: decay where d x >= 0
    schedule_free      facebookresearch/schedule_free, adamw_schedulefree_reference.py, at a constant learning
                       rate after 5 steps of warm-up: y, where gradients are taken; schedule_free_x is what is
                       evaluated
"""

import math
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

STEPS, PEAK, DECAY, HEADS = 20, 0.05, 0.1, 3
SHAPES = {"rows": (6, 5), "columns": (4, 9), "gain": (6,)}
MATRICES = ["rows", "columns"]


def rate(t):
    return PEAK * (1 - (t - 1) / STEPS)


def draw():
    rng = np.random.default_rng(11)
    start = {n: rng.normal(size=s).astype(np.float32) for n, s in SHAPES.items()}
    drift = {n: rng.normal(size=s) for n, s in SHAPES.items()}
    return start, {
        n: (0.5 * drift[n] + rng.normal(size=(STEPS, *s))).astype(np.float32)
        for n, s in SHAPES.items()
    }


def orthogonalized(g):
    a, b, c = 3.4445, -4.7750, 2.0315
    x = (g.T if g.shape[0] > g.shape[1] else g) / np.linalg.norm(g)
    for _ in range(5):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if g.shape[0] > g.shape[1] else x


def scale_of(name, rows, columns):
    return {
        "original": math.sqrt(max(1, rows / columns)),
        "match-rms-adamw": 0.2 * math.sqrt(max(rows, columns)),
        "spectral": math.sqrt(rows / columns),
    }[name]


class Muon:
    """Called once a step with the gradient; returns what is multiplied by the learning rate."""

    def __init__(self, scale, momentum=0.95):
        self.scale, self.momentum, self.m = scale, momentum, 0.0

    def look_ahead(self, g):
        self.m = self.momentum * self.m + (1 - self.momentum) * g
        return self.momentum * self.m + (1 - self.momentum) * g

    def __call__(self, name, g):
        return scale_of(self.scale, *g.shape) * orthogonalized(self.look_ahead(g))


class NorMuon(Muon):
    v = 0.0

    def __call__(self, name, g):
        o = orthogonalized(self.look_ahead(g))
        self.v = 0.95 * self.v + 0.05 * (o * o).mean(axis=1, keepdims=True)
        u = o / (np.sqrt(self.v) + 1e-10)
        u *= np.linalg.norm(o) / (np.linalg.norm(u) + 1e-10)
        return scale_of(self.scale, *g.shape) * u


class SplitMuon(Muon):
    def __call__(self, name, g):
        axis = MATRICES.index(name)
        blocks = np.split(self.look_ahead(g), HEADS, axis=axis)
        return np.concatenate(
            [scale_of(self.scale, *b.shape) * orthogonalized(b) for b in blocks], axis=axis)


class Adam:
    def __init__(self, masks):
        self.masks, self.m, self.v, self.t = masks, 0.0, 0.0, 0

    def __call__(self, name, g):
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * g
        self.v = 0.95 * self.v + 0.05 * g * g
        d = self.m / (1 - 0.9**self.t) / (np.sqrt(self.v / (1 - 0.95**self.t)) + 1e-8)
        return masked(d, g) if self.masks else d


class Lion:
    m = 0.0

    def __call__(self, name, g):
        d = np.sign(0.9 * self.m + 0.1 * g)
        self.m = 0.99 * self.m + 0.01 * g
        return masked(d, g)


def masked(d, g):
    phi = (d * g > 0).astype(d.dtype)
    return d * phi * phi.size / (phi.sum() + 1)


def walk(make, start, gradients, names, cautious=False):
    history = {}
    for n in names:
        x, rule, rows = start[n].astype(np.float64), make(), []
        for t in range(1, STEPS + 1):
            d = rule(n, gradients[n][t - 1].astype(np.float64))
            decayed = x * (d * x >= 0) if cautious else x
            x = x - rate(t) * DECAY * decayed - rate(t) * d
            rows.append(x)
        history[n] = np.stack(rows)
    return history


def schedule_free(start, gradients):
    """y and x after each step; z and x by their own recursions, y as the mixture of them."""
    beta1, beta2, history, average = 0.9, 0.999, {}, {}
    for n in SHAPES:
        z = start[n].astype(np.float64)
        x, y, v, total, ys, xs = z, z, 0.0, 0.0, [], []
        for t in range(1, STEPS + 1):
            g = gradients[n][t - 1].astype(np.float64)
            eta = PEAK * min(t / 5, 1)
            v = beta2 * v + (1 - beta2) * g * g
            z = z - eta * (g / (np.sqrt(v / (1 - beta2**t)) + 1e-8) + DECAY * y)
            total += eta**2
            c = eta**2 / total
            x = (1 - c) * x + c * z
            y = (1 - beta1) * z + beta1 * x
            ys.append(y)
            xs.append(x)
        history[n], average[n] = np.stack(ys), np.stack(xs)
    return history, average


def main():
    start, gradients = draw()
    tensors = {f"start.{n}": x for n, x in start.items()}
    tensors |= {f"gradient.{n}": g for n, g in gradients.items()}

    def record(rule, make, names, **more):
        history = walk(make, start, gradients, names, **more)
        tensors.update({f"{rule}.{n}": x for n, x in history.items()})

    for scale in ["original", "match-rms-adamw", "spectral"]:
        record(f"normuon.{scale}", lambda: NorMuon(scale), MATRICES)
        record(f"muon_heads.{scale}", lambda: SplitMuon(scale), MATRICES)
    record("cadamw", lambda: Adam(True), SHAPES)
    record("clion", Lion, SHAPES)
    record("adamw_cwd", lambda: Adam(False), SHAPES, cautious=True)
    record("muon_cwd", lambda: Muon("match-rms-adamw"), MATRICES, cautious=True)
    for rule, history in zip(["schedule_free", "schedule_free_x"], schedule_free(start, gradients)):
        tensors.update({f"{rule}.{n}": x for n, x in history.items()})
    tensors = {n: np.ascontiguousarray(x) for n, x in tensors.items()}
    path = Path(__file__).with_name("variants.safetensors")
    save_file(tensors, path, metadata={"versions": f"numpy {np.__version__}"})
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes, numpy {np.__version__}")


if __name__ == "__main__":
    main()
