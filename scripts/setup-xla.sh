#!/usr/bin/env bash
# Fetches an XLA plugin for the CPU, for `--engine xla`. Does nothing where it is there.
#
#   scripts/setup-xla.sh
#
# The plugin goes to the folder xla of BALLAST_HOME, or of .ballast beside Package.swift; its SHA-256
# is checked. For an NVIDIA GPU install the Python package jax-cuda13-pjrt instead: it is found there.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
home=${BALLAST_HOME:-$root/.ballast}
package=lammps-jax-pjrt-cpu==0.11.2
member=lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so
digest=ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2
plugin=$home/xla/pjrt_c_api_cpu_plugin.so
scratch=

fail() {
    printf 'setup-xla: %s\n' "$*" >&2
    exit 1
}
clean_up() { if [[ -n $scratch ]]; then rm -rf "$scratch"; fi; }
trap clean_up EXIT

[[ $(uname -m) == x86_64 ]] ||
    fail "there is no plugin for $(uname -m) to fetch; give --plugin or BALLAST_PJRT_PLUGIN one"
mkdir -p "$home/xla" || fail "cannot make $home/xla; set BALLAST_HOME to a folder that can be written"
exec 9>"$home/setup.lock"
flock 9
# What a killed one left: nobody else works here now.
rm -rf "$home"/setup.??????
# What is there must be what is fetched: a part of it, or an older one, is fetched again.
if [[ -s $plugin && $(sha256sum "$plugin" | cut -d ' ' -f 1) == "$digest" ]]; then
    printf 'setup-xla: plugin %s: there\n' "$plugin"
    exit 0
fi
scratch=$(mktemp -d "$home/setup.XXXXXX")
# Debian's own Python, if there is one: it is the one that python3-venv belongs to.
python=/usr/bin/python3
[[ -x $python ]] || python=$(command -v python3) || fail "python3 is missing; run: scripts/setup.sh build"
"$python" -m venv "$scratch/venv" >/dev/null ||
    fail "could not make a venv; is python3-venv installed? run: scripts/setup.sh build"
"$scratch/venv/bin/python" -m pip download -q --disable-pip-version-check --no-deps \
    --only-binary :all: --platform manylinux_2_27_x86_64 --dest "$scratch" "$package" ||
    fail "could not fetch $package from PyPI; check the network and run this script again"
"$python" -m zipfile -e "$scratch"/*.whl "$scratch/wheel"
found=$(sha256sum "$scratch/wheel/$member" | cut -d ' ' -f 1)
[[ $found == "$digest" ]] ||
    fail "$package holds a plugin with SHA-256 $found, not $digest; it is not used"
sync "$scratch/wheel/$member"
mv "$scratch/wheel/$member" "$plugin"
printf 'setup-xla: plugin %s: fetched\n' "$plugin"
