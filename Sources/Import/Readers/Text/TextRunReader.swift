import Formats
import Foundation
import OrderedCollections

/// Reads what programs print: lines of the formats that are known, or of patterns that a person gives.
enum TextRunReader {
    /// Longer lines are no lines of a log.
    private static let longestLine = 1 << 16
    /// How many lines that were not understood are shown.
    private static let shown = 3

    /// Whether a file whose name is one of text is small, or has a line of a log in its first MiB: what else
    /// lies beside logs, as text to train on, is not read.
    static func mayBeLog(_ path: String, _ options: LogReader.Options) -> Bool {
        let head = 1 << 20
        guard let file = FileHandle(forReadingAtPath: path),
            let bytes = try? file.read(upToCount: head)
        else { return true }
        guard bytes.count == head else { return true }
        var log = TextLog(LoggedRun(name: "", sources: []))
        let matchers = options.patterns.map { $0.matcher() }
        forEachLine(of: [UInt8](bytes)) { line, _ in
            if log.run.series.isEmpty { _ = read(line, &log, matchers) }
        }
        return !log.run.series.isEmpty
    }

    /// Reads a line by the patterns, where there are some, else by the formats that are known.
    private static func read(
        _ line: ArraySlice<UInt8>, _ log: inout TextLog, _ matchers: [LinePattern.Matcher]
    ) -> Bool {
        if line.count > longestLine { return false }
        if !matchers.isEmpty {
            let text = String(decoding: line, as: UTF8.self)
            return matchers.contains { $0.read(text, &log) }
        }
        let scanner = LineScanner(line)
        return TextFormat.all.contains { $0.read(scanner, &log) }
    }

    /// The run of a file; nil where no line is understood.
    static func run(
        _ name: String, _ path: String, _ options: LogReader.Options
    ) throws(FormatError) -> LoggedRun? {
        let bytes = try Gzip.contents(of: path, limit: LogReader.longest)
        guard !bytes.prefix(4096).contains(0) else { return nil }
        var run = LoggedRun(name: name, sources: [path], names: options.names)
        RunSettings.add(to: &run)
        var log = TextLog(run)
        let matchers = options.patterns.map { $0.matcher() }
        var tally = Tally()
        forEachLine(of: bytes) { line, number in
            let isRead = read(line, &log, matchers)
            tally.count(line, number, isRead: isRead, isBegun: !log.run.series.isEmpty)
        }
        guard !log.run.series.isEmpty else { return nil }
        if let total = log.total,
            !log.run.settings.keys.contains(where: { SettingNames.keyPath(of: $0) == "steps" })
        {
            log.run.settings["total_steps"] = Double(total)
        }
        log.run.notes += tally.notes(path)
        if bytes.last != UInt8(ascii: "\n"), bytes.last != UInt8(ascii: "\r") {
            log.run.notes.append("\(path): its last line is not complete, and was left out")
        }
        return log.run
    }

    /// Calls `body` with each line that is ended, without colours, and its number from 1.
    private static func forEachLine(
        of bytes: [UInt8], _ body: (ArraySlice<UInt8>, Int) -> Void
    ) {
        var number = 1
        var start = 0
        for (index, byte) in bytes.enumerated() where byte == 0x0a || byte == 0x0d {
            if index > start {
                let line = bytes[start..<index]
                body(line.contains(0x1b) ? withoutColours(line) : line, number)
            }
            if byte == 0x0a { number += 1 }
            start = index + 1
        }
    }

    /// The line without escape sequences, ESC `[` up to a letter.
    private static func withoutColours(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var result: [UInt8] = []
        result.reserveCapacity(line.count)
        var index = line.startIndex
        while index < line.endIndex {
            if line[index] == 0x1b, index + 1 < line.endIndex, line[index + 1] == 0x5b {
                let letter = line[(index + 2)...].firstIndex(where: LineScanner.isLetter)
                index = letter.map { $0 + 1 } ?? line.endIndex
            } else {
                result.append(line[index])
                index += 1
            }
        }
        return result[...]
    }

    /// How many lines there were, and which of them nobody understood.
    private struct Tally {
        private var before = 0
        private var unread = 0
        private var examples: [String] = []

        /// Counts a line; a log begins with its first number.
        mutating func count(
            _ line: ArraySlice<UInt8>, _ number: Int, isRead: Bool, isBegun: Bool
        ) {
            // Rules of dashes say nothing.
            guard !isRead,
                line.contains(where: { LineScanner.isLetter($0) || LineScanner.isDigit($0) })
            else { return }
            guard isBegun else {
                before += 1
                return
            }
            unread += 1
            if examples.count < shown {
                let text = String(decoding: line.prefix(60), as: UTF8.self)
                examples.append("line \(number) '\(text)'")
            }
        }

        func notes(_ path: String) -> [String] {
            var notes: [String] = []
            if before > 0 {
                notes.append(
                    "\(path): \(before) lines before the log, as source code, are left out")
            }
            if unread > 0 {
                notes.append(
                    "\(path): \(unread) lines were not understood: "
                        + examples.joined(separator: ", ")
                        + (unread > examples.count ? ", ..." : ""))
            }
            return notes
        }
    }
}
