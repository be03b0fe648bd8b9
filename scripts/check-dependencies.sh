#!/usr/bin/env bash
# Checks the direction of dependencies in Package.swift and in the sources:
#   - a target depends only on targets that are listed before it;
#   - a file imports a module of this package, or a product of another one that this package uses, only
#     if its target declares it;
#   - each folder in Sources and Tests belongs to a target.
#
#   scripts/check-dependencies.sh               checks this package
#   scripts/check-dependencies.sh --self-test   shows that broken packages are rejected
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The package's manifest as JSON comes in on standard input; the argument is the package's folder.
check() {
    python3 -c '
import json, os, re, sys

root = sys.argv[1]
targets = json.load(sys.stdin)["targets"]
names = [target["name"] for target in targets]
problems = []

def dependencies(target):
    for dependency in target["dependencies"]:
        (kind, values), = [(k, v) for k, v in dependency.items() if k in ("byName", "target", "product")]
        yield values[0]

products = {d for target in targets for d in dependencies(target)} - set(names)
importing = re.compile(
    r"^\s*(?:(?:public|package|internal|fileprivate|private|@\w+(?:\([^)]*\))?)\s+)*"
    r"import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)")

for index, target in enumerate(targets):
    name, declared = target["name"], set(dependencies(target))
    for dependency in sorted(declared & set(names)):
        if names.index(dependency) >= index:
            problems.append(f"Package.swift: {name} depends on {dependency}, which is listed after it")
    folder = target.get("path") or ("Tests/" if target["type"] == "test" else "Sources/") + name
    # What a target leaves to others that stand within its folder.
    left = {os.path.join(root, folder, part) for part in target.get("exclude") or []}
    for place, _, files in sorted(os.walk(os.path.join(root, folder))):
        if any(place == part or place.startswith(part + os.sep) for part in left):
            continue
        for file in sorted(f for f in files if f.endswith(".swift")):
            path = os.path.join(place, file)
            with open(path, encoding="utf-8") as source:
                for number, line in enumerate(source, 1):
                    found = importing.match(line)
                    module = found and found[1]
                    if module in set(names) | products and module not in declared | {name}:
                        problems.append(
                            f"{os.path.relpath(path, root)}:{number}: imports {module}, "
                            f"which {name} does not declare in Package.swift")

for parent in ("Sources", "Tests"):
    for entry in sorted(os.scandir(os.path.join(root, parent)), key=lambda e: e.name):
        paths = [target.get("path") for target in targets]
        if entry.is_dir() and entry.name not in names and f"{parent}/{entry.name}" not in paths:
            problems.append(f"{parent}/{entry.name}: belongs to no target in Package.swift")

for problem in problems:
    print(problem)
if problems:
    sys.exit(1)
print(f"{len(targets)} targets depend only on what stands above them")
' "$1"
}

# Broken twins of a package of two targets, each with what the check must say of it.
self_test() {
    local folder good
    folder=$(mktemp -d)
    # shellcheck disable=SC2064
    trap "rm -rf '$folder'" EXIT
    good='{"targets": [
        {"name": "Low", "type": "regular", "dependencies": []},
        {"name": "High", "type": "regular", "dependencies": [{"byName": ["Low", null]},
            {"product": ["Other", "other", null, null]}]}]}'
    mkdir -p "$folder/Sources/Low" "$folder/Sources/High" "$folder/Tests"
    printf '// Low.\nimport Foundation\n' >"$folder/Sources/Low/Low.swift"
    printf 'public import Low\nimport struct Other.Thing\n' >"$folder/Sources/High/High.swift"
    check "$folder" <<<"$good" >/dev/null || {
        echo "self-test: a sound package was rejected" >&2
        return 1
    }
    expect_rejection() {
        local said
        if said=$(check "$folder" <<<"$2") || [[ $said != *"$1"* ]]; then
            echo "self-test: not rejected with '$1', but: $said" >&2
            return 1
        fi
    }
    expect_rejection "Low depends on High, which is listed after it" \
        '{"targets": [{"name": "Low", "type": "regular", "dependencies": [{"byName": ["High", null]}]},
            {"name": "High", "type": "regular", "dependencies": [{"byName": ["Low", null]},
            {"product": ["Other", "other", null, null]}]}]}'
    printf '@preconcurrency package import High\n' >"$folder/Sources/Low/Up.swift"
    expect_rejection "Sources/Low/Up.swift:1: imports High, which Low does not declare" "$good"
    printf 'import func Other.make\n' >"$folder/Sources/Low/Up.swift"
    expect_rejection "Sources/Low/Up.swift:1: imports Other, which Low does not declare" "$good"
    rm "$folder/Sources/Low/Up.swift"
    mkdir "$folder/Tests/LowTests"
    expect_rejection "Tests/LowTests: belongs to no target" "$good"
    echo "self-test: 4 broken packages are rejected"
}

case ${1-} in
'') swift package dump-package | check . ;;
--self-test) self_test ;;
*)
    echo "usage: ${0##*/} [--self-test]" >&2
    exit 64
    ;;
esac
