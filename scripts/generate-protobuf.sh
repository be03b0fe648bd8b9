#!/usr/bin/env bash
# Makes the .pb.swift beside each .proto in Sources.
#
# Needs protoc (apt-get install protobuf-compiler). The Swift generator is built from the same
# swift-protobuf that the package links, so that both agree.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v protoc > /dev/null || {
    echo "protoc is missing; run: apt-get install protobuf-compiler" >&2
    exit 1
}
checkout=.build/checkouts/swift-protobuf
[ -d "$checkout" ] || swift package resolve

generator=.build/protoc-gen-swift
swift build --package-path "$checkout" --scratch-path "$generator" -c release \
    --product protoc-gen-swift
for source in Sources/*/*.proto; do
    folder=$(dirname "$source")
    protoc --plugin="protoc-gen-swift=$generator/release/protoc-gen-swift" \
        --proto_path="$folder" --swift_out="$folder" \
        --swift_opt=Visibility=Package --swift_opt=UseAccessLevelOnImports=true \
        "$(basename "$source")"
done
