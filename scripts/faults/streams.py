"""Each command with a standard output that is full, or closed, and errors that nobody takes."""

import os
import pathlib
import subprocess

import hostile
from tool import BALLAST, CRASHES, configuration, counts, problem, remove, run, study


def commands(work):
    text = str(work / "text.txt")
    return {
        "help": ["--help"],
        "version": ["--version"],
        "config": ["config", "stream.yaml"],
        "keys": ["config", "--keys"],
        "interventions": ["config", "--interventions"],
        "program": ["program", "stream.yaml"],
        "train": ["train", "stream.yaml", "--out", "OUT"],
        "train again": ["train", "stream.yaml", "--out", "stream-whole"],
        "train json": ["train", "stream.yaml", "--out", "stream-whole", "--json"],
        "dry run": ["train", "stream.yaml", "--dry-run"],
        "sweep": ["sweep", "run", "streams.yaml", "--out", "OUT"],
        "status": ["sweep", "status", "streams-whole"],
        "report": ["report", "streams-whole"],
        "report text": ["report", "streams-whole", "--text"],
        "compare": ["compare", "stream-whole", "stream-whole"],
        "inspect": ["inspect", "stream-whole/checkpoints/step-00000005.safetensors"],
        "doctor": ["doctor", "stream-whole"],
        "forecast": ["forecast", "streams-whole", "--target", "1B"],
        "coordcheck": ["coordcheck", "stream.yaml", "--widths", "16,32,48", "--steps", "2", "--seeds", "2"],
        "transfer": ["transfer", "streams.yaml", "--out", "OUT", "--dry-run"],
        "evaluate": ["evaluate", "stream-whole"],
        "sensitivity": ["sensitivity", "streams-whole"],
        "findings": ["findings", "streams-whole"],
        "interactions": ["interactions", "factors.yaml", "--out", "OUT", "--dry-run"],
        "tokenizer train": ["tokenizer", "train", "text.txt", "--vocabulary", "300", "--out", "OUT"],
        "tokenizer encode": ["tokenizer", "encode", "tokenizer.json", "text.txt"],
        "tokenizer count": ["tokenizer", "encode", "tokenizer.json", "text.txt", "--count"],
        "recipe": ["recipe", "config.json"],
        "recipe json": ["recipe", "config.json", "--json"],
        "export": ["export", "stream.yaml", "--format", "pytorch"],
        "export csv": ["export", "stream-whole", "--format", "csv"],
        "export folder": ["export", "stream-whole", "--format", "huggingface", "--out", "OUT"],
        "import": ["import", "log.csv", "--out", "OUT"],
        "judge": ["judge", "3.1,3.2,3.15", "3.0,3.01"],
        "judge json": ["judge", "3.1,3.2,3.15", "3.0,3.01", "--json"],
        "probe": ["probe", "pytorch"],
        "inspect json": ["inspect", "stream-whole", "--json", "--norms-only"],
        "doctor json": ["doctor", "stream-whole", "--json"],
        "compare json": ["compare", "stream-whole", "stream-whole", "--json", "--exact"],
        "bench": ["bench", "step", "--preset", "p64", "--steps", "1", "--warmup", "0"],
        "no file": ["config", "none.yaml"],
        "misuse": ["train"],
        "no text": ["train", "stream.yaml", "--set", f"data.text=[{text}.none]", "--out", "OUT"],
    }


def check(work):
    (work / "stream.yaml").write_text(configuration(work, 5))
    (work / "streams.yaml").write_text(
        study("streams", configuration(work, 3), "{optimizer.learning-rate: [1e-3, 1e-2]}"))
    hostile.prepare_files(work)
    run(["train", "stream.yaml", "--out", "stream-whole", "--quiet"], [0])
    run(["sweep", "run", "streams.yaml", "--out", "streams-whole"], [0])
    for name, arguments in commands(work).items():
        codes = []
        for number, where in enumerate(["/dev/null", "/dev/full", "closed", "errors full"]):
            folder = f"out-{name.replace(' ', '-')}-{number}"
            out = [folder if argument == "OUT" else argument for argument in arguments]
            if where == "closed":
                done = run(out, stdout=None, preexec_fn=lambda: os.close(1))
            elif where == "errors full":
                done = run_without_errors(out)
            else:
                with open(where, "w") as file:
                    done = run(out, stdout=file)
            codes.append(done.returncode)
            counts["commands with a stream that takes nothing"] += number > 0
            remove(folder)
            pathlib.Path(folder).unlink(missing_ok=True)
        plain, full, closed, silent = codes
        prints = plain in (0, 2, 3)
        if closed != plain or silent != plain or full != (1 if plain == 0 else plain):
            problem(f"{name}: exit codes {codes} for /dev/null, /dev/full, closed, errors to /dev/full")
        if not prints and plain not in (1, 64):
            problem(f"{name}: exit {plain}")


def run_without_errors(arguments):
    """Errors go to a device that is full; a crash shows in the exit code alone."""
    line = 'exec 2>/dev/full; exec "$0" "$@"'
    done = subprocess.run(
        ["/bin/bash", "-c", line, BALLAST, *arguments], stdout=subprocess.DEVNULL, timeout=120)
    if -done.returncode in CRASHES:
        problem(f"{arguments} with errors to /dev/full: signal {-done.returncode}")
    return done
