"""Runs the tool and reads what it leaves, without its help: what the other files of this folder share."""

import collections
import json
import os
import pathlib
import shutil
import struct
import subprocess

BALLAST = os.environ["BALLAST"]
CRASHES = {4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 11: "SIGSEGV"}
RUN = """
model: {width: 16, depth: 1, context: 16, head-dimension: 8}
data: {text: [TEXT], batch: 2}
telemetry: {every: 1}
evaluation: {every: EVALUATE, batches: 2}
steps: STEPS
"""

counts = collections.Counter()
problems = []


def problem(text):
    """Takes note of a promise that was broken."""
    problems.append(text)
    print("LOST  " + text, flush=True)


def run(arguments, allowed=None, crashes=False, **options):
    """Runs the tool to its end; a crash, unless asked for, or an exit code that is not allowed, is a problem."""
    options.setdefault("stdout", subprocess.DEVNULL)
    options.setdefault("timeout", 120)
    try:
        done = subprocess.run(
            [BALLAST, *arguments], stderr=subprocess.PIPE, text=True, errors="replace", **options)
    except subprocess.TimeoutExpired:
        problem(f"{arguments}: hangs")
        return subprocess.CompletedProcess(arguments, None, "", "")
    if crashes:
        return done
    if -done.returncode in CRASHES or done.returncode - 128 in CRASHES:
        problem(f"{arguments}: {done.returncode}: {done.stderr[-300:]}")
    elif allowed is not None and done.returncode not in allowed:
        problem(f"{arguments}: exit {done.returncode}, not {allowed}: {done.stderr[-300:]}")
    return done


def configuration(work, steps, more="", evaluate=40):
    text = RUN.replace("TEXT", str(work / "text.txt")).replace("STEPS", str(steps))
    return text.replace("EVALUATE", str(evaluate)) + more


def study(name, base, grid):
    base = "".join("  " + line + "\n" for line in base.strip().splitlines())
    return f"name: {name}\nbase:\n{base}grid: {grid}\n"


def leftovers(folder):
    return [str(path) for path in pathlib.Path(folder).rglob("*.ballast-partial")]


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)


def varint(data, place):
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place


def fields(data):
    """The fields of a protobuf message: number, and value as a number or bytes."""
    place = 0
    while place < len(data):
        key, place = varint(data, place)
        kind = key & 7
        if kind == 0:
            value, place = varint(data, place)
        else:
            if kind == 2:
                size, place = varint(data, place)
            else:
                size = 8 if kind == 1 else 4
            value, place = data[place:place + size], place + size
        yield key >> 3, value


def log(folder):
    """What the event files say, as TensorBoard reads them: a session voids what is at its start and later."""
    points = []
    for path in sorted(pathlib.Path(folder).glob("events.out.tfevents.*")):
        data, place = path.read_bytes(), 0
        while place + 12 <= len(data):
            size = struct.unpack_from("<Q", data, place)[0]
            if place + 16 + size > len(data):
                break
            event = dict(fields(data[place + 12:place + 12 + size]))
            place += 16 + size
            step = event.get(2, 0)
            if 7 in event and dict(fields(event[7])).get(1) == 1:
                points = [point for point in points if point[0] < step]
            for number, value in fields(event.get(5, b"")):
                scalar = dict(fields(value)) if number == 1 else {}
                tag = bytes(scalar.get(1, b"")).decode()
                if tag and "tokens_per_second" not in tag:
                    points.append((step, tag, bytes(scalar.get(2, b"") or scalar.get(8, b""))))
    return points


def result(folder):
    path = pathlib.Path(folder, "result.json")
    if not path.exists():
        return None
    values = json.loads(path.read_text())
    values.pop("tokens_per_second", None)
    return values


def checkpoints(folder):
    place = pathlib.Path(folder, "checkpoints")
    return {path.name: path.read_bytes() for path in sorted(place.glob("*.safetensors"))}


def compare(name, whole, other, all_checkpoints=True):
    """Whether a run that met a fault is the one that met none: checkpoints, result, log, nothing besides."""
    counts["runs compared"] += 1
    if result(whole) != result(other):
        problem(f"{name}: result.json {result(other)} is not {result(whole)}")
    first, second = checkpoints(whole), checkpoints(other)
    if all_checkpoints and first.keys() != second.keys():
        problem(f"{name}: checkpoints {[*second]} are not {[*first]}")
    for checkpoint in first.keys() & second.keys():
        if first[checkpoint] != second[checkpoint]:
            problem(f"{name}: {checkpoint} has other bytes")
    if first and (not second or [*first][-1] != [*second][-1]):
        problem(f"{name}: the last checkpoint is {[*second][-1:]}, not {[*first][-1]}")
    if log(whole) != log(other):
        a, b = log(whole), log(other)
        place = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
        problem(
            f"{name}: {len(b)} logged values are not the {len(a)}; the first is number {place}: "
            f"{b[place:place + 1]} in place of {a[place:place + 1]}")
    if leftovers(other):
        problem(f"{name}: left {leftovers(other)}")
    for path in pathlib.Path(other).glob("failed.txt"):
        problem(f"{name}: {path} stays beside a result")
