#!/usr/bin/env bash
# Parities with PyTorch, transformers, JAX, Optax and TensorBoard, in a throw-away environment of Python. CI does
# without it: small files that these packages wrote stand beside the tests, with the scripts that made them.
#
#   scripts/interop.sh [--record]    --record: what it printed, with the commit, goes to Records/interop.txt
#
# BALLAST_INTEROP_VENV names an environment that is there already, BALLAST a tool that is built already from this commit.
# One thread, about six minutes.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 HF_HUB_OFFLINE=1 TRANSFORMERS_NO_ADVISORY_WARNINGS=1
scratch=$(mktemp -d)
leave() {
    local code=$?
    if ((code)) && [[ -f $scratch/errors.log ]]; then tail -n 40 "$scratch/errors.log" >&2; fi
    rm -rf "$scratch"
}
trap leave EXIT
step() { printf '\n== %s\n' "$*"; }

if [[ -z ${BALLAST:-} ]]; then
    swift build -c release --explicit-target-dependency-import-check error --product ballast >"$scratch/build.log" ||
        { cat "$scratch/build.log"; exit 1; }
    BALLAST=$(swift build -c release --show-bin-path)/ballast
fi
cp "$BALLAST" "$scratch/ballast"
ballast=$scratch/ballast
unset BALLAST

venv=${BALLAST_INTEROP_VENV:-}
if [[ -z $venv ]]; then
    venv=$scratch/venv
    python3 -m venv "$venv"
    # Without a GPU the wheels of the CPU index do, which are a tenth as large.
    "$venv/bin/pip" install -q --disable-pip-version-check torch \
        --index-url https://download.pytorch.org/whl/cpu 2>"$scratch/pip.log" ||
        "$venv/bin/pip" install -q --disable-pip-version-check torch
    "$venv/bin/pip" install -q --disable-pip-version-check \
        numpy transformers accelerate safetensors tensorboard wandb jax optax
fi
python=(nice "$venv/bin/python" -W ignore)

check() {
    step "versions"
    echo "commit $(git rev-parse --short HEAD)$(git diff --quiet HEAD -- Sources Tests scripts || echo ', changed')"
    "$venv/bin/python" --version
    "$venv/bin/pip" list --disable-pip-version-check 2>/dev/null |
        grep -E '^(torch|transformers|accelerate|safetensors|tensorboard|wandb|jax|jaxlib|optax|numpy) '
    step "ballast probe pytorch: its numbers beside direct computation"
    mkdir -p "$scratch/pytorch" "$scratch/jax"
    "$ballast" probe pytorch --out "$scratch/pytorch/ballast_probe.py" >/dev/null
    "${python[@]}" Tests/RecipesTests/Oracle/check_probe_pytorch.py "$scratch/pytorch"
    step "ballast probe pytorch: what it costs"
    "${python[@]}" Tests/RecipesTests/Oracle/check_probe_pytorch.py "$scratch/pytorch" --speed
    step "ballast probe jax: its numbers beside direct computation"
    "$ballast" probe jax --out "$scratch/jax/ballast_probe.py" >/dev/null
    "${python[@]}" Tests/RecipesTests/Oracle/check_probe_jax.py "$scratch/jax"
    step "ballast import and sensitivity of PyTorch's runs beside NumPy"
    "${python[@]}" Tests/ImportTests/ProbeLog/check_sensitivity.py "$ballast"
    step "ballast export --format huggingface, and import, beside transformers"
    "${python[@]}" Tests/RecipesTests/Oracle/check_huggingface.py "$ballast"
    step "ballast export --format pytorch over transformers' models"
    "${python[@]}" Tests/RecipesTests/Oracle/check_transformers.py "$ballast"
    step "ballast doctor of seven sick PyTorch runs and three healthy ones"
    "${python[@]}" Tests/RecipesTests/Oracle/sick_runs.py "$scratch/pytorch" "$scratch/runs"
    for run in "$scratch"/runs/*; do
        echo "-- $(basename "$run")"
        "$ballast" doctor "$run" || echo "exit $?"
    done
    step "done"
}

# Nothing after it: as part of a condition it would go on after a check that fails.
check 2>"$scratch/errors.log" | tee "$scratch/interop.txt"
if [[ ${1:-} == --record ]]; then cp "$scratch/interop.txt" Records/interop.txt; fi
