"""Processes killed at random instants, started again until they are done, and held against those that were not."""

import csv
import os
import pathlib
import random
import signal
import subprocess
import time

from tool import BALLAST, compare, configuration, counts, leftovers, problem, remove, run, study

# What a kill may meet: no checkpoint before the end, many, a run that diverges on the way.
RUNS = {
    "no-checkpoint": "checkpoints: {every: 0}\noptimizer: {learning-rate: 0.03, clip: 0}\n",
    "checkpoints": "checkpoints: {every: 7}\noptimizer: {learning-rate: 0.03}\n",
    "diverges": "checkpoints: {every: 30}\n"
    "optimizer: {learning-rate: 1e30}\nschedule: {warmup: 0, shape: constant}\n",
}


def kill_until_done(arguments, expected, whole_seconds, most, folder=None):
    """Starts a command again and again, kills it at a random instant, and at last lets it end."""
    for _ in range(most):
        process = subprocess.Popen(
            [BALLAST, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(random.uniform(0, 1.05 * whole_seconds))
        process.send_signal(signal.SIGKILL)
        errors = process.communicate()[1]
        if process.returncode == -signal.SIGKILL:
            counts["kills of " + arguments[0]] += 1
        elif process.returncode == expected:
            return
        else:
            problem(f"{arguments}: exit {process.returncode}: {errors[-300:]}")
            return
    run(arguments, [expected])


def of_train(work, seconds):
    for name, more in RUNS.items():
        (work / f"{name}.yaml").write_text(configuration(work, 400, more))
        expected = 2 if name == "diverges" else 0
        begin = time.monotonic()
        run(["train", f"{name}.yaml", "--out", f"{name}-whole", "--quiet"], [expected])
        whole_seconds = time.monotonic() - begin
        end = time.monotonic() + seconds / len(RUNS)
        while time.monotonic() < end:
            remove(name)
            kill_until_done(
                ["train", f"{name}.yaml", "--out", name, "--quiet"], expected, whole_seconds, 6)
            compare(name, f"{name}-whole", name)


def of_sweep(work, seconds):
    (work / "study.yaml").write_text(
        study("kills", configuration(work, 200), "{optimizer.learning-rate: [1e-3, 1e-2, 1e-1, 1e30]}"))
    begin = time.monotonic()
    run(["sweep", "run", "study.yaml", "--out", "sweep-whole"], [0])
    whole_seconds = time.monotonic() - begin
    cells = sorted(os.listdir(work / "sweep-whole/cells"))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        remove("sweep")
        kill_until_done(["sweep", "run", "study.yaml", "--out", "sweep"], 0, whole_seconds, 3)
        for cell in cells:
            # Cells whose sweep was killed save before they end, at steps that the others do not.
            compare(
                f"sweep {cell}", f"sweep-whole/cells/{cell}", f"sweep/cells/{cell}",
                all_checkpoints=False)
        if leftovers("sweep"):
            problem(f"sweep: left {leftovers('sweep')}")


def contents(path):
    """A file without what depends on the machine's load."""
    if path.suffix != ".csv":
        return path.read_bytes()
    with open(path) as file:
        rows = [*csv.DictReader(file)]
    return [{key: value for key, value in row.items() if key != "tokens_per_second"} for row in rows]


def of_studies(work, seconds):
    """Every other command that trains: killed, gone on with, the same result file."""
    commands = {
        "coordcheck": (["coordcheck", "small.yaml", "--widths", "16,32,48", "--steps", "3", "--seeds", "2"], "coordcheck.json"),
        "determinism": (["verify", "determinism", "small.yaml", "--every", "8"], "determinism.json"),
        "permutation": (["verify", "permutation", "small.yaml", "--orders", "3", "--seeds", "2"], "permutation.json"),
        "transfer": (["transfer", "transfer.yaml"], "transfer.json"),
    }
    (work / "small.yaml").write_text(configuration(work, 24, evaluate=8))
    (work / "transfer.yaml").write_text(
        study(
            "moves", configuration(work, 6, evaluate=3),
            "{optimizer.learning-rate: {from: 1e-3, factor: 2, count: 7}, model.width: [16, 32, 64]}")
        + "seeds: [0, 1]\ntransfer: {least-doublings: 2}\n")
    for name, (arguments, file) in commands.items():
        whole = f"{name}-whole"
        begin = time.monotonic()
        expected = run([*arguments, "--out", whole]).returncode
        if expected not in (0, 2, 3):
            problem(f"{name}: exit {expected}")
        whole_seconds = time.monotonic() - begin
        end = time.monotonic() + seconds / len(commands)
        while time.monotonic() < end:
            remove(name)
            kill_until_done([*arguments, "--out", name], expected, whole_seconds, 3)
            for path in [*pathlib.Path(whole).rglob(file), *pathlib.Path(whole).rglob("runs.csv")]:
                other = name / path.relative_to(whole)
                counts["results compared"] += 1
                if not other.exists() or contents(other) != contents(path):
                    problem(f"{name}: {other} is not that of the study that was not killed")
            if leftovers(name):
                problem(f"{name}: left {leftovers(name)}")
