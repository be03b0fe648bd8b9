#!/usr/bin/env bash
# Every check that a change must pass, the cheapest first. Ends with the closing line of `swift test`. What takes
# longer (the XLA engine, other instruction sets, a browser, Slurm) is scripts/test-slow.sh.
#
#   scripts/test.sh [ARGUMENT...]    the arguments are passed on to `swift test`, as --filter Formats
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
step() { printf '\n== %s (%d s)\n' "$*" "$SECONDS"; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

step "set-up"
scripts/setup.sh build
step "format"
places=(Package.swift)
for place in Sources Tests Snippets; do
    if [[ -d $place ]]; then places+=("$place"); fi
done
swift format lint --strict --recursive --parallel "${places[@]}"
if command -v shellcheck >/dev/null; then shellcheck scripts/*.sh; fi

step "dependencies"
scripts/check-dependencies.sh --self-test
scripts/check-dependencies.sh

# In release, where the kernels are fast. Without testable imports the tests share every compiled
# module with the plain build, so that nothing is compiled twice here or in scripts/quickstart.sh.
# By product: a build of everything would also compile the tools of the packages that are used, a
# protobuf compiler in C++ among them.
build() { swift build -c release --explicit-target-dependency-import-check error --product "$1"; }
step "build"
build ballast
build BallastPackageTests
for snippet in Snippets/*.swift; do build "$(basename "$snippet" .swift)"; done

step "tests"
swift test -c release --disable-testable-imports --explicit-target-dependency-import-check error \
    --disable-xctest --skip-build "$@" 2>&1 | tee "$scratch/tests.log"

step "snippets"
for snippet in Snippets/*.swift; do
    "$(swift build -c release --show-bin-path)/$(basename "$snippet" .swift)"
done

# Python's own readers of the files that a run writes.
step "interop"
readers=Tests/FormatsTests/Interop/check_formats.py
if [[ -f $readers ]]; then
    ballast=$(swift build -c release --show-bin-path)/ballast
    for ((line = 0; line < 4000; line++)); do
        echo "Line $line holds $((line * 7919 % 1000)) and $((line * 104729 % 997))."
    done >"$scratch/text.txt"
    cat >"$scratch/run.yaml" <<YAML
model: {width: 32, depth: 2, head-dimension: 16, context: 32, vocabulary: 256}
data: {text: [$scratch/text.txt], batch: 4}
steps: 20
evaluation: {every: 10, batches: 2}
telemetry: {every: 1}
checkpoints: {every: 10}
YAML
    BALLAST_HOME=$scratch/home "$ballast" train "$scratch/run.yaml" --out "$scratch/run" --quiet
    python3 -m venv "$scratch/venv"
    "$scratch/venv/bin/python" -m pip install -q --disable-pip-version-check \
        safetensors numpy ml_dtypes tensorboard
    "$scratch/venv/bin/python" "$readers" "$scratch/run"
else
    echo "no $readers"
fi

# What takes PyTorch and JAX is not run here, but a record of other code is said to be one.
record=Records/interop.txt
covered=(Sources/Recipes Sources/Import Sources/ImportedRuns Sources/Training/RunEvaluation.swift)
if [[ -f $record ]]; then
    commit=$(sed -n 's/^commit \([0-9a-f]*\).*/\1/p' "$record")
    if ! git diff --quiet "$commit" HEAD -- "${covered[@]}" 2>/dev/null; then
        echo "warning: ${covered[*]} changed since $commit, of which $record is: scripts/interop.sh --record"
    fi
fi

step "done"
grep 'Test run with' "$scratch/tests.log" | tail -n 1
