import Ballast
import Foundation

/// How results of verdicts are written: keys in snake case, sorted, on disk over several lines.
enum VerdictFile {
    /// The value as JSON.
    static func text(_ value: some Encodable, isPretty: Bool) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Writes the value, whole or not at all.
    static func write(_ value: some Encodable, to path: String) throws {
        try AtomicFile.write(text(value, isPretty: true) + "\n", to: path)
    }

    /// Reads a value that was written so.
    static func read<Value: Decodable>(_ type: Value.Type, from path: String) throws -> Value {
        try read(type, of: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// Reads the text of a value that was written so.
    static func read<Value: Decodable>(_: Value.Type, of data: Data) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Value.self, from: data)
    }
}

/// Rows of words in columns as wide as their widest.
enum PlainTable {
    /// The rows as lines, the first column to the left and the others to the right.
    static func text(_ rows: [[String]], leading: Int = 1) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let line = row.enumerated().map { index, text in
                let space = String(repeating: " ", count: widths[index] - text.count)
                return index < leading ? text + space : space + text
            }.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }
}
