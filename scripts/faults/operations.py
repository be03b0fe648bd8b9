"""The k-th file operation of a small run, and of a sweep of two cells, fails, is short or torn, or is the last."""

import os
import pathlib
import random
import shutil
import subprocess
import time

from tool import compare, configuration, counts, leftovers, problem, remove, run, study

LIBRARY = "fault.so"
FATAL = ("kill", "after", "torn")
HARMLESS = ("EINTR", "short")
KINDS = ["EIO", "ENOSPC", "EINTR", "EMFILE", "EACCES", "short", "kill", "after", "torn"]
STICKY = ["EIO", "ENOSPC", "EMFILE"]


def build(work, source="fault.c", library=LIBRARY):
    """Makes what is preloaded into the tool."""
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", "-o", str(work / library),
         str(pathlib.Path(__file__).with_name(source)), "-ldl"], check=True)


class Target:
    """A command in whose folder operations fail."""

    def __init__(self, work, name, arguments, folder, command, start=None):
        self.work, self.name, self.arguments = work, name, arguments
        self.folder, self.command, self.start = folder, command, start

    def prepare(self):
        remove(self.folder)
        if self.start:
            shutil.copytree(self.start, self.folder)

    def attempt(self, number, kind, sticky=False, **more):
        environment = dict(
            os.environ, LD_PRELOAD=str(self.work / LIBRARY), FAULT_UNDER=str(self.work / self.folder),
            FAULT_AT=str(number), FAULT_KIND=kind, FAULT_COMMAND=self.command, **more)
        if sticky:
            environment["FAULT_STICKY"] = "1"
        return run(self.arguments, env=environment)

    def count(self):
        """How many operations there are."""
        self.prepare()
        remove(self.work / "operations")
        file = self.work / "operations"
        if file.exists():
            file.unlink()
        self.attempt(0, "EIO", FAULT_COUNT=str(file))
        return file.stat().st_size

    def check(self, number, kind, sticky, second=None):
        """With one fault, or with a second of that number and kind."""
        place = f"{self.name}: operation {number}, {kind}{' and all after' if sticky else ''}"
        more = {}
        if second:
            place += f", and {second[0]}, {second[1]}"
            more = {"FAULT_AT_2": str(second[0]), "FAULT_KIND_2": second[1]}
        self.prepare()
        done = self.attempt(number, kind, sticky, **more)
        counts[f"{'pairs of ' if second else ''}operations of {self.name} that failed"] += 1
        kinds = [kind, second[1]] if second else [kind]
        dies = any(kind in FATAL for kind in kinds) and self.command == self.arguments[0]
        if done.returncode not in (0, 1) and not (dies and done.returncode == -9):
            problem(f"{place}: exit {done.returncode}: {done.stderr[-300:]}")
        if done.returncode == 1 and not done.stderr.strip():
            problem(f"{place}: exit 1 without a word")
        if all(kind in HARMLESS for kind in kinds) and done.returncode != 0:
            problem(f"{place}: what is no failure ends it: {done.stderr[-300:]}")
        if done.returncode == 0 and not self.is_done():
            problem(f"{place}: exit 0 without a result")
        again = run(self.arguments)
        if again.returncode != 0:
            problem(f"{place}: the same command leaves with {again.returncode}: {again.stderr[-300:]}")
            return
        self.compare(place)
        if leftovers(self.folder):
            problem(f"{place}: left {leftovers(self.folder)}")

    def runs(self):
        """The run's folders below its own."""
        return [""]

    def is_done(self):
        return all(pathlib.Path(self.folder, run, "result.json").exists() for run in self.runs())

    def compare(self, place):
        for run in self.runs():
            whole = pathlib.Path(f"{self.folder}-whole", run)
            compare(place, whole, pathlib.Path(self.folder, run), all_checkpoints=not self.start)


class SweepTarget(Target):
    def runs(self):
        return [f"cells/{name}" for name in sorted(os.listdir(f"{self.folder}-whole/cells"))]


def targets(work):
    (work / "eight.yaml").write_text(
        configuration(work, 8, "checkpoints: {every: 3}\n", evaluate=4))
    train = ["train", "eight.yaml", "--quiet", "--out"]
    run([*train, "eight-whole"], [0])
    run([*train, "resumed-whole"], [0])
    run([*train, "half", "--stop-after", "5"], [0])
    (work / "two.yaml").write_text(
        study("two", configuration(work, 6, "checkpoints: {every: 2}\n", evaluate=3),
              "{optimizer.learning-rate: [1e-3, 1e-2]}"))
    sweep = ["sweep", "run", "two.yaml", "--jobs", "1", "--json", "--out"]
    run([*sweep, "parent-whole"], [0])
    run([*sweep, "cells-whole"], [0])
    return [
        Target(work, "train", [*train, "eight"], "eight", "train"),
        Target(work, "train that resumes", [*train, "resumed"], "resumed", "train", start="half"),
        SweepTarget(work, "sweep", [*sweep, "parent"], "parent", "sweep"),
        SweepTarget(work, "cells of a sweep", [*sweep, "cells"], "cells", "train"),
    ]


def cases(work):
    """Every operation of every target with every kind of failure."""
    for target in targets(work):
        number = target.count()
        counts[f"operations of {target.name}"] = number
        for kind in KINDS:
            for sticky in [False, True] if kind in STICKY else [False]:
                for k in range(1, number + 1):
                    yield target, k, kind, sticky


def pairs(every, number):
    """As many pairs of faults, drawn at random: of the first neither is the end."""
    first = [case for case in every if case[2] not in FATAL and not case[3]]
    for _ in range(number):
        target, k, kind, _ = random.choice(first)
        _, other, second, _ = random.choice([case for case in every if case[0] is target])
        if other != k:
            yield target, min(k, other), max(k, other), kind, second


def some(work, seconds):
    """As many of them, drawn at random, as there is time for."""
    build(work)
    every = list(cases(work))
    random.shuffle(every)
    # Sweeps take longer: as many draws of each.
    by_target = {}
    for case in every:
        by_target.setdefault(case[0].name, []).append(case)
    end = time.monotonic() + seconds
    while time.monotonic() < end and any(by_target.values()):
        for draws in by_target.values():
            if draws and time.monotonic() < end:
                target, k, kind, sticky = draws.pop()
                target.check(k, kind, sticky)
    for target, k, other, kind, second in pairs(every, 4):
        target.check(k, kind, False, (other, second))


def all_of_them(work, is_done, finished):
    """Every one, left out those that an earlier session of the same work has done."""
    build(work)
    for target, k, kind, sticky in cases(work):
        key = f"{target.name} {k} {kind} {sticky}"
        if not is_done(key):
            target.check(k, kind, sticky)
            finished(key)
    for number, (target, k, other, kind, second) in enumerate(pairs(list(cases(work)), 600)):
        key = f"pair {number}"
        if not is_done(key):
            target.check(k, kind, False, (other, second))
            finished(key)
