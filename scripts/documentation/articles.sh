#!/usr/bin/env bash
# Runs the commands of articles: every block that is marked sh, in order, in an empty folder for each article.
#
#   scripts/documentation/articles.sh [ARTICLE.md...]    by default all of Sources/Ballast/Ballast.docc
#
# Needs the release build of the tool and `scripts/setup.sh text`. A command that fails ends the article, and is shown.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
articles=("$@")
if ((${#articles[@]} == 0)); then articles=("$root"/Sources/Ballast/Ballast.docc/*.md); fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

mkdir "$scratch/bin"
ballast=${BALLAST:-$(cd "$root" && swift build -c release --show-bin-path)/ballast}
[[ -x $ballast ]] || { echo "articles: no $ballast: swift build -c release --product ballast" >&2; exit 1; }
ln -s "$ballast" "$scratch/bin/ballast"
export PATH=$scratch/bin:$PATH BALLAST_HOME=${BALLAST_HOME:-$root/.ballast}

failed=0
ran=0
for article in "${articles[@]}"; do
    name=$(basename "$article" .md)
    script=$scratch/$name.sh
    {
        echo 'set -euxo pipefail'
        awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$article"
    } >"$script"
    if (($(wc -l <"$script") == 1)); then continue; fi
    mkdir "$scratch/$name"
    began=$SECONDS
    if (cd "$scratch/$name" && bash "$script" >"$scratch/$name.log" 2>&1 </dev/null); then
        printf 'articles: %s runs (%d s)\n' "$name" $((SECONDS - began))
        ran=$((ran + 1))
    else
        printf 'articles: %s fails:\n' "$name" >&2
        tail -n 25 "$scratch/$name.log" >&2
        failed=$((failed + 1))
    fi
done
((ran + failed > 0)) || { echo "articles: no block is marked sh" >&2; exit 1; }
exit $((failed > 0))
