import Ballast
import Foundation

extension ReportCommand {
    /// Copies a report without paths and host names.
    ///
    /// - Parameters:
    ///   - written: What the report wrote.
    ///   - results: The results that stand in the folder, whose files are copied too.
    ///   - python: What draws figures.
    /// - Returns: The path of each file of the copy, then a note for each thing left out.
    /// - Throws: What the file system refused.
    func shared(
        _ written: [String], _ results: [any StudyResult], python: String?
    ) throws -> [String] {
        var beside: [String] = []
        for result in results {
            var names = Set([type(of: result).file])
            names.formUnion(result.tables.keys)
            names.formUnion(result.document.files.filter { !$0.contains("/") })
            let paths = names.sorted().map { "\(folder)/\($0)" }
            beside += paths.filter { FileManager.default.fileExists(atPath: $0) }
        }
        let redaction = Redaction(
            folder: folder, workingDirectory: FileManager.default.currentDirectoryPath,
            home: NSHomeDirectory(), hosts: [ProcessInfo.processInfo.hostName] + hosts)
        return try SharedReport.write(
            written + beside, of: folder, to: folder + "/share", hiding: redaction, python: python)
    }

    /// The machines that trained the runs of the folder.
    private var hosts: [String] {
        var folders = [RunFolder(folder)]
        if let plan = try? SweepFolder(folder).readPlan() {
            let sweep = SweepFolder(folder, plan: plan)
            folders += plan.cells.map { sweep.cell($0.name) }
        }
        return folders.flatMap { (try? $0.readManifest())?.sessions.map(\.host) ?? [] }
    }
}
