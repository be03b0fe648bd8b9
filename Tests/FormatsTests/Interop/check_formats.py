#!/usr/bin/env python3
"""Reads a run folder with the Python packages safetensors and tensorboard.

    check_formats.py RUN [--log LOG.csv]

Checks that every checkpoint opens and that its tensors hash to the digests in its metadata, that
event tags have values and that their steps increase. LOG.csv is the log as Ballast reads it (columns
tag, step, wall_time, value): TensorBoard's reader, purging included, must give the same series bit
for bit.

Needs: pip install safetensors numpy ml_dtypes tensorboard
"""

import argparse
import collections
import csv
import glob
import hashlib
import json
import os
import struct
import sys

import ml_dtypes  # noqa: F401 (numpy learns bfloat16)
import numpy as np
from safetensors import safe_open
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

# The format's spelling of what safetensors hands out as arrays of these types.
SPELLING = {
    "float32": "F32",
    "float64": "F64",
    "bfloat16": "BF16",
    "int32": "I32",
    "bool": "BOOL",
}


def check_checkpoint(path):
    """Compares names, types, shapes and bytes, read by safetensors, with header and digests."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    listed = {name: entry for name, entry in header.items() if name != "__metadata__"}
    count = 0
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata() or {}
        assert set(file.keys()) == set(listed), f"{path}: names differ"
        assert "sha256" in metadata, f"{path}: no digests in the metadata"
        for name in file.keys():
            array = file.get_tensor(name)
            assert SPELLING[array.dtype.name] == listed[name]["dtype"], f"{path}: type of {name}"
            assert list(array.shape) == listed[name]["shape"], f"{path}: shape of {name}"
            found = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
            expected = metadata.get("sha256." + name)
            assert found == expected, f"{path}: {name} hashes to {found}, not {expected}"
            count += array.nbytes
    assert (8 + length) % 8 == 0, f"{path}: tensors begin at {8 + length}"
    print(f"{path}: {len(listed)} tensors, {count} bytes, digests hold")


def tensorboard_series(folder):
    """For each tag its (step, value) pairs, as TensorBoard shows them."""
    accumulator = EventAccumulator(folder, size_guidance={"scalars": 0})
    accumulator.Reload()
    return {
        tag: [(event.step, event.value) for event in accumulator.Scalars(tag)]
        for tag in accumulator.Tags()["scalars"]
    }


def ballast_series(path):
    """For each tag its (step, value) pairs, as Ballast exported them."""
    series = collections.defaultdict(list)
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            series[row["tag"]].append((int(row["step"]), float(np.float32(row["value"]))))
    return series


def bits(points):
    """Pairs in which values compare by their bits, all nan being one."""
    return [(step, "nan" if value != value else struct.pack("<f", value)) for step, value in points]


def check_events(folder, log):
    """Checks the scalars of a folder, and compares them with the exported log if there is one."""
    theirs = tensorboard_series(folder)
    theirs = {tag: points for tag, points in theirs.items() if points}
    assert theirs, f"{folder}: no scalars"
    for tag, points in theirs.items():
        assert tag.strip(), f"{folder}: an empty tag"
        steps = [step for step, _ in points]
        assert all(a < b for a, b in zip(steps, steps[1:])), f"{folder}: steps of {tag}: {steps}"
    print(f"{folder}: {len(theirs)} tags, {sum(map(len, theirs.values()))} scalars, steps increase")
    if log is None:
        return
    ours = ballast_series(log)
    assert set(ours) == set(theirs), f"{log}: tags differ: {set(ours) ^ set(theirs)}"
    for tag, points in theirs.items():
        assert bits(points) == bits(ours[tag]), f"{log}: {tag} differs from TensorBoard's"
    print(f"{log}: equal to TensorBoard's series")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", help="a run folder")
    parser.add_argument("--log", help="the log as Ballast reads it, CSV")
    arguments = parser.parse_args()
    checkpoints = sorted(glob.glob(os.path.join(arguments.run, "checkpoints", "*.safetensors")))
    events = glob.glob(os.path.join(arguments.run, "events.out.tfevents.*"))
    assert checkpoints or events, f"{arguments.run}: neither checkpoints nor event files"
    for path in checkpoints:
        check_checkpoint(path)
    if events:
        check_events(arguments.run, arguments.log)


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"check_formats: {error}")
