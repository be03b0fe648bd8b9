"""The k-th piece of memory that the C parts ask for is not to be had: a word in place of a crash, and the same bits
after the same command again."""

import gzip
import os
import pathlib
import random
import time

import operations
from tool import CRASHES, compare, configuration, counts, problem, remove, run

LIBRARY = "memory.so"


class Target:
    def __init__(self, work, name, arguments, folder, part):
        self.work, self.name, self.arguments = work, name, arguments
        self.folder, self.part = folder, part

    def attempt(self, number, sticky=False, **more):
        environment = dict(
            os.environ, LD_PRELOAD=str(self.work / LIBRARY), MEMORY_AT=str(number),
            MEMORY_PART=self.part, **more)
        if sticky:
            environment["MEMORY_STICKY"] = "1"
        return run(self.arguments, env=environment, crashes=True)

    def count(self):
        remove(self.folder)
        file = self.work / "asked"
        file.unlink(missing_ok=True)
        self.attempt(0, MEMORY_COUNT=str(file))
        return file.stat().st_size if file.exists() else 0

    def ends_in_yaml(self, number, sticky, done):
        """Whether it is Yams that ends the program: it does not look whether libYAML could begin."""
        if self.part != "tool" or not done.returncode or done.returncode > 0:
            return False
        if "Yams/Parser.swift" in done.stderr:
            return True
        remove(self.folder)
        again = self.attempt(number, sticky, SWIFT_BACKTRACE="enable=yes,color=no")
        return "Yams/Sources/CYaml/src/emitter.c" in again.stderr

    def check(self, number, sticky):
        place = f"{self.name}: piece {number} of {self.part}{' and all after' if sticky else ''}"
        remove(self.folder)
        done = self.attempt(number, sticky)
        counts[f"pieces of memory of {self.name} refused to {self.part}"] += 1
        crash = CRASHES.get(-(done.returncode or 0))
        # By design a step that has begun ends the program, in words; oneDNN's code for the processor ends in
        # SIGSEGV by itself where its memory is missing.
        known = self.part == "onednn" and crash == "SIGSEGV" or self.ends_in_yaml(number, sticky, done)
        if crash and "memory" not in done.stderr and not known:
            problem(f"{place}: {crash}: {done.stderr[-300:]}")
        if not crash and done.returncode not in (0, 1):
            problem(f"{place}: exit {done.returncode}: {done.stderr[-300:]}")
        if done.returncode == 1 and "ballast: " not in done.stderr:
            problem(f"{place}: exit 1 without a word: {done.stderr[-300:]}")
        run(self.arguments, [0])
        if self.folder:
            compare(place, f"{self.folder}-whole", self.folder)


def targets(work):
    (work / "memory.yaml").write_text(configuration(work, 6, "checkpoints: {every: 3}\n", evaluate=3))
    train = ["train", "memory.yaml", "--quiet", "--threads", "2", "--out"]
    run([*train, "memory-whole"], [0])
    (work / "text.gz").write_bytes(gzip.compress((work / "text.txt").read_bytes()))
    packed = ["--set", f"data.text=[{work}/text.gz]"]
    return [
        Target(work, "train", [*train, "memory", *packed], "memory", part) for part in ("tool", "zlib", "onednn")]


def cases(work):
    operations.build(work, "memory.c", LIBRARY)
    for target in targets(work):
        number = target.count()
        counts[f"pieces of memory of {target.part} in {target.name}"] = number
        for k in range(1, number + 1):
            for sticky in (False, True):
                yield target, k, sticky


def some(work, seconds):
    every = list(cases(work))
    random.shuffle(every)
    end = time.monotonic() + seconds
    while every and time.monotonic() < end:
        target, k, sticky = every.pop()
        target.check(k, sticky)


def all_of_them(work, is_done, finished):
    for target, k, sticky in cases(work):
        key = f"memory {target.name} {target.part} {k} {sticky}"
        if not is_done(key):
            target.check(k, sticky)
            finished(key)
