import Formats
import Tokenizers

/// The texts of a file of JSON Lines, each followed by a separator.
struct JSONLines {
    private let path: String
    private let field: String
    private let separator: [UInt8]
    private var rest: [UInt8] = []
    private var line = 0

    private static let endings = [".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz", ".json.gz"]

    /// Nil for a file that is none by its name, or where no field is wanted.
    init?(_ path: String, field: String, separator: [UInt8]) {
        guard !field.isEmpty, Self.endings.contains(where: path.hasSuffix) else { return nil }
        (self.path, self.field, self.separator) = (path, field, separator)
    }

    /// The texts of the lines that end in a piece of the file.
    mutating func text(of piece: [UInt8]) throws(FormatError) -> [UInt8] {
        var text: [UInt8] = []
        var start = 0
        while let end = piece[start...].firstIndex(of: 0x0a) {
            rest += piece[start..<end]
            try take(into: &text)
            start = end + 1
        }
        rest += piece[start...]
        return text
    }

    /// The text of a last line without a line feed.
    mutating func finish() throws(FormatError) -> [UInt8] {
        var text: [UInt8] = []
        try take(into: &text)
        return text
    }

    private mutating func take(into text: inout [UInt8]) throws(FormatError) {
        line += 1
        defer { rest.removeAll(keepingCapacity: true) }
        guard rest.contains(where: { $0 > 0x20 }) else { return }
        let place = "line \(line)"
        let tree: JSONTree
        do throws(FormatError) {
            tree = try JSONParser.parse(rest, path: path, advice: "")
        } catch {
            guard case .corrupt(_, let inner, let found, _) = error else { throw error }
            let byte = inner.split(separator: ", ").last ?? ""
            throw .corrupt(
                path: path, place: "\(place), \(byte)", found: found,
                advice: "a line of JSON Lines is one object; to read the file as it stands, set "
                    + "data.field to null")
        }
        guard case .text(let value)? = tree[field] else {
            throw .corrupt(
                path: path, place: place,
                found: "has no text in the field '\(field)'"
                    + (tree.keys.isEmpty ? "" : " of \(tree.keys.joined(separator: ", "))"),
                advice: "name the field that holds the text as data.field")
        }
        text += value.utf8
        text += separator
    }
}

/// Files of Apache Parquet, which are not read.
enum Parquet {
    /// Refuses one, by its name.
    static func refuse(_ path: String, column: String) throws(FormatError) {
        guard path.hasSuffix(".parquet") else { return }
        let name = column.isEmpty ? "text" : column
        throw .unsupported(
            path: path, place: "format", found: "Parquet, which is not read",
            advice: "convert it: python3 -c \"import pandas; pandas.read_parquet('\(path)')"
                + "[['\(name)']].to_json('\(path.dropLast(8)).jsonl', orient='records', lines=True)\""
        )
    }
}
