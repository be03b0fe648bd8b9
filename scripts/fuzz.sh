#!/usr/bin/env bash
# Feeds a parser that files of users reach with what libFuzzer makes of examples, and counts the edges that it covers.
#
#   scripts/fuzz.sh                     names the parsers
#   scripts/fuzz.sh NAME --minutes N    fuzzes one for N minutes; a crash leaves its input and exits with 1
#   scripts/fuzz.sh all --minutes N     fuzzes each for N minutes
#
# Examples are made by the release build of the tool, once, in .build/fuzz-corpus/NAME, where what libFuzzer finds is
# kept for the next time. The fuzzed build stands in .build/fuzz.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
names=(safetensors checkpoint events gzip configuration study manifest result plan transfer csv jsonl trainerstate textlog
    wandb names program pytorch numpy dcp distcp megatron tokenizer training tokens indexed jsonlines huggingface nanogpt
    torchtitan campaign request)
if [[ $# -eq 0 ]]; then
    printf '%s\n' "${names[@]}"
    exit
fi
wanted=("$1")
if [[ $1 == all ]]; then wanted=("${names[@]}"); fi
minutes=1
if [[ ${2:-} == --minutes ]]; then minutes=$3; fi
for name in "${wanted[@]}"; do
    if [[ ! " ${names[*]} " == *" $name "* ]]; then
        echo "fuzz.sh: $name is none of ${names[*]}" >&2
        exit 64
    fi
done

export BALLAST_FUZZ=1
swift build -c release --sanitize fuzzer --scratch-path .build/fuzz --product Fuzz
fuzz=$(swift build -c release --sanitize fuzzer --scratch-path .build/fuzz --product Fuzz --show-bin-path)/Fuzz
unset BALLAST_FUZZ
scripts/fuzz-corpus.py .build/fuzz-corpus

status=0
for name in "${wanted[@]}"; do
    corpus=.build/fuzz-corpus/$name
    mkdir -p "$corpus" .build/fuzz-crashes
    echo "== $name"
    BALLAST_FUZZ_TARGET=$name "$fuzz" "$corpus" -max_total_time=$((60 * minutes)) -max_len=65536 -timeout=10 \
        -rss_limit_mb=2048 -malloc_limit_mb=1024 -print_final_stats=1 -artifact_prefix=".build/fuzz-crashes/$name-" \
        >".build/fuzz-$name.log" 2>&1 || status=1
    grep -E 'DONE|ERROR|Test unit written|number_of_executed_units|peak_rss' ".build/fuzz-$name.log" || tail -5 ".build/fuzz-$name.log"
    rm -rf /dev/shm/ballast-fuzz-*
done
exit $status
