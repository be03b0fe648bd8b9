#!/usr/bin/env bash
# Makes Sources/EventMessages/event.pb.swift from event.proto.
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
protoc --plugin="protoc-gen-swift=$generator/release/protoc-gen-swift" \
    --proto_path=Sources/EventMessages \
    --swift_out=Sources/EventMessages \
    --swift_opt=Visibility=Package --swift_opt=UseAccessLevelOnImports=true \
    event.proto
