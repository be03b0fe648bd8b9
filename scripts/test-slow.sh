#!/usr/bin/env bash
# Checks that take longer than scripts/test.sh may, a stage each. Needs the release build of the tool.
#
#   scripts/test-slow.sh              every stage
#   scripts/test-slow.sh STAGE...     one or more of:
#     faults    kills, failing file operations, signals and full streams, in two minutes (scripts/faults.sh)
#     pages     reports and the dashboard in a headless Chromium (Debian's), and how fast the dashboard is with 500 runs
#     documentation  DocC of every library, warnings as errors, and the commands of its articles
#     package   the tarball of scripts/package.sh, run in a root with the C library alone
#     instructions  the suites of the CPU engine and of training on the other instruction sets of this processor
#     xla       the suites of the XLA engine, and runs as lanes of one program against single runs, killed and
#               resumed in any mixture
#     slurm     job arrays that are cancelled, queued again, killed and cut off, on a Slurm of one node (as root)
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() {
    printf 'test-slow: %s\n' "$*" >&2
    exit 1
}

# A Python of its own with packages of PyPI.
python_with() {
    python3 -m venv "$scratch/venv"
    "$scratch/venv/bin/python" -m pip install -q --disable-pip-version-check "$@"
}

stage_faults() { BALLAST=$ballast scripts/faults.sh --quick; }

stage_pages() {
    if ! command -v chromium >/dev/null; then
        ((EUID == 0)) || fail "no chromium here: sudo apt-get install chromium"
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium >/dev/null
    fi
    scripts/setup.sh figures
    python_with 'websockets>=13'
    "$scratch/venv/bin/python" scripts/browser/check.py "$ballast" ${PICTURES:+"$PICTURES"}
    "$scratch/venv/bin/python" scripts/browser/speed.py "$ballast"
}

stage_documentation() {
    scripts/setup.sh text
    scripts/documentation.sh "$scratch/documentation"
}

stage_package() {
    scripts/package.sh "$scratch/ballast.tar.gz"
    scripts/documentation/check-package.sh "$scratch/ballast.tar.gz"
}

# What has to pass, with the closing line of `swift test`.
tests() {
    local flags=(-c release --explicit-target-dependency-import-check error)
    swift build "${flags[@]}" --product BallastPackageTests >"$scratch/build.log" 2>&1 ||
        { tail -n 20 "$scratch/build.log"; fail "the tests do not build"; }
    flags+=(--disable-testable-imports --disable-xctest --skip-build)
    swift test "${flags[@]}" --filter "$1" >"$scratch/tests.log" 2>&1 ||
        { grep -E '✘|error' "$scratch/tests.log" | grep -v 'known issue' | head -n 20; fail "$1"; }
    grep 'Test run with' "$scratch/tests.log" | tail -n 1
}

# oneDNN binds to one instruction set in a process, so the suites run once for each that is not the machine's
# best, which scripts/test.sh takes.
stage_instructions() {
    local others=(portable) isa
    if grep -qw avx512f /proc/cpuinfo; then others+=(avx2); fi
    for isa in "${others[@]}"; do
        echo "BALLAST_ISA=$isa"
        BALLAST_ISA=$isa tests 'EngineCPUTests|TrainingTests|ScalarRangeTests'
    done
}

stage_xla() {
    scripts/setup-xla.sh
    CI=true BALLAST_SLOW_TESTS=1 tests 'EngineXLATests|XLATests|LaneRunTests'
}

stage_slurm() {
    ((EUID == 0)) || fail "the daemons of Slurm run as root: sudo scripts/test-slow.sh slurm"
    if [[ ! -x $(command -v slurmctld) || ! -x $(command -v slurmd) || ! -x $(command -v munged) ]]; then
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends slurm-wlm munge >/dev/null
    fi
    PYTHONDONTWRITEBYTECODE=1 python3 scripts/slurm/check.py "$ballast"
}

stages=("$@")
if ((${#stages[@]} == 0)); then stages=(instructions xla faults pages documentation package slurm); fi
ballast=$(swift build -c release --show-bin-path)/ballast
[[ -x $ballast ]] || fail "no $ballast: swift build -c release --product ballast"
for stage in "${stages[@]}"; do
    [[ $(type -t "stage_$stage") == function ]] || fail "unknown stage '$stage'"
    printf '\n== %s (%d s)\n' "$stage" "$SECONDS"
    "stage_$stage"
done
printf '\ntest-slow: passed in %d s\n' "$SECONDS"
