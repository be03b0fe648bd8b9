#!/usr/bin/env bash
# Builds the documentation of every library with DocC, warnings as errors, and runs the commands of its articles.
#
#   scripts/documentation.sh [OUT]    archives go to OUT, by default .build/documentation
#
# Needs the release build: symbols are read from its modules, so that nothing is compiled again.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=${1:-.build/documentation}
binaries=$(swift build -c release --show-bin-path)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() {
    printf 'documentation: %s\n' "$*" >&2
    exit 1
}
[[ -x $binaries/ballast ]] || fail "no release build: swift build -c release --product ballast"

# Where the C modules stand that Swift modules import.
places=(-I "$binaries/Modules")
while IFS= read -r map; do places+=(-I "$(dirname "$map")"); done < <(
    find Sources .build/checkouts -name module.modulemap -not -path '*/Tests/*')
for module in CKernels CPJRT; do places+=(-Xcc "-fmodule-map-file=$binaries/$module.build/module.modulemap"); done
target=$(swiftc -print-target-info | python3 -c 'import json, sys; print(json.load(sys.stdin)["target"]["unversionedTriple"])')

# The libraries, each with its folder; not the tool, the tests, or generated messages.
mapfile -t libraries < <(swift package describe --type json 2>/dev/null | python3 -c '
import json, sys
for target in json.load(sys.stdin)["targets"]:
    if target["type"] == "library" and target["module_type"] == "SwiftTarget" and not target["name"].endswith("Messages"):
        print(target["name"] + "\t" + target["path"])')
((${#libraries[@]} > 0)) || fail "the package names no library"

# The pictures of the article Gallery, which stand in Records/.
copy_gallery() {
    cp Records/2026-11-27-picture/loss.svg Records/2026-11-27-picture/forecast.svg "$1"
    cp Records/2026-11-21-transfer/adamw-standard-width.svg "$1/transfer-adamw.svg"
    cp Records/2026-11-21-transfer/muon-spectral-width.svg "$1/transfer-muon.svg"
    cp Records/2026-11-21-coordcheck-standard/activations-against-size.svg "$1/coordcheck.svg"
}

mkdir -p "$out"
failed=()
for library in "${libraries[@]}"; do
    IFS=$'\t' read -r module folder <<<"$library"
    graphs=$scratch/graphs/$module
    mkdir -p "$graphs" "$scratch/$module.docc"
    swift-symbolgraph-extract -module-name "$module" "${places[@]}" -target "$target" \
        -minimum-access-level public -skip-synthesized-members -output-dir "$graphs" >"$scratch/log" 2>&1 ||
        { cat "$scratch/log" >&2; fail "the symbols of $module cannot be read"; }
    if [[ -d $folder/$module.docc ]]; then cp -r "$folder/$module.docc/." "$scratch/$module.docc"; fi
    if [[ $module == Ballast ]]; then
        python3 scripts/documentation/reference.py "$binaries/ballast" "$scratch/$module.docc"
        copy_gallery "$scratch/$module.docc"
    fi
    # Snippets are a plug-in's part; the listing stands in Snippets/ and is compiled by the tests.
    # The back quotes are Markdown's.
    # shellcheck disable=SC2016
    sed -i 's#^@Snippet(path: "Ballast/\(.*\)")#The listing: `\1.swift`.#' "$scratch/$module.docc"/*.md 2>/dev/null || true
    rm -rf "$out/$module.doccarchive"
    if ! docc convert "$scratch/$module.docc" --fallback-display-name "$module" \
        --fallback-bundle-identifier "ballast.$module" --additional-symbol-graph-dir "$graphs" \
        --warnings-as-errors --output-dir "$out/$module.doccarchive" >"$scratch/log" 2>&1; then
        failed+=("$module")
        sed "s#^#$module: #; s#$scratch/##" "$scratch/log" >&2
    fi
done
if ((${#failed[@]})); then fail "warnings in ${failed[*]}"; fi
printf 'documentation: %d libraries in %s (%d s)\n' "${#libraries[@]}" "$out" "$SECONDS"
scripts/documentation/articles.sh
