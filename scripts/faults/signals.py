"""Signals, and two processes that write to one folder."""

import os
import pathlib
import random
import signal
import subprocess
import time

from tool import BALLAST, checkpoints, compare, configuration, counts, problem, remove, run, study

STOPPING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU]


def start(arguments, **options):
    return subprocess.Popen(
        [BALLAST, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options)


def end(process, what):
    try:
        return process.communicate(timeout=60)[1]
    except subprocess.TimeoutExpired:
        problem(f"{what}: hangs")
        process.kill()
        return process.communicate()[1]


def descendants(process):
    """Processes below one, by their numbers."""
    found, open_ = [], [process]
    while open_:
        number = open_.pop()
        try:
            children = pathlib.Path(f"/proc/{number}/task/{number}/children").read_text().split()
        except OSError:
            continue
        found += map(int, children)
        open_ += map(int, children)
    return found


def of_train(work):
    """Saved, the code of the signal, and the same run after the same command."""
    (work / "signal.yaml").write_text(configuration(work, 800, "checkpoints: {every: 150}\n"))
    begin = time.monotonic()
    run(["train", "signal.yaml", "--out", "signal-whole", "--quiet"], [0])
    whole_seconds = time.monotonic() - begin
    arguments = ["train", "signal.yaml", "--out", "signal", "--quiet"]
    for number in STOPPING:
        remove("signal")
        process = start(arguments)
        time.sleep(random.uniform(0.3, 0.8) * whole_seconds)
        process.send_signal(signal.SIGUSR1)
        process.send_signal(number)
        errors = end(process, f"train and {number.name}")
        counts["signals"] += 2
        # It may have been done by then.
        if process.returncode not in (128 + number, 0):
            problem(f"train and {number.name}: exit {process.returncode}: {errors[-300:]}")
        if process.returncode and "saved after step" not in errors and checkpoints("signal"):
            problem(f"train and {number.name}: says nothing: {errors[-300:]}")
        run(arguments, [0])
        # SIGUSR1 and the signal each leave a checkpoint that the others do not have.
        compare(f"train and {number.name}", "signal-whole", "signal", all_checkpoints=False)
    # Nobody reads on.
    remove("signal")
    line = '"$0" train signal.yaml --out signal | head -n 1; exit "${PIPESTATUS[0]}"'
    done = subprocess.run(
        ["/bin/bash", "-c", line, BALLAST], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    counts["signals"] += 1
    if done.returncode not in (0, 141):
        problem(f"train | head: exit {done.returncode}: {done.stderr[-300:]}")
    run(arguments, [0])
    compare("train | head", "signal-whole", "signal", all_checkpoints=False)
    # A limit of file sizes.
    for blocks in (4, 40):
        remove("signal")
        line = f'ulimit -f {blocks}; exec "$0" train signal.yaml --out signal --quiet'
        done = subprocess.run(["/bin/bash", "-c", line, BALLAST], capture_output=True, text=True)
        counts["signals"] += 1
        if done.returncode != 1 or "ulimit -f" not in done.stderr:
            problem(f"train, ulimit -f {blocks}: exit {done.returncode}: {done.stderr[-300:]}")
        run(arguments, [0])
        compare(f"train, ulimit -f {blocks}", "signal-whole", "signal", all_checkpoints=False)


def of_sweep(work):
    """Cells end with their sweep, whatever ends it, and the same command resumes."""
    (work / "signals.yaml").write_text(
        study("signals", configuration(work, 400), "{optimizer.learning-rate: [1e-3, 1e-2]}"))
    begin = time.monotonic()
    run(["sweep", "run", "signals.yaml", "--out", "signals-whole"], [0])
    whole_seconds = time.monotonic() - begin
    arguments = ["sweep", "run", "signals.yaml", "--out", "signals"]
    for number in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]:
        remove("signals")
        process = start(arguments)
        time.sleep(random.uniform(0.3, 0.7) * whole_seconds)
        below = descendants(process.pid)
        process.send_signal(number)
        errors = end(process, f"sweep and {number.name}")
        counts["signals"] += 1
        expected = (-number,) if number == signal.SIGKILL else (128 + number,)
        if process.returncode not in (*expected, 0):
            problem(f"sweep and {number.name}: exit {process.returncode}: {errors[-300:]}")
        limit = time.monotonic() + 10
        while any(is_alive(child) for child in below) and time.monotonic() < limit:
            time.sleep(0.02)
        if any(is_alive(child) for child in below):
            problem(f"sweep and {number.name}: its cells go on without it")
        run(arguments, [0])
        for cell in sorted(os.listdir("signals-whole/cells")):
            compare(
                f"sweep and {number.name}", f"signals-whole/cells/{cell}", f"signals/cells/{cell}",
                all_checkpoints=False)


def is_alive(process):
    try:
        state = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def two_writers(work):
    """Of two processes in one folder one trains, the other says so and changes nothing; two sweeps share."""
    arguments = ["train", "signal.yaml", "--out", "shared", "--quiet"]
    for _ in range(3):
        remove("shared")
        first, second = start(arguments), start(arguments)
        errors = [end(process, "two writers") for process in (first, second)]
        counts["pairs of writers"] += 1
        codes = sorted((first.returncode, second.returncode))
        # The second may have come when the first was done.
        if codes not in ([0, 1], [0, 0]):
            problem(f"two writers: exit codes {codes}: {errors}")
        if codes == [0, 1] and "another process is training there" not in "".join(errors):
            problem(f"two writers: {errors}")
        compare("two writers", "signal-whole", "shared")
    sweep = ["sweep", "run", "signals.yaml", "--out", "sharing"]
    remove("sharing")
    pair = [start(sweep), start(sweep)]
    errors = [end(process, "two sweeps") for process in pair]
    counts["pairs of writers"] += 1
    if [process.returncode for process in pair] != [0, 0]:
        problem(f"two sweeps: exit codes {[process.returncode for process in pair]}: {errors}")
    for cell in sorted(os.listdir("signals-whole/cells")):
        compare("two sweeps", f"signals-whole/cells/{cell}", f"sharing/cells/{cell}")
