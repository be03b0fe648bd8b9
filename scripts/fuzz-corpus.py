#!/usr/bin/env python3
"""Makes one example or more for each parser that scripts/fuzz.sh feeds, by the release build of the tool, so that
fuzzing begins where reading succeeds."""

import gzip
import io
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile

RUN = """model: {width: 8, depth: 1, context: 8, head-dimension: 8}
data: {text: [text.txt], batch: 1}
steps: 6
evaluation: {every: 3, batches: 1}
checkpoints: {every: 5}
telemetry: {every: 1}
"""
STUDY = """name: study
base:
  model: {width: 8, depth: 1, context: 8, head-dimension: 8}
  data: {text: [text.txt], batch: 1}
  steps: 3
  evaluation: {every: 0, batches: 1}
grid:
  optimizer.learning-rate: {from: 1e-3, factor: 2, count: 7}
  model.width: [8, 16, 64]
seeds: [0, 1]
"""

NANOGPT = b'''# config for training GPT-2 (124M)
import time
wandb_log = True
wandb_run_name='gpt2-124M # not a comment'
out_dir = 'out-' + str(time.time())
batch_size = 12 # micro batch
block_size = 1024
gradient_accumulation_steps = 5 * 8
max_iters = 600_000
lr_decay_iters = max_iters
learning_rate = 6e-4
min_lr = learning_rate / 10
eval_interval = 1000
weight_decay = 1e-1
'''
TORCHTITAN = b'''# torchtitan Config.toml
[job]
dump_folder = "./outputs"
description = "Llama 3 8B training" # with a comment

[model]
name = "llama3"
flavor = "8B"

[optimizer]
name = "AdamW"
lr = 3e-4
eps = 1e-8

[lr_scheduler]
warmup_steps = 200
decay_ratio = 0.3
decay_type = "sqrt"

[training]
local_batch_size = 1
seq_len = 8192
max_norm = 1.0
steps = 1_000
dataset = "c4"

[parallelism]
tensor_parallel_degree = 1
names = ["a", "b"]
'''


def npy(values, shape):
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + struct.pack(f"<{len(values)}f", *values)


def npz():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.npy", npy([1, 2, 3, 4], (2, 2)))
    return file.getvalue()


def main():
    to = pathlib.Path(sys.argv[1]).resolve()
    made = to / "made"
    if made.exists() and made.read_text() == pathlib.Path(__file__).read_text():
        return
    root = pathlib.Path(__file__).resolve().parent.parent
    tool = os.environ.get("BALLAST") or subprocess.check_output(
        ["swift", "build", "-c", "release", "--show-bin-path"], cwd=root, text=True).strip() + "/ballast"

    def put(name, data, number=0):
        (to / name).mkdir(parents=True, exist_ok=True)
        (to / name / f"example-{number}").write_bytes(data)

    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        os.environ["BALLAST_HOME"] = folder + "/home"
        (work / "text.txt").write_text("the ship keeps its weight low and rights itself at sea\n" * 200)
        (work / "run.yaml").write_text(RUN)
        (work / "study.yaml").write_text(STUDY + "transfer: {least-doublings: 2}\n")

        def ballast(*arguments):
            subprocess.run([tool, *arguments], cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        ballast("train", "run.yaml", "--out", "run", "--quiet")
        ballast("transfer", "study.yaml", "--out", "transfer")
        put("configuration", RUN.encode())
        put("configuration", subprocess.check_output([tool, "config", "run.yaml"], cwd=work), 1)
        put("study", (work / "study.yaml").read_bytes())
        checkpoint = next((work / "run/checkpoints").glob("*6.safetensors")).read_bytes()
        put("safetensors", checkpoint)
        put("checkpoint", checkpoint)
        put("events", next((work / "run").glob("events*")).read_bytes()[:20000])
        put("gzip", gzip.compress((work / "text.txt").read_bytes()))
        put("gzip", b"plain text\n", 1)
        put("manifest", (work / "run/manifest.json").read_bytes())
        put("result", (work / "run/result.json").read_bytes())
        for path in (work / "transfer").rglob("*"):
            if path.name == "sweep.json":
                put("plan", path.read_bytes())
            if path.name == "transfer.json":
                put("transfer", path.read_bytes())
        put("csv", b"step,loss,lr\n1,3.5,0.1\n2,3.25,\"0,1\"\n")
        put("csv", b"\"a \"\"b\"\"\"\n\"x\ny\"\n", 1)
        put("jsonl", b'{"step": 1, "loss": 3.5, "nested": {"lr": 0.1}}\n{"step": 2, "loss": null}\n')
        put("trainerstate", (root / "Tests/ImportTests/Logs/trainer_state.json").read_bytes())
        put("trainerstate", b'{"epoch": 2.0, "global_step": 4, "max_steps": 4, "log_history": [{"epoch": 0.5, '
            b'"grad_norm": NaN, "learning_rate": 5e-05, "loss": 2.5, "step": 1}, {"epoch": 1.0, "eval_loss": '
            b'"Infinity", "step": 2}, null, {"loss": -Infinity, "step": 3}, {"step": 4, "train_loss": 2.4}]}', 1)
        for number, text in enumerate([
                b"iter 0: loss 4.2, time 22.5ms, mfu 1%\nstep 0: train loss 4.3, val loss 4.4\n",
                b"s:0 tel:11.0\ns:0 trl:11.0 lr:0.000001 norm:15.37\n",
                b"| Parameter | Value |\n| learning rate (LR) | 6e-04 |\nval loss 11.0\n"
                b"step 1/195 | loss 11.0 (+nanz)| norm 15.2 (+nanz)| lr 8.5e-07 | 30 ms | 171,536 tok/s\n",
                b"{'loss': 2.5, 'grad_norm': 1.2, 'learning_rate': 5e-05, 'epoch': 0.5}\n"
                b"{'eval_loss': '2.4', 'epoch': '1.0'}\n",
                b"step:1/1750 train_loss:10.8 train_time:24389ms step_avg:nanms\n",
                b"[titan] - INFO - step:  1  loss:  8.0  grad_norm:  1.4  memory:  1.2GiB(0.8%)  tps: 5,756\n",
                b"--- arguments ---\n  lr ....... 0.1\n iteration 1/ 5 | learning rate: 1.5E-04 | lm loss: 6.1E+00 |\n"
                b" validation loss at iteration 1 | lm loss value: 6.2E+00 |\n"]):
            put("textlog", text, number)
        put("wandb", (root / "Tests/ImportTests/Logs/offline.wandb").read_bytes()[:20000])
        for number, path in enumerate(sorted((root / "Tests/ImportTests/Logs").rglob("*.tfevents.*"))):
            put("events", path.read_bytes(), number + 1)
        put("names", b"train/loss: [mean_ce, ce]\nnorm/weight/{}/rms: w_rms/{}\n")
        program = subprocess.check_output([tool, "program", "run.yaml"], cwd=work)
        put("program", program[:60000])
        put("numpy", npz())
        put("numpy", npy([1, 2], (2,)), 1)
        for number, path in enumerate(sorted((root / "Tests/TensorFilesTests").rglob("*.pt"))):
            put("pytorch", path.read_bytes(), number)
        distributed = root / "Tests/TensorFilesTests/Oracle/distributed"
        for number, path in enumerate(sorted(distributed.rglob("*.metadata"))):
            put("dcp", path.read_bytes(), number)
        for name, pattern in (("distcp", "*.distcp"), ("megatron", "model_optim_rng.pt")):
            for number, path in enumerate(sorted(distributed.rglob(pattern))):
                put(name, path.read_bytes(), number)
        oracle = root / "Tests/TokenizersTests/Oracle"
        for number, path in enumerate(sorted(oracle.glob("*.json"))):
            put("tokenizer", path.read_bytes(), number)
        for number, path in enumerate([oracle / "text.txt", work / "text.txt"]):
            put("training", path.read_bytes()[:4000], number)
        for number, path in enumerate(sorted((root / "Tests/DatasetsTests/Oracle").glob("*.bin"))):
            put("tokens", path.read_bytes(), number)
            if path.with_suffix(".idx").exists():
                index = path.with_suffix(".idx").read_bytes()
                put("indexed", struct.pack("<H", len(index)) + index + path.read_bytes(), number)
        put("jsonlines", b'{"text": "a \\u00e9\\ud83d\\ude00", "n": [1, null, {"x": true}]}\n\n{"text": "b"}')
        for number, path in enumerate(sorted((root / "Tests/RecipesTests/Oracle").glob("*.json"))):
            put("huggingface", path.read_bytes(), number)
        put("nanogpt", NANOGPT)
        put("torchtitan", TORCHTITAN)
        ballast("judge", "3.1,3.2,3.15", "3.0,3.01", "--campaign", "campaign.json")
        put("campaign", (work / "campaign.json").read_bytes())
        put("request", b"GET /files/a%20b/report.html?x=1&y=a%2Cb+c&x=2 HTTP/1.1\r\nHost: localhost:1\r\n"
            b"Connection:  keep-alive \r\n\r\nGET")
    for name in ("pytorch", "plan"):
        (to / name).mkdir(parents=True, exist_ok=True)
    made.write_text(pathlib.Path(__file__).read_text())


main()
