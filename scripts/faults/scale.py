"""A sweep of ten thousand cells: one that trained, its results planted for the others. Commands read it with 256 open
files and a bounded memory, and the sweep finds nothing to train."""

import json
import os
import pathlib
import re
import resource
import subprocess
import time

from tool import BALLAST, configuration, counts, problem, remove, run

FILES, MEMORY = 256, 2_000_000_000
COMMANDS = {
    "sweep status many": "CELLS of CELLS runs done",
    "sweep run many.yaml --out many --dry-run": "",
    "sweep run many.yaml --out many --json": "",
    "report many --text": "",
}


def plant(work, cells):
    base = "".join("  " + line + "\n" for line in configuration(work, 2, "checkpoints: {every: 0}\n").strip().splitlines())
    head = f"name: many\nbase:\n{base}"
    (work / "one.yaml").write_text(head + "grid: {seed: [0, 1]}\n")
    (work / "many.yaml").write_text(head + f"grid: {{seed: [{', '.join(map(str, range(cells)))}]}}\n")
    remove("many")
    run(["sweep", "run", "one.yaml", "--out", "many"], [0])
    first = pathlib.Path("many/cells/seed=0")
    remove(first / "checkpoints")
    plan = json.loads(pathlib.Path("many/sweep.json").read_text())
    texts = {name: (first / name).read_text() for name in ("config.yaml", "cell.yaml", "manifest.json", "result.json")
             if (first / name).exists()}
    # The digest of a result's identity is one of its seed, which the manifest says in full.
    texts["result.json"] = re.sub(r'  "identity" : "[0-9a-f]*",\n', "", texts["result.json"])
    for seed in range(2, cells):
        cell = pathlib.Path(f"many/cells/seed={seed}")
        cell.mkdir()
        for name, text in texts.items():
            for before in ("\nseed: 0\n", '"seed" : 0'):
                text = text.replace(before, before.replace("0", str(seed)))
            (cell / name).write_text(text)
        for path in first.glob("events*"):
            os.link(path, cell / path.name)
        plan["cells"].append({"name": f"seed={seed}", "settings": {"seed": seed}, "steps": 2})
    pathlib.Path("many/sweep.json").write_text(json.dumps(plan))


def check(work, cells):
    plant(work, cells)
    line = f'ulimit -n {FILES}; exec "$0" "$@"'
    for words, expected in COMMANDS.items():
        begin = time.monotonic()
        done = subprocess.run(
            ["/bin/bash", "-c", line, BALLAST, *words.split()], capture_output=True, text=True, timeout=1800)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        print(f"{time.monotonic() - begin:6.1f} s  {peak / 1e6:.0f} MB at most so far  {words}", flush=True)
        counts["commands on a sweep of thousands"] += 1
        if done.returncode:
            problem(f"{words} with {cells} cells: exit {done.returncode}: {done.stderr[-300:]}")
        if expected.replace("CELLS", str(cells)) not in done.stdout.replace(",", ""):
            problem(f"{words} with {cells} cells: says {done.stdout[:200]}")
        trained = sum(1 for path in pathlib.Path("many/cells").glob("*/lock"))
        if trained > 2:
            problem(f"{words} with {cells} cells: trains {trained - 2} that have a result")
        if peak > MEMORY:
            problem(f"{words} with {cells} cells: {peak / 1e6:.0f} MB of memory")
