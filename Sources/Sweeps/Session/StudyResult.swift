public import Documents
public import Formats
public import Foundation
import Reports
public import Statistics

/// What a study came to: the contents of `NAME.json`, and what people read of it.
///
/// Its JSON has keys in snake case, sorted; what is not known is `null` and never left out
/// (``NullWhenNil``).
public protocol StudyResult: Sendable, Codable {
    /// What the kind is called in the names of files, as `horizon`.
    static var name: String { get }
    /// The version of its keys, `ballast.NAME/1`; a change of meaning changes it.
    var schema: String { get }
    /// What it comes to, which is the command's exit code; nil where nothing is judged.
    var overall: Verdict? { get }
    /// What people read.
    var document: Document { get }
    /// Tables beside the page, by the names of their files.
    var tables: [String: CSVTable] { get }
    /// What its page is called.
    ///
    /// - Parameter folder: Where it goes.
    /// - Returns: The name of a file.
    static func page(in folder: String) -> String
    /// What stands in a folder once this comes to what an earlier command left there.
    ///
    /// - Parameter earlier: What stands there; nil for nothing.
    /// - Returns: This alone for a kind whose results replace each other, and what to say of the others.
    func joined(to earlier: Self?) -> (whole: Self, note: String?)
    /// Whether an earlier result in its folder stays a part of it.
    static var keepsEarlier: Bool { get }
    /// Whether it stands on the page of the sweep that it is about, above all its runs.
    static var isPartOfSweep: Bool { get }
}

extension StudyResult {
    /// None.
    public var tables: [String: CSVTable] { [:] }
    /// This alone.
    public func joined(to earlier: Self?) -> (whole: Self, note: String?) { (self, nil) }
    /// What stands there is replaced.
    public static var keepsEarlier: Bool { false }
    /// `report.html`.
    public static func page(in folder: String) -> String { "report.html" }
    /// A page of its own.
    public static var isPartOfSweep: Bool { false }

    /// The file of its JSON.
    public static var file: String { name + ".json" }

    /// The JSON of the result.
    ///
    /// - Parameter isPretty: Whether it goes over several lines, as on disk.
    /// - Returns: The text, without a line feed at its end.
    /// - Throws: `EncodingError` for a number that JSON does not have.
    public func json(isPretty: Bool = true) throws -> String {
        try SnakeCaseJSON.text(self, isPretty: isPretty)
    }

    /// Reads the JSON of a result.
    ///
    /// - Parameter json: The text.
    /// - Throws: `DecodingError`.
    public init(json: Data) throws {
        self = try SnakeCaseJSON.read(Self.self, of: json)
    }

    /// Writes its JSON and tables.
    ///
    /// - Parameter folder: Where they go; made if it is not there.
    /// - Throws: What the file system refuses.
    func writeFiles(to folder: String) throws {
        try Directory.create(folder)
        try AtomicFile.write(json() + "\n", to: folder + "/" + Self.file)
        for (name, table) in tables.sorted(by: { $0.key < $1.key }) {
            try AtomicFile.write(table.text, to: folder + "/" + name)
        }
    }

    /// Writes all of it: JSON, tables, the page and its figures.
    ///
    /// - Parameters:
    ///   - folder: Where they go; made if it is not there.
    ///   - origin: How the result was made.
    ///   - vegaBundle: A script that draws figures in pages; nil where there is none.
    ///   - python: A Python interpreter that draws figures as images; nil where there is none.
    /// - Returns: The path of each file of the page, then a note for each thing left out.
    /// - Throws: What the file system refuses.
    public func write(
        to folder: String, origin: ReportOrigin, vegaBundle: String?, python: String?
    ) throws -> [String] {
        try writeFiles(to: folder)
        return try report(to: folder, origin: origin, vegaBundle: vegaBundle, python: python)
    }

    /// Writes the page and its figures.
    ///
    /// - Parameters:
    ///   - folder: Where they go; made if it is not there.
    ///   - origin: How the result was made.
    ///   - vegaBundle: A script that draws figures in pages; nil where there is none.
    ///   - python: A Python interpreter that draws figures as images; nil where there is none.
    /// - Returns: The path of each file written, then a note for each thing left out.
    /// - Throws: What the file system refuses.
    public func report(
        to folder: String, origin: ReportOrigin, vegaBundle: String?, python: String?
    ) throws -> [String] {
        var document = document
        document.origin = origin
        let context = SweepContext(about: folder)
        let facts = context.facts.rows.isEmpty ? origin.trained : context.facts.table
        if let facts {
            document.sections.insert(
                .init("What was trained", [.table(facts)]), at: min(1, document.sections.count))
        }
        if let runs = context.runs { document.sections.append(.init("Runs", [.table(runs)])) }
        return try document.write(
            to: folder, name: Self.page(in: folder), vegaBundle: vegaBundle, python: python)
    }
}
