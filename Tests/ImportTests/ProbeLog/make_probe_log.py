#!/usr/bin/env python3
"""Writes the log of `ballast probe pytorch` beside this script, of twelve steps of a tiny model.

    venv/bin/python make_probe_log.py FOLDER_OF_ballast_probe.py

ballast_probe.jsonl, ballast_probe.json, and the event file with the same numbers
"""
import os
import sys

import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, sys.argv[1])
from ballast_probe import Probe  # noqa: E402

here = os.path.dirname(os.path.abspath(__file__))
for name in os.listdir(here):
    if "ballast_probe" in name:
        os.remove(os.path.join(here, name))
torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key = nn.Linear(8, 8, bias=False), nn.Linear(8, 8, bias=False)

    def forward(self, x):
        q, k = (f(x).unflatten(-1, (2, 4)).transpose(1, 2) for f in (self.query, self.key))
        return x + F.scaled_dot_product_attention(q, k, q, is_causal=True).transpose(1, 2).flatten(-2)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(32, 8)
        self.blocks = nn.ModuleList([Block(), Block()])
        self.head = nn.Linear(8, 32, bias=False)

    def forward(self, tokens):
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


model = Model()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, eps=1e-3)
probe = Probe(model, optimizer, here, every=4, settings={"width": 8, "depth": 2, "steps": 12})
for step in range(1, 13):
    tokens = torch.randint(0, 32, (4, 9))
    loss = F.cross_entropy(model(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    probe.log({"train/loss": loss if step != 7 else float("nan")})
probe.close()
for name in os.listdir(here):
    if name.endswith(".ballast_probe"):
        os.rename(os.path.join(here, name), os.path.join(here, "events.out.tfevents.1700000000.host.1.0.ballast_probe"))
