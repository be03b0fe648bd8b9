import Formats
import Foundation

/// Reads a table as its bytes arrive, so that no more than a part of it is in memory.
struct TableStream {
    /// The names of the columns; nil until their line is whole.
    private(set) var head: DelimitedTable?
    /// What was read; nil of a table in which no column counts steps.
    private(set) var columns: TableColumns?

    private let path: String
    private let name: String
    private let size: Int
    /// What no row has taken yet.
    private var bytes: [UInt8] = []
    /// How many bytes it takes before a row that was not whole is read again.
    private var wanted = 0
    private var total = 0

    /// - Parameters:
    ///   - path: The table.
    ///   - name: The run that its metrics are of, where their names say none.
    /// - Throws: ``FormatError`` for a file that cannot be opened.
    init(_ path: String, name: String) throws(FormatError) {
        (self.path, self.name) = (path, name)
        size = try OpenFile(path, O_RDONLY).size()
    }

    /// Reads the rows that are whole with these bytes.
    mutating func take(_ chunk: [UInt8]) throws(FormatError) {
        total += chunk.count
        guard total <= LogReader.longest else {
            throw .unsupported(
                path: path, place: "contents", found: "more than \(LogReader.longest) bytes",
                advice: "split the table, or leave rows out")
        }
        if head != nil, columns == nil { return }
        bytes += chunk
        guard bytes.count >= wanted else { return }
        try read(isLast: false)
    }

    /// Reads what is left.
    mutating func finish() throws(FormatError) {
        try read(isLast: true)
        columns?.finish()
        guard columns?.isUnclosed != true else {
            throw .corrupt(
                path: path, place: "table", found: "a quote that is never closed",
                advice: "correct the file")
        }
    }

    private mutating func read(isLast: Bool) throws(FormatError) {
        var start = 0
        if head == nil {
            guard let found = try firstRow(isLast: isLast) else { return wait() }
            head = found
            columns = TableColumns(found, name: name)
            start = found.end
        }
        guard columns != nil else { return }
        let isFirst = columns?.rows == 0
        let end = columns?.read(bytes, from: start, isLast: isLast) ?? bytes.count
        if isFirst, let rows = columns?.rows, rows > 0, end > start {
            columns?.reserve(rows: size / max((end - start) / rows, 1), of: size)
        }
        guard end > 0 else { return wait() }
        bytes.removeFirst(end)
        wanted = 0
    }

    /// A row that is longer than what is there is read again when there is twice as much, not at each chunk.
    private mutating func wait() { wanted = 2 * bytes.count }

    /// The line of names, or nil where it may not be whole.
    private func firstRow(isLast: Bool) throws(FormatError) -> DelimitedTable? {
        if isLast { return try DelimitedTable(bytes, path: path, rows: 1) }
        guard let found = try? DelimitedTable(bytes, path: path, rows: 1),
            found.end < bytes.count || bytes.last == UInt8(ascii: "\n")
        else { return nil }
        return found
    }
}
