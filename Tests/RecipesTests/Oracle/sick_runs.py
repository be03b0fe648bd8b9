#!/usr/bin/env python3
"""Seven PyTorch runs that are sick on purpose and three that are healthy, logged by `ballast probe pytorch`.

    venv/bin/python sick_runs.py FOLDER_OF_ballast_probe.py OUT [NAME...]

A transformer of two layers on the bytes of Python's own library, 400 steps of AdamW; three minutes in all
on one core. What is wrong with each stands in its name and in `RUNS`; `ballast doctor OUT/NAME` says what it
makes of it.
"""
import copy
import math
import os
import pathlib
import sys

import numpy
import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, sys.argv[1])
from ballast_probe import Probe  # noqa: E402

CONTEXT, BATCH, STEPS = 32, 16, 400


def corpus():
    """The sources of Python's own library, in a fixed order."""
    files = sorted(pathlib.Path(os.__file__).parent.glob("*.py"))
    return numpy.frombuffer(b"".join(f.read_bytes() for f in files)[:3_000_000], numpy.uint8).astype(numpy.int64)


class Attention(nn.Module):
    def __init__(self, width, qk_norm):
        super().__init__()
        self.heads, self.size = width // 16, 16
        self.query, self.key, self.value, self.output = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.norms = nn.ModuleDict({"query": nn.RMSNorm(16), "key": nn.RMSNorm(16)}) if qk_norm else None

    def forward(self, x):
        b, t, w = x.shape
        q, k, v = (f(x).view(b, t, self.heads, self.size).transpose(1, 2) for f in (self.query, self.key, self.value))
        if self.norms is not None:
            q, k = self.norms["query"](q), self.norms["key"](k)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.output(y.transpose(1, 2).reshape(b, t, w))


class Block(nn.Module):
    def __init__(self, width, qk_norm):
        super().__init__()
        self.attention_norm, self.mlp_norm = nn.RMSNorm(width), nn.RMSNorm(width)
        self.attention = Attention(width, qk_norm)
        self.up, self.down = nn.Linear(width, 4 * width, bias=False), nn.Linear(4 * width, width, bias=False)

    def forward(self, x):
        x = x + self.attention(self.attention_norm(x))
        return x + self.down(F.gelu(self.up(self.mlp_norm(x))))


class Model(nn.Module):
    def __init__(self, width=64, depth=2, qk_norm=True):
        super().__init__()
        self.embedding = nn.Embedding(256, width)
        self.position = nn.Embedding(CONTEXT, width)
        self.blocks = nn.ModuleList(Block(width, qk_norm) for _ in range(depth))
        self.norm, self.head = nn.RMSNorm(width), nn.Linear(width, 256, bias=False)

    def forward(self, tokens):
        x = self.embedding(tokens) + self.position(torch.arange(tokens.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


HEALTHY = dict(rate=3e-3, epsilon=1e-9, decay=0.1, z_loss=1e-4, qk_norm=True, shape="cosine", warmup=40, clip=1.0)
RUNS = {
    "healthy-a": {},
    "healthy-b": dict(rate=1e-3, width=96),
    "healthy-c": dict(rate=2e-3, shape="linear", seed=5),
    "sick-no-qk-norm": dict(qk_norm=False, rate=0.3, clip=0.0),
    "sick-epsilon": dict(epsilon=1e-3),
    "sick-decay-under-cosine": dict(decay=3.0, rate=1e-2),
    "sick-no-z-loss-no-decay": dict(z_loss=0.0, decay=0.0, rate=0.3, clip=0.0),
    "sick-order-lost": dict(order_lost=True),
    "sick-order-begun-again": dict(begun_again=True),
    "sick-bad-batch": dict(bad_batch=True, clip=0.0, rate=1e-2),
}


def rate_at(step, shape, warmup):
    if step <= warmup:
        return step / warmup
    part = (step - warmup) / (STEPS - warmup)
    return 0.5 + 0.5 * math.cos(math.pi * part) if shape == "cosine" else 1 - part


def train(name, text, folder):
    options = {**HEALTHY, "seed": 0, "width": 64, **RUNS[name]}
    torch.manual_seed(options["seed"])
    model = Model(options["width"], qk_norm=options["qk_norm"])
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=options["rate"], eps=options["epsilon"], weight_decay=options["decay"],
        betas=(0.9, 0.95))
    probe = Probe(
        model, optimizer, os.path.join(folder, name), every=4,
        settings={
            "width": options["width"], "depth": 2, "steps": STEPS, "seed": options["seed"], "vocab_size": 256,
            "weight_decay": options["decay"], "max_grad_norm": options["clip"]})
    generator = numpy.random.default_rng(options["seed"])
    order = generator.integers(0, len(text) - CONTEXT - 1, (STEPS + 1) * BATCH)
    step, kept, shift = 0, None, 0
    while step < STEPS:
        step += 1
        if options.get("begun_again") and step == STEPS // 2 + 1 and kept is None:
            kept = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
        if kept is not None and not shift and step == STEPS // 2 + 21:
            # Stopped here, resumed from the checkpoint 20 steps before by a loader that begins anew.
            model.load_state_dict(kept[0])
            optimizer.load_state_dict(kept[1])
            step = probe.step = STEPS // 2
            step, shift = step + 1, STEPS // 2
        for group in optimizer.param_groups:
            group["lr"] = options["rate"] * rate_at(step, options["shape"], options["warmup"])
        places = order[(step - shift) * BATCH:(step - shift + 1) * BATCH]
        if options.get("order_lost") and step > STEPS // 2:
            # Resumed by a loader that forgot its shuffle: it reads the first 8 kB in order, over and over.
            places = (step * BATCH + numpy.arange(BATCH)) * CONTEXT % 8_000
        rows = torch.from_numpy(numpy.stack([text[p:p + CONTEXT + 1] for p in places]))
        if options.get("bad_batch") and step == 250:
            rows = torch.from_numpy(generator.integers(0, 256, (BATCH, CONTEXT + 1)))
        logits = model(rows[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())
        total = loss + options["z_loss"] * logits.logsumexp(-1).square().mean()
        optimizer.zero_grad()
        total.backward()
        probe.before_clip()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), options["clip"] or math.inf)
        optimizer.step()
        epoch = step * BATCH * CONTEXT / len(text)
        probe.log({"train/loss": loss, "optim/grad_norm": norm, "train/epoch": epoch})
    probe.close()
    return loss.item()


if __name__ == "__main__":
    torch.set_num_threads(1)
    text = corpus()
    for name in sys.argv[3:] or RUNS:
        print(f"{name}: last loss {train(name, text, sys.argv[2]):.3f}", flush=True)
