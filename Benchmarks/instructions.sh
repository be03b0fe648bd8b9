#!/usr/bin/env bash
# Instructions of one training step on one thread, counted by callgrind: the same on a noisy machine.
#
#     Benchmarks/instructions.sh [p64] [none|norms|spectral]
#
# Prints a line of JSON. The count is that of two timed steps less that of one, so that start, compilation
# and warm-up cancel. Needs valgrind, and a release build of the tool.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-p64}
telemetry=${2:-norms}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Debian's valgrind does not read the debug information of this compiler.
strip -o "$folder/ballast" .build/release/ballast

count() {
    valgrind --tool=callgrind --callgrind-out-file="$folder/out" "$folder/ballast" bench step \
        --preset "$preset" --telemetry "$telemetry" --warmup 0 --steps "$1" --json >/dev/null 2>"$folder/log" ||
        { cat "$folder/log" >&2; exit 1; }
    sed -n 's/^summary: //p' "$folder/out"
}

one=$(count 1)
two=$(count 2)
commit=$(git describe --always --dirty)
echo "{\"preset\": \"$preset\", \"telemetry\": \"$telemetry\", \"instructions_per_step\": $((two - one)), \"commit\": \"$commit\"}"
