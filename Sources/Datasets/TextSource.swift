import Digests
import Formats
import Foundation

/// Text from files, folders, patterns and named corpora.
///
/// ```swift
/// TextSource(["gcide"])                        // a corpus that scripts/setup.sh fetched
/// TextSource(["letters.txt", "books.txt.gz"])  // files, compressed or not
/// TextSource(["notes"])                        // a folder, whatever its depth
/// TextSource(["books/**/*.txt"])               // a pattern
/// ```
///
/// The text is the bytes of all files, one after the other with nothing in between: the sources in the
/// order given, the files of a folder or pattern sorted by the bytes of their paths. A file named twice
/// is read once, where it first stands, under whatever name: a link to a file beside it is that file. Names
/// that begin with a dot are left out of folders and patterns, and links to folders are not entered there.
///
/// Of a file of JSON Lines (`.jsonl`, `.ndjson`, `.json.gz`, and the first two with `.gz`) a field of each line is
/// text, and after each stands the tokenizer's token that ends a text, or a line feed where there is none.
/// Parquet is refused, with the line that converts it.
///
/// A file is expanded if it begins as a gzip file does, whatever its name. Every byte but NUL is text:
/// there is no demand for UTF-8.
public struct TextSource: Sendable, Hashable {
    /// The files, folders, patterns and corpora.
    public var names: [String]
    /// The folder that holds the named corpora, and the caches.
    public var home: String
    /// A `tokenizer.json` that makes tokens of the text; empty for a token for each byte.
    public var tokenizer = ""
    /// Files of tokens, which are read in place of text: see `TokenStream`.
    public var tokens: [String] = []
    /// The field of each line that is text, in files of JSON Lines; empty to take them as they stand.
    public var field = "text"

    /// The names that stand for fetched corpora; write `./gcide` for a file of that name.
    public static let corpora = ["gcide"]

    /// Names a text, which is read later.
    ///
    /// - Parameters:
    ///   - names: Files, folders, patterns and corpora.
    ///   - home: The folder that holds the named corpora, and the caches.
    public init(_ names: [String], home: String = BallastHome.path) {
        self.names = names
        self.home = home
    }

    /// The files that make up the text, in order.
    ///
    /// - Returns: A path for each, no file twice.
    /// - Throws: An error for a source that names no file.
    public func files() throws(DatasetError) -> [String] {
        let names = tokens.isEmpty ? names : tokens
        guard !names.isEmpty else { throw .noSource }
        var files: [String] = []
        for name in names { files += try found(name) }
        if !tokens.isEmpty { files.removeAll { $0.hasSuffix(".idx") } }
        var seen: Set<FileStamp.Place> = []
        var paths: Set<String> = []
        return files.filter { path in
            guard paths.insert(path).inserted else { return false }
            // What went away meanwhile is an error of reading it.
            guard let place = FileStamp(path)?.place else { return true }
            return seen.insert(place).inserted
        }
    }

    /// About how many bytes the text has, by the sizes of its files; 0 where they cannot be found.
    ///
    /// Compressed files are taken to expand four times, as English does.
    public var roughSize: Double {
        let files = (try? files()) ?? []
        return files.reduce(0) { sum, path in
            let attributes = try? FileManager.default.attributesOfItem(
                atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
            let size = (attributes?[.size] as? NSNumber)?.doubleValue ?? 0
            return sum + (path.hasSuffix(".gz") || path.hasSuffix(".dz") ? 4 * size : size)
        }
    }

    private func found(_ name: String) throws(DatasetError) -> [String] {
        let name = HomePath.expanded(name)
        if Self.corpora.contains(name) {
            let path = "\(home)/text/\(name).txt"
            guard kindOfFile(path) == .file else { throw .missingCorpus(name: name, path: path) }
            return [path]
        }
        switch kindOfFile(name) {
        case .file: return [name]
        case .folder:
            let files = try FilePattern(filesOf: name).files()
            guard !files.isEmpty else { throw .noFiles(folder: name) }
            return files
        case .other:
            throw .unreadable(
                .unsupported(
                    path: name, place: "open", found: "not a regular file", advice: "check the path"
                ))
        case nil:
            guard let pattern = FilePattern(name) else { throw .noSuchFile(path: name) }
            let files = try pattern.files()
            guard !files.isEmpty else { throw .noMatch(pattern: name) }
            return files
        }
    }

    /// What one reading of a text finds out.
    package struct Survey: Sendable, Hashable {
        /// SHA-256 of the text, in hexadecimal.
        package var digest = ""
        /// The bytes of the text.
        package var count = 0
        /// The largest byte.
        package var largest: UInt8 = 0
        /// The file in which the largest byte first stands.
        package var largestPath = ""
        /// The place of the largest byte in that file.
        package var largestOffset = 0
    }

    /// Reads the text once, a piece at a time.
    ///
    /// - Parameter visit: Called with the pieces in order.
    /// - Returns: What was found.
    /// - Throws: An error for a text that is missing, unreadable, empty or has NUL bytes.
    package func read(_ visit: ([UInt8]) -> Void = { _ in }) throws(DatasetError) -> Survey {
        var survey = Survey()
        var hash = SHA256()
        let separator = try separator()
        for path in try files() {
            var offset = 0
            var nul: Int?
            do throws(FormatError) {
                try forEachPiece(of: path, separator) { piece throws(FormatError) in
                    guard let extremes = Self.extremes(piece), nul == nil else { return }
                    if extremes.smallest == 0 { nul = piece.firstIndex(of: 0).map { offset + $0 } }
                    if extremes.largest > survey.largest || survey.largestPath.isEmpty {
                        survey.largest = extremes.largest
                        survey.largestPath = path
                        survey.largestOffset =
                            offset + (piece.firstIndex(of: extremes.largest) ?? 0)
                    }
                    offset += piece.count
                    hash.update(piece)
                    visit(piece)
                }
            } catch {
                throw .unreadable(error)
            }
            if let nul { throw .nulByte(path: path, offset: nul) }
            survey.count += offset
        }
        guard survey.count > 0 else { throw .emptyText(sources: names) }
        survey.digest = hash.finalize().hexadecimal
        return survey
    }

    /// Calls `body` with the text of a file, piece by piece.
    private func forEachPiece(
        of path: String, _ separator: [UInt8], _ body: ([UInt8]) throws(FormatError) -> Void
    ) throws(FormatError) {
        try Parquet.refuse(path, column: field)
        guard var lines = JSONLines(path, field: field, separator: separator) else {
            return try Gzip.forEachChunk(of: path, body)
        }
        try Gzip.forEachChunk(of: path) { piece throws(FormatError) in
            try body(lines.text(of: piece))
        }
        try body(lines.finish())
    }

    /// The smallest and the largest byte, or nil if there is none.
    private static func extremes(_ bytes: [UInt8]) -> (smallest: UInt8, largest: UInt8)? {
        guard let first = bytes.first else { return nil }
        var smallest = first
        var largest = first
        for byte in bytes {
            smallest = min(smallest, byte)
            largest = max(largest, byte)
        }
        return (smallest, largest)
    }
}
