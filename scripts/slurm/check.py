"""Job arrays of ballast on a Slurm of one node: what faults leave is what no fault leaves, no run is lost, and none
is trained twice.

    scripts/slurm/check.py BALLAST     as scripts/test-slow.sh slurm runs it; exits 1 where a promise was broken
"""

import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

BALLAST = os.environ["BALLAST"] = sys.argv[1]
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "faults"))
from tool import log, result  # noqa: E402

WORK = pathlib.Path(tempfile.mkdtemp(prefix="ballast-slurm-"))
WORK.chmod(0o755)  # munged asks for it.
ENVIRONMENT = dict(os.environ, BALLAST_HOME=str(WORK / "home"), BALLAST_ISA="avx2", COLUMNS="160")
STUDY = """
name: small
base:
  model: {depth: 2, context: 32, head-dimension: 16}
  data: {text: [TEXT], batch: 8}
  steps: STEPS
  evaluation: {every: 0, batches: 2}
  checkpoints: {every: 20}
grid: {model.width: [32, 48], optimizer.learning-rate: [1e-3, 1e-1]}
"""
STEPS = 500
RUNS = 4
rows, problems = [], []


def expect(holds, text):
    if not holds:
        problems.append(text)
        print("LOST  " + text, flush=True)


def call(*arguments, allowed=(0,)):
    done = subprocess.run(
        [str(word) for word in arguments], env=ENVIRONMENT, capture_output=True, text=True, timeout=120)
    expect(done.returncode in allowed, f"{arguments}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return done


def slurm(action, *more):
    if call(HERE / "local.sh", action, WORK / "slurm", *more).returncode:
        raise SystemExit(1)
    ENVIRONMENT["SLURM_CONF"] = str(WORK / "slurm/slurm.conf")


def sweep(out, *options, allowed=(0,), study="study.yaml"):
    return call(BALLAST, "sweep", "run", WORK / study, "--out", out, *options, allowed=allowed)


def submit(out, *options):
    """Submits what is missing; the array's number, what was submitted."""
    done = sweep(out, "--slurm", "--json", *options)
    answer = json.loads(done.stdout)
    return answer.get("job"), answer


def cells(out):
    return sorted(path for path in (out / "cells").iterdir() if path.is_dir())


def finished(out):
    return {path.name for path in cells(out) if (path / "result.json").exists()}


def sessions(cell):
    """The step from which each process went on that trained a run."""
    return [s["from_step"] for s in json.loads((cell / "manifest.json").read_text())["sessions"]]


def bits(cell):
    """What a run came to: its last parameters, all that it logged, its result."""
    checkpoint = sorted((cell / "checkpoints").iterdir())[-1]
    digest = hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    return checkpoint.name, digest, log(cell), result(cell)


def step(cell):
    """The last step of which a checkpoint stands."""
    names = [p.name for p in (cell / "checkpoints").glob("step-*.safetensors")]
    return max((int(name[5:13]) for name in names), default=0)


def wait(what, condition, seconds=60):
    for _ in range(seconds * 20):
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    expect(False, f"{what}: not within {seconds} s")
    return None


def queue():
    done = subprocess.run(
        ["squeue", "-h", "-r", "-o", "%F_%K %T"], env=ENVIRONMENT, capture_output=True, text=True)
    return dict(line.split() for line in done.stdout.splitlines())


def drain():
    """Waits until nothing is queued or runs; how many tasks ran at a time at most."""
    most = 0
    for _ in range(2400):
        now = queue()
        most = max(most, sum(state == "RUNNING" for state in now.values()))
        if not now:
            return most
        time.sleep(0.05)
    expect(False, f"the queue does not empty: {queue()}")
    return most


def begun(out, least=60):
    """Waits for a run that has taken some steps and has more to take; the steps of which each open run has a
    checkpoint."""
    def one():
        for cell in cells(out) if (out / "cells").exists() else []:
            if step(cell) >= least and not (cell / "result.json").exists():
                return cell
        return None
    wait(f"{out.name}: a run of {least} steps", one)
    return {cell.name: step(cell) for cell in cells(out) if not (cell / "result.json").exists()}


def judge(out, whole, name, note, saved=None):
    """Compares a sweep that went through a fault with one that went through none, and asks that no step was taken
    again of which a checkpoint stood when the fault came."""
    lost = {cell.name for cell in cells(whole)} - finished(out)
    expect(not lost, f"{name}: no result of {sorted(lost)}")
    same = [bits(cell) == bits(whole / "cells" / cell.name) for cell in cells(out) if cell.name not in lost]
    expect(all(same), f"{name}: other bits in {same.count(False)} runs")
    for cell, least in (saved or {}).items():
        later = sessions(out / "cells" / cell)[1:]
        expect(not later or max(later) >= least, f"{name}: {cell} had {least} steps, and went on from {later}")
    leftovers = list(out.rglob("*.ballast-partial"))
    expect(not leftovers, f"{name}: {leftovers}")
    count = sum(len(sessions(cell)) for cell in cells(out))
    rows.append((name, f"{len(finished(out))} of {len(same) + len(lost)}", f"{same.count(True)} of {len(same)}",
                 str(count), note))
    print("ok    " + name, flush=True)


def again(out, before, name, *options):
    """The same command once the queue is empty: it submits exactly what has no result, and touches no other."""
    kept = {n: (out / "cells" / n / "result.json").stat().st_mtime_ns for n in before}
    job, answer = submit(out, *options)
    # Where nothing is missing, the answer is the sweep's summary.
    submitted = answer.get("submitted", 0)
    expect(submitted == RUNS - len(before), f"{name}: {submitted} submitted, {len(before)} of {RUNS} were done")
    drain()
    now = {n: (out / "cells" / n / "result.json").stat().st_mtime_ns for n in before}
    expect(kept == now, f"{name}: results were written again")
    return job


def task_process(out):
    """The process of a task that trains in a folder."""
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"task" in words and any(str(out).encode() in word for word in words):
            if words[0].endswith(b"ballast"):
                return int(path.parent.name)
    return None


def main():
    (WORK / "text.txt").write_text(
        "".join(f"Line {i} holds {i * 7919 % 1000} and {i * 104729 % 997}.\n" for i in range(6000)))
    study = STUDY.replace("TEXT", str(WORK / "text.txt"))
    (WORK / "study.yaml").write_text(study.replace("STEPS", str(STEPS)))
    whole = WORK / "whole"
    sweep(whole, "--json")

    # Before there is a Slurm: a clear answer, and no folder.
    path = ENVIRONMENT["PATH"]
    ENVIRONMENT["PATH"] = "/nowhere"
    done = sweep(WORK / "none", "--slurm", allowed=(1,))
    expect("there is no sbatch here" in done.stderr and not (WORK / "none").exists(), f"no sbatch: {done.stderr}")
    done = sweep(WORK / "none", "--slurm", "--dry-run", "--time", "90")
    expect(f"#SBATCH --array=0-{RUNS - 1}\n" in done.stdout and not (WORK / "none").exists(), f"dry run: {done.stdout}")
    ENVIRONMENT["PATH"] = path
    slurm("start", RUNS - 1)

    # A full array: more runs than it may have tasks.
    out = WORK / "full"
    done = sweep(out, "--slurm", "--cells-per-task", "1", allowed=(1,))
    expect("give 2 or more" in done.stderr, f"full array: {done.stderr}")
    done = sweep(out, "--slurm", "--partition", "nope", allowed=(1,))
    expect("Invalid partition" in done.stderr and not any((out / "slurm").glob("ballast-*")),
           f"refused: {done.stderr}")
    job, answer = submit(out, "--array-limit", "1")
    expect((answer["submitted"], answer["tasks"]) == (RUNS, 2), f"full array: {answer}")
    _, second = submit(out, "--array-limit", "1")
    expect((second["submitted"], second["job"]) == (0, None), f"submitted twice: {second}")
    wait("a running task", lambda: "RUNNING" in queue().values())
    status = json.loads(call(BALLAST, "sweep", "status", out, "--json").stdout)["cells"]
    expect(sum(cell.get("job", "").startswith(f"{job}_") for cell in status) >= RUNS / 2, f"status: {status}")
    most = drain()
    expect(most == 1, f"{most} tasks ran at a time")
    expect(all(sessions(cell) == [0] for cell in cells(out)), "array to its end: a run has several sessions")
    judge(out, whole, f"array to its end, at most {RUNS - 1} tasks in an array", "2 tasks of 2 runs, one at a time")
    before = {cell: (out / "cells" / cell / "result.json").stat().st_mtime_ns for cell in finished(out)}
    done = sweep(out, "--slurm")
    after = {cell: (out / "cells" / cell / "result.json").stat().st_mtime_ns for cell in finished(out)}
    expect("report in" in done.stdout and before == after and not queue(), f"complete: {done.stdout}")
    slurm("stop")
    shutil.rmtree(WORK / "slurm")
    slurm("start")

    out = WORK / "cancelled"
    job, _ = submit(out, "--array-limit", "2")
    saved = begun(out)
    call("scancel", job)
    drain()
    left = finished(out)
    expect(len(left) < RUNS, "cancelled: too late")
    again(out, left, "cancelled")
    judge(out, whole, "cancelled (scancel)", f"{RUNS - len(left)} runs submitted again", saved)

    out = WORK / "requeued"
    job, _ = submit(out, "--array-limit", "2")
    saved = begun(out)
    call("scontrol", "requeue", f"{job}_0")
    drain()
    judge(out, whole, "queued again (scontrol requeue)", "by itself", saved)

    out = WORK / "limit"
    job, _ = submit(out, "--array-limit", "2", "--cells-per-task", "2", "--time", "10")
    saved = begun(out)
    call("scancel", "--signal=USR1", "--batch", f"{job}_0", f"{job}_1")
    drain()
    resumed = sum(len(sessions(cell)) - 1 for cell in cells(out))
    expect(resumed >= 1, "limit of time: nothing was resumed")
    text = "".join(path.read_text() for path in (out / "slurm").glob("*/*.log"))
    expect("begun again 1 times" in text, f"limit of time: {text}")
    judge(out, whole, "limit of time (SIGUSR1 to the batch shell)", "by itself, from checkpoints", saved)

    out = WORK / "killed"
    submit(out, "--array-limit", "2")
    saved = begun(out)
    killed = wait("a task's process", lambda: task_process(out))
    os.kill(killed, signal.SIGKILL)
    drain()
    left = finished(out)
    expect(len(left) < RUNS, "killed: nothing was lost by it")
    again(out, left, "killed")
    judge(out, whole, "task's ballast killed (kill -9)", f"{RUNS - len(left)} runs submitted again", saved)

    out = WORK / "controller"
    submit(out, "--array-limit", "2")
    saved = begun(out)
    slurm("controller-stop")
    done = sweep(out, "--slurm", allowed=(1,))
    expect("the queue is not known" in done.stderr or "what is in the queue is not known" in done.stderr,
           f"without a controller: {done.stderr}")
    done = call(BALLAST, "sweep", "status", out)
    expect("note: the queue is not known" in done.stdout, f"status without a controller: {done.stdout}")
    slurm("controller-start")
    drain()
    left = finished(out)
    again(out, left, "controller")
    judge(out, whole, "controller restarted", f"{RUNS - len(left)} runs submitted again", saved)

    # A study of two stages: trunks, then branches, by the same command.
    call_horizon = [BALLAST, "verify", "horizon", WORK / "run.yaml", "--rates", "1", "--seeds", "2", "--out"]
    base = study.replace("STEPS", "320").split("base:\n")[1].split("grid:")[0]
    (WORK / "run.yaml").write_text("".join(line[2:] + "\n" for line in base.splitlines()))
    verdicts = (0, 2, 3)
    call(*call_horizon, WORK / "staged-whole", allowed=verdicts)
    out = WORK / "staged"
    for stage in range(2):
        done = call(*call_horizon, out, "--slurm")
        expect("submitted job" in done.stdout, f"stage {stage}: {done.stdout}")
        drain()
    done = call(*call_horizon, out, "--slurm", allowed=verdicts)
    expect("report in" in done.stdout, f"stages: {done.stdout}")
    judge(out, WORK / "staged-whole", "study of two stages (verify horizon)", "three times the same command")
    reports = [next(folder.glob("horizon-*/horizon.json")).read_text() for folder in (out, WORK / "staged-whole")]
    expect(json.loads(reports[0])["verdict"] == json.loads(reports[1])["verdict"], "stages: another verdict")


try:
    main()
finally:
    if (WORK / "slurm").exists():
        slurm("stop")
    head = ("fault", "results", "bits as without", "sessions", "how it went on")
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(5)]
    print()
    for row in [head, *rows]:
        print("  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip())
    if problems:
        print(f"\n{len(problems)} promises broken; the folder stays: {WORK}")
        for text in problems:
            print("  " + text)
        sys.exit(1)
    shutil.rmtree(WORK)
print(f"\n{len(rows)} faults: no run lost, none trained twice, bits as without Slurm")
