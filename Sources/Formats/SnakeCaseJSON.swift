package import Foundation

/// The JSON of results: keys in snake case and sorted, slashes as they are.
package enum SnakeCaseJSON {
    /// The value as UTF-8.
    ///
    /// - Parameters:
    ///   - value: The value.
    ///   - isPretty: Whether it goes over several lines, as on disk.
    /// - Returns: The JSON, without a line feed at its end.
    /// - Throws: `EncodingError` for a number that JSON does not have.
    package static func data(_ value: some Encodable, isPretty: Bool = true) throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return try encoder.encode(value)
    }

    /// The value as text.
    package static func text(_ value: some Encodable, isPretty: Bool = true) throws -> String {
        String(decoding: try data(value, isPretty: isPretty), as: UTF8.self)
    }

    /// Writes the value over several lines, whole or not at all.
    package static func write(_ value: some Encodable, to path: String) throws {
        try AtomicFile.write(text(value) + "\n", to: path)
    }

    /// Reads a value that was written so.
    package static func read<Value: Decodable>(_: Value.Type, of data: Data) throws -> Value {
        try decoder().decode(Value.self, from: data)
    }

    /// What reads values that were written so, by this version or an earlier one.
    package static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .custom { path in
            let key = path[path.count - 1]
            guard key.intValue == nil else { return key }
            let words = (renamed[key.stringValue] ?? key.stringValue).split(separator: "_")
            guard words.count > 1 else { return Key(words.first.map(String.init) ?? "") }
            return Key(words[0].lowercased() + words.dropFirst().map(\.capitalized).joined())
        }
        return decoder
    }

    /// Keys of earlier versions, with those of today.
    private static let renamed = [
        "ladders": "size_series", "literal_protocol": "published_protocol",
        "reach": "extrapolation_factor", "sight_before": "detectable_before",
        "validated_reach": "validated_factor",
    ]

    /// A key by its name.
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Reads a file that was written so.
    package static func read<Value: Decodable>(
        _ type: Value.Type, from path: String
    ) throws -> Value {
        try read(type, of: Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
