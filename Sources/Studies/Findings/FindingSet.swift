import DecayStudies
public import Documents
public import Engines
import Foundation
import OrderedCollections
import RunTables
public import Runs
public import Sweeps
public import Training

/// Studies of published findings that are asked together, one after another.
public struct FindingSet: StudyKind {
    /// The studies.
    public let studies: [FindingStudy]

    /// Gathers studies.
    ///
    /// - Parameter studies: The studies, in order.
    /// - Throws: `ConfigurationError` for two of one name: folders are named by studies, and lines of the
    ///   table by findings.
    public init(_ studies: [FindingStudy]) throws(ConfigurationError) {
        self.studies = studies
        for (kind, names) in [
            ("study", studies.map(\.name)), ("finding", studies.flatMap { $0.findings.map(\.id) }),
        ] {
            let counts = Dictionary(grouping: names) { $0 }.filter { $0.value.count > 1 }
            if let name = counts.keys.sorted().first {
                throw .impossible(
                    key: kind, reason: "two are called \(name): each \(kind) takes its own name")
            }
        }
    }

    /// `--out` itself.
    public var folderName: String { "" }
    /// None: the grids' configurations are many.
    public var recipes: [Recipe] { [] }

    /// What is published, what decides, and how the runs scale the published protocol.
    public var announcement: [String] {
        let claims = studies.flatMap(\.findings).flatMap { finding in
            [
                "\(finding.id): \(finding.claim) (\(finding.source))",
                "  \(finding.check.quantity): \(finding.expectation.text)",
            ]
        }
        let protocols = FindingStudy.union(studies).cells.map(\.configuration)
            .flatMap(ScaledProtocol.lines)
        return claims + OrderedSet(protocols)
    }

    /// The different runs of all grids that have no result.
    public func open(at path: String?) -> [RunConfiguration] {
        let union = FindingStudy.union(studies)
        // The name of a folder beside the cells, in which nothing is written.
        return union.openConfigurations(at: path.map { $0 + "/" + union.name })
    }

    /// That of the different runs of all studies that are not done.
    public func cost(in folder: SweepFolder?, by trainer: any StudyTrainer) throws -> StudyCost {
        let union = FindingStudy.union(studies)
        let beside = folder.map { SweepFolder($0.path + "/" + union.name, plan: union.plan) }
        var cost = try StudyCost(union, in: beside, by: trainer)
        for study in studies {
            guard case .decay(let decay) = study.source else { continue }
            cost += try DecayRuns(decay, in: folder.map { study.folder(in: $0.path) })
                .cost(by: trainer)
        }
        return cost
    }

    /// A study after another.
    public func next(_ runs: StudyRuns) throws -> Stage? {
        guard runs.stages < studies.count else { return nil }
        let study = studies[runs.stages]
        return .work { work in
            var own = work
            own.folder = study.folder(in: work.folder)
            switch study.source {
            case .grid(let grid):
                try work.trainer.train(grid, in: SweepFolder(own.folder), until: nil)
            case .decay(let decay):
                var all = try DecayRuns(decay, in: own.folder)
                try all.train(own)
            }
        }
    }

    /// What the study that was trained last says.
    public func standing(_ runs: StudyRuns) throws -> FindingResult? {
        guard runs.stages < studies.count else { return nil }
        return FindingResult(try studies[runs.stages - 1].entries(in: runs.folder.path))
    }

    /// What all say.
    public func result(_ runs: StudyRuns, on engine: any Engine) throws -> FindingResult {
        FindingResult(try studies.flatMap { try $0.entries(in: runs.folder.path) })
    }

    /// The table in Markdown.
    public func attachments(_ runs: StudyRuns, to result: FindingResult) -> Attachments {
        Attachments(texts: ["findings.md": result.markdown])
    }

    /// The studies whose findings stand on the page.
    public func origins(of result: FindingResult) -> [ReportOrigin.Configuration] {
        OrderedSet(
            result.findings.map {
                ReportOrigin.Configuration(name: $0.study, digest: $0.studyDigest)
            }
        ).elements
    }
}

extension FindingStudy {
    /// The study's folder.
    fileprivate func folder(in out: String) -> String {
        out + "/" + String(name.map { $0 == "/" ? "_" : $0 })
    }

    /// What its runs in a folder say.
    fileprivate func entries(in out: String) throws -> [FindingResult.Entry] {
        switch source {
        case .grid:
            let runs = try SweepFolder(folder(in: out)).read()
            let entries = entries(runs)
            try runs.requireReadable()
            return entries
        case .decay(let decay): return entries(try DecayRuns(decay, in: folder(in: out)).records)
        }
    }
}
