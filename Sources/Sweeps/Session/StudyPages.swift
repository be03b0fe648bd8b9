public import Documents
public import Reports
public import RunTables
import Runs

/// The pages of what stands in a folder: of each result that has one, and of the sweep with those that do not.
public struct StudyPages {
    private let results: [any StudyResult]
    private let runs: RunTable?

    /// Gathers what stands in a folder.
    ///
    /// - Parameters:
    ///   - results: The results.
    ///   - runs: The runs that stand there; nil for none that a page is to show.
    public init(_ results: [any StudyResult], runs: RunTable?) {
        self.results = results
        self.runs = runs
    }

    /// Whether a result's page stands in place of that of a sweep.
    ///
    /// - Parameters:
    ///   - results: The results.
    ///   - folder: Their folder.
    /// - Returns: Whether one does.
    public static func replaceSweep(_ results: [any StudyResult], in folder: String) -> Bool {
        results.contains {
            !type(of: $0).isPartOfSweep && type(of: $0).page(in: folder) == "report.html"
        }
    }

    /// The page of the runs with what the results say of them; nil where no runs are shown.
    ///
    /// - Parameter folder: The folder, which may tell where each run stands.
    /// - Returns: The report.
    public func sweep(in folder: String) -> SweepReport? {
        runs.map { runs in
            SweepReport(
                runs, documents: results.filter { type(of: $0).isPartOfSweep }.map(\.document),
                context: (try? SweepContext(SweepFolder(folder))) ?? SweepContext())
        }
    }

    /// Writes the pages and their figures.
    ///
    /// - Parameters:
    ///   - folder: Where they go; made if it is not there.
    ///   - origin: How they were made.
    ///   - vegaBundle: A script that draws figures in pages; nil where there is none.
    ///   - python: A Python interpreter that draws figures as images; nil where there is none.
    /// - Returns: The path of each file written, then a note for each thing left out.
    /// - Throws: What the file system refuses.
    public func write(
        to folder: String, origin: ReportOrigin, vegaBundle: String?, python: String?
    ) throws -> [String] {
        var lines: [String] = []
        for result in results where runs == nil || !type(of: result).isPartOfSweep {
            lines += try result.report(
                to: folder, origin: origin, vegaBundle: vegaBundle, python: python)
        }
        let sweep = try sweep(in: folder)?.write(
            to: folder, vegaBundle: vegaBundle, python: python, origin: origin)
        return lines + (sweep ?? [])
    }
}
