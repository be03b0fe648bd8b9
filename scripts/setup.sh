#!/usr/bin/env bash
# Installs what building needs and fetches what the tool reads. Does nothing where all is there.
#
#   scripts/setup.sh              everything
#   scripts/setup.sh PART...      one or more of:
#     build     Swift's version; Debian's oneDNN, zlib, OpenSSL and Python's venv
#     text      the corpus `gcide`, 40 MB of English
#     figures   the drawing bundle for reports, and what draws SVG and PNG
#
# Fetched things go to BALLAST_HOME, or to .ballast beside Package.swift.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
home=${BALLAST_HOME:-$root/.ballast}
packages=(libdnnl-dev zlib1g-dev libssl-dev python3-venv)
swift_needed=6.3
scratch=

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}
clean_up() { if [[ -n $scratch ]]; then rm -rf "$scratch"; fi; }
trap clean_up EXIT

# Whether commands can be run as root without a password.
can_be_root() {
    ((EUID == 0)) || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }
}

# Runs a command as root, where that can be done.
as_root() {
    if ((EUID == 0)); then
        "$@"
    else
        sudo -n "$@"
    fi
}

# Runs a command quietly; shows what it printed when it fails.
quietly() {
    local log
    log=$(mktemp)
    if "$@" </dev/null >"$log" 2>&1; then
        rm -f "$log"
    else
        local status=$?
        tail -n 20 "$log" >&2
        rm -f "$log"
        return "$status"
    fi
}

need_apt() {
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        fail "no apt-get here: $1"
    fi
}

# Asks the archive for its present lists, when a package has no candidate in those at hand.
update_lists() {
    local package policy
    for package in "$@"; do
        policy=$(apt-cache policy "$package" 2>/dev/null || true)
        if [[ ! $policy =~ Candidate:\ [^\(] ]]; then
            can_be_root || fail "run this, then this script again: sudo apt-get update"
            quietly as_root apt-get update -q ||
                fail "apt-get update failed; check the network and run this script again"
            return
        fi
    done
}

check_swift() {
    local version
    command -v swift >/dev/null ||
        fail "swift is missing; install Swift $swift_needed or newer (swift.org/install)"
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
    if [[ $(printf '%s\n' "$swift_needed" "${version:-0}" | sort -V | head -n 1) != "$swift_needed" ]]; then
        fail "swift is ${version:-of an unknown version}; install Swift $swift_needed or newer (swift.org/install)"
    fi
    say "swift $version"
}

is_installed() {
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null || true) == installed ]]
}

install_packages() {
    need_apt "install oneDNN 2.6 or newer, zlib and Python's venv with their headers, then run: ${0##*/} text figures"
    local missing=() package
    for package in "${packages[@]}"; do
        is_installed "$package" || missing+=("$package")
    done
    if ((${#missing[@]} == 0)); then
        say "packages ${packages[*]}: installed"
        return
    fi
    can_be_root ||
        fail "packages are missing; run this, then this script again: sudo apt-get install -y ${missing[*]}"
    update_lists "${missing[@]}"
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}")
    # The lists may name versions that the archive no longer holds.
    quietly as_root "${install[@]}" 2>/dev/null ||
        { quietly as_root apt-get update -q && quietly as_root "${install[@]}"; } ||
        fail "could not install ${missing[*]}; check the network and the archives in /etc/apt"
    say "packages ${missing[*]}: installed now"
}

fetch_text() {
    local text=$home/text/gcide.txt
    if [[ -s $text ]]; then
        say "text $text: there"
        return
    fi
    need_apt "gunzip gcide.dict.dz of the dictionary GCIDE to $text"
    update_lists dict-gcide
    scratch=$(mktemp -d "$home/setup.XXXXXX")
    mkdir -p "$home/text"
    # The package is unpacked and not installed: installed, it would start a dictionary server.
    local download=(apt-get download -q -o "APT::Sandbox::User=root" dict-gcide)
    (
        cd "$scratch"
        quietly "${download[@]}" 2>/dev/null ||
            { can_be_root && quietly as_root apt-get update -q && quietly "${download[@]}"; }
    ) || fail "could not fetch dict-gcide; check the network and the archives in /etc/apt"
    dpkg-deb -x "$scratch"/dict-gcide_*.deb "$scratch/tree"
    gzip -dc <"$scratch/tree/usr/share/dictd/gcide.dict.dz" >"$scratch/gcide.txt"
    sync "$scratch/gcide.txt"
    mv "$scratch/gcide.txt" "$text"
    rm -rf "$scratch"
    scratch=
    say "text $text: fetched"
}

fetch_figures() {
    local bundle=$home/vega/vega.js venv=$home/venv
    if [[ -s $bundle && -x $venv/bin/python ]]; then
        say "figures $bundle: there"
        return
    fi
    # Debian's own Python, if there is one: it is the one that python3-venv belongs to.
    local python=/usr/bin/python3
    [[ -x $python ]] || python=$(command -v python3) || fail "python3 is missing; run: ${0##*/} build"
    quietly "$python" -m venv --clear "$venv" ||
        fail "could not make $venv; is python3-venv installed? run: ${0##*/} build"
    quietly "$venv/bin/python" -m pip install -q --disable-pip-version-check \
        --only-binary :all: 'vl-convert-python>=1.9,<2' ||
        fail "could not fetch vl-convert-python from PyPI; check the network and run this script again"
    mkdir -p "$home/vega"
    scratch=$(mktemp -d "$home/setup.XXXXXX")
    # Sets window.vegaEmbed in a page without any network; window.vega and window.vegaLite stay null.
    "$venv/bin/python" -c 'import vl_convert; print(vl_convert.javascript_bundle())' >"$scratch/vega.js"
    sync "$scratch/vega.js"
    mv "$scratch/vega.js" "$bundle"
    rm -rf "$scratch"
    scratch=
    say "figures $bundle: fetched"
}

parts=("$@")
if ((${#parts[@]} == 0)); then parts=(build text figures); fi
for part in "${parts[@]}"; do
    case $part in
    build | text | figures) ;;
    -h | --help)
        sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
        exit 0
        ;;
    *) fail "no part is called '$part'; the parts are build, text and figures" ;;
    esac
done
mkdir -p "$home" || fail "cannot make $home; set BALLAST_HOME to a folder that can be written"
# One set-up at a time in one home.
exec 9>"$home/setup.lock"
flock 9
# What a killed one left: nobody else works here now.
rm -rf "$home"/setup.??????
for part in "${parts[@]}"; do
    case $part in
    build)
        check_swift
        install_packages
        ;;
    text) fetch_text ;;
    figures) fetch_figures ;;
    esac
done
