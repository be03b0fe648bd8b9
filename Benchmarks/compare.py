#!/usr/bin/env python3
"""Times Ballast and its peers in turn on this machine and prints a table of medians with their spread.

    Benchmarks/compare.py xla            the XLA engine against JAX, both on all cores
    Benchmarks/compare.py depth          compile time of the XLA engine, 24 blocks against 4
    Benchmarks/compare.py cpu            the CPU engine against PyTorch and JAX, over two cores
    Benchmarks/compare.py bf16           the same in mixed precision, against PyTorch
    Benchmarks/compare.py context        p64 at contexts of 256 to 4096, against PyTorch's fused attention
    Benchmarks/compare.py telemetry      what measuring costs: none, norms, and spectral norms every tenth step
    Benchmarks/compare.py threads        one run on one thread and on two, beside oneDNN's products alone

Each round runs every command once, in the same order, so that all see the same hours of the machine;
the table shows the median of the rounds and, in brackets, the smallest and the largest. `--json FILE`
keeps every number with the machine, the versions and the commit. The peers run under the Python that
runs this script, or that `--python` names: it needs torch and jax from PyPI. Build first:
`swift build -c release --product ballast`.
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PEERS = os.path.join(ROOT, "Benchmarks", "peers")


def ballast(*arguments):
    return [os.path.join(ROOT, ".build", "release", "ballast"), "bench", "step", "--json", *arguments]


def peer(python, script, *arguments):
    return [python, os.path.join(PEERS, script), *arguments]


def suite(name, presets, python, steps):
    """For each line of the table: (preset, who, command, the key of its figure)."""
    lines = []
    speed = "tokens_per_second"
    if name == "depth":
        for depth in (4, 24):
            lines.append(("p64", f"xla engine, {depth} blocks",
                          ballast("--preset", "p64", "--engine", "xla", "--threads", str(os.cpu_count()),
                                  "--steps", "2", "--steps-per-run", "2", "--set", f"model.depth={depth}",
                                  "--set", "model.context=64"), "compile_seconds"))
        return lines
    if name == "context":
        for context in (256, 512, 1024, 2048, 4096):
            common = ("--preset", "p64", "--steps", str(steps), "--context", str(context))
            lines.append((f"p64, context {context}", "cpu engine 1 x 2", ballast(*common, "--threads", "2"), speed))
            for label, more in (("eager", ()), ("compiled", ("--compile",))):
                lines.append((f"p64, context {context}", f"PyTorch {label} 1 x 2",
                              peer(python, "torch_step.py", *common, "--threads", "2", *more), speed))
        return lines
    for preset in presets:
        common = ("--preset", preset, "--steps", str(steps))
        if name == "telemetry":
            for telemetry in ("none", "norms", "spectral"):
                lines.append((preset, telemetry, ballast(*common, "--telemetry", telemetry), speed))
            continue
        if name == "threads":
            for threads in ("1", "2"):
                lines.append((preset, f"a step, {threads} threads", ballast(*common, "--threads", threads), speed))
                lines.append((preset, f"its products, {threads} threads",
                              [ballast()[0], "bench", "products", "--json", "--preset", preset,
                               "--threads", threads], "gflop_per_second"))
            continue
        if name == "bf16":
            for label, more in (("cpu engine 2 x 1", ("--processes", "2")), ("cpu engine 1 x 2", ("--threads", "2"))):
                lines.append((preset, label, ballast(*common, "--element-type", "bf16", *more), speed))
            for label, more in (("eager 1 x 2", ("--threads", "2")),
                                ("eager 2 x 1", ("--threads", "1", "--processes", "2")),
                                ("compiled 1 x 2", ("--threads", "2", "--compile")),
                                ("compiled 2 x 1", ("--threads", "1", "--processes", "2", "--compile"))):
                lines.append((preset, "PyTorch " + label,
                              peer(python, "torch_step.py", *common, "--bf16", *more), speed))
            continue
        if name == "xla":
            lines.append((preset, "xla engine", ballast(
                *common, "--engine", "xla", "--threads", str(os.cpu_count()), "--steps-per-run", "4"), speed))
            lines.append((preset, "JAX", peer(python, "jax_step.py", *common), speed))
        else:
            lines.append((preset, "cpu engine 2 x 1", ballast(*common, "--processes", "2"), speed))
            lines.append((preset, "cpu engine 1 x 2", ballast(*common, "--threads", "2"), speed))
            lines.append((preset, "its products alone 2 x 1",
                          [ballast()[0], "bench", "products", "--json", "--preset", preset, "--processes", "2"],
                          "gflop_per_second"))
            lines.append((preset, "JAX", peer(python, "jax_step.py", *common), speed))
            for label, more in (("eager 1 x 2", ("--threads", "2")),
                                ("eager 2 x 1", ("--threads", "1", "--processes", "2")),
                                ("compiled 1 x 2", ("--threads", "2", "--compile")),
                                ("compiled 2 x 1", ("--threads", "1", "--processes", "2", "--compile"))):
                lines.append((preset, "PyTorch " + label, peer(python, "torch_step.py", *common, *more), speed))
    return lines


def figure(command, key):
    result = subprocess.run(command, capture_output=True, text=True, cwd=PEERS)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{result.stderr[-2000:]}")
    report = json.loads(result.stdout.strip().splitlines()[-1])
    # The peers' scripts shorten the name.
    value = float(report.get(key, report.get("tokens_per_s")))
    # The table has whole numbers.
    return value * 1e3 if key == "compile_seconds" else value, report


def machine(python):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown")
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, cwd=ROOT)
    versions = {}
    for package in ("torch", "jax"):
        found = subprocess.run(
            [python, "-c", f"import importlib.metadata as m; print(m.version('{package}'))"],
            capture_output=True, text=True)
        versions[package] = found.stdout.strip() or None
    return {"date": time.strftime("%Y-%m-%d"), "processor": model, "cores": os.cpu_count(),
            "kernel": platform.release(), "commit": commit.stdout.strip(), "versions": versions}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", choices=("xla", "depth", "cpu", "bf16", "context", "telemetry", "threads"))
    parser.add_argument("--presets", default="p64,p128,p256")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=7)
    parser.add_argument("--python", default=sys.executable, help="a Python with torch and jax")
    parser.add_argument("--only", default="", help="a pattern: lines whose name holds it, as 'engine|compiled'")
    parser.add_argument("--json", help="where to keep the numbers")
    options = parser.parse_args()
    lines = [line for line in suite(options.suite, options.presets.split(","), options.python, options.steps)
             if re.search(options.only, line[1])]
    figures = [[] for _ in lines]
    reports = [[] for _ in lines]
    for number in range(options.rounds):
        for index, (preset, who, command, key) in enumerate(lines):
            value, report = figure(command, key)
            figures[index].append(value)
            reports[index].append(report)
            print(f"round {number + 1}: {preset} {who}: {value:,.0f}", file=sys.stderr, flush=True)
    facts = machine(options.python)
    unit = {"depth": "ms to compile", "threads": "tokens/s, GFLOP/s",
            "cpu": "tokens/s, GFLOP/s of products"}.get(options.suite, "tokens/s")
    print(f"{facts['processor']}, {facts['cores']} cores, {facts['date']}, commit {facts['commit']}, "
          f"torch {facts['versions']['torch']}, jax {facts['versions']['jax']}; "
          f"medians of {options.rounds} rounds\n")
    print(f"| preset | who | {unit} | smallest to largest | GFLOP/s of both cores | peak memory of a process, MiB |\n"
          "|---|---|---|---|---|---|")
    for (preset, who, _, _), values, kept in zip(lines, figures, reports):
        peaks = [report["peak_memory_bytes"] >> 20 for report in kept if "peak_memory_bytes" in report]
        rates = [report.get("gflop_per_second", report.get("gflop_per_s")) for report in kept]
        rates = [rate for rate in rates if rate is not None]
        print(f"| {preset} | {who} | {statistics.median(values):,.0f} | {min(values):,.0f} to {max(values):,.0f} | "
              f"{statistics.median(rates) if rates else 0:,.0f} | {statistics.median(peaks) if peaks else '-'} |")
    if options.json:
        record = {"suite": options.suite, "machine": facts, "lines": [
            {"preset": preset, "who": who, "command": [part.replace(ROOT + os.sep, "") for part in command[1:]], "figures": values, "reports": kept}
            for (preset, who, command, _), values, kept in zip(lines, figures, reports)]}
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(record, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
