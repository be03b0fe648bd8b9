#!/usr/bin/env python3
"""Twenty tiny PyTorch runs, logged by their own writers, through `ballast import` and `ballast sensitivity`.

    venv/bin/python check_sensitivity.py PATH/TO/ballast

Two widths, five learning rates and two seeds: a byte model of two layers, trained by AdamW for forty steps. Each run is
logged three ways, by torch's SummaryWriter, as CSV and as Hugging Face's trainer_state.json. From each NumPy has
S, the mean over learning rates of the smaller of final and initial loss, less the smallest loss (arXiv
2309.14322, section 2), and the optimum in the grid, of the numbers that were logged. Ballast's are equal: S
to 1e-6, which is what f32 event files leave, and the optimum exactly.
"""
import csv
import json
import os
import subprocess
import sys
import tempfile

import numpy
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.tensorboard import SummaryWriter

torch.set_num_threads(1)
ballast, scratch = sys.argv[1], tempfile.mkdtemp()
widths, rates, seeds, steps = [16, 32], [1e-3, 1e-2, 0.1, 0.3, 3.0], [0, 1], 40
text = numpy.frombuffer(open(__file__, "rb").read(), numpy.uint8).astype(numpy.int64)


def batch(step):
    place = numpy.random.default_rng(step).integers(0, len(text) - 9, 32)
    rows = torch.from_numpy(numpy.stack([text[p:p + 9] for p in place]))
    return rows[:, :8], rows[:, 8]


def train(width, rate, seed):
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Embedding(256, width), nn.Flatten(), nn.Linear(8 * width, width), nn.Tanh(), nn.Linear(width, 256))
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate)

    def held_out():
        with torch.no_grad():
            x, y = batch(10**6)
            return F.cross_entropy(model(x), y).item()

    rows = [(0, None, held_out())]
    for step in range(1, steps + 1):
        x, y = batch(step)
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rows.append((step, loss.item(), held_out() if step % 10 == 0 else None))
    return rows


def write(width, rate, seed, rows):
    label = f"w={width}_lr={rate:g}_seed={seed}"
    settings = {"seed": seed, "width": width, "learning_rate": rate, "max_steps": steps}
    folders = {kind: f"{scratch}/{kind}/{label}" for kind in ("tensorboard", "csv", "trainer")}
    for folder in folders.values():
        os.makedirs(folder)
        with open(folder + "/config.json", "w") as file:
            json.dump(settings, file)
    writer = SummaryWriter(folders["tensorboard"])
    with open(folders["csv"] + "/metrics.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["step", "train_loss", "val_loss"])
        for step, loss, held in rows:
            table.writerow([step, "" if loss is None else loss, "" if held is None else held])
            if loss is not None:
                writer.add_scalar("train/loss", loss, step)
            if held is not None:
                writer.add_scalar("val/loss", held, step)
    writer.close()
    history = []
    for step, loss, held in rows:
        if loss is not None:
            history.append({"step": step, "loss": loss})
        if held is not None:
            history.append({"step": step, "eval_loss": held})
    with open(folders["trainer"] + "/trainer_state.json", "w") as file:
        json.dump({"global_step": steps, "log_history": history}, file)


final, initial = {}, {}
for width in widths:
    for rate in rates:
        for seed in seeds:
            rows = train(width, rate, seed)
            write(width, rate, seed, rows)
            final[width, rate, seed], initial[width, rate, seed] = rows[-1][2], rows[0][2]
for kind in ("tensorboard", "csv", "trainer"):
    out = f"{scratch}/{kind}-runs"
    for arguments in (["import", f"{scratch}/{kind}", "--out", out], ["sensitivity", out, "--json"]):
        done = subprocess.run([ballast, *arguments], capture_output=True, text=True)
        if done.returncode not in (0, 2, 3):
            raise SystemExit(f"{kind}: {arguments}: {done.stderr}")
    lines = json.loads(done.stdout)["lines"]
    if [line["width"] for line in lines] != widths:
        raise SystemExit(f"{kind}: widths {[line['width'] for line in lines]}")
    worst = 0.0
    for line in lines:
        expected = []
        for seed in seeds:
            losses = numpy.array([final[line["width"], rate, seed] for rate in rates])
            start = numpy.array([initial[line["width"], rate, seed] for rate in rates])
            expected.append(numpy.minimum(losses, start).mean() - losses.min())
        means = [numpy.mean([final[line["width"], rate, seed] for seed in seeds]) for rate in rates]
        best = rates[int(numpy.argmin(means))]
        found = line["seed_sensitivities"]
        worst = max(worst, *(abs(a - b) for a, b in zip(found, expected, strict=True)))
        if not worst < 1e-6 or abs(line["sensitivity"] - numpy.mean(expected)) > 1e-6:
            raise SystemExit(f"{kind}, width {line['width']}: S {found}, NumPy {expected}")
        if line["best_learning_rate"] != best:
            raise SystemExit(f"{kind}, width {line['width']}: optimum {line['best_learning_rate']}, NumPy {best}")
        # A broken twin: the mean of losses that are not cut at the initial one is another number.
        if abs(losses.mean() - losses.min() - found[-1]) < 1e-3:
            raise SystemExit(f"{kind}: no run ended above its initial loss, so nothing shows that S cuts there")
    print(f"{kind}: {len(final)} runs, S within {worst:.1e} of NumPy's, optima equal: "
          + ", ".join(f"width {line['width']}: S {line['sensitivity']:.4f}, {line['best_learning_rate']:g}" for line in lines))
