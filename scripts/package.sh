#!/usr/bin/env bash
# Makes a tarball that runs on any x86-64 Linux with glibc of this machine's version or newer: the tool with the Swift
# runtime inside, the C libraries beside it, what draws figures in pages, completions, manual pages, licences.
#
#   scripts/package.sh [OUT]    OUT: ballast-VERSION-linux-x86_64.tar.gz in the current folder
#
# The build stands in .build/package, beside the usual one: a static runtime is another build.
set -euo pipefail

here=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh build figures
flags=(-c release --scratch-path .build/package --static-swift-stdlib --explicit-target-dependency-import-check error)
# Libraries are found beside the tool, wherever the folder is moved.
link=(-Xlinker -rpath -Xlinker "\$ORIGIN/../lib/ballast" -Xlinker --disable-new-dtags)
swift build "${flags[@]}" "${link[@]}" --product ballast
swift build "${flags[@]}" "${link[@]}" --product generate-manual
binaries=$(swift build "${flags[@]}" "${link[@]}" --show-bin-path)
version=$("$binaries/ballast" --version | sed -n '1s/^[^0-9]*\([0-9][0-9.]*\).*/\1/p')
name=ballast-$version-linux-$(uname -m)
out=${1:-$here/$name.tar.gz}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/$name
scripts/documentation/install-files.sh "$binaries" "$tree"
strip --strip-unneeded "$tree/bin/ballast"
install -D -m 644 "${BALLAST_HOME:-.ballast}/vega/vega.js" "$tree/share/ballast/vega.js"
cp LICENSE NOTICE README.md CITATION.cff "$tree"
mkdir -p "$tree/lib/ballast"
# All but the C library itself, which belongs to the kernel that runs it.
ldd "$binaries/ballast" | awk '$3 ~ /^\// { print $3 }' |
    grep -Ev '/(libc|libm|libdl|librt|libpthread|ld-linux[^/]*|libresolv|libutil)\.so' |
    while IFS= read -r library; do install -m 644 "$(realpath "$library")" "$tree/lib/ballast/$(basename "$library")"; done
tar -C "$scratch" --sort=name --owner=0 --group=0 --numeric-owner -czf "$out.part" "$name"
mv "$out.part" "$out"
printf 'package: %s (%s)\n' "$out" "$(du -h "$out" | cut -f1)"
