"""Loss and gradients of the proxy transformer under interventions, computed by PyTorch.

    python3 -m venv venv
    venv/bin/pip install torch numpy safetensors
    venv/bin/python make_interventions.py

This writes interventions.safetensors beside the script. Each case has its
tokens, parameters (float32), the loss, log^2 Z, the largest attention logit of
layer 0 before any cap, and the gradient of loss + 1e-4 log^2 Z for every
parameter, all in float64. Matrices are stored as (output, input).
"""

import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

WIDTH, HEAD, CONTEXT, VOCABULARY, BATCH = 8, 4, 6, 11, 2
EPSILON = 1e-6

CASES = {
    "rms": {"qk": "rms"},
    "full": {"qk": "full"},
    "fixed": {"qk": "fixed"},
    "forced": {"kappa": 7.0},
    "attention-softcap": {"attention_cap": 1.5},
    "output-softcap": {"output_cap": 2.0},
    "output": {"norms": "output"},
    "sandwich": {"norms": "sandwich"},
    "embedding": {"embedding_norm": True},
    "residual": {"branch": 1 / math.sqrt(2)},
    "sigma-attention": {"sigma": ("attention",)},
    "sigma-hidden": {"sigma": ("attention", "mlp")},
    "sigma-all": {"sigma": ("attention", "mlp", "head")},
    "grouped": {"heads": 4, "group": 2, "qk": "rms"},
    "grouped-full": {"heads": 4, "group": 4, "qk": "full"},
    "narrow": {"heads": 1, "hidden": 10},
    "geglu": {"mlp": "geglu", "hidden": 21},
    "swiglu": {"mlp": "swiglu", "hidden": 21},
    "relu-squared": {"mlp": "relu-squared"},
}


def layer_norm(x, gain=None):
    centred = x - x.mean(-1, keepdim=True)
    y = centred / (centred.square().mean(-1, keepdim=True) + EPSILON).sqrt()
    return y if gain is None else y * gain


def rms_norm(x, gain=None):
    y = x / (x.square().mean(-1, keepdim=True) + EPSILON).sqrt()
    return y if gain is None else y * gain


def rotate(x):
    """x is (batch, time, head, dimension); the first half pairs with the second."""
    half = x.shape[-1] // 2
    frequency = 10000.0 ** (-torch.arange(half, dtype=x.dtype) / half)
    angle = torch.outer(torch.arange(x.shape[1], dtype=x.dtype), frequency)[None, :, None, :]
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()], -1)


def matrix(p, path):
    """gamma W / sigma(W) where there is a gamma; sigma by a decomposition that torch differentiates."""
    gamma = p.get(path + "_gamma")
    w = p[path]
    return w if gamma is None else gamma * w / torch.linalg.svdvals(w)[0]


def attention(x, p, case):
    batch, time, _ = x.shape
    group = case.get("group", 1)
    split = lambda y: y.reshape(batch, time, -1, HEAD)
    q, k, v = (x @ matrix(p, f"blocks.0.attention.{n}").T for n in ["query", "key", "value"])
    kind = case.get("qk")
    if kind == "full":
        q = layer_norm(q, p["blocks.0.attention.query_norm"])
        k = layer_norm(k, p["blocks.0.attention.key_norm"])
    q, k, v = split(q), split(k), split(v)
    if kind == "rms":
        q = rms_norm(q, p["blocks.0.attention.query_norm"])
        k = rms_norm(k, p["blocks.0.attention.key_norm"])
    if kind == "fixed":
        q, k = layer_norm(q), layer_norm(k)
    if "kappa" in case:
        q, k = rms_norm(q) * math.sqrt(case["kappa"]), rms_norm(k) * math.sqrt(case["kappa"])
    # Query head h reads the keys and values of head h // group.
    k, v = k.repeat_interleave(group, 2), v.repeat_interleave(group, 2)
    scores = torch.einsum("bthd,bshd->bhts", rotate(q), rotate(k)) / math.sqrt(HEAD)
    future = torch.ones(time, time, dtype=torch.bool).triu(1)
    peak = scores.masked_fill(future, -math.inf).max().detach()
    if "attention_cap" in case:
        scores = case["attention_cap"] * torch.tanh(scores / case["attention_cap"])
    weights = scores.masked_fill(future, -math.inf).softmax(-1)
    y = torch.einsum("bhts,bshd->bthd", weights, v).flatten(2)
    return y @ matrix(p, "blocks.0.attention.output").T, peak


def evaluate(p, tokens, case):
    norms, branch = case.get("norms", "pre"), case.get("branch", 1.0)
    h = p["embedding"][tokens[:, :-1]]
    if case.get("embedding_norm"):
        h = layer_norm(h, p["embedding_norm"])
    before = lambda name, x: x if norms == "output" else layer_norm(x, p[f"blocks.0.{name}_norm"])
    after = lambda name, x: (
        x if norms == "pre" else layer_norm(x, p[f"blocks.0.{name}_output_norm"])
    )
    y, peak = attention(before("attention", h), p, case)
    h = h + branch * after("attention", y)
    x = before("mlp", h)
    up = x @ matrix(p, "blocks.0.mlp.up").T
    kind = case.get("mlp", "gelu")
    if kind == "gelu":
        inner = F.gelu(up, approximate="tanh")
    elif kind == "relu-squared":
        inner = F.relu(up).square()
    else:
        gate = x @ matrix(p, "blocks.0.mlp.gate").T
        inner = up * (F.silu(gate) if kind == "swiglu" else F.gelu(gate, approximate="tanh"))
    down = matrix(p, "blocks.0.mlp.down")
    h = h + branch * after("mlp", inner @ down.T)
    logits = layer_norm(h, p["norm"]) @ matrix(p, "head").T
    if "output_cap" in case:
        logits = case["output_cap"] * torch.tanh(logits / case["output_cap"])
    z = logits.logsumexp(-1).square().mean()
    return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten()), z, peak


def shapes(case):
    table = {"embedding": (VOCABULARY, WIDTH)}
    if case.get("embedding_norm"):
        table["embedding_norm"] = (WIDTH,)
    norms = case.get("norms", "pre")
    for name in ["attention", "mlp"]:
        if norms != "output":
            table[f"blocks.0.{name}_norm"] = (WIDTH,)
        if norms != "pre":
            table[f"blocks.0.{name}_output_norm"] = (WIDTH,)
    queries = case.get("heads", WIDTH // HEAD) * HEAD
    keys, hidden = queries // case.get("group", 1), case.get("hidden", 4 * WIDTH)
    for name, rows in [("query", queries), ("key", keys), ("value", keys)]:
        table[f"blocks.0.attention.{name}"] = (rows, WIDTH)
    table["blocks.0.attention.output"] = (WIDTH, queries)
    if case.get("qk") in ("rms", "full"):
        for name, rows in [("query_norm", queries), ("key_norm", keys)]:
            table[f"blocks.0.attention.{name}"] = (HEAD if case["qk"] == "rms" else rows,)
    table["blocks.0.mlp.up"] = (hidden, WIDTH)
    if case.get("mlp") in ("swiglu", "geglu"):
        table["blocks.0.mlp.gate"] = (hidden, WIDTH)
    table["blocks.0.mlp.down"] = (WIDTH, hidden)
    table |= {"norm": (WIDTH,), "head": (VOCABULARY, WIDTH)}
    for path in [path for path, shape in table.items() if len(shape) == 2]:
        if any(part in path.split(".") for part in case.get("sigma", ())):
            table[path + "_gamma"] = (1,)
    return table


def main():
    torch.set_num_threads(1)
    tensors = {}
    for seed, (name, case) in enumerate(CASES.items()):
        rng = np.random.default_rng(100 + seed)
        tokens = torch.from_numpy(rng.integers(VOCABULARY, size=(BATCH, CONTEXT + 1)))
        start = {}
        for path, shape in shapes(case).items():
            x = rng.normal(size=shape)
            # Gains about one; matrices large enough that logits leave the linear part of a cap.
            x = 1 + 0.2 * x if len(shape) == 1 else 1.5 * x / math.sqrt(shape[1])
            start[path] = torch.from_numpy(x.astype(np.float32))
        p = {path: x.double().requires_grad_() for path, x in start.items()}
        loss, z, peak = evaluate(p, tokens, case)
        (loss + 1e-4 * z).backward()
        tensors |= {f"{name}.tokens": tokens.to(torch.int32), f"{name}.loss": loss.detach()}
        tensors |= {f"{name}.z": z.detach(), f"{name}.max_logit": peak}
        tensors |= {f"{name}.parameter.{path}": x for path, x in start.items()}
        tensors |= {f"{name}.gradient.{path}": x.grad for path, x in p.items()}
        print(f"{name}: loss {loss.item():.4f}, largest logit {peak.item():.3f}")
    versions = f"torch {torch.__version__}, numpy {np.__version__}"
    path = Path(__file__).with_name("interventions.safetensors")
    save_file(tensors, path, metadata={"versions": versions})
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes, {versions}")


if __name__ == "__main__":
    main()
