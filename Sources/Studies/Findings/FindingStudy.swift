public import DecayStudies
import Foundation
import OrderedCollections
public import RunTables
import Runs
public import Sweeps
public import Training
import Yams

/// Published findings with the runs that they need.
///
/// ```yaml
/// name: qk-norm
/// base: base/proxy.yaml          # the grid of a Study ...
/// variants: {none: {model.qk-norm: false}, qk-norm: {}}
/// grid: {model.width: [16, 32], optimizer.learning-rate: [1e-3, 1e-2, 1e-1]}
/// seeds: [0, 1, 2]
/// findings:
///   - id: qk-norm-lowers-s
///     source: arXiv 2309.14322, figure 1
///     claim: normalised queries and keys lower S
///     check: {kind: difference, of: sensitivity, cells: {variant: qk-norm},
///             against: {variant: none}, expect: {below: 0}}
/// ```
///
/// In place of a grid, `decay` names the file of a `DecayStudy`. Cells of grids are named by their
/// configuration, so that studies in one folder share them.
public struct FindingStudy: Sendable {
    /// Where the runs come from.
    public enum Source: Sendable {
        /// A grid, its cells named by their configuration.
        case grid(Study)
        /// Recipes whose decay is followed through a schedule.
        case decay(DecayStudy)
    }

    /// The study's name.
    public let name: String
    /// Where the runs come from.
    public let source: Source
    /// A name for all runs, as that of the grid or the decay study.
    public let digest: String
    /// The findings, in the order of the file.
    public let findings: [Finding]

    /// Reads a study file.
    ///
    /// - Parameters:
    ///   - path: A YAML file.
    ///   - overrides: `KEY.PATH=VALUE`, applied to every run.
    ///   - seeds: The number of seeds, from 0, in place of the file's.
    /// - Throws: `ConfigurationError` for a study that cannot conclude, with the next step.
    public init(
        path: String, overrides: [String] = [], seeds: Int? = nil
    ) throws(ConfigurationError) {
        func refuse(_ key: String, _ reason: String) -> ConfigurationError {
            .malformed(source: path, key: key, reason: reason)
        }
        guard case .mapping(let mapping) = try ConfigurationFile.yaml(at: path) else {
            throw refuse("", "is not a mapping")
        }
        guard let entries = mapping["findings"]?.sequence, !entries.isEmpty else {
            throw refuse("findings", "is not a list of findings")
        }
        let url = URL(fileURLWithPath: path)
        name = mapping["name"]?.string ?? url.deletingPathExtension().lastPathComponent
        try Study.requireFolder(named: name, path)
        var findings: [Finding] = []
        for (index, entry) in entries.enumerated() {
            findings.append(
                try Finding(
                    FindingReader(entry, source: path, place: "findings[\(index)]")))
        }
        self.findings = findings
        if let file = mapping["decay"] {
            let known = ["name", "decay", "seeds", "findings"]
            for key in mapping.keys.compactMap(\.string) where !known.contains(key) {
                throw .unknownKey(source: path, key: key, nearest: [], siblings: known)
            }
            guard let file = file.string else { throw refuse("decay", "is not a file's name") }
            let count = mapping["seeds"]?.int
            if mapping["seeds"] != nil, count == nil {
                throw refuse("seeds", "beside decay is a number of seeds, as 3")
            }
            let study = try DecayStudy(
                path: file.hasPrefix("/")
                    ? file : url.deletingLastPathComponent().path + "/" + file,
                overrides: overrides, seeds: seeds ?? count)
            source = .decay(study)
            digest = study.digest
        } else {
            let study = try Study(
                path: path, overrides: overrides,
                seeds: seeds.map { count in (0..<UInt64(max(count, 0))).map { $0 } }
            ).contentAddressed
            try study.requireDistinctCells(source: path)
            guard Set(study.cells.map(\.configuration.seed)).count >= 2 else {
                throw refuse(
                    "seeds", "without a replicate no number has an interval; give [0, 1, 2]")
            }
            source = .grid(study)
            digest = study.digest
        }
        let settings = plannedRuns.map(\.settings)
        for (index, finding) in findings.enumerated() {
            for selection in finding.check.selections
            where !settings.contains(where: selection.contains) {
                let all = OrderedSet(settings.map(FindingText.settings))
                let more = all.count > 6 ? "; and \(all.count - 6) more" : ""
                throw refuse(
                    "findings[\(index)].check",
                    "no run of the study is \(selection.text); it has "
                        + all.prefix(6).joined(separator: "; ") + more)
            }
        }
    }

    /// The runs before any has a result.
    private var plannedRuns: [FindingRun] {
        switch source {
        case .grid(let study): study.table.rows.map(FindingRun.init)
        case .decay(let study): study.findingRuns([:])
        }
    }

    /// What runs of a grid say.
    ///
    /// - Parameters:
    ///   - record: The study's folder as read.
    ///   - confidence: The share of intervals that are to hold.
    /// - Returns: An entry for each finding.
    public func entries(
        _ record: RunTable, confidence: Double = 0.95
    ) -> [FindingResult.Entry] {
        guard case .grid(let study) = source else { return entries([:], confidence: confidence) }
        return entries(study.table.filled(from: record).rows.map(FindingRun.init), confidence)
    }

    /// What runs of a decay study say.
    ///
    /// - Parameters:
    ///   - records: What was measured, by the names of its runs; empty for none.
    ///   - confidence: The share of intervals that are to hold.
    /// - Returns: An entry for each finding.
    public func entries(
        _ records: [String: DecayRecord], confidence: Double = 0.95
    ) -> [FindingResult.Entry] {
        guard case .decay(let study) = source else { return entries(plannedRuns, confidence) }
        return entries(study.findingRuns(records), confidence)
    }

    private func entries(_ runs: [FindingRun], _ confidence: Double) -> [FindingResult.Entry] {
        findings.map {
            $0.outcome(runs, study: name, digest: digest, confidence: confidence)
        }
    }

    /// The different runs of all grids, each once, in folders shared by them.
    ///
    /// - Parameter studies: The studies.
    /// - Returns: A study to ask for its cost; runs are named by their configuration.
    public static func union(_ studies: [FindingStudy]) -> Study {
        var cells: OrderedDictionary<String, Study.Cell> = [:]
        for study in studies {
            guard case .grid(let grid) = study.source else { continue }
            for cell in grid.cells {
                var cell = cell
                cell.name = cell.digest
                cells[cell.name] = cell
            }
        }
        return Study(name: "findings", axes: [], cells: Array(cells.values))
    }
}
