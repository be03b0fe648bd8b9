#!/usr/bin/env python3
"""Prints, as JSON, the group of each parameter and the schedule's factors of a module of `ballast export`.

    python3 check_module.py MODULE.py NAMES.txt

Needs neither torch nor JAX: modules import them where they use them.
"""
import importlib.util
import json
import sys

spec = importlib.util.spec_from_file_location("prescribed", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
with open(sys.argv[2], encoding="utf-8") as file:
    names = [line.split()[0] for line in file]
groups = {name: module.group_of(name) for name in names}
unused = [g["name"] for g in module.GROUPS if g not in groups.values()]
print(json.dumps({
    "groups": groups, "unused": unused, "schedule": [module.factor(s) for s in range(1, module.STEPS + 2)],
    "steps": module.STEPS,
}))
