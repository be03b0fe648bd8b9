#!/usr/bin/env python3
"""The reference articles that the tool itself writes: every configuration key, the study file, every command.

    reference.py BALLAST OUT    writes ConfigurationKeys.md, StudyFile.md and Commands.md into the folder OUT
"""

import json
import subprocess
import sys
from pathlib import Path


def asked(tool: str, *arguments: str) -> dict:
    """What the tool answers, as JSON."""
    return json.loads(subprocess.run([tool, *arguments], check=True, capture_output=True).stdout)


def cell(value: object) -> str:
    """A value as a cell of a table."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
    return text.replace("|", "\\|").replace("\n", " ")


def limits(key: dict) -> str:
    """The values that a key takes."""
    if key.get("choices"):
        return ", ".join(f"`{choice}`" for choice in key["choices"])
    low, high = key.get("minimum"), key.get("maximum")
    if low is None and high is None:
        return key["type"]
    above = "above " if key.get("excludes_minimum") else "from "
    text = key["type"]
    if low is not None:
        text += f" {above}{low}"
    return text if high is None else f"{text} to {high}"


def keys(tool: str) -> str:
    """The article of all configuration keys."""
    lines = [
        "# Configuration keys", "",
        "Every key of a configuration, as `ballast config --keys` lists them.", "",
        "## Overview", "",
        "A file gives the keys that differ from their defaults; `ballast config FILE` prints the whole. In a study, `base`",
        "is such a configuration, `grid` lists values for keys by their paths, `sizes` and `variants` set several at once,",
        "and `seeds` are the seeds of the weights.", "",
    ]
    section = None
    for key in asked(tool, "config", "--keys", "--json")["keys"]:
        if key["section"] != section:
            section = key["section"]
            lines += ["", f"### {section}", "", "| key | default | values | unit | meaning |", "|---|---|---|---|---|"]
        default = key.get("default", "by rule" if key.get("defaults_by_rule") else "none")
        lines.append(
            f"| `{key['key']}` | {cell(default)} | {cell(limits(key))} "
            f"| {cell(key.get('unit'))} | {cell(key['meaning'])} |")
    return "\n".join(lines) + "\n"


def study(tool: str, example: Path) -> str:
    """The article of the study file."""
    lines = [
        "# The study file", "",
        "A grid of runs and what is asked of them, in one file of YAML.", "",
        "## Overview", "",
        "`ballast sweep run` trains the grid; `transfer`, `sensitivity`, `interactions` and `findings` train it and answer.",
        "Every key below `base` and `grid` is one of <doc:ConfigurationKeys>. The study of `scripts/quickstart.sh`:", "",
        "```yaml", example.read_text().rstrip(), "```", "",
        "### Keys", "", "| key | what stands below it |", "|---|---|",
    ]
    for key in asked(tool, "config", "--keys", "--json")["study"]:
        lines.append(f"| `{key['key']}` | {cell(key['meaning'])} |")
    return "\n".join(lines) + "\n"


def spelling(argument: dict) -> str:
    """An argument as it is typed."""
    if argument["kind"] == "positional":
        return f"`<{argument['valueName']}>`"
    names = [("--" if name["kind"] == "long" else "-") + name["name"] for name in argument.get("names", [])]
    value = f" <{argument['valueName']}>" if argument["kind"] == "option" else ""
    return ", ".join(f"`{name}{value}`" for name in names)


def commands(tool: str) -> str:
    """The article of all commands."""
    lines = ["# Commands", "", "Every command of `ballast` with its options, as its parser knows them.", "", "## Overview", ""]

    def describe(command: dict, path: list[str]) -> None:
        here = [*path, command["commandName"]]
        inner = [c for c in command.get("subcommands", []) if c["commandName"] != "help"]
        if not inner:
            lines.extend(["", f"### {' '.join(here)}", "", command.get("abstract", ""), ""])
            if command.get("discussion"):
                lines.extend([" ".join(command["discussion"].split()), ""])
            shown = [
                a for a in command.get("arguments", [])
                if a.get("shouldDisplay", True)
                and not any(n["name"] in ("help", "version") for n in a.get("names", []))
            ]
            if shown:
                lines.extend(["| argument | default | meaning |", "|---|---|---|"])
                for a in shown:
                    text = " ".join(a.get("abstract", "").split())
                    lines.append(f"| {spelling(a)} | {cell(a.get('defaultValue'))} | {cell(text)} |")
        for child in inner:
            describe(child, here)

    describe(asked(tool, "--experimental-dump-help")["command"], [])
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    tool, out = sys.argv[1], Path(sys.argv[2])
    (out / "ConfigurationKeys.md").write_text(keys(tool))
    root = Path(__file__).resolve().parents[2]
    (out / "StudyFile.md").write_text(study(tool, root / "Studies" / "quickstart.yaml"))
    (out / "Commands.md").write_text(commands(tool))
