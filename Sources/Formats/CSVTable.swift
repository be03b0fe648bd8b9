/// A table in a CSV file: a line of column names, then lines of as many fields (RFC 4180).
///
/// ```swift
/// var table = CSVTable(columns: ["step", "loss"])
/// table.append([.integer(1), .number(5.54)])
/// try table.write(to: "figures/loss.csv")
/// let losses = try CSVTable.read("figures/loss.csv").numbers("loss")
/// ```
public struct CSVTable: Sendable, Hashable {
    /// A field to write.
    public enum Field: Sendable, Hashable {
        /// Text, quoted where it must be.
        case text(String)
        /// A number in the fewest digits that give it back; `nan`, `inf` and `-inf` otherwise.
        case number(Double)
        /// A number of single precision, likewise.
        case single(Float)
        /// An integer.
        case integer(Int)
        /// No value.
        case empty

        var text: String {
            switch self {
            case .text(let text): text
            case .number(let value): value.isNaN ? "nan" : "\(value)"
            case .single(let value): value.isNaN ? "nan" : "\(value)"
            case .integer(let value): "\(value)"
            case .empty: ""
            }
        }
    }

    /// The names of the columns.
    public let columns: [String]
    /// The lines below the names, each with a field for each column.
    public private(set) var rows: [[String]] = []

    /// The file read, or how to call the text parsed.
    private var source = "table"
    /// The line of the file on which each row begins, if it was read.
    private var lines: [Int] = []

    /// Creates a table without rows.
    ///
    /// - Precondition: There is at least one column.
    public init(columns: [String]) {
        precondition(!columns.isEmpty, "CSVTable: no columns")
        self.columns = columns
    }

    /// Adds a row.
    ///
    /// - Precondition: `fields.count == columns.count`.
    public mutating func append(_ fields: [Field]) {
        precondition(
            fields.count == columns.count,
            "CSVTable: \(fields.count) fields for \(columns.count) columns")
        rows.append(fields.map(\.text))
    }

    /// The file's text, each line ended by a line feed.
    public var text: String {
        var text = ""
        for row in [columns] + rows {
            text += row.map { Self.quoted($0, alone: row.count == 1) }.joined(separator: ",") + "\n"
        }
        return text
    }

    /// Writes the table to `path`, whole or not at all.
    ///
    /// - Parameter path: Where the file will stand; a file of that name is replaced.
    /// - Throws: ``FormatError/system(path:operation:code:advice:)``.
    public func write(to path: String) throws(FormatError) { try AtomicFile.write(text, to: path) }

    /// The fields of a column, from the first row to the last.
    ///
    /// - Parameter column: The column's name; the first of that name is taken.
    /// - Returns: As many as there are rows.
    /// - Throws: ``FormatError/missing(path:name:advice:)``, which lists the columns there are.
    public func strings(_ column: String) throws(FormatError) -> [String] {
        let index = try index(of: column)
        return rows.map { $0[index] }
    }

    /// The numbers of a column, from the first row to the last; an empty field is nan.
    ///
    /// - Parameter column: The column's name; the first of that name is taken.
    /// - Returns: As many as there are rows.
    /// - Throws: ``FormatError/missing(path:name:advice:)``, or
    ///   ``FormatError/corrupt(path:place:found:advice:)`` with the line and column of the first field
    ///   that is no number.
    public func numbers(_ column: String) throws(FormatError) -> [Double] {
        let index = try index(of: column)
        var numbers: [Double] = []
        numbers.reserveCapacity(rows.count)
        for (number, row) in rows.enumerated() {
            let text = row[index]
            guard let value = text.isEmpty ? .nan : Double(text) else {
                throw .corrupt(
                    path: source,
                    place: "line \(lines.isEmpty ? number + 2 : lines[number]), column \(column)",
                    found: "'\(text)' is not a number", advice: "correct the field")
            }
            numbers.append(value)
        }
        return numbers
    }

    private func index(of column: String) throws(FormatError) -> Int {
        guard let index = columns.firstIndex(of: column) else {
            throw .missing(
                path: source, name: column,
                advice: "its columns are \(columns.joined(separator: ", "))")
        }
        return index
    }

    /// A field as it stands in the file.
    private static func quoted(_ field: String, alone: Bool) -> String {
        // An empty line is no row, so the empty field of a single column needs its quotes.
        if field.isEmpty { return alone ? "\"\"" : "" }
        let isPlain = field.utf8.allSatisfy { !Array("\",\r\n".utf8).contains($0) }
        if isPlain && field.first != " " && field.last != " " { return field }
        return "\""
            + field.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }
}

extension CSVTable {
    /// Reads the table at `path`, expanding it if it is compressed by gzip.
    ///
    /// - Parameter path: The file, in UTF-8, with or without a byte order mark.
    /// - Returns: The table.
    /// - Throws: ``FormatError/system(path:operation:code:advice:)`` if the file cannot be read, or
    ///   ``FormatError/corrupt(path:place:found:advice:)`` with the line and column of the fault.
    public static func read(_ path: String) throws(FormatError) -> CSVTable {
        try CSVTable(parsing: Gzip.contents(of: path), of: path)
    }

    /// Parses the contents of a file.
    ///
    /// - Parameters:
    ///   - bytes: The contents, in UTF-8.
    ///   - path: What errors call it.
    /// - Throws: ``FormatError/corrupt(path:place:found:advice:)`` with the line and column of the fault.
    public init(parsing bytes: [UInt8], of path: String) throws(FormatError) {
        var parser = CSVParser(bytes, path: path)
        guard let header = try parser.row() else {
            throw parser.corrupt("the file has no line of column names")
        }
        self.init(columns: header)
        source = path
        while true {
            let line = parser.line
            guard let row = try parser.row() else { break }
            guard row.count == columns.count else {
                throw .corrupt(
                    path: path, place: "line \(line)",
                    found: "\(row.count) fields for \(columns.count) columns",
                    advice: "correct the line")
            }
            rows.append(row)
            lines.append(line)
        }
    }
}

/// Splits CSV text into rows of fields.
private struct CSVParser {
    private let path: String
    private let bytes: [UInt8]
    private var position: Int
    private var lineStart: Int
    /// The line at the position, from 1.
    private(set) var line = 1

    init(_ bytes: [UInt8], path: String) {
        self.path = path
        self.bytes = bytes
        position = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        lineStart = position
    }

    /// The next row, or nil at the end; empty lines are skipped.
    mutating func row() throws(FormatError) -> [String]? {
        while takeLineEnd() {}
        guard position < bytes.count else { return nil }
        var fields: [String] = []
        while true {
            fields.append(try field())
            if position == bytes.count || takeLineEnd() { return fields }
            guard bytes[position] == UInt8(ascii: ",") else {
                throw corrupt("text after a closing quote")
            }
            position += 1
        }
    }

    private mutating func field() throws(FormatError) -> String {
        var field: [UInt8] = []
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
            let opening = corrupt("a quote that is never closed")
            position += 1
            while true {
                guard position < bytes.count else { throw opening }
                let byte = bytes[position]
                position += 1
                if byte == UInt8(ascii: "\"") {
                    guard position < bytes.count, bytes[position] == byte else { break }
                    position += 1
                }
                field.append(byte)
                if byte == UInt8(ascii: "\n") {
                    line += 1
                    lineStart = position
                }
            }
        } else {
            while position < bytes.count, !Array(",\r\n".utf8).contains(bytes[position]) {
                guard bytes[position] != UInt8(ascii: "\"") else {
                    throw corrupt("a quote within a field")
                }
                field.append(bytes[position])
                position += 1
            }
        }
        guard let text = String(validating: field, as: UTF8.self) else {
            throw corrupt("text that is not UTF-8")
        }
        return text
    }

    private mutating func takeLineEnd() -> Bool {
        guard position < bytes.count else { return false }
        switch bytes[position] {
        case UInt8(ascii: "\r"):
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "\n") { position += 1 }
        case UInt8(ascii: "\n"): position += 1
        default: return false
        }
        line += 1
        lineStart = position
        return true
    }

    func corrupt(_ found: String) -> FormatError {
        .corrupt(
            path: path, place: "line \(line), column \(position - lineStart + 1)", found: found,
            advice: "correct the line")
    }
}
