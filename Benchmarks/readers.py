#!/usr/bin/env python3
"""Times what reads files that other tools wrote, beside the machine and the peer, in turn on this machine.

    python3 -m venv venv && venv/bin/pip install numpy tensorboard
    venv/bin/python Benchmarks/readers.py [--rounds 5] [--json FILE]

inspect   `ballast inspect --norms-only` of 1 GB of bf16 in the page cache, less the start of the process, beside a
          read of the same file by two threads
events    `ballast doctor` of an event file of half a million scalars on one core, beside TensorBoard's own reader
csv       `ballast doctor` of a CSV of 500 MB on one core

Each round runs all in the same order; the table shows medians with the smallest and the largest, by the clock and by
the time of processors, which says the same on a busy machine as on a quiet one. Files go to a folder that is removed.
Build first: `swift build -c release --product ballast`.
"""
import argparse
import json
import os
import platform
import statistics
import struct
import subprocess
import tempfile
import threading
import time

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BALLAST = os.environ.get("BALLAST", os.path.join(ROOT, ".build", "release", "ballast"))
SIDE, COUNT = 4096, 30


def write_weights(path, side, count):
    """Normal numbers in bf16, as many matrices of Llama's queries."""
    head, place = {}, 0
    for i in range(count):
        size = side * side * 2
        head[f"model.layers.{i}.self_attn.q_proj.weight"] = {
            "dtype": "BF16", "shape": [side, side], "data_offsets": [place, place + size]}
        place += size
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    generator = np.random.default_rng(0)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _ in range(count):
            values = generator.standard_normal((side, side), dtype=np.float32)
            file.write((values.view(np.uint32) >> 16).astype(np.uint16).tobytes())


def write_events(folder, tags, steps):
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter
    writer = EventFileWriter(folder, max_queue_size=10_000)
    for step in range(steps):
        for tag in range(tags):
            value = Summary.Value(tag=f"metric/{tag}", simple_value=1 / (step + tag + 1))
            writer.add_event(Event(wall_time=1e9 + step, step=step, summary=Summary(value=[value])))
    writer.close()
    return next(os.path.join(folder, name) for name in os.listdir(folder))


def write_csv(path, columns, size):
    generator = np.random.default_rng(1)
    with open(path, "w") as file:
        file.write("step," + ",".join(f"metric_{i}" for i in range(columns)) + "\n")
        step = 0
        while file.tell() < size:
            block = generator.random((2000, columns))
            lines = []
            for row in block:
                lines.append(f"{step}," + ",".join(f"{x:.8f}" for x in row))
                step += 1
            file.write("\n".join(lines) + "\n")


class Time:
    """Seconds by the clock and of processors, those of a child that ended included."""

    def __init__(self):
        usage = os.times()
        self.wall, self.cpu = time.perf_counter(), sum(usage[:4])

    def __sub__(self, other):
        result = Time.__new__(Time)
        result.wall, result.cpu = self.wall - other.wall, self.cpu - other.cpu
        return result

    def speed(self, count, cores=1):
        return {"wall": count / self.wall, "cpu": count / (self.cpu / cores)}


def timed(command, cores):
    """What a command takes that is held to some cores."""
    start = Time()
    subprocess.run(["taskset", "-c", cores, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return Time() - start


def two_thread_read(path):
    size = os.path.getsize(path)

    def read(start, end):
        buffer = bytearray(1 << 23)
        with open(path, "rb", buffering=0) as file:
            file.seek(start)
            while start < end:
                start += file.readinto(buffer)
    half = size // 2
    threads = [threading.Thread(target=read, args=part) for part in ((0, half), (half, size))]
    begin = Time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Time() - begin


def tensorboard_read(path):
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    next(iter(EventFileLoader(path).Load()))
    begin = Time()
    count = sum(len(event.summary.value) for event in EventFileLoader(path).Load())
    return Time() - begin, count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json")
    options = parser.parse_args()
    both = f"0-{os.cpu_count() - 1}"
    results = {key: [] for key in ("inspect", "read", "events", "tensorboard", "csv")}
    with tempfile.TemporaryDirectory() as folder:
        weights, little = os.path.join(folder, "w.safetensors"), os.path.join(folder, "l.safetensors")
        write_weights(weights, SIDE, COUNT)
        write_weights(little, 16, 1)
        os.makedirs(folder + "/events")
        events = write_events(folder + "/events", 50, 10_000)
        few = write_events(tempfile.mkdtemp(dir=folder), 1, 2)
        table, short = os.path.join(folder, "m.csv"), os.path.join(folder, "s.csv")
        write_csv(table, 20, 500_000_000)
        write_csv(short, 20, 1)
        size, rows = os.path.getsize(weights), os.path.getsize(table)
        inspect, doctor = [BALLAST, "inspect", "--norms-only", "--json"], [BALLAST, "doctor", "--json"]
        for _ in range(options.rounds):
            results["read"].append(two_thread_read(weights).speed(size, 2))
            results["inspect"].append(
                (timed([*inspect, weights], both) - timed([*inspect, little], both)).speed(size, 2))
            seconds, scalars = tensorboard_read(events)
            results["tensorboard"].append(seconds.speed(scalars))
            results["events"].append((timed([*doctor, events], "0") - timed([*doctor, few], "0")).speed(scalars))
            results["csv"].append((timed([*doctor, table], "0") - timed([*doctor, short], "0")).speed(rows))
    units = {"inspect": (1e9, "GB/s"), "read": (1e9, "GB/s"), "events": (1e6, "M scalars/s"),
             "tensorboard": (1e6, "M scalars/s"), "csv": (1e6, "MB/s")}
    for clock in ("wall", "cpu"):
        print({"wall": "by the clock", "cpu": "a second of a processor"}[clock])
        for name, values in results.items():
            unit, label = units[name]
            middle, low, high = (f(v[clock] for v in values) / unit for f in (statistics.median, min, max))
            print(f"  {name:12} {middle:8.3g} {label} ({low:.3g} to {high:.3g})")
        ratios = [a[clock] / b[clock] for a, b in zip(results["inspect"], results["read"])]
        print(f"  inspect over the read by two threads: {statistics.median(ratios):.2f}")
    if options.json:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
        with open(options.json, "w") as file:
            json.dump({"commit": commit.stdout.strip(), "machine": platform.processor() or platform.machine(),
                       "cores": os.cpu_count(), "load": os.getloadavg(), "results": results}, file, indent=1)


main()
