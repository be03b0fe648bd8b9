import Datasets
import Documents
import Formats
import Foundation
import Modules
import Reports
import RunTables
import Runs
package import Statistics
import Training

/// Runs a study from its question to its page: says what it takes, trains what is missing, writes
/// `NAME.json`, tables, the page and its figures, prints, and gives the exit code.
///
/// ```swift
/// let session = StudySession(catalog: catalog, trainer: SerialTrainer { CPUEngine(threads: 1) },
///     options: .init(out: "out"))
/// let code = try session.run(study)
/// ```
///
/// The same study in the same folder goes on where it was interrupted.
public struct StudySession {
    /// What a session is asked for.
    public struct Options: Sendable {
        /// The folder of runs and results; nil where none is given.
        public var out: String?
        /// Whether to say what it takes and train nothing.
        public var isDryRun: Bool
        /// Whether to print JSON and nothing else.
        public var isJSON: Bool
        /// The width of the terminal.
        public var columns: Int
        /// Whether the terminal shows colours.
        public var usesColour: Bool
        /// Whether it is told, too, how the runs were chosen and what each line rests on.
        public var isExplained: Bool
        /// A script that draws figures in pages; nil where there is none.
        public var vegaBundle: String?
        /// A Python interpreter that draws figures as images; nil where there is none.
        public var python: String?
        /// The command, as one would type it.
        public var command: String

        /// Asks for a session.
        public init(
            out: String?, isDryRun: Bool = false, isJSON: Bool = false, columns: Int = 120,
            usesColour: Bool = false, isExplained: Bool = false, vegaBundle: String? = nil,
            python: String? = nil, command: String = ""
        ) {
            self.out = out
            self.isDryRun = isDryRun
            self.isJSON = isJSON
            self.columns = columns
            self.usesColour = usesColour
            self.isExplained = isExplained
            self.vegaBundle = vegaBundle
            self.python = python
            self.command = command
        }
    }

    private let catalog: StudyCatalog
    private let trainer: any StudyTrainer
    let options: Options
    let output: (String) -> Void
    private let notes: (String) -> Void

    /// Prepares a session.
    ///
    /// - Parameters:
    ///   - catalog: The kinds there are.
    ///   - trainer: What trains.
    ///   - options: What is asked for.
    ///   - output: Takes what is printed, text that ends with a line feed.
    ///   - notes: Takes lines on how it goes.
    public init(
        catalog: StudyCatalog, trainer: any StudyTrainer, options: Options,
        output: @escaping (String) -> Void = { print($0, terminator: "") },
        notes: @escaping (String) -> Void = { _ in }
    ) {
        self.catalog = catalog
        self.trainer = trainer
        self.options = options
        self.output = output
        self.notes = notes
    }

    /// Runs a study.
    ///
    /// - Parameter kind: The study, of a kind of the catalog.
    /// - Returns: The exit code: 0 for PASS and where nothing is judged, 2 for FAIL, 3 for INCONCLUSIVE.
    /// - Throws: What the data, the engine and the file system refuse.
    public func run<Kind: StudyKind>(_ kind: Kind) throws -> Int32 {
        precondition(
            catalog.contains(Kind.self),
            "StudySession: \(Kind.self) is not in the catalog, so that no report finds its results")
        if let given = kind.given { return try finish(kind, given) }
        let place = options.out.map { kind.folderName.isEmpty ? $0 : "\($0)/\(kind.folderName)" }
        let open = kind.open(at: place)
        try trainer.requireResources(open, at: place)
        try (kind.recipes.map(\.configuration) + open).prepareTexts()
        try announce(kind, place)
        guard !options.isDryRun else {
            if !options.isJSON, let plan = kind.plan,
                let text = try trainer.preview(plan, in: place)
            {
                output(text)
            }
            return 0
        }
        // Without a folder there is nothing to go on from, and nothing stays.
        let scratch =
            place == nil
            ? FileManager.default.temporaryDirectory.appendingPathComponent(
                "ballast-\(UUID().uuidString)"
            ).path : nil
        defer { scratch.map { try? FileManager.default.removeItem(atPath: $0) } }
        // A folder further down: cells that studies share stand beside that of the study.
        let path = place ?? scratch.map { $0 + "/study" } ?? ""
        if place != nil { noteReplacement(kind, path) }
        let earlier = try earlier(kind, in: path)
        let runs = try train(kind, in: path) { runs in
            guard place != nil, let known = try kind.standing(runs) else { return }
            let before = try self.earlier(kind, in: path)
            try write(known.joined(to: before).whole, of: kind, runs, to: path, isLast: false)
        }
        return try finish(kind, runs, earlier, folder: place)
    }

    /// What an earlier command left in a folder, of a kind that keeps it.
    private func earlier<Kind: StudyKind>(_ kind: Kind, in path: String) throws -> Kind.Result? {
        let file = path + "/" + Kind.Result.file
        guard Kind.Result.keepsEarlier, let data = FileManager.default.contents(atPath: file) else {
            return nil
        }
        do {
            return try Kind.Result(json: data)
        } catch {
            throw RunError.damaged(
                file: file,
                reason:
                    "cannot be read as \(Kind.Result.name) of this version; move it away, and the "
                    + "same command recreates it from the runs")
        }
    }

    /// Judges runs that are there.
    private func finish(_ kind: some StudyKind, _ given: GivenRuns) throws -> Int32 {
        let folder = options.out ?? given.folder
        if let folder {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
        }
        if !options.isJSON { kind.announcement.forEach(notes) }
        let runs = StudyRuns(record: given.table, folder: SweepFolder(folder ?? ""), stages: 0)
        return try finish(kind, runs, nil, folder: folder)
    }

    /// Judges, writes where there is a folder, and prints.
    private func finish<Kind: StudyKind>(
        _ kind: Kind, _ runs: StudyRuns, _ earlier: Kind.Result?, folder: String?
    ) throws -> Int32 {
        let result = try kind.result(runs, on: trainer.engine())
        try runs.record.requireReadable()
        let (whole, note) = result.joined(to: earlier)
        if let folder { try write(whole, of: kind, runs, to: folder, isLast: true) }
        try show(result, folder: folder, note)
        return result.overall?.exitCode ?? 0
    }

    /// Says where results of another grid of this name give way; its runs stay where they are.
    private func noteReplacement(_ kind: some StudyKind, _ path: String) {
        guard !options.isJSON, let plan = kind.plan?.plan,
            let before = try? SweepFolder(path).readPlan()
        else { return }
        let own = Set(plan.cells.map { $0.folder ?? $0.name })
        let lost = before.cells.count { !own.contains($0.folder ?? $0.name) }
        guard lost > 0 else { return }
        notes(
            "note: \(path) held results of another grid, of which \(lost) runs are not in this one; "
                + "results are replaced, runs stay")
    }

    private func folder(_ kind: some StudyKind, _ path: String) -> SweepFolder {
        kind.plan.map { SweepFolder(path, plan: $0.plan) } ?? SweepFolder(path)
    }

    /// What is asked, what the design can show and what it takes.
    private func announce(_ kind: some StudyKind, _ path: String?) throws {
        guard !options.isJSON || options.isDryRun else { return }
        let cost = try kind.cost(in: path.map { folder(kind, $0) }, by: trainer)
        if options.isJSON {
            output(try SnakeCaseJSON.text(Announcement(kind, cost), isPretty: false) + "\n")
            return
        }
        let lines =
            kind.announcement + kind.power.map { "power: \($0.text)" } + [cost.text]
        for line in lines {
            let indent = line.prefix { $0 == " " }.count
            output(Lines.indented(line, by: indent, to: max(options.columns, 20)) + "\n")
        }
        if options.isExplained, let design = kind.design {
            output(
                design.reasons.text(columns: options.columns, usesColour: options.usesColour))
        }
    }

    /// Goes through the stages.
    private func train(
        _ kind: some StudyKind, in path: String, afterStage: (StudyRuns) throws -> Void
    ) throws -> StudyRuns {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let folder = folder(kind, path)
        // Of a kind whose stages follow from results, what earlier commands trained is known at once.
        let isPlanned = kind.plan == nil && FileManager.default.fileExists(atPath: folder.plan)
        var runs = StudyRuns(
            record: isPlanned
                ? try folder.read() : RunTable(name: "", axes: [], rows: [], wallSeconds: 0),
            folder: folder, stages: 0)
        while let stage = try kind.next(runs) {
            var plan = kind.plan
            switch stage {
            case .runs(let study, let deadline):
                plan = plan ?? study
                try trainer.train(study, in: folder, until: deadline)
            case .work(let work):
                try work(
                    StudyWork(
                        folder: path, trainer: trainer,
                        note: { if !options.isJSON { notes($0) } }))
            }
            runs.stages += 1
            if let plan {
                try RunFolder(path).write(plan.plan, to: folder.plan)
                runs.record = try SweepFolder(path, plan: plan.plan).read()
            }
            try afterStage(runs)
        }
        return runs
    }

    private func write<Kind: StudyKind>(
        _ result: Kind.Result, of kind: Kind, _ runs: StudyRuns, to path: String, isLast: Bool
    ) throws {
        try result.writeFiles(to: path)
        var origin = ReportOrigin(
            command: options.command, configurations: kind.origins(of: result),
            version: Run.versionAndCommit)
        origin.facts = facts(of: kind)
        let beside = try kind.attachments(runs, to: result)
        for (name, text) in beside.texts {
            let file = path + "/" + name
            if let text {
                try AtomicFile.write(text, to: file)
            } else if FileManager.default.fileExists(atPath: file) {
                try FileManager.default.removeItem(atPath: file)
            }
        }
        // Images take longer than all the rest.
        for (folder, result) in beside.results {
            _ = try result.write(
                to: path + "/" + folder, origin: origin, vegaBundle: options.vegaBundle, python: nil
            )
        }
        let shown = Kind.Result.isPartOfSweep ? runs.record : nil
        let lines = try StudyPages([result], runs: shown).write(
            to: path, origin: origin, vegaBundle: options.vegaBundle,
            python: isLast ? options.python : nil)
        for line in lines where line.hasPrefix("note:") && !options.isJSON { notes(line) }
    }

    /// What the recipes train, for kinds that keep no folder of runs.
    private func facts(of kind: some StudyKind) -> [ReportOrigin.Fact] {
        guard let configuration = kind.recipes.first?.configuration else { return [] }
        let digest = configuration.textSource.recentDigest
        let data: [String?] = [
            configuration.dataNames.joined(separator: ", "),
            digest.map { "SHA-256 \($0.prefix(16))" },
        ]
        let values = kind.recipes.map {
            RunIdentity($0.configuration, data: digest ?? "").configuration ?? [:]
        }
        let swept = values[0].keys.filter { key in values.contains { $0[key] != values[0][key] } }
        return TrainingFacts(
            values[0], data: data.compactMap(\.self), swept: Set(swept)
        ).rows.map { .init(name: $0.name, text: $0.text) }
    }

    private func show<Result: StudyResult>(
        _ result: Result, folder: String?, _ note: String?
    ) throws {
        if options.isJSON {
            output(try result.json(isPretty: false) + "\n")
            return
        }
        output(
            result.document.text(
                columns: options.columns, usesColour: options.usesColour,
                hasDetails: options.isExplained))
        guard let folder else { return }
        let places = [
            "report in \(folder)/\(Result.page(in: folder))", "result in \(folder)/\(Result.file)",
            note,
        ].compactMap(\.self)
        // A path is not broken, so that it can be copied.
        let line = places.joined(separator: ", ")
        output(
            (line.count <= options.columns ? line : places.joined(separator: ",\n")) + "\n")
    }
}

/// What a study takes, for programs.
private struct Announcement: Encodable {
    var kind: String
    var folder: String
    var power: [PowerAnalysis]
    var cost: StudyCost
    var design: (any Encodable & Sendable)?

    init<Kind: StudyKind>(_ study: Kind, _ cost: StudyCost) {
        kind = Kind.Result.name
        folder = study.folderName
        power = study.power
        self.cost = cost
        design = study.design?.plan
    }

    private enum Key: String, CodingKey { case kind, folder, power, cost, design }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(kind, forKey: .kind)
        try container.encode(folder, forKey: .folder)
        try container.encode(power, forKey: .power)
        try container.encode(cost, forKey: .cost)
        if let design { try container.encode(design, forKey: .design) }
    }
}

extension Verdict {
    /// The exit code of a command that comes to it.
    package var exitCode: Int32 {
        switch self {
        case .pass: 0
        case .fail: 2
        case .inconclusive: 3
        }
    }
}
