"""Reference values for the training tests, computed by PyTorch.

    python3 -m venv venv
    venv/bin/pip install torch numpy safetensors
    venv/bin/python make_oracle.py

This writes oracle.safetensors beside the script. The file holds three cases:

    qk     transformer with query and key normalisation, trained by AdamW
    plain  the same without that normalisation
    sgd    the parameters and tokens of `plain`, trained by SGD with momentum

Matrices are stored as (output, input). Batch t of `{case}.tokens` is used by
step t + 1; its last column only serves as a target. `loss`, `z`, `max_logit.*`
and `gradient.*` belong to the initial parameters and the first batch; the
gradients are those of the total loss, before clipping. `losses` and
`grad_norms` are taken before each update. All computation is in float64,
starting from the float32 parameters in the file.
"""

import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

WIDTH, DEPTH, HEAD_DIMENSION = 16, 2, 8
CONTEXT, VOCABULARY, BATCH, STEPS = 12, 23, 3, 20
LAYER_NORM_EPSILON = 1e-6
Z_LOSS_WEIGHT = 1e-4


def layer_norm(x, gain):
    return F.layer_norm(x, gain.shape, weight=gain, eps=LAYER_NORM_EPSILON)


def rotate(x):
    """Rotary embedding of x (batch, heads, time, dimension), pairs (i, i + dimension / 2)."""
    half = x.shape[-1] // 2
    frequency = 10000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
    angle = torch.outer(torch.arange(x.shape[-2], dtype=torch.float64), frequency)
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    x1, x2 = x[..., :half], x[..., half:]
    return torch.cat([x1 * cos - x2 * sin, x2 * cos + x1 * sin], dim=-1)


def attention(x, p, prefix, head_dimension):
    """The attention output and the largest scaled logit that the causal mask lets through."""
    batch, time, width = x.shape

    def heads(name):
        y = x @ p[f"{prefix}.{name}"].T
        return y.view(batch, time, width // head_dimension, head_dimension).transpose(1, 2)

    q, k, v = heads("query"), heads("key"), heads("value")
    if f"{prefix}.query_norm" in p:
        q = layer_norm(q, p[f"{prefix}.query_norm"])
        k = layer_norm(k, p[f"{prefix}.key_norm"])
    logits = rotate(q) @ rotate(k).transpose(-1, -2) / math.sqrt(head_dimension)
    future = torch.ones(time, time, dtype=torch.bool).triu(1)
    logits = logits.masked_fill(future, -math.inf)
    y = (logits.softmax(-1) @ v).transpose(1, 2).reshape(batch, time, width)
    return y @ p[f"{prefix}.output"].T, logits.detach().max()


def evaluate(p, tokens, head_dimension=HEAD_DIMENSION):
    """Cross entropy, mean squared log partition function, largest attention logit per layer."""
    h = p["embedding"][tokens[:, :-1]]
    depth = sum(name.endswith(".mlp_norm") for name in p)
    max_logits = []
    for i in range(depth):
        block = f"blocks.{i}"
        normed = layer_norm(h, p[f"{block}.attention_norm"])
        y, max_logit = attention(normed, p, f"{block}.attention", head_dimension)
        max_logits.append(max_logit)
        h = h + y
        up = layer_norm(h, p[f"{block}.mlp_norm"]) @ p[f"{block}.mlp.up"].T
        h = h + F.gelu(up, approximate="tanh") @ p[f"{block}.mlp.down"].T
    logits = layer_norm(h, p["norm"]) @ p["head"].T
    z = logits.logsumexp(-1).square().mean()
    return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten()), z, max_logits


def schedule(t, steps):
    """The multiplier of the peak learning rate at step t of 1...steps: warm-up, then cosine."""
    warm_up = round(0.05 * steps)
    if t <= warm_up:
        return t / warm_up
    return (1 + math.cos(math.pi * (t - 1 - warm_up) / (steps - warm_up))) / 2


def parameter_groups(p, decay):
    """Everything decays but the gains of the norms."""
    gains = [x for name, x in p.items() if name.endswith("norm")]
    others = [x for name, x in p.items() if not name.endswith("norm")]
    return [{"params": others, "weight_decay": decay}, {"params": gains, "weight_decay": 0.0}]


def adamw(p, peak, decay):
    """AdamW whose decay is s * decay whatever the peak: torch multiplies by 1 - lr * weight_decay
    and lr = s * peak, so weight_decay = decay / peak."""
    groups = parameter_groups(p, decay / peak)
    return torch.optim.AdamW(groups, lr=peak, betas=(0.9, 0.95), eps=1e-8)


def sgd(p, peak, decay):
    """The decay is added to the clipped gradient."""
    return torch.optim.SGD(parameter_groups(p, decay), lr=peak, momentum=0.9)


def step(p, optimizer, peak, t, steps, tokens, head_dimension=HEAD_DIMENSION):
    """One update; returns the cross entropy, the gradient norm and the largest logits before it."""
    optimizer.zero_grad()
    loss, z, max_logits = evaluate(p, tokens, head_dimension)
    (loss + Z_LOSS_WEIGHT * z).backward()
    norm = torch.nn.utils.clip_grad_norm_(p.values(), 1.0)
    for group in optimizer.param_groups:
        group["lr"] = schedule(t, steps) * peak
    optimizer.step()
    return loss.detach(), norm, max_logits


def initial_parameters(rng, qk_norm):
    shapes = {"embedding": (VOCABULARY, WIDTH)}
    for i in range(DEPTH):
        block = f"blocks.{i}"
        shapes[f"{block}.attention_norm"] = (WIDTH,)
        for name in ["query", "key", "value", "output"]:
            shapes[f"{block}.attention.{name}"] = (WIDTH, WIDTH)
        if qk_norm:
            shapes[f"{block}.attention.query_norm"] = (HEAD_DIMENSION,)
            shapes[f"{block}.attention.key_norm"] = (HEAD_DIMENSION,)
        shapes[f"{block}.mlp_norm"] = (WIDTH,)
        shapes[f"{block}.mlp.up"] = (4 * WIDTH, WIDTH)
        shapes[f"{block}.mlp.down"] = (WIDTH, 4 * WIDTH)
    shapes |= {"norm": (WIDTH,), "head": (VOCABULARY, WIDTH)}

    def draw(shape):
        x = rng.normal(size=shape)  # one dimension: a gain; two: a matrix or the embedding
        x = 1 + 0.1 * x if len(shape) == 1 else x / math.sqrt(shape[1])
        return torch.from_numpy(x.astype(np.float32))

    return {name: draw(shape) for name, shape in shapes.items()}


def leaves(parameters, dtype):
    return {name: x.to(dtype, copy=True).requires_grad_() for name, x in parameters.items()}


def gradients(parameters, tokens, dtype):
    p = leaves(parameters, dtype)
    loss, z, max_logits = evaluate(p, tokens)
    (loss + Z_LOSS_WEIGHT * z).backward()
    return loss.detach(), z.detach(), max_logits, {name: x.grad for name, x in p.items()}


def initial_point(case, parameters, tokens):
    loss, z, max_logits, exact = gradients(parameters, tokens[0], torch.float64)
    single = gradients(parameters, tokens[0], torch.float32)[3]
    errors = {n: ((single[n].double() - g).norm() / g.norm()).item() for n, g in exact.items()}
    worst = max(errors, key=errors.get)
    print(f"{case}: relative float32 error of the gradient at most {errors[worst]:.1e} ({worst})")
    result = {f"{case}.tokens": tokens.to(torch.int32), f"{case}.loss": loss, f"{case}.z": z}
    result |= {f"{case}.max_logit.{i}": x for i, x in enumerate(max_logits)}
    result |= {f"{case}.parameter.{name}": x for name, x in parameters.items()}
    return result | {f"{case}.gradient.{name}": x for name, x in exact.items()}


def trajectory(case, parameters, tokens, make_optimizer, peak):
    p = leaves(parameters, torch.float64)
    optimizer = make_optimizer(p, peak, decay=0.01)
    records = [step(p, optimizer, peak, t + 1, STEPS, tokens[t]) for t in range(STEPS)]
    losses, norms = (torch.stack(column) for column in list(zip(*records))[:2])
    print(f"{case}: cross entropy {losses[0]:.4f} ... {losses[-1]:.4f}")
    result = {f"{case}.losses": losses, f"{case}.grad_norms": norms}
    return result | {f"{case}.final.{name}": x.detach() for name, x in p.items()}


def main():
    torch.set_num_threads(1)
    tensors = {}
    for seed, case in enumerate(["qk", "plain"]):
        rng = np.random.default_rng(seed)
        parameters = initial_parameters(rng, qk_norm=case == "qk")
        tokens = torch.from_numpy(rng.integers(VOCABULARY, size=(STEPS, BATCH, CONTEXT + 1)))
        tensors |= initial_point(case, parameters, tokens)
        tensors |= trajectory(case, parameters, tokens, adamw, peak=0.01)
    tensors |= trajectory("sgd", parameters, tokens, sgd, peak=0.1)
    # One entry, since the library does not promise an order for several.
    versions = f"torch {torch.__version__}, numpy {np.__version__}"
    path = Path(__file__).with_name("oracle.safetensors")
    save_file(tensors, path, metadata={"versions": versions})
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size} bytes, {versions}")


if __name__ == "__main__":
    main()
