#!/usr/bin/env bash
# The C kernels and the thread pool under the compiler's sanitizers: the suites that reach them, built once for each.
#
#   scripts/sanitizers.sh              address, undefined and thread
#   scripts/sanitizers.sh address|thread|undefined
#
# By hand: each is a build of its own, in .build/sanitize-NAME, of these suites and what they use alone: some minutes
# on two cores.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
wanted=("$@")
if ((${#wanted[@]} == 0)); then wanted=(address undefined thread); fi
suites='CKernelsTests|EngineCPUTests'
export BALLAST_TARGETS=CKernelsTests,EngineCPUTests
status=0
for name in "${wanted[@]}"; do
    case $name in
    address | thread) flags=(--sanitize "$name") ;;
    # Swift has no such sanitizer: C alone is instrumented, and traps (SIGILL) where it finds something.
    undefined) flags=(-Xcc -fsanitize=undefined -Xcc -fsanitize-trap=all) ;;
    *)
        echo "sanitizers.sh: $name is none of address, thread, undefined" >&2
        exit 64
        ;;
    esac
    flags+=(-c release --scratch-path ".build/sanitize-$name")
    swift build "${flags[@]}" --product BallastPackageTests >".build/sanitize-$name.log" 2>&1 ||
        { tail -n 20 ".build/sanitize-$name.log"; exit 1; }
    # oneDNN and OpenMP are not instrumented: what happens inside them is not looked at. AllocationTests asks malloc
    # what is held, and the sanitizers have a malloc of their own.
    if ASAN_OPTIONS=detect_leaks=0:halt_on_error=1 TSAN_OPTIONS=halt_on_error=1:ignore_noninstrumented_modules=1 \
        swift test "${flags[@]}" --disable-testable-imports --disable-xctest --skip-build --filter "$suites" \
        --skip AllocationTests >>".build/sanitize-$name.log" 2>&1; then
        echo "$name: $(grep 'Test run with' ".build/sanitize-$name.log" | tail -n 1)"
    else
        status=1
        grep -E 'ERROR: |WARNING: ThreadSanitizer|runtime error|SUMMARY|Test run with' ".build/sanitize-$name.log" | head -n 20
        echo "$name: failed; the whole is in .build/sanitize-$name.log" >&2
    fi
done
exit $status
