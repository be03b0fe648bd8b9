#!/usr/bin/env python3
"""Times a 125M-parameter training step of Ballast, JAX and torch.compile in turn on a GPU, unattended.

    python3 run.py                      on a machine with an NVIDIA GPU: at most 10 minutes
    python3 run.py --plugin P --size small --device cpu
                                        tries the script itself, with an XLA plugin for the CPU

It runs inside the folder that bundle.sh packs. The machine needs the driver, the CUDA plugin
(jax-cuda13-pjrt or jax-cuda12-pjrt), PyTorch and JAX; what is missing is left out, and said. Prints a table with
the model FLOPs utilisation (MFU) where the device's peak is known, and one line of JSON.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# Dense bf16 peaks in TFLOP/s, from the data sheets, by words of the device's name; the first that fits counts.
PEAKS = [(("H200",), 989.5), (("H100", "PCIe"), 756.5), (("H100",), 989.5), (("A100",), 312.0), (("L4",), 121.0),
         (("L40S",), 362.0), (("B200",), 2250.0)]


def plugin():
    """The CUDA plugin of an installed Python package."""
    for package in ("xla_cuda13", "xla_cuda12"):
        try:
            found = importlib.util.find_spec(f"jax_plugins.{package}")
        except ModuleNotFoundError:
            found = None
        if found and found.submodule_search_locations:
            path = os.path.join(list(found.submodule_search_locations)[0], "xla_cuda_plugin.so")
            if os.path.exists(path):
                return path
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plugin", help="the PJRT plugin; else the installed CUDA plugin")
    parser.add_argument("--size", choices=("125m", "small"), default="125m")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--budget", type=float, default=570, help="seconds for all of it")
    parser.add_argument("--peak-tflops", type=float, help="the device's dense bf16 peak, where it is not known")
    options = parser.parse_args()
    path = options.plugin or plugin()
    if path is None:
        sys.exit("no CUDA plugin: pip install jax-cuda13-pjrt, or give --plugin")
    libraries = os.path.join(HERE, "lib")
    environment = dict(os.environ)
    preset = "125m" if options.size == "125m" else "p64"
    commands = {
        "ballast": [os.path.join(HERE, "bin", "ballast"), "bench", "step", "--json", "--engine", "xla", "--plugin",
                    path, "--preset", preset, "--element-type", "bf16", "--threads", str(os.cpu_count()), "--steps", str(options.steps),
                    "--steps-per-run", "4"],
        "torch.compile": [sys.executable, os.path.join(HERE, "torch_step.py"), "--size", options.size, "--steps",
                          str(options.steps), "--device", options.device],
        "JAX": [sys.executable, os.path.join(HERE, "jax_step.py"), "--size", options.size, "--steps",
                str(options.steps)],
    }
    if options.device == "cuda":
        commands["JAX, cuDNN attention"] = commands["JAX"] + ["--attention", "cudnn"]
    begin = time.monotonic()
    results = {name: [] for name in commands}
    failed = {}
    for number in range(options.rounds):
        for name, command in commands.items():
            left = options.budget - (time.monotonic() - begin)
            if name in failed or left < 20:
                continue
            run = dict(environment)
            if name == "ballast":
                # The libraries of the bundle are for its own program.
                run["LD_LIBRARY_PATH"] = libraries + ":" + run.get("LD_LIBRARY_PATH", "")
            try:
                done = subprocess.run(command, capture_output=True, text=True, env=run, timeout=min(left, 240))
            except subprocess.TimeoutExpired:
                failed[name] = "took too long"
                continue
            if done.returncode != 0:
                failed[name] = (done.stderr.strip().splitlines() or ["no message"])[-1]
                print(done.stderr[-1500:], file=sys.stderr)
                continue
            results[name].append(json.loads(done.stdout.strip().splitlines()[-1]))
            print(f"round {number + 1}: {name}: {results[name][-1]['tokens_per_second']:,.0f} tokens/s",
                  file=sys.stderr, flush=True)
    kind = next((r["device"] for found in results.values() for r in found if "device" in r), "unknown")
    words = set(kind.replace("-", " ").split())
    peak = options.peak_tflops or next((value for names, value in PEAKS if words.issuperset(names)), None)
    print(f"{options.size}, bf16, {kind}; medians of up to {options.rounds} rounds, "
          f"{time.monotonic() - begin:.0f} s in all\n")
    print("| who | tokens/s | smallest to largest | TFLOP/s | MFU | first step |\n|---|---|---|---|---|---|")
    for name, found in results.items():
        if not found:
            print(f"| {name} | {failed.get(name, 'no time left')} | | | | |")
            continue
        speeds = [r["tokens_per_second"] for r in found]
        tera = statistics.median(r["gflop_per_second"] for r in found) / 1000
        first = statistics.median(r.get("first_step_s", r.get("first_step_ms", 0) / 1000) for r in found)
        share = f"{100 * tera / peak:.1f} %" if peak and options.device == "cuda" else "-"
        print(f"| {name} | {statistics.median(speeds):,.0f} | {min(speeds):,.0f} to {max(speeds):,.0f} | "
              f"{tera:,.2f} | {share} | {first:.1f} s |")
    print()
    print(json.dumps({"device": kind, "size": options.size, "results": results, "failed": failed}))


if __name__ == "__main__":
    main()
