"""What changes around a run: the clock of the wall, the disk's free space, its folder, the version that began it."""

import os
import pathlib
import random
import shutil
import subprocess
import time

import operations
import signals
from tool import BALLAST, compare, configuration, counts, log, problem, remove, run, study

DAY = 86400
CLOCKS = {
    "back by a day": (0, -DAY), "on by a day": (0, DAY), "on by 100 years": (0, 36525 * DAY),
    "from 1970": (-57 * 365 * DAY, 0), "from 1970, then on": (-57 * 365 * DAY, 57 * 365 * DAY),
    "back to before 1970": (0, -80 * 365 * DAY),
}


def of_clocks(work, seconds):
    """A clock that jumps within a session, and from one session to the next."""
    operations.build(work, "clock.c", "clock.so")
    (work / "clock.yaml").write_text(configuration(work, 40, "checkpoints: {every: 10}\n"))
    arguments = ["train", "clock.yaml", "--quiet", "--out"]
    run([*arguments, "clock-whole"], [0])
    end = time.monotonic() + seconds
    for name, (offset, jump) in CLOCKS.items():
        if time.monotonic() > end:
            break
        remove("clock")
        for number, more in enumerate((["--stop-after", "10"], ["--stop-after", "25"], [])):
            environment = dict(
                os.environ, LD_PRELOAD=str(work / "clock.so"), CLOCK_OFFSET=str(offset + number * jump // 2),
                CLOCK_JUMP=str(jump), CLOCK_AFTER=str(random.randrange(40)))
            run([*arguments, "clock", *more], [0], env=environment)
            counts["sessions under a clock that jumps"] += 1
        compare(f"clock {name}", "clock-whole", "clock", all_checkpoints=False)


def of_vanishing(work, seconds):
    """The folder of a run, of a cell, or of a whole sweep goes away while it is written."""
    (work / "vanish.yaml").write_text(configuration(work, 400, "checkpoints: {every: 20}\n"))
    (work / "vanishing.yaml").write_text(
        study("vanishing", configuration(work, 150), "{optimizer.learning-rate: [1e-3, 1e-2]}"))
    train = ["train", "vanish.yaml", "--quiet", "--out"]
    sweep = ["sweep", "run", "vanishing.yaml", "--out"]
    whole = {}
    for arguments, folder in ((train, "vanish-whole"), (sweep, "vanishing-whole")):
        begin = time.monotonic()
        run([*arguments, folder], [0])
        whole[folder] = time.monotonic() - begin
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for arguments, folder, gone in (
                (train, "vanish", ""), (train, "vanish", "checkpoints"), (sweep, "vanishing", ""),
                (sweep, "vanishing", "cells/learning-rate=1e-3")):
            remove(folder)
            process = signals.start([*arguments, folder])
            time.sleep(random.uniform(0.1, 0.9) * whole[folder + "-whole"])
            remove(pathlib.Path(folder, gone))
            errors = signals.end(process, f"{folder}/{gone} vanishes")
            counts["folders that vanished"] += 1
            if process.returncode not in (0, 1):
                problem(f"{folder}/{gone} vanishes: exit {process.returncode}: {errors[-300:]}")
            if process.returncode == 1 and not errors.strip():
                problem(f"{folder}/{gone} vanishes: exit 1 without a word")
            again = run([*arguments, folder])
            if again.returncode:
                problem(f"{folder}/{gone} vanishes: then exit {again.returncode}: {again.stderr[-300:]}")
                continue
            for cell in sorted(os.listdir("vanishing-whole/cells")) if arguments is sweep else [""]:
                below = f"cells/{cell}" if cell else ""
                compare(
                    f"{folder}/{gone} vanishes", pathlib.Path(folder + "-whole", below),
                    pathlib.Path(folder, below), all_checkpoints=False)


def of_disks(work, seconds):
    """A disk that something else fills while a run goes on, or that is too small from the start; then it has space."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
        print("LEFT OUT  full disks: this user may mount nothing", flush=True)
        return
    (work / "disk.yaml").write_text(configuration(work, 400, "checkpoints: {every: 20}\n"))
    (work / "disks.yaml").write_text(
        study("disks", configuration(work, 150), "{optimizer.learning-rate: [1e-3, 1e-2]}"))
    train = ["train", "disk.yaml", "--quiet", "--out"]
    sweep = ["sweep", "run", "disks.yaml", "--out"]
    whole = {}
    for arguments, folder in ((train, "disk-whole"), (sweep, "disks-whole")):
        begin = time.monotonic()
        run([*arguments, folder], [0])
        whole[folder] = time.monotonic() - begin
    line = (
        'mount -t tmpfs -o size=$1k tmpfs disk; wait=$2; shift 2; "$0" "$@" >/dev/null & p=$!; sleep $wait; '
        "cat /dev/zero >disk/filler 2>/dev/null; wait $p; first=$?; rm disk/filler; "
        'mount -o remount,size=64m disk; "$0" "$@" >/dev/null; echo $first $?; cp -a disk/out disk-copy')
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for arguments, folder in ((train, "disk-whole"), (sweep, "disks-whole")):
            size = random.choice([100, 8000, 8000, 8000])
            wait = random.uniform(0, 1) * whole[folder]
            remove("disk-copy")
            os.makedirs("disk", exist_ok=True)
            done = subprocess.run(
                ["unshare", "-m", "/bin/bash", "-c", line, BALLAST, str(size), str(wait), *arguments, "disk/out"],
                capture_output=True, text=True)
            counts["disks that filled and emptied"] += 1
            place = f"{arguments[0]} on a disk of {size} kB that is full after {wait:.2f} s"
            codes = done.stdout.split()
            if codes not in (["0", "0"], ["1", "0"], ["64", "0"]):
                problem(f"{place}: exits {codes}: {done.stderr[-300:]}")
                continue
            if codes[0] != "0" and not any(
                    words in done.stderr for words in ("No space left on device", "are left at")):
                problem(f"{place}: says {done.stderr[-300:]}")
            for cell in sorted(os.listdir("disks-whole/cells")) if arguments is sweep else [""]:
                below = f"cells/{cell}" if cell else ""
                compare(
                    place, pathlib.Path(folder, below), pathlib.Path("disk-copy", below),
                    all_checkpoints=False)
    remove("disk-copy")


def of_damage(work):
    """A damaged newest checkpoint: the one before it is gone on from, in words."""
    (work / "damage.yaml").write_text(configuration(work, 40, "checkpoints: {every: 10, keep: 3}\n"))
    arguments = ["train", "damage.yaml", "--quiet", "--out"]
    run([*arguments, "damage-whole"], [0])
    run([*arguments, "damage-half", "--stop-after", "30"], [0])
    for name, change in {
        "cut": lambda data: data[: len(data) // 2], "empty": lambda data: b"",
        "a bit of the header": lambda data: data[:20] + bytes([data[20] ^ 1]) + data[21:],
        "a bit of the tensors": lambda data: data[:-100] + bytes([data[-100] ^ 4]) + data[-99:],
        "zeros": lambda data: bytes(len(data)),
    }.items():
        remove("damage")
        shutil.copytree("damage-half", "damage")
        newest = sorted(pathlib.Path("damage/checkpoints").glob("*.safetensors"))[-1]
        newest.write_bytes(change(newest.read_bytes()))
        done = run([*arguments, "damage"], [0])
        counts["damaged newest checkpoints"] += 1
        if "going on from the checkpoint of step 20" not in done.stderr:
            problem(f"damage, {name}: says {done.stderr[-300:]}")
        compare(f"damage, {name}", "damage-whole", "damage", all_checkpoints=False)


def of_sessions(work, sessions):
    """One run in so many sessions, at 128 open files: the log, the bits and the result of one."""
    (work / "sessions.yaml").write_text(
        configuration(work, sessions, "checkpoints: {every: 0}\n", evaluate=100))
    arguments = ["train", "sessions.yaml", "--quiet", "--no-report", "--out"]
    run([*arguments, "sessions-whole"], [0])
    remove("sessions")
    line = 'ulimit -n 128; exec "$0" "$@"'
    for step in range(1, sessions + 1):
        more = ["--stop-after", str(step)] if step < sessions else []
        done = subprocess.run(
            ["/bin/bash", "-c", line, BALLAST, *arguments, "sessions", *more], capture_output=True,
            text=True, timeout=120)
        counts["sessions of one run"] += 1
        if done.returncode:
            problem(f"session {step}: exit {done.returncode}: {done.stderr[-300:]}")
            return
    compare(f"{sessions} sessions", "sessions-whole", "sessions", all_checkpoints=False)
    if len(log("sessions")) != len(log("sessions-whole")):
        problem(f"{sessions} sessions: {len(log('sessions'))} logged values")
