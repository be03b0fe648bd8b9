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
    if (to / "made").exists():
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
        for number, text in enumerate([
                b"iter 0: loss 4.2, time 22.5ms, mfu 1%\nstep 0: train loss 4.3, val loss 4.4\n",
                b"s:0 tel:11.0\ns:0 trl:11.0 lr:0.000001 norm:15.37\n",
                b"| Parameter | Value |\n| learning rate (LR) | 6e-04 |\nval loss 11.0\n"
                b"step 1/195 | loss 11.0 (+nanz)| norm 15.2 (+nanz)| lr 8.5e-07 | 30 ms | 171,536 tok/s\n",
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
    for name in ("pytorch", "plan"):
        (to / name).mkdir(parents=True, exist_ok=True)
    (to / "made").touch()


main()
