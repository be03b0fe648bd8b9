#!/usr/bin/env bash
# Runs the tool of a tarball in a bare root: the C library and nothing else of this machine, no environment.
#
#   scripts/documentation/check-package.sh TARBALL    as root, or where user namespaces are allowed
set -euo pipefail

tarball=$(realpath "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() {
    printf 'package: %s\n' "$*" >&2
    exit 1
}

root=$scratch/root
mkdir -p "$root"/{dev,proc,tmp,data,opt}
tar -C "$root/opt" -xzf "$tarball"
tree=$(cd "$root/opt" && echo ballast-*)
[[ -x $root/opt/$tree/bin/ballast ]] || fail "$tarball holds no bin/ballast"
for part in lib/ballast share/man/man1/ballast.1 share/bash-completion/completions/ballast \
    share/zsh/site-functions/_ballast share/fish/vendor_completions.d/ballast.fish share/ballast/vega.js LICENSE NOTICE; do
    [[ -e $root/opt/$tree/$part ]] || fail "$tarball lacks $part"
done

# What the kernel's loader and glibc are on this machine; the tarball brings all others.
for library in /lib64/ld-linux-x86-64.so.2 $(ldd /bin/true | awk '$3 ~ /^\// { print $3 }') \
    /lib/x86_64-linux-gnu/lib{m,dl,rt,pthread,resolv,util}.so.[0-9]*; do
    [[ -e $library ]] && install -D -m 755 "$(realpath "$library")" "$root$library"
done

cat >"$root/data/run.yaml" <<'END'
model: {width: 16, depth: 1, context: 16, head-dimension: 8}
data: {text: [/data/text.txt], batch: 2}
steps: 12
evaluation: {every: 4, batches: 1}
END
cat >"$root/data/sweep.yaml" <<'END'
name: bare
base: run.yaml
grid:
  optimizer.learning-rate: [1e-3, 1e-2]
END
for line in {1..2000}; do printf 'Line %d holds %d.\n' "$line" $((line * 7919 % 1000)); done >"$root/data/text.txt"

options=(--mount --pid --fork)
((EUID == 0)) || options+=(--map-root-user)
in_root() {
    # shellcheck disable=SC2016  # the inner shell reads its arguments
    unshare "${options[@]}" bash -c '
        root=$1; shift
        mount --rbind /dev "$root/dev" && mount -t proc proc "$root/proc" &&
            exec chroot "$root" "$(command -v env)" -i HOME=/data "$@"' _ "$root" "$@"
}
# chroot needs its env inside.
install -D -m 755 "$(realpath "$(command -v env)")" "$root$(command -v env)"
tool=/opt/$tree/bin/ballast
# The root is bare: what needs more than glibc does not start in it.
if [[ -e $root/lib/x86_64-linux-gnu/libdnnl.so.2 || -e $root/opt/swift ]]; then fail "the root is not bare"; fi
version=$(in_root "$tool" --version)
grep -q '^commit: [0-9a-f]' <<<"$version" || fail "--version does not name the commit: $version"
in_root "$tool" train /data/run.yaml --out /data/run --quiet || fail "train"
in_root "$tool" sweep run /data/sweep.yaml --out /data/sweep --jobs 1 >/dev/null || fail "sweep run"
in_root "$tool" report /data/run --text | grep -q '^finished' || fail "report --text"
for page in run sweep; do
    # The bundle that draws is most of a page.
    (($(stat -c %s "$root/data/$page/report.html") > 500000)) || fail "the page of $page cannot draw its figures"
done
in_root "$tool" doctor /data/run >/dev/null || [[ $? == 3 ]] || fail "doctor"
# The check can fail: without the libraries beside it the tool does not start.
mv "$root/opt/$tree/lib" "$root/opt/$tree/gone"
if in_root "$tool" --version >/dev/null 2>&1; then fail "the tool starts without its libraries: the root is not bare"; fi
mv "$root/opt/$tree/gone" "$root/opt/$tree/lib"
# Moved elsewhere it finds its libraries again.
mv "$root/opt/$tree" "$root/data/moved"
in_root /data/moved/bin/ballast --version >/dev/null || fail "the tool does not start where it was moved to"
printf 'package: %s trains, sweeps and reports in a bare root, moved too\n' "$(basename "$tarball")"
