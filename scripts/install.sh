#!/usr/bin/env bash
# Installs the tool: what it needs, a release build, completions for bash, zsh and fish, manual pages.
#
#   scripts/install.sh [--prefix DIR] [--no-data]    DIR: ~/.local, or /usr/local for root
#
# The corpus and what draws figures go to BALLAST_HOME, by default ~/.local/share/ballast; --no-data leaves them out.
# The tool uses the Swift runtime and Debian's libraries of this machine; scripts/package.sh makes a tarball without.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
prefix=$HOME/.local
if ((EUID == 0)); then prefix=/usr/local; fi
data=true
fail() {
    printf 'install: %s\n' "$*" >&2
    exit 1
}
while (($#)); do
    case $1 in
    --prefix)
        [[ -n ${2:-} ]] || fail "--prefix takes a folder"
        prefix=$2
        shift 2
        ;;
    --prefix=*) prefix=${1#*=} && shift ;;
    --no-data) data=false && shift ;;
    -h | --help)
        sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
        exit 0
        ;;
    *) fail "unknown option '$1'; the options are --prefix DIR and --no-data" ;;
    esac
done
mkdir -p "$prefix" 2>/dev/null && [[ -w $prefix ]] || fail "cannot write to $prefix; give --prefix a folder that can be written"
prefix=$(cd "$prefix" && pwd)

scripts/setup.sh build
if $data; then BALLAST_HOME=${BALLAST_HOME:-$HOME/.local/share/ballast} scripts/setup.sh text figures; fi
build() { swift build -c release --explicit-target-dependency-import-check error --product "$1"; }
build ballast
build generate-manual
binaries=$(swift build -c release --show-bin-path)
scripts/documentation/install-files.sh "$binaries" "$prefix"

printf 'install: %s\n' "$prefix/bin/ballast"
if ! command -v ballast >/dev/null || [[ $(command -v ballast) != "$prefix/bin/ballast" ]]; then
    printf "install: put it on the path: export PATH=%s/bin:\$PATH\n" "$prefix"
fi
