#!/usr/bin/env python3
"""Times one training step of the 125m preset under torch.compile and prints a line of JSON.

Mixed precision by autocast to bfloat16, fused AdamW, scaled_dot_product_attention. `--size small` with `--device cpu`
is for trying the script without an accelerator.
"""
import argparse
import json
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

SIZES = {  # width, depth, heads, context, batch, vocabulary
    "125m": (768, 12, 12, 1024, 16, 25600),
    "small": (64, 3, 4, 256, 16, 512),
}
parser = argparse.ArgumentParser()
parser.add_argument("--size", choices=SIZES, default="125m")
parser.add_argument("--steps", type=int, default=10)
parser.add_argument("--device", default="cuda")
options = parser.parse_args()
width, depth, heads, context, batch, vocabulary = SIZES[options.size]
head = width // heads
device = options.device
torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, bias=False), nn.LayerNorm(width, bias=False)
        self.query_norm, self.key_norm = nn.LayerNorm(head, bias=False), nn.LayerNorm(head, bias=False)
        self.qkv, self.out = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.up, self.down = nn.Linear(width, 4 * width, bias=False), nn.Linear(4 * width, width, bias=False)

    def forward(self, h, cos, sin):
        def rotate(x):
            left, right = x.chunk(2, -1)
            return torch.cat([left * cos - right * sin, left * sin + right * cos], -1)

        q, k, v = self.qkv(self.norm1(h)).view(batch, context, 3, heads, head).permute(2, 0, 3, 1, 4)
        q, k = rotate(self.query_norm(q)).to(v.dtype), rotate(self.key_norm(k)).to(v.dtype)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        h = h + self.out(mixed.transpose(1, 2).reshape(batch, context, width))
        return h + self.down(F.gelu(self.up(self.norm2(h)), approximate="tanh"))


class Proxy(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.blocks = nn.ModuleList(Block() for _ in range(depth))
        self.norm, self.head = nn.LayerNorm(width, bias=False), nn.Linear(width, vocabulary, bias=False)
        angle = torch.arange(context)[:, None] * 1e4 ** (-torch.arange(head // 2) / (head // 2))
        self.register_buffer("cos", angle.cos())
        self.register_buffer("sin", angle.sin())

    def forward(self, tokens, targets):
        h = self.embed(tokens)
        for block in self.blocks:
            h = block(h, self.cos, self.sin)
        logits = self.head(self.norm(h)).float().view(-1, vocabulary)
        z = torch.logsumexp(logits, -1)
        return F.cross_entropy(logits, targets.reshape(-1)) + 1e-4 * (z * z).mean()


model = Proxy().to(device)
count = sum(p.numel() for p in model.parameters())
optimizer = torch.optim.AdamW(model.parameters(), 1e-3, (0.9, 0.95), 1e-8, 1e-4, fused=True)
compiled = torch.compile(model)
text = torch.randint(0, vocabulary, (batch, context + 1), device=device)
tokens, targets = text[:, :-1].contiguous(), text[:, 1:].contiguous()


def wait():
    if device == "cuda":
        torch.cuda.synchronize()


def step():
    with torch.autocast(device, torch.bfloat16):
        value = compiled(tokens, targets)
    value.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    wait()


begin = time.perf_counter()
step()
first = time.perf_counter() - begin
for _ in range(3):
    step()
times = []
for _ in range(options.steps):
    begin = time.perf_counter()
    step()
    times.append(time.perf_counter() - begin)
median = sorted(times)[len(times) // 2]
flops = (6 * (count - vocabulary * width) + 12 * depth * context * width) * batch * context
kind = torch.cuda.get_device_name() if device == "cuda" else "cpu"
print(json.dumps(dict(
    engine="torch", version=torch.__version__, device=kind, size=options.size, parameters=count,
    first_step_s=round(first, 2), step_ms=round(median * 1e3, 2),
    tokens_per_second=round(batch * context / median), gflop_per_second=round(flops / median / 1e9, 1))))
