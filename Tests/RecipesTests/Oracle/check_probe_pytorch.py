#!/usr/bin/env python3
"""Holds the numbers of `ballast probe pytorch` against direct computation.

    venv/bin/python check_probe_pytorch.py FOLDER_OF_ballast_probe.py [--speed]

A small transformer with grouped queries takes twelve steps of AdamW with clipping. Beside it the same numbers
are computed directly: norms tensor by tensor in double, attention logits from the whole score matrix, log Z by
its definition. Bound: 2e-6 of each norm, four roundings of f32 and the length of a sum; 2e-5 of updates, which
are differences, and of attention, activations and log Z, which go through the model. Each check is shown a
broken twin, which it rejects. Then the same run compiled, wrapped by FSDP2 on two processes, and in a Trainer,
2e-5 likewise; and with --speed what the probe costs at 100M parameters.
"""
import contextlib
import io
import json
import math
import os
import subprocess
import sys
import tempfile
import time
import warnings

import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, sys.argv[1])
import ballast_probe  # noqa: E402

warnings.filterwarnings("ignore")
VOCABULARY, WIDTH, HEADS, KEY_HEADS, DEPTH, CONTEXT, BATCH = 64, 32, 4, 2, 3, 24, 4


class Attention(nn.Module):
    def __init__(self, width, heads, key_heads):
        super().__init__()
        self.heads, self.key_heads, self.size = heads, key_heads, width // heads
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, key_heads * self.size, bias=False)
        self.value = nn.Linear(width, key_heads * self.size, bias=False)
        self.output = nn.Linear(width, width, bias=False)
        self.seen = None

    def forward(self, x):
        b, t, _ = x.shape
        q = self.query(x).view(b, t, self.heads, self.size).transpose(1, 2)
        k = self.key(x).view(b, t, self.key_heads, self.size).transpose(1, 2)
        v = self.value(x).view(b, t, self.key_heads, self.size).transpose(1, 2)
        if not torch.compiler.is_compiling():
            self.seen = (q.detach(), k.detach())
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        return self.output(y.transpose(1, 2).reshape(b, t, -1))


class Block(nn.Module):
    def __init__(self, width, heads, key_heads):
        super().__init__()
        self.attention_norm, self.mlp_norm = nn.RMSNorm(width), nn.RMSNorm(width)
        self.attention = Attention(width, heads, key_heads)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width, bias=False), nn.GELU(), nn.Linear(4 * width, width, bias=False))

    def forward(self, x):
        x = x + self.attention(self.attention_norm(x))
        return x + self.mlp(self.mlp_norm(x))


class Model(nn.Module):
    def __init__(self, vocabulary=VOCABULARY, width=WIDTH, heads=HEADS, key_heads=KEY_HEADS, depth=DEPTH):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.blocks = nn.ModuleList(Block(width, heads, key_heads) for _ in range(depth))
        self.norm = nn.RMSNorm(width)
        self.lm_head = nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens):
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x)
        return self.lm_head(self.norm(x))


def rows(folder):
    with open(os.path.join(folder, ballast_probe.FILE)) as file:
        return {row.pop("step"): row for row in map(json.loads, file)}


def batch(step, rank=0):
    key = torch.Generator().manual_seed(1000 * step + rank)
    tokens = torch.randint(0, VOCABULARY, (BATCH, CONTEXT + 1), generator=key)
    return tokens[:, :-1], tokens[:, 1:]


def loss_of(logits, targets):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def close(name, found, expected, bound):
    error = abs(found - expected) / max(abs(expected), 1e-12)
    if not error <= bound:
        raise SystemExit(f"{name}: {found}, directly {expected}: off by {error:.2e}, bound {bound:.0e}")
    return error


def train(model, folder, steps=12, every=5, expected=None, rank=0):
    """Steps, and into `expected` what the probe should say."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, eps=1e-9)
    probe = ballast_probe.Probe(model, optimizer, folder, every=every, settings={"width": WIDTH})
    for step in range(1, steps + 1):
        tokens, targets = batch(step, rank)
        logits = model(tokens)
        loss = loss_of(logits, targets)
        loss.backward()
        before = {n: p.detach().double().clone() for n, p in model.named_parameters()} if expected is not None else {}
        gradients = {n: p.grad.double().clone() for n, p in model.named_parameters()} if expected is not None else {}
        probe.before_clip()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        optimizer.step()
        probe.log({"train/loss": loss})
        optimizer.zero_grad()
        if expected is not None:
            expected[step] = direct(model, before, gradients, logits.detach(), loss.item())
    return probe


def direct(model, before, gradients, logits, loss):
    row = {"train/loss": loss, "optim/lr": 3e-3}
    for name, parameter in model.named_parameters():
        after = parameter.detach().double()
        for kind, tensor in (
            ("weight", after), ("gradient", gradients[name]), ("update", after - before[name])):
            row[f"norm/{kind}/{name}/fro"] = tensor.norm().item()
            row[f"norm/{kind}/{name}/rms"] = tensor.square().mean().sqrt().item()
    row["optim/grad_norm"] = math.sqrt(sum(g.square().sum().item() for g in gradients.values()))
    for layer, block in enumerate(model.blocks):
        q, k = (x.double() for x in block.attention.seen)
        k = k.repeat_interleave(HEADS // KEY_HEADS, 1)
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        scores = scores.masked_fill(torch.ones(CONTEXT, CONTEXT, dtype=torch.bool).triu(1), -math.inf)
        row[f"attn/{layer}/max_logit"] = scores.max().item()
        for head in range(HEADS):
            place = scores[:, head].flatten().argmax().item()
            b, i, j = place // CONTEXT**2, place // CONTEXT % CONTEXT, place % CONTEXT
            one, other = q[b, head, i], k[b, head, j]
            row[f"attn/{layer}/head/{head}/logit"] = scores[b, head, i, j].item()
            row[f"attn/{layer}/head/{head}/query_norm"] = one.norm().item()
            row[f"attn/{layer}/head/{head}/key_norm"] = other.norm().item()
            row[f"attn/{layer}/head/{head}/cosine"] = (one @ other / one.norm() / other.norm()).item()
    logits = logits.double()
    row["out/logz"] = logits.exp().sum(-1).log().mean().item()
    row["out/logit_mean"] = logits.mean().item()
    row["out/logit_max"] = logits.max().item()
    return row


def compare(found, expected, every=5):
    worst = {}
    for step, row in expected.items():
        due = step == 1 or step % every == 0
        wanted = row if due else {tag: row[tag] for tag in ("train/loss", "optim/lr")}
        missing = set(wanted) - set(found[step])
        if missing:
            raise SystemExit(f"step {step}: the probe has no {sorted(missing)[:3]}")
        for tag, value in wanted.items():
            group = tag.split("/")[0]
            bound = 2e-6 if group in ("norm", "optim") else 2e-5
            if tag.startswith("norm/update"):
                # Weights are rounded where they are of size 1, their difference is exact.
                bound = 2e-5
            error = close(f"step {step} {tag}", found[step][tag], value, bound)
            worst[group] = max(worst.get(group, 0), error)
    return worst


def expect_rejection(found, expected, change):
    broken = {step: dict(row) for step, row in found.items()}
    change(broken)
    try:
        compare(broken, expected)
    except SystemExit:
        return
    raise SystemExit("a broken twin was taken for whole")


def plain():
    torch.manual_seed(0)
    folder, expected = tempfile.mkdtemp(), {}
    train(Model(), folder, expected=expected).close()
    found = rows(folder)
    worst = compare(found, expected)

    def swap(tag, factor):
        def change(broken):
            broken[10][tag] *= factor
        return change

    for tag in ("norm/weight/norm.weight/rms", "norm/update/norm.weight/fro", "attn/2/max_logit",
                "attn/0/head/3/cosine", "out/logz"):
        expect_rejection(found, expected, swap(tag, 1.0001))
    for layer in range(DEPTH):
        for name in ("rms", "max", "hot_channel_ratio"):
            if not math.isfinite(found[10][f"act/{layer}/{name}"]):
                raise SystemExit(f"act/{layer}/{name} is missing")
    print("pytorch: largest relative error " + ", ".join(f"{g} {e:.1e}" for g, e in sorted(worst.items())))


def activations():
    x = torch.randn(5, 7, 9, generator=torch.Generator().manual_seed(1)) * torch.arange(1, 10)
    rms, largest, hot = ballast_probe.activation_sizes(x).tolist()
    flat = x.double().flatten(0, 1)
    channels = flat.square().mean(0).sqrt()
    close("activation rms", rms, flat.square().mean().sqrt().item(), 1e-6)
    close("activation max", largest, flat.abs().max().item(), 1e-6)
    close("hot channels", hot, (channels.max() / channels.median()).item(), 1e-6)


def chunks():
    """Chunks, masks and scales of the search for the largest logit against the whole score matrix."""
    key = torch.Generator().manual_seed(2)
    q, k = torch.randn(3, 4, 37, 8, generator=key), torch.randn(3, 2, 37, 8, generator=key)
    whole = k.repeat_interleave(2, 1)
    some = torch.rand(3, 1, 37, 37, generator=key) < 0.3
    some[..., 0] = True
    additive = torch.where(some, 0.0, torch.finfo(torch.float32).min)
    triangle = torch.ones(37, 37, dtype=torch.bool).tril()
    for causal, mask, seen in (
        (True, None, triangle), (False, None, torch.ones_like(triangle)), (False, some, some), (False, additive, some)):
        for scale in (None, 0.5, -0.5):
            factor = 1 / math.sqrt(8) if scale is None else scale
            scores = (q @ whole.transpose(-1, -2) * factor).masked_fill(~seen, -math.inf)
            for elements in (1, 1000, 1 << 24):
                peaks = ballast_probe.attention_peaks(q, k, scale, causal=causal, mask=mask, elements=elements)
                if not torch.allclose(peaks[:, 0], scores.amax((0, 2, 3)), rtol=1e-5):
                    raise SystemExit(f"attention_peaks: causal {causal}, scale {scale}, {elements} at once")
                product = factor * peaks[:, 1] * peaks[:, 2] * peaks[:, 3]
                if not torch.allclose(peaks[:, 0], product, rtol=1e-5):
                    raise SystemExit("a logit is not the product of its norms, cosine and scale")


def compiled():
    torch.manual_seed(0)
    folder = tempfile.mkdtemp()
    model = torch.compile(Model(), backend="aot_eager")
    probe = train(model, folder, steps=5)
    with probe.observing():
        model(batch(5)[0])
    graphs = torch._dynamo.utils.counters["stats"]["unique_graphs"]
    probe.close()
    torch.manual_seed(0)
    expected = {}
    other = tempfile.mkdtemp()
    train(Model(), other, steps=5, expected=expected).close()
    found, plain_rows = rows(folder), rows(other)
    for tag, value in expected[5].items():
        if tag.startswith(("norm", "optim")):
            close(f"compiled: {tag}", found[5][tag], value, 2e-5)
    # Observed after the step, so attention is of the weights that the next step begins with.
    if not {t for t in plain_rows[5] if t.startswith(("attn", "act", "out"))} <= set(found[5]):
        raise SystemExit("observing() leaves something out")
    left = json.load(open(os.path.join(folder, "ballast_probe.json")))["left_out"]
    if graphs != 1 or "compiled" not in left:
        raise SystemExit(f"compiled: {graphs} graphs; left out: {left}")
    print("torch.compile: norms equal, one graph; left out: " + left)


def fsdp(rank, world, folder):
    """One of two processes: the same weights, each its own batch."""
    from torch.distributed.fsdp import fully_shard
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29617", RANK=str(rank), WORLD_SIZE=str(world))
    torch.distributed.init_process_group("gloo", rank=rank, world_size=world)
    torch.manual_seed(0)
    model = Model()
    mesh = torch.distributed.device_mesh.init_device_mesh("cpu", (world,))
    for block in model.blocks:
        fully_shard(block, mesh=mesh)
    fully_shard(model, mesh=mesh)
    train(model, folder, steps=5, rank=rank).close()
    torch.distributed.destroy_process_group()


def sharded():
    folder = tempfile.mkdtemp()
    parts = [
        subprocess.Popen([sys.executable, __file__, sys.argv[1], "--rank", str(rank), folder], stderr=subprocess.PIPE)
        for rank in range(2)]
    errors = [part.communicate()[1].decode() for part in parts]
    if any(part.returncode for part in parts):
        raise SystemExit("FSDP2: " + errors[0][-2000:])
    found = rows(folder)
    # By hand: the mean of both ranks' gradients on one process.
    torch.manual_seed(0)
    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, eps=1e-9)
    for step in range(1, 6):
        both = [batch(step, rank) for rank in range(2)]
        before = {n: p.detach().double().clone() for n, p in model.named_parameters()}
        tokens, targets = (torch.cat(parts) for parts in zip(*both))
        logits = model(tokens)
        loss = loss_of(logits, targets)
        loss.backward()
        gradients = {n: p.grad.double().clone() for n, p in model.named_parameters()}
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        optimizer.step()
        optimizer.zero_grad()
        row = direct(model, before, gradients, logits.detach(), loss.item())
    worst = 0.0
    for tag, value in row.items():
        if tag != "train/loss":
            worst = max(worst, close(f"FSDP2: {tag}", found[5][tag], value, 2e-5))
    print(f"FSDP2, two processes: all tags as on one process with both batches, within {worst:.1e}")


def trainer():
    import transformers
    config = transformers.LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=WIDTH, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=CONTEXT)
    torch.manual_seed(0)
    model = transformers.LlamaForCausalLM(config)
    data = [{"input_ids": batch(n)[0][0], "labels": batch(n)[0][0]} for n in range(64)]
    folder = tempfile.mkdtemp()
    arguments = transformers.TrainingArguments(
        output_dir=tempfile.mkdtemp(), max_steps=12, per_device_train_batch_size=4, logging_steps=1,
        report_to=[], use_cpu=True, disable_tqdm=True, save_strategy="no", learning_rate=1e-3)
    # What the Trainer prints of each step is not for the record.
    with contextlib.redirect_stdout(io.StringIO()):
        transformers.Trainer(
            model=model, args=arguments, train_dataset=data,
            callbacks=[ballast_probe.BallastCallback(folder, every=4)]).train()
    found = rows(folder)
    wanted = {
        "train/loss", "optim/lr", "optim/grad_norm", "attn/1/head/3/cosine", "act/1/rms", "out/logz",
        "norm/update/model.layers.1.mlp.down_proj.weight/rms"}
    if sorted(found) != list(range(1, 13)) or not wanted <= set(found[12]) or not wanted <= set(found[8]):
        raise SystemExit(f"Trainer: steps {sorted(found)}, no {wanted - set(found[12])}")
    name = "model.layers.0.self_attn.q_proj.weight"
    weight = dict(model.named_parameters())[name]
    close("Trainer", found[12][f"norm/weight/{name}/fro"], weight.detach().double().norm().item(), 2e-6)
    print("Trainer of Hugging Face: " + str(len(found[12])) + " numbers at the last step")


def speed():
    """Steps of 100M parameters on this machine's processor, one thread, with the probe and without."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = Model(vocabulary=32768, width=640, heads=10, key_heads=10, depth=12)
    count = sum(p.numel() for p in model.parameters())
    tokens = torch.randint(0, 32768, (1, 513))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    folder = tempfile.mkdtemp()

    def step():
        begin = time.perf_counter()
        loss_of(model(tokens[:, :-1]), tokens[:, 1:]).backward()
        optimizer.step()
        optimizer.zero_grad()
        return time.perf_counter() - begin

    step()
    probe = ballast_probe.Probe(model, optimizer, folder, every=2, tensorboard=False)
    probe.step = 1
    measured, others = [], []
    for _ in range(5):
        measured.append(step())
        others.append(step())
    probe.close()
    median = lambda values: sorted(values)[len(values) // 2]
    extra = median(measured) - median(others)
    print(
        f"speed: {count / 1e6:.0f}M parameters, 512 tokens a step, one thread: a step {median(others):.2f} s "
        f"({min(others):.2f} to {max(others):.2f}), a measured one {median(measured):.2f} s "
        f"({min(measured):.2f} to {max(measured):.2f}): {100 * extra / 10 / median(others):.1f}% of a step when run "
        "every 10 steps")


if "--rank" in sys.argv:
    fsdp(int(sys.argv[3]), 2, sys.argv[4])
elif "--speed" in sys.argv:
    speed()
else:
    torch.set_num_threads(1)
    chunks()
    activations()
    plain()
    compiled()
    sharded()
    trainer()
