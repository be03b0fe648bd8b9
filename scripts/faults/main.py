"""Faults against the built tool; see ../faults.sh."""

import argparse
import json
import os
import pathlib
import random
import sys
import tempfile
import time

import hostile
import kills
import memory
import operations
import power
import scale
import signals
import states
import streams
import surroundings
from tool import counts, leftovers, problem, problems


def text(work):
    words = random.Random(1)
    choices = ["the ", "ship ", "keeps ", "its ", "weight.\n"]
    (work / "text.txt").write_text("".join(words.choice(choices) for _ in range(40000)))


def prepare(work):
    os.chdir(work)
    os.environ["BALLAST_HOME"] = str(work / "home")
    os.environ["SWIFT_BACKTRACE"] = "enable=no"
    text(work)


def timed(name, body):
    begin = time.monotonic()
    body()
    print(f"{time.monotonic() - begin:6.1f} s  {name}", flush=True)


def for_a_while(work, seconds):
    """A share of the time for each; what is finite comes first."""
    begin = time.monotonic()
    timed("streams", lambda: streams.check(work))
    timed("signals of train", lambda: signals.of_train(work))
    timed("signals of a sweep", lambda: signals.of_sweep(work))
    timed("two writers", lambda: signals.two_writers(work))
    timed("a damaged checkpoint", lambda: surroundings.of_damage(work))
    timed("cells in any state", lambda: states.check(work, only="sweep"))
    rest = max(seconds - (time.monotonic() - begin), 20)
    timed("operations", lambda: operations.some(work, 0.3 * rest))
    timed("losses of power", lambda: power.some(work, 0.15 * rest))
    timed("memory", lambda: memory.some(work, 0.1 * rest))
    timed("clocks", lambda: surroundings.of_clocks(work, 0.05 * rest))
    timed("folders that vanish", lambda: surroundings.of_vanishing(work, 0.05 * rest))
    timed("disks", lambda: surroundings.of_disks(work, 0.05 * rest))
    timed("kills of train", lambda: kills.of_train(work, 0.1 * rest))
    timed("kills of a sweep", lambda: kills.of_sweep(work, 0.1 * rest))
    timed("kills of studies", lambda: kills.of_studies(work, 0.1 * rest))


def whole(work, seconds):
    """Every operation, as far as it is not done yet: what is done stands in a file, so that this may be stopped
    and started again."""
    path = work / "done.json"
    done = json.loads(path.read_text()) if path.exists() else {"keys": [], "counts": {}, "problems": []}
    keys = set(done["keys"])
    counts.update(done["counts"])
    problems.extend(done["problems"])

    def save():
        partial = path.with_suffix(".new")
        partial.write_text(json.dumps({"keys": sorted(keys), "counts": counts, "problems": problems}))
        partial.replace(path)

    def finished(key):
        keys.add(key)
        if len(keys) % 20 == 0:
            save()

    try:
        for name, part in {
            "hostile files and numbers": hostile, "memory": memory, "losses of power": power,
            "operations": operations,
        }.items():
            timed(name, lambda: part.all_of_them(work, keys.__contains__, finished))
        for name, body in {
            "cells in any state": lambda: states.check(work),
            "a damaged checkpoint": lambda: surroundings.of_damage(work),
            "clocks": lambda: surroundings.of_clocks(work, seconds),
            "folders that vanish": lambda: surroundings.of_vanishing(work, seconds / 4),
            "disks": lambda: surroundings.of_disks(work, seconds / 4),
            "a thousand sessions": lambda: surroundings.of_sessions(work, 1000),
            "ten thousand cells": lambda: scale.check(work, 10_000),
            "streams": lambda: streams.check(work),
            "signals": lambda: (signals.of_train(work), signals.of_sweep(work), signals.two_writers(work)),
            "kills of train": lambda: kills.of_train(work, seconds),
            "kills of a sweep": lambda: kills.of_sweep(work, seconds),
            "kills of studies": lambda: kills.of_studies(work, seconds),
        }.items():
            if name not in keys:
                timed(name, body)
                keys.add(name)
                save()
    finally:
        save()


def main():
    parser = argparse.ArgumentParser(description="Faults against the built tool.")
    parser.add_argument("--quick", action="store_true", help="some faults of each kind, in two minutes")
    parser.add_argument("--full", metavar="FOLDER", help="every fault; goes on where FOLDER says it stopped")
    parser.add_argument("--seconds", type=float, default=600, help="how long processes are killed")
    parser.add_argument("--seed", type=int, default=None, help="of the instants and the operations drawn")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(1 << 30)
    random.seed(seed)
    print(f"seed {seed}", flush=True)
    if options.full:
        work = pathlib.Path(options.full).resolve()
        work.mkdir(parents=True, exist_ok=True)
        prepare(work)
        whole(work, options.seconds)
    else:
        with tempfile.TemporaryDirectory() as folder:
            work = pathlib.Path(folder).resolve()
            prepare(work)
            for_a_while(work, 110 if options.quick else options.seconds)
            if leftovers(work / "home"):
                problem(f"left {leftovers(work / 'home')}")
            os.chdir("/")
    for name, count in sorted(counts.items()):
        print(f"{count} {name}")
    print(f"{len(problems)} lost")
    sys.exit(1 if problems else 0)


main()
