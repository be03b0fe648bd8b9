"""Loss of power at the k-th file operation of a run and of a whole sweep, and a flush that fails once, with its bytes
lost, and later succeeds."""

import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

import operations
from tool import BALLAST, compare, configuration, counts, leftovers, problem, remove, run, study

LIBRARY = "power.so"
TAILS = ["nothing", "half", "zeros"]


class Target:
    """A command whose processes lose power together."""

    def __init__(self, work, name, arguments, folder, start=None):
        self.work, self.name, self.arguments = work, name, arguments
        self.folder, self.start = folder, start

    def prepare(self):
        for folder in (self.folder, "power-home", "power-backups"):
            remove(folder)
        os.mkdir("power-backups")
        pathlib.Path("power-state").write_bytes(bytes(64))
        if self.start:
            shutil.copytree(self.start, self.folder)

    def control(self):
        """A tool that forgets to flush its files is told apart."""
        self.prepare()
        number = self.count() * 2 // 3
        self.prepare()
        self.attempt(number, forgets=True)
        if run(self.arguments).returncode == 0:
            problem(f"{self.name}: that files are not flushed is not noticed")

    def environment(self, number, tail, fails, forgets):
        environment = dict(
            os.environ, LD_PRELOAD=str(self.work / LIBRARY), POWER_UNDER=str(self.work / self.folder),
            POWER_STATE=str(self.work / "power-state"), POWER_BACKUPS=str(self.work / "power-backups"),
            POWER_AT=str(number), POWER_TAIL=tail)
        if fails:
            environment["POWER_FSYNC"] = "1"
        if forgets:
            environment["POWER_FORGET"] = "1"
        return environment

    def attempt(self, number, tail="nothing", fails=False, forgets=False):
        """Runs it until it ends, or some time after power was lost; what is left then is killed."""
        process = subprocess.Popen(
            [BALLAST, *self.arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            start_new_session=True, env=self.environment(number, tail, fails, forgets))
        try:
            errors = process.communicate(timeout=60)[1]
        except subprocess.TimeoutExpired:
            errors = "it hangs"
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        # Cells undo what they did as they meet the loss.
        time.sleep(0.05)
        process.wait()
        return process.returncode, errors

    def count(self):
        self.prepare()
        self.attempt(0)
        return int.from_bytes(pathlib.Path("power-state").read_bytes()[:8], "little")

    def check(self, number, tail, fails):
        place = f"{self.name}: " + (
            f"flush {number} fails and loses its bytes" if fails else f"power lost at {number}, {tail} stays")
        self.prepare()
        code, errors = self.attempt(number, tail, fails)
        counts[f"flushes of {self.name} that failed" if fails else f"losses of power of {self.name}"] += 1
        if code not in ((0, 1) if fails else (0, 1, -9)) or "hangs" in errors:
            problem(f"{place}: exit {code}: {errors[-300:]}")
        if fails and code == 1 and not errors.strip():
            problem(f"{place}: exit 1 without a word")
        again = run(self.arguments)
        if again.returncode != 0:
            problem(f"{place}: the same command leaves with {again.returncode}: {again.stderr[-300:]}")
            return
        for cell in self.runs():
            compare(
                place, pathlib.Path(f"{self.folder}-whole", cell), pathlib.Path(self.folder, cell),
                all_checkpoints=not self.start)
        if leftovers(self.folder):
            problem(f"{place}: left {leftovers(self.folder)}")

    def runs(self):
        cells = pathlib.Path(f"{self.folder}-whole", "cells")
        return [f"cells/{name}" for name in sorted(os.listdir(cells))] if cells.exists() else [""]


def targets(work):
    (work / "power.yaml").write_text(configuration(work, 8, "checkpoints: {every: 3}\n", evaluate=4))
    train = ["train", "power.yaml", "--quiet", "--out"]
    run([*train, "power-run-whole"], [0])
    run([*train, "power-resumed-whole"], [0])
    run([*train, "power-half", "--stop-after", "5"], [0])
    (work / "powers.yaml").write_text(
        study("powers", configuration(work, 6, "checkpoints: {every: 2}\n", evaluate=3),
              "{optimizer.learning-rate: [1e-3, 1e-2, 3e-2]}"))
    sweep = ["sweep", "run", "powers.yaml", "--jobs", "2", "--json", "--out"]
    run([*sweep, "power-sweep-whole"], [0])
    return [
        Target(work, "train", [*train, "power-run"], "power-run"),
        Target(work, "train that resumes", [*train, "power-resumed"], "power-resumed", start="power-half"),
        Target(work, "a sweep", [*sweep, "power-sweep"], "power-sweep"),
    ]


def cases(work):
    operations.build(work, "power.c", LIBRARY)
    for target in targets(work):
        number = target.count()
        counts[f"operations of {target.name} that power may be lost at"] = number
        if target.name == "train":
            target.control()
        for tail in TAILS:
            for k in range(1, number + 1):
                yield target, k, tail, False
        for k in range(1, number + 1):
            yield target, k, "nothing", True


def some(work, seconds):
    """As many of them, drawn at random, as there is time for: a third for each target."""
    every = list(cases(work))
    random.shuffle(every)
    for name in dict.fromkeys(case[0].name for case in every):
        draws = [case for case in every if case[0].name == name]
        end = time.monotonic() + seconds / 3
        while draws and time.monotonic() < end:
            target, k, tail, fails = draws.pop()
            target.check(k, tail, fails)


def all_of_them(work, is_done, finished):
    for target, k, tail, fails in cases(work):
        key = f"power {target.name} {k} {tail} {fails}"
        if not is_done(key):
            target.check(k, tail, fails)
            finished(key)
