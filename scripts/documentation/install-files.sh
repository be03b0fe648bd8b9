#!/usr/bin/env bash
# Puts the tool, its completions and its manual pages below a prefix.
#
#   scripts/documentation/install-files.sh BINARIES PREFIX    BINARIES: the folder of ballast and generate-manual
set -euo pipefail

binaries=$1
prefix=$2
install -D -m 755 "$binaries/ballast" "$prefix/bin/ballast"
ballast=$prefix/bin/ballast
# Where a run's manifest and `ballast --version` have the commit from.
if commit=$(git rev-parse HEAD 2>/dev/null); then
    mkdir -p "$prefix/share/ballast"
    printf '%s\n' "$commit" >"$prefix/share/ballast/commit"
fi
mkdir -p "$prefix/share/bash-completion/completions" "$prefix/share/zsh/site-functions" \
    "$prefix/share/fish/vendor_completions.d" "$prefix/share/man/man1"
"$ballast" --generate-completion-script bash >"$prefix/share/bash-completion/completions/ballast"
"$ballast" --generate-completion-script zsh >"$prefix/share/zsh/site-functions/_ballast"
"$ballast" --generate-completion-script fish >"$prefix/share/fish/vendor_completions.d/ballast.fish"
date=$(git log -1 --format=%cs 2>/dev/null || date +%F)
"$binaries/generate-manual" "$ballast" --multi-page --section 1 --date "$date" --output-directory "$prefix/share/man/man1"
