#!/usr/bin/env bash
# From a clean clone to a report: fetches what is missing, builds the tool, trains a small sweep.
#
#   scripts/quickstart.sh [ARGUMENT...]    the arguments are passed on to `ballast sweep run`
#
# What is already there is not made again; a sweep that was stopped goes on.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh
swift build -c release --product ballast
ballast=$(swift build -c release --show-bin-path)/ballast
"$ballast" sweep run Studies/quickstart.yaml --out runs/quickstart "$@"
"$ballast" report runs/quickstart
printf 'The report: %s\n' "$PWD/runs/quickstart/report.html"
