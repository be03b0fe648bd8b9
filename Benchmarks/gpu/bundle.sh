#!/usr/bin/env bash
# Packs what run.py needs on a machine with a GPU: a ballast that carries Swift's libraries, the three
# C libraries that it links, and the peers' scripts.
#
#   Benchmarks/gpu/bundle.sh [FILE]      ballast-gpu.tar.xz by default
#
# There:  tar xf ballast-gpu.tar.xz && python3 ballast-gpu/run.py
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

target=$(realpath -m "${1:-ballast-gpu.tar.xz}")
swift build -c release --static-swift-stdlib --product ballast --scratch-path .build-static
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
folder=$scratch/ballast-gpu
mkdir -p "$folder/bin" "$folder/lib"
strip -o "$folder/bin/ballast" .build-static/release/ballast
# oneDNN, the OpenMP that it runs on, and the OpenCL that Debian links it with.
for library in libdnnl.so.2 libgomp.so.1 libOpenCL.so.1; do
    path=$(ldd .build-static/release/ballast | awk -v name="$library" '$1 == name { print $3 }')
    [[ -n $path ]] || { echo "bundle: $library is not linked" >&2; exit 1; }
    cp -L "$path" "$folder/lib/$library"
done
cp Benchmarks/gpu/run.py Benchmarks/gpu/jax_step.py Benchmarks/gpu/torch_step.py "$folder"
XZ_OPT="-9 -T0" tar -C "$scratch" -cJf "$target" ballast-gpu
printf "%s: %d bytes\n" "$target" "$(stat -c %s "$target")"
