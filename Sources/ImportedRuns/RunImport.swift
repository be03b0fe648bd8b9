import Foundation
public import Import
import OrderedCollections
import RunTables
public import Runs
public import Telemetry
public import Training

/// Runs that other tools trained, on their way into a folder that studies, forecasts and reports read.
///
/// ```swift
/// let runs = try LogReader.runs(at: "logs")
/// let table = try RunImport(runs)
/// try table.write(to: "out")       // then: ballast sensitivity out
/// ```
///
/// What is understood becomes a row of a `RunTable`. What is not is listed in ``notes`` and `import.json`,
/// and nothing is taken for it.
public struct RunImport: Sendable {
    /// What a person says of logs.
    public struct Options: Sendable {
        /// Our key paths, with the names in logs that mean them.
        public var columns: [(key: String, name: String)] = []
        /// The loss that runs are compared by, by our tag or its own name; that of validation where all have
        /// it, else of training, else bits per byte of validation, when nil.
        public var loss: String?
        /// The loss before the first step, for runs whose log does not say it.
        public var initialLoss: Double?

        /// Nothing is said.
        public init() {}
    }

    /// The runs, in the order of their names.
    public private(set) var runs: [ImportedRun]
    /// Key paths and names in which runs differ, and by which studies tell them apart.
    public private(set) var axes: [String] = []
    /// The loss that runs are compared by.
    public let loss: Metric
    /// What was not understood, and what was made of the rest: a sentence each.
    public private(set) var notes: [String] = []
    private let options: Options

    /// Sorts what logs say.
    ///
    /// - Parameters:
    ///   - logs: The runs.
    ///   - options: What a person says of them.
    /// - Throws: `Training.ConfigurationError` for runs without a loss in common, or a column that no run
    ///   has.
    public init(_ logs: [LoggedRun], options: Options = Options()) throws(ConfigurationError) {
        self.options = options
        let failed = logs.filter { $0.failure != nil }
        let ended = logs.filter { $0.failure == nil }
        let logs = ended.isEmpty ? logs : ended
        if !failed.isEmpty, !ended.isEmpty {
            notes.append(
                "left out, since their log says that they did not end: "
                    + failed.prefix(8).map { "\($0.name) (\($0.failure ?? ""))" }.joined(
                        separator: ", ")
                    + (failed.count > 8 ? " and \(failed.count - 8) more" : ""))
        }
        var runs = logs.map { ImportedRun($0, columns: options.columns) }
        var used: [String: Int] = [:]
        for index in runs.indices {
            let name = runs[index].name
            used[name, default: 0] += 1
            if let count = used[name], count > 1 { runs[index].name += "-\(count)" }
        }
        for column in options.columns
        where !runs.contains(where: { $0.settings[column.key]?.name == column.name }) {
            let names = OrderedSet(
                runs.flatMap { Array($0.others.keys) + $0.settings.values.map(\.name) })
            let known = names.prefix(20).joined(separator: ", ")
            throw .impossible(
                key: "--column",
                reason: "no run says \(column.name); they say "
                    + (names.isEmpty ? "nothing but metrics" : known))
        }
        self.runs = runs
        loss = try Self.loss(of: logs, asked: options.loss)
        tellApart()
        numberRepetitions()
        describe()
    }

    /// The loss that all runs have.
    private static func loss(
        of logs: [LoggedRun], asked: String?
    ) throws(ConfigurationError) -> Metric {
        let choices =
            asked.map { name in
                let renamed = logs.lazy.compactMap { log in
                    log.originalNames.first { $0.value == name }?.key
                }.first
                return [renamed ?? MetricNames.tag(of: name) ?? name]
            } ?? [Metric.validationLoss.tag, Metric.trainLoss.tag, "val/bits_per_byte"]
        for tag in choices where logs.allSatisfy({ $0.series[tag] != nil }) {
            return Metric(tag: tag)
        }
        let lacking = logs.first { log in choices.allSatisfy { log.series[$0] == nil } }
        let names = lacking.map { Array($0.series.keys.prefix(12)) } ?? []
        throw .impossible(
            key: "--loss",
            reason: "the runs have no loss in common (\(choices.joined(separator: ", ")))"
                + (lacking.map {
                    "; \($0.name) has "
                        + (names.isEmpty ? "no metric" : names.joined(separator: ", "))
                } ?? "") + "; name one with --loss, or import them apart")
    }

    /// Finds what else tells runs apart that agree in all that is understood.
    ///
    /// A setting that follows from the others, as a lowest learning rate of a tenth of the peak, is no axis; nor
    /// is one that is different in every run, as a time or a name.
    private mutating func tellApart() {
        let known = OrderedSet(runs.flatMap(\.settings.keys))
        let order = SettingNames.keyPaths
        axes = known.filter { key in
            key != "parameters" && Set(runs.map { $0.settings[key]?.value }).count > 1
        }.sorted { (order.firstIndex(of: $0) ?? -1) < (order.firstIndex(of: $1) ?? -1) }
        var own: [String] = []
        for name in OrderedSet(runs.flatMap(\.others.keys)) {
            let values = Set(runs.map { $0.others[name] })
            guard values.count > 1, values.count < runs.count else { continue }
            let groups = Dictionary(grouping: runs) { run in
                axes.map { run.settings[$0]?.value } + own.map { run.others[$0] }
            }
            if groups.values.contains(where: { Set($0.map { $0.others[name] }).count > 1 }) {
                own.append(name)
            }
        }
        for index in runs.indices {
            for name in own {
                guard let value = runs[index].others[name] else { continue }
                runs[index].settings[name] = .init(value: value, name: name, source: "log")
            }
        }
        axes = own + axes
    }

    /// Takes runs that agree in all that is known for repetitions of one another.
    private mutating func numberRepetitions() {
        let seeds = ["seed", "data.data-seed", "data.order-seed"]
        let groups = OrderedDictionary(grouping: runs.indices) { index in
            axes.map { runs[index].settings[$0]?.value }
        }.values.filter { $0.count > 1 }
        guard !groups.isEmpty else { return }
        let saysSeeds = runs.contains { run in seeds.contains { run.settings[$0] != nil } }
        guard !saysSeeds else {
            for group in groups {
                notes.append(
                    "\(group.map { runs[$0].name }.joined(separator: ", ")) agree in all that is "
                        + "known, seeds too: studies read the first")
            }
            return
        }
        for index in runs.indices {
            runs[index].settings["seed"] = .init(
                value: .number(0), name: "seed", source: "counted")
        }
        for group in groups {
            for (count, index) in group.enumerated() {
                runs[index].settings["seed"]?.value = .number(Double(count))
            }
        }
        axes.append("seed")
        notes.append(
            "no run says a seed: those that agree in all that is known are taken for repetitions, and "
                + "their seeds are counted")
    }

    /// Lists what was made of what logs say, and what was not understood.
    private mutating func describe() {
        for run in runs where !run.conflicts.isEmpty {
            notes += run.conflicts.map {
                "\(run.name): \($0); neither is taken; choose with --column"
            }
        }
        let taken = Set(axes)
        for name in OrderedSet(runs.flatMap(\.others.keys)) where !taken.contains(name) {
            let values = Set(runs.map { $0.others[name] })
            guard values.count > 1 else { continue }
            notes.append(
                "\(name) has \(values.count) values and is not taken: it "
                    + (values.count < runs.count
                        ? "follows from what is" : "is different in every run"))
        }
        for key in OrderedSet(runs.flatMap(\.settings.keys)) {
            let silent = runs.filter { $0.settings[key] == nil }
            if !silent.isEmpty {
                notes.append(
                    "\(silent.count) runs do not say \(key): "
                        + silent.prefix(3).map(\.name).joined(separator: ", "))
            }
        }
        let unknown = OrderedSet(runs.flatMap(\.log.unknownNames))
        if !unknown.isEmpty {
            notes.append(
                "metrics under their own names, since the table of aliases has none: "
                    + unknown.prefix(20).joined(separator: ", ")
                    + (unknown.count > 20 ? " and \(unknown.count - 20) more" : ""))
        }
        for run in runs {
            if result(of: run) == nil {
                notes.append("\(run.name): its log ends before its steps; it counts as unfinished")
            }
            if run.log.resumes > 0 {
                let times = run.log.resumes == 1 ? "once" : "\(run.log.resumes) times"
                notes.append(
                    "\(run.name): steps go back \(times), as after a resume, and later records replace earlier "
                        + "ones; several runs in a file need a column 'run'")
            }
            notes += run.log.notes
        }
        if runs.contains(where: { result(of: $0).map { $0.initialLoss == nil } ?? false }) {
            notes.append(
                "the loss before the first step is not logged: a learning-rate sensitivity needs it; "
                    + "give --initial-loss (ln V for a vocabulary of V)")
        }
    }

    /// What a run came to; nil where it is unfinished.
    public func result(of run: ImportedRun) -> RunResult? {
        run.result(by: loss, initialLoss: options.initialLoss)
    }
}
