"""Each command that reads a folder of runs, by what is wrong with one cell of it: exit codes as a matrix, in words where
they are not 0."""

import fcntl
import os
import pathlib
import shutil
import subprocess

from tool import BALLAST, configuration, counts, problem, remove, run, study

CELL = "cells/learning-rate=1e-2,seed=1"


def missing(folder):
    remove(pathlib.Path(folder, CELL))


def half(folder):
    remove(pathlib.Path(folder, CELL))
    shutil.copytree("states-half", pathlib.Path(folder, CELL))


def damaged(folder):
    pathlib.Path(folder, CELL, "result.json").write_text("{")


def a_file(folder):
    missing(folder)
    pathlib.Path(folder, CELL).write_text("")


def no_plan(folder):
    pathlib.Path(folder, "sweep.json").unlink()


def cut_log(folder):
    log = next(pathlib.Path(folder, CELL).glob("events*"))
    log.write_bytes(log.read_bytes()[:-7])


STATES = {
    "whole": lambda folder: None, "missing": missing, "half": half, "running": half, "damaged": damaged,
    "a file": a_file, "no plan": no_plan, "log cut": cut_log,
}
# Exit codes in the order of the states.
COMMANDS = {
    "sweep status FOLDER": (0, 0, 0, 0, 0, 0, 1, 0),
    "sweep run study.yaml --out FOLDER": (0, 0, 0, None, 1, 1, 0, 0),
    "sweep run study.yaml --out FOLDER --dry-run": (0, 0, 0, 0, 0, 0, 0, 0),
    "report FOLDER": (0, 0, 0, 0, 0, 0, 1, 0),
    "report FOLDER --text": (0, 0, 0, 0, 0, 0, 1, 0),
    "report FOLDER/CELL": (0, 1, 0, 0, 1, 1, 0, 0),
    "sensitivity FOLDER": (64, 64, 64, 64, 64, 64, 1, 64),
    "forecast FOLDER --target 1B": (64, 64, 64, 64, 64, 64, 1, 64),
    "doctor FOLDER/CELL": (3, 1, 3, 3, 3, 1, 3, 3),
    "compare whole-cell FOLDER/CELL": (0, 1, 0, 0, 1, 1, 0, 0),
    "compare whole-cell FOLDER/CELL --exact": (0, 1, 2, 2, 0, 1, 0, 0),
    "evaluate FOLDER/CELL": (0, 1, 0, 0, 0, 1, 0, 0),
    "inspect FOLDER/CELL --norms-only": (0, 1, 0, 0, 0, 1, 0, 0),
    "export FOLDER --format csv": (0, 0, 0, 0, 0, 0, 0, 0),
    "export FOLDER/CELL --format csv": (0, 1, 0, 0, 0, 1, 0, 0),
    "judge FOLDER 1,2": (3, 3, 3, 3, 3, 3, 3, 3),
}


def check(work, only=None):
    (work / "study.yaml").write_text(
        study("states", configuration(work, 20, "checkpoints: {every: 5}\n"),
              "{optimizer.learning-rate: [1e-3, 1e-2, 3e-2]}") + "seeds: [0, 1]\n")
    remove("states-whole")
    run(["sweep", "run", "study.yaml", "--out", "states-whole"], [0])
    cell = pathlib.Path("states-whole", CELL)
    shutil.copytree(cell, "whole-cell", dirs_exist_ok=True)
    run(["train", str(cell / "config.yaml"), "--out", "states-half", "--stop-after", "10", "--quiet"], [0])
    for line, codes in COMMANDS.items():
        if only and not line.startswith(only):
            continue
        found = []
        for (state, change), expected in zip(STATES.items(), codes):
            folder = "states"
            remove(folder)
            shutil.copytree("states-whole", folder)
            change(folder)
            words = [word.replace("FOLDER", folder).replace("CELL", CELL) for word in line.split()]
            lock = None
            if state == "running":
                lock = open(pathlib.Path(folder, CELL, "lock"), "a")
                fcntl.flock(lock, fcntl.LOCK_EX)
            if expected is None:
                # It waits for who trains there; then it has all.
                process = subprocess.Popen(
                    [BALLAST, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                try:
                    process.wait(2)
                    problem(f"{line}, {state}: does not wait: {process.returncode}: {process.stderr.read()[-300:]}")
                except subprocess.TimeoutExpired:
                    pass
                lock.close()
                process.wait(60)
                expected, code, errors = 0, process.returncode, process.stderr.read()
            else:
                done = run(words)
                code, errors = done.returncode, done.stderr
            if lock:
                lock.close()
            counts["commands on a folder with something wrong"] += state != "whole"
            found.append(code)
            if code != expected:
                problem(f"{line}, {state}: exit {code}, not {expected}: {errors[-300:]}")
            if code == 1 and not errors.strip():
                problem(f"{line}, {state}: exit 1 without a word")
        print(f"{' '.join(f'{code!s:>4}' for code in found)}  {line}", flush=True)
