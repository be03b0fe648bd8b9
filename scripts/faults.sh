#!/usr/bin/env bash
# Faults against the built tool: processes killed at random instants, file operations that fail, are short or torn, two
# at once, losses of power, memory that C parts cannot have, disks that fill, folders that vanish, clocks that jump,
# signals, standard streams that take nothing, two writers, hostile files and numbers, cells in any state. After each the
# same bits, the same log and the same result are asked for, no leftover, no crash, and the right exit code. Exits 1
# where a promise was broken.
#
#   scripts/faults.sh --quick           some of each, two minutes, as scripts/test-slow.sh runs it
#   scripts/faults.sh --seconds N       some of each for so long; --seed N repeats the draws of another time
#   scripts/faults.sh --full FOLDER     every operation with every failure, an hour or more; stopped, the same
#                                       command goes on
#
# BALLAST names another build of the tool than the release one.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ -z ${BALLAST:-} ]]; then
    BALLAST=$(swift build -c release --show-bin-path)/ballast
fi
export BALLAST PYTHONDONTWRITEBYTECODE=1
exec python3 scripts/faults/main.py "$@"
