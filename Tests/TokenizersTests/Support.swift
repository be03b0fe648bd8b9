import Formats
import Foundation
import Tokenizers

/// The folder of what `tokenizers` wrote.
let oracle = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Oracle"

func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: oracle + "/" + name)))
}

func tokenizer(_ name: String) throws -> Tokenizer {
    try Tokenizer(path: "\(oracle)/\(name).json")
}

/// What `tokenizers` made of the texts.
struct Expected: Decodable {
    struct Style: Decodable {
        var ids: [[Int32]]
        var decoded: [String]?
    }
    struct Added: Decodable {
        var texts: [String]
        var ids: [[Int32]]
    }
    var texts: [String]
    var gpt2: Style
    var llama3: Style
    var qwen2: Style
    var smollm: Style
    var added: Added
    var whole: [[Int32]]
    var merged: [[Int32]]

    static func read() throws -> Expected {
        try JSONDecoder().decode(Expected.self, from: Data(bytes("expected.json")))
    }

    func style(_ name: String) -> Style {
        ["gpt2": gpt2, "llama3": llama3, "smollm": smollm][name] ?? qwen2
    }
}

/// The texts whose tokens are others than expected.
func mismatches(_ tokenizer: Tokenizer, _ texts: [String], _ ids: [[Int32]]) -> [String] {
    // One encoder for all: what it remembers must change nothing.
    var encoder = Encoder(tokenizer)
    return zip(texts, ids).filter { encoder.encode(Array($0.utf8)) != $1 }.map(\.0)
}

/// The JSON of a fixture, changed.
func changed(_ name: String, _ change: (inout [String: Any]) throws -> Void) throws -> [UInt8] {
    let tree = try JSONSerialization.jsonObject(with: Data(bytes(name + ".json")))
    guard var tree = tree as? [String: Any] else { throw CocoaError(.coderReadCorrupt) }
    try change(&tree)
    return try [UInt8](JSONSerialization.data(withJSONObject: tree))
}

/// Changes a mapping in a tree in place.
func change(_ tree: inout [String: Any], _ key: String, _ body: (inout [String: Any]) -> Void) {
    var inner = tree[key] as? [String: Any] ?? [:]
    body(&inner)
    tree[key] = inner
}
