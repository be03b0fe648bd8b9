#!/usr/bin/env python3
"""Holds the numbers of `ballast probe jax` against direct computation.

    venv/bin/python check_probe_jax.py FOLDER_OF_ballast_probe.py

A small transformer takes twelve jitted steps of optax' AdamW behind clipping; NumPy computes the same numbers
in double from the arrays before and after each step, and attention from the whole score matrix.
Bound: 2e-6 of each norm, 2e-5 of each number that goes through the model. A broken twin is rejected.
"""
import json
import math
import os
import sys
import tempfile

import jax
import jax.numpy as jnp
import numpy as np
import optax

sys.path.insert(0, sys.argv[1])
import ballast_probe  # noqa: E402

VOCABULARY, WIDTH, HEADS, KEY_HEADS, DEPTH, CONTEXT, BATCH = 64, 32, 4, 2, 2, 24, 4
SIZE = WIDTH // HEADS


def start(key):
    def matrix(key, *shape):
        return jax.random.normal(key, shape) / math.sqrt(shape[0])
    keys = iter(jax.random.split(key, 64))
    return {
        "embedding": matrix(next(keys), VOCABULARY, WIDTH) * 8,
        "blocks": [
            {"query": matrix(next(keys), WIDTH, WIDTH), "key": matrix(next(keys), WIDTH, KEY_HEADS * SIZE),
             "value": matrix(next(keys), WIDTH, KEY_HEADS * SIZE), "output": matrix(next(keys), WIDTH, WIDTH),
             "gain": jnp.ones(WIDTH)}
            for _ in range(DEPTH)],
        "head": matrix(next(keys), WIDTH, VOCABULARY)}


def norm(x, gain):
    return x * gain / jnp.sqrt(jnp.mean(jnp.square(x), -1, keepdims=True) + 1e-6)


def model(params, tokens):
    h, pairs, residuals = params["embedding"][tokens], [], []
    for block in params["blocks"]:
        x = norm(h, block["gain"])
        q = (x @ block["query"]).reshape(BATCH, CONTEXT, HEADS, SIZE)
        k = (x @ block["key"]).reshape(BATCH, CONTEXT, KEY_HEADS, SIZE)
        v = (x @ block["value"]).reshape(BATCH, CONTEXT, KEY_HEADS, SIZE)
        y = jax.nn.dot_product_attention(q, k, v, is_causal=True)
        h = h + y.reshape(BATCH, CONTEXT, WIDTH) @ block["output"]
        pairs.append((q, k))
        residuals.append(h)
    return norm(h, 1.0) @ params["head"], pairs, residuals


def close(name, found, expected, bound):
    error = abs(found - expected) / max(abs(expected), 1e-12)
    if not error <= bound:
        raise SystemExit(f"{name}: {found}, directly {expected}: off by {error:.2e}, bound {bound:.0e}")
    return error


tx = ballast_probe.watch(optax.chain(optax.clip_by_global_norm(0.1), optax.adamw(3e-3, eps=1e-9)), every=5)


@jax.jit
def train_step(params, opt_state, tokens, targets):
    def loss_of(params):
        logits, pairs, residuals = model(params, tokens)
        seen = {
            "attention": [ballast_probe.attention(q, k, elements=2000) for q, k in pairs],
            "activation": [ballast_probe.activation(h) for h in residuals],
            "output": ballast_probe.output(logits)}
        nll = optax.softmax_cross_entropy_with_integer_labels(logits, targets)
        return nll.mean(), (seen, (logits, pairs, residuals))
    (loss, (seen, raw)), gradients = jax.value_and_grad(loss_of, has_aux=True)(params)
    updates, opt_state = tx.update(gradients, opt_state, params)
    return optax.apply_updates(params, updates), opt_state, loss, seen, gradients, raw


def direct(before, after, gradients, raw):
    row = {}
    leaves = jax.tree_util.tree_leaves_with_path(before)
    grads, moved = (jax.tree_util.tree_leaves(tree) for tree in (gradients, after))
    total = 0.0
    for (path, old), gradient, new in zip(leaves, grads, moved):
        name = jax.tree_util.keystr(path, simple=True, separator=".")
        old, gradient, new = (np.asarray(x, np.float64) for x in (old, gradient, new))
        total += np.square(gradient).sum()
        for kind, x in (("weight", new), ("gradient", gradient), ("update", new - old)):
            row[f"norm/{kind}/{name}/fro"] = np.linalg.norm(x)
            row[f"norm/{kind}/{name}/rms"] = np.sqrt(np.square(x).mean())
    row["optim/grad_norm"] = math.sqrt(total)
    logits, pairs, residuals = raw
    for layer, (q, k) in enumerate(pairs):
        q, k = (np.asarray(x, np.float64).transpose(0, 2, 1, 3) for x in (q, k))
        k = np.repeat(k, HEADS // KEY_HEADS, 1)
        scores = q @ k.transpose(0, 1, 3, 2) / math.sqrt(SIZE)
        scores = np.where(np.tril(np.ones((CONTEXT, CONTEXT), bool)), scores, -np.inf)
        row[f"attn/{layer}/max_logit"] = scores.max()
        for head in range(HEADS):
            b, i, j = np.unravel_index(scores[:, head].argmax(), scores[:, head].shape)
            one, other = q[b, head, i], k[b, head, j]
            row[f"attn/{layer}/head/{head}/logit"] = scores[b, head, i, j]
            row[f"attn/{layer}/head/{head}/query_norm"] = np.linalg.norm(one)
            row[f"attn/{layer}/head/{head}/key_norm"] = np.linalg.norm(other)
            row[f"attn/{layer}/head/{head}/cosine"] = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    for layer, h in enumerate(residuals):
        x = np.asarray(h, np.float64).reshape(-1, WIDTH)
        channels = np.sqrt(np.square(x).mean(0))
        row[f"act/{layer}/rms"] = np.sqrt(np.square(x).mean())
        row[f"act/{layer}/max"] = np.abs(x).max()
        row[f"act/{layer}/hot_channel_ratio"] = channels.max() / np.sort(channels)[(WIDTH - 1) // 2]
    logits = np.asarray(logits, np.float64)
    row["out/logz"] = np.log(np.exp(logits).sum(-1)).mean()
    row["out/logit_mean"], row["out/logit_max"] = logits.mean(), logits.max()
    return row


folder = tempfile.mkdtemp()
params = start(jax.random.key(0))
opt_state = tx.init(params)
probe = ballast_probe.Probe(folder, every=5, params=params, settings={"width": WIDTH, "learning_rate": 3e-3})
expected = {}
for step in range(1, 13):
    text = jax.random.randint(jax.random.key(step), (BATCH, CONTEXT + 1), 0, VOCABULARY)
    before = params
    params, opt_state, loss, seen, gradients, raw = train_step(params, opt_state, text[:, :-1], text[:, 1:])
    probe.log(step, {"train/loss": loss}, state=opt_state, **seen)
    expected[step] = direct(before, params, gradients, raw)
probe.close()
with open(os.path.join(folder, ballast_probe.FILE)) as file:
    rows = {row.pop("step"): row for row in map(json.loads, file)}
if sorted(rows) != list(range(1, 13)):
    raise SystemExit(f"rows of steps {sorted(rows)}")


def compare(rows):
    worst = {}
    for step in (1, 5, 10):
        for tag, value in expected[step].items():
            if tag not in rows[step]:
                raise SystemExit(f"step {step}: the probe has no {tag}")
            group = tag.split("/")[0]
            # New less old weights, of which each is rounded, is the update to a part of its own size.
            bound = 2e-3 if tag.startswith("norm/update") else 2e-6 if group in ("norm", "optim") else 2e-5
            error = close(f"step {step} {tag}", rows[step][tag], value, bound)
            worst[tag.split("/")[0]] = max(worst.get(group, 0), error)
    return worst


worst = compare(rows)
broken = {step: dict(row) for step, row in rows.items()}
broken[10]["norm/gradient/blocks.1.gain/rms"] *= 1.0001
try:
    compare(broken)
except SystemExit:
    pass
else:
    raise SystemExit("a broken twin was taken for whole")
print("jax: largest relative error " + ", ".join(f"{group} {error:.1e}" for group, error in sorted(worst.items())))
