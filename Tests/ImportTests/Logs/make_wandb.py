#!/usr/bin/env python3
"""Writes offline.wandb beside this script with W&B's own writer, offline, and what was logged as wandb.json.

    python3 -m venv venv && venv/bin/pip install wandb
    venv/bin/python make_wandb.py

One record is longer than a block of the format, so that it stands in pieces.
"""
import glob
import json
import os
import shutil
import tempfile

os.environ["WANDB_MODE"] = "offline"
os.environ["WANDB_SILENT"] = "true"
here = os.path.dirname(os.path.abspath(__file__))
work = tempfile.mkdtemp()
os.chdir(work)
import wandb  # noqa: E402

settings = wandb.Settings(
    x_disable_meta=True, x_disable_stats=True, x_disable_machine_info=True, disable_git=True, disable_code=True,
    console="off", host="host", root_dir=work)
run = wandb.init(
    project="project", name="lr=0.01_w=64", id="offline1", settings=settings,
    config={"learning_rate": 0.01, "model": {"n_embd": 64, "name": "tiny"}, "seed": 3, "flag": True, "list": [1, 2]})
seen = []
for step in range(60):
    row = {"train/loss": 3 - step / 20, "nested": {"a": 2 * step}, "optim/lr": 1e-3 * step}
    if step == 30:
        row["train/loss"] = float("nan")
    if step == 31:
        row["note"] = "long " * 6600
    run.log(row, step=10 * step)
    seen.append([10 * step, row["train/loss"], row["nested"]["a"], row["optim/lr"]])
run.log({"val_loss": 2.5, "histogram": wandb.Histogram([1, 2, 3])}, step=600)
run.config.update({"late": 7})
run.finish()
shutil.copy(glob.glob(work + "/wandb/offline-run-*/*.wandb")[0], os.path.join(here, "offline.wandb"))
shutil.rmtree(work)
with open(os.path.join(here, "wandb.json"), "w") as file:
    json.dump(seen, file)
