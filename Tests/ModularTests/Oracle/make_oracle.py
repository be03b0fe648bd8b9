"""Reference numbers for the tests of the modular algebra, by JAX and NumPy in float64.

    python3 -m venv venv
    venv/bin/pip install jax numpy safetensors
    venv/bin/python make_oracle.py

This writes oracle.safetensors beside the script. For each network of `mlp` and `gpt`:

    {network}.input, {network}.target      a batch
    {network}.start.{path}                 weights, float32 numbers
    {network}.loss                         the loss at the start
    {network}.gradient.{path}              its gradient, by jax.grad
    {network}.dual.{path}                  the gradient dualised to norm 1
    {network}.project.{path}               the starting weights projected
    {network}.step.{path}                  project(start - RATE * dual)

Everything is written down as a formula: which part of the norm belongs to which weight is worked out by
hand in `mlp_shares` and `gpt_shares`, not by composing modules.
"""

import math
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import numpy as np
from safetensors.numpy import save_file

RATE = 0.1
# The six steps of Modula, in 1024ths.
STEPS = [(3955, -8306, 5008), (3735, -6681, 3463), (3799, -6499, 3211),
         (4019, -6385, 2906), (2677, -3029, 1162), (2172, -1833, 682)]

WIDTH, VOCABULARY, HEADS, BLOCKS, BLOCKS_MASS, FINAL_SCALE = 8, 7, 2, 2, 5.0, 2.0


def orthogonalized(g):
    x = g / np.linalg.norm(g)
    for a, b, c in STEPS:
        gram = x @ x.T
        x = a / 1024 * x + (b / 1024 * gram + c / 1024 * gram @ gram) @ x
    return x


def matrix(g):
    return math.sqrt(g.shape[0] / g.shape[1]) * orthogonalized(g)


def rows(g):
    sizes = np.sqrt((g * g).mean(axis=1, keepdims=True))
    return np.divide(g, sizes, out=np.zeros_like(g), where=sizes > 0)


def draw(rng, shapes):
    return {n: rng.normal(size=s).astype(np.float32) / math.sqrt(s[1]) for n, s in shapes.items()}


# An MLP: three matrices of mass one with ReLU between them, all sensitivities one.
MLP = {"0": (6, 5), "1": (6, 6), "2": (3, 6)}


def mlp_loss(w, x, y):
    h = jnp.maximum(x @ w["0"].T, 0)
    h = jnp.maximum(h @ w["1"].T, 0)
    return 0.5 * ((h @ w["2"].T - y) ** 2).mean()


def mlp_shares():
    return {n: 1 / 3 for n in MLP}


# A transformer. Head width D = WIDTH / HEADS for queries, keys and values.
def gpt_shapes():
    shapes = {"embedding": (VOCABULARY, WIDTH)}
    for b in range(BLOCKS):
        for name in ["query", "key", "value", "output"]:
            shapes[f"blocks.{b}.attention.{name}"] = (WIDTH, WIDTH)
        shapes[f"blocks.{b}.mlp.up"] = (4 * WIDTH, WIDTH)
        shapes[f"blocks.{b}.mlp.down"] = (WIDTH, 4 * WIDTH)
    shapes["head"] = (VOCABULARY, WIDTH)
    return shapes


def turned(x):
    """Rotary positions on (batch, time, head, D): the first half of a head with the second."""
    time, half = x.shape[1], x.shape[3] // 2
    angle = np.arange(time)[:, None] * 10_000.0 ** (-np.arange(half) / half)[None, :]
    c, s = np.cos(angle)[None, :, None, :], np.sin(angle)[None, :, None, :]
    a, b = x[..., :half], x[..., half:]
    return jnp.concatenate([a * c - b * s, b * c + a * s], axis=-1)


def gelu(x):
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + jnp.tanh(inner)) / 1.128993068658772


def attention(w, prefix, x):
    batch, time, _ = x.shape
    split = lambda name: (x @ w[prefix + name].T).reshape(batch, time, HEADS, WIDTH // HEADS)
    q, k, v = turned(split("query")), turned(split("key")), split("value")
    scores = jnp.einsum("bthd,buhd->bhtu", q, k) / (WIDTH // HEADS)
    scores = jnp.where(np.tril(np.ones((time, time), bool)), scores, -jnp.inf)
    mixed = jnp.einsum("bhtu,buhd->bthd", jax.nn.softmax(scores, axis=-1), v)
    return mixed.reshape(batch, time, WIDTH) / 3 @ w[prefix + "output"].T


def gpt_loss(w, tokens, targets):
    h = w["embedding"][tokens]
    part = 1 / (2 * BLOCKS)
    for b in range(BLOCKS):
        h = (1 - part) * h + part * attention(w, f"blocks.{b}.attention.", h)
        up = gelu(h @ w[f"blocks.{b}.mlp.up"].T)
        h = (1 - part) * h + part * (up @ w[f"blocks.{b}.mlp.down"].T)
    logits = FINAL_SCALE * h @ w["head"].T
    logs = logits - jax.scipy.special.logsumexp(logits, axis=-1, keepdims=True)
    return -jnp.take_along_axis(logs, targets[..., None], axis=-1).mean()


def gpt_shares():
    """The mass of a weight over 7, over what its change is multiplied by on the way to the logits.

    The residual stream has sensitivity one. A branch enters it with `part`; queries, keys and values
    reach the output matrix with a third.
    """
    part = 1 / (2 * BLOCKS)
    total = 1 + BLOCKS_MASS + 1
    each = BLOCKS_MASS / (6 * BLOCKS)
    shares = {}
    for name in gpt_shapes():
        if name == "embedding":
            shares[name] = 1 / total / FINAL_SCALE
        elif name == "head":
            shares[name] = 1 / total / FINAL_SCALE
        elif name.split(".")[-1] in ("query", "key", "value"):
            shares[name] = each / total / (FINAL_SCALE * part / 3)
        else:
            shares[name] = each / total / (FINAL_SCALE * part)
    return shares


def record(tensors, network, loss, start, shares, x, y):
    dual_of = lambda n, g: rows(g) if n == "embedding" else matrix(g)
    wide = {n: jnp.asarray(w, jnp.float64) for n, w in start.items()}
    value, gradient = jax.value_and_grad(loss)(wide, x, y)
    tensors[f"{network}.input"], tensors[f"{network}.target"] = x, y
    tensors[f"{network}.loss"] = np.asarray(value).reshape(1)
    for n, w in start.items():
        g = np.asarray(gradient[n])
        dual = shares[n] * dual_of(n, g)
        tensors[f"{network}.start.{n}"] = w
        tensors[f"{network}.gradient.{n}"] = g
        tensors[f"{network}.dual.{n}"] = dual
        tensors[f"{network}.project.{n}"] = dual_of(n, w.astype(np.float64))
        tensors[f"{network}.step.{n}"] = dual_of(n, w.astype(np.float64) - RATE * dual)
        values = np.linalg.svd(g)[1] / np.linalg.norm(g)
        print(f"{network} {n}: smallest singular value {values.min():.1e} of the gradient's norm")


def main():
    rng = np.random.default_rng(11)
    tensors = {}
    x = rng.normal(size=(8, 5)).astype(np.float32)
    y = rng.normal(size=(8, 3)).astype(np.float32)
    record(tensors, "mlp", mlp_loss, draw(rng, MLP), mlp_shares(), x, y)
    tokens = rng.integers(0, VOCABULARY, size=(2, 6)).astype(np.int32)
    targets = rng.integers(0, VOCABULARY, size=(2, 6)).astype(np.int32)
    record(tensors, "gpt", gpt_loss, draw(rng, gpt_shapes()), gpt_shares(), tokens, targets)
    tensors = {n: np.ascontiguousarray(x) for n, x in tensors.items()}
    versions = f"jax {jax.__version__}, numpy {np.__version__}"
    path = Path(__file__).with_name("oracle.safetensors")
    save_file(tensors, path, metadata={"versions": versions})
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes, {versions}")


if __name__ == "__main__":
    main()
