public import Documents
public import Engines
public import RunTables
public import Runs
public import Training

/// A kind of study: a question, the runs that answer it, and what they say.
///
/// ``StudySession`` does the rest: says what it takes, trains, writes, prints. A kind is a folder of
/// `Sources/Studies`, a command that reads its options, and a line of the catalog.
public protocol StudyKind: Sendable {
    /// What it comes to.
    associatedtype Result: StudyResult

    /// The study's folder within `--out`; empty for `--out` itself.
    var folderName: String { get }
    /// What is asked, of what: lines for people, before it starts.
    var announcement: [String] { get }
    /// What the design can show.
    var power: [PowerAnalysis] { get }
    /// What is trained, by name, for whoever wants to make it again.
    var recipes: [Recipe] { get }
    /// All runs of all stages, where stages are runs; nil for a kind that does its own work.
    var plan: Study? { get }
    /// Runs that are there, whoever trained them, about which alone is asked; nil for a kind that trains.
    var given: GivenRuns? { get }
    /// Runs that are still to be trained, as far as they are known before it starts.
    ///
    /// - Parameter path: The study's folder; nil where none was given.
    /// - Returns: Their configurations.
    func open(at path: String?) -> [RunConfiguration]
    /// What it takes, given what stands in its folder.
    ///
    /// - Parameters:
    ///   - folder: The folder; nil where none was given.
    ///   - trainer: What trains.
    /// - Returns: Runs, tokens, seconds.
    /// - Throws: What the folder or the engine throws.
    func cost(in folder: SweepFolder?, by trainer: any StudyTrainer) throws -> StudyCost
    /// What is to be trained next; nil where all is done.
    ///
    /// - Parameter runs: What has been trained.
    /// - Returns: The next stage. One whose runs are all done trains nothing, so that stages may be
    ///   counted and the same command resumes from anywhere.
    /// - Throws: What the folder throws.
    func next(_ runs: StudyRuns) throws -> Stage?
    /// What is known after a stage and is to stand in the folder before the next; nil for nothing.
    ///
    /// - Parameter runs: What has been trained.
    /// - Returns: A result of what is there.
    /// - Throws: What the folder throws.
    func standing(_ runs: StudyRuns) throws -> Result?
    /// What the runs say.
    ///
    /// - Parameters:
    ///   - runs: What has been trained.
    ///   - engine: For what is computed on their ends.
    /// - Returns: The result.
    /// - Throws: What the folder or the engine throws.
    func result(_ runs: StudyRuns, on engine: any Engine) throws -> Result
    /// What was trained, as its page says it.
    func origins(of result: Result) -> [ReportOrigin.Configuration]
    /// How the runs were chosen, for whoever wants to argue with it; nil where the question says it all.
    var design: StudyDesign? { get }
    /// What stands beside the result that its JSON does not hold.
    ///
    /// - Parameters:
    ///   - runs: What has been trained.
    ///   - result: What they say.
    /// - Returns: Texts, and results that this one rests on.
    /// - Throws: What the folder throws.
    func attachments(_ runs: StudyRuns, to result: Result) throws -> Attachments
}

extension StudyKind {
    /// None.
    public var power: [PowerAnalysis] { [] }
    /// None.
    public var plan: Study? { nil }
    /// None.
    public var given: GivenRuns? { nil }
    /// Those of the plan that have no result; without a plan the recipes.
    public func open(at path: String?) -> [RunConfiguration] {
        plan?.openConfigurations(at: path) ?? recipes.map(\.configuration)
    }
    /// Nothing before the end.
    public func standing(_ runs: StudyRuns) throws -> Result? { nil }
    /// The recipes.
    public func origins(of result: Result) -> [ReportOrigin.Configuration] {
        recipes.map { .init(name: $0.name, digest: $0.configuration.digest) }
    }

    /// None.
    public var design: StudyDesign? { nil }
    /// None.
    public func attachments(_ runs: StudyRuns, to result: Result) throws -> Attachments { .init() }

    /// The plan, at once.
    public func next(_ runs: StudyRuns) throws -> Stage? {
        runs.stages == 0 ? plan.map { .runs($0) } : nil
    }

    /// That of the runs of the plan that have no result.
    public func cost(in folder: SweepFolder?, by trainer: any StudyTrainer) throws -> StudyCost {
        guard let plan else { return StudyCost(runs: 0, done: 0, tokens: 0) }
        return try StudyCost(plan, in: folder, by: trainer)
    }
}

/// Runs that stand somewhere, about which is asked.
public struct GivenRuns: Sendable {
    /// The runs.
    public var table: RunTable
    /// Where what is found goes without `--out`; nil for nowhere.
    public var folder: String?

    /// Names runs.
    public init(_ table: RunTable, in folder: String?) {
        self.table = table
        self.folder = folder
    }
}

/// How the runs of a study were chosen.
public struct StudyDesign {
    /// The numbers, for programs.
    public var plan: any Encodable & Sendable
    /// The reasons, for people.
    public var reasons: Document

    /// States a design.
    public init(_ plan: any Encodable & Sendable, reasons: Document) {
        self.plan = plan
        self.reasons = reasons
    }
}

/// What stands beside a result.
public struct Attachments {
    /// Texts by the names of their files; nil for one that an earlier result left and this one has not.
    public var texts: [String: String?]
    /// Results that it rests on, each in a folder of its own.
    public var results: [(folder: String, result: any StudyResult)]

    /// Gathers texts and results.
    public init(
        texts: [String: String?] = [:], results: [(folder: String, result: any StudyResult)] = []
    ) {
        self.texts = texts
        self.results = results
    }
}

/// What has been trained of a study.
public struct StudyRuns: Sendable {
    /// The runs as read from their folders; none where the kind does its own work.
    public var record: RunTable
    /// Where they stand.
    public var folder: SweepFolder
    /// How many stages this session has been through.
    public var stages: Int
}

/// A part of a study that is trained before the next is known.
public enum Stage {
    /// Runs, each resumed or begun in its folder, until a time at which they save and stop.
    case runs(Study, until: ContinuousClock.Instant? = nil)
    /// Something else, which keeps what it has done in the study's folder and goes on from there.
    case work((StudyWork) throws -> Void)
}

/// What a stage that is no set of runs works with.
public struct StudyWork {
    /// The study's folder, which is there.
    public var folder: String
    /// What trains.
    public var trainer: any StudyTrainer
    /// Tells a person how it goes.
    public var note: (String) -> Void
}

/// Trains for a session.
public protocol StudyTrainer {
    /// Runs to train at a time.
    var jobs: Int { get }
    /// How many of them compute at the same time.
    var sideBySide: Double { get }
    /// Whether what is trained takes the time that it takes here.
    var trainsHere: Bool { get }
    /// What is handed to others to train, as they get it; nil where nothing is.
    ///
    /// - Parameters:
    ///   - study: The runs.
    ///   - path: The study's folder; nil where none was given.
    /// - Returns: The text, which ends with a line feed.
    /// - Throws: What the folder throws.
    func preview(_ study: Study, in path: String?) throws -> String?
    /// What computes.
    func engine() throws -> any Engine
    /// What runs between two configurations take, whatever they take beside their steps included.
    func stepCost(
        _ cheapest: RunConfiguration, _ dearest: RunConfiguration
    ) throws -> StepCost
    /// Checks that runs fit this machine, before anything is trained.
    ///
    /// - Parameters:
    ///   - runs: Their configurations.
    ///   - path: The study's folder; nil where none was given.
    /// - Throws: `Training.ConfigurationError` with the numbers and what would fit.
    func requireResources(_ runs: [RunConfiguration], at path: String?) throws
    /// Trains the runs that have no result, and waits for those that other processes train.
    ///
    /// - Parameters:
    ///   - study: The runs.
    ///   - folder: Where they stand.
    ///   - deadline: When runs are to save and stop; nil for never.
    /// - Throws: Where one failed, or a signal asked to stop.
    func train(
        _ study: Study, in folder: SweepFolder, until deadline: ContinuousClock.Instant?) throws
    /// Trains a configuration in a process of its own, with other options than the session's.
    ///
    /// - Parameters:
    ///   - configuration: The path of the configuration.
    ///   - folder: The run's folder.
    ///   - threads: Threads of the engine.
    ///   - stopAfter: The step after which it saves and ends; nil for none.
    /// - Throws: Where it failed, or a signal asked to stop.
    func launch(
        _ configuration: String, in folder: RunFolder, threads: Int, stopAfter: Int?) throws
    /// Throws where a signal asked to stop.
    func leaveIfStopped() throws
}

extension StudyTrainer {
    /// By the speed of a few steps on the engine.
    public func stepCost(
        _ cheapest: RunConfiguration, _ dearest: RunConfiguration
    ) throws -> StepCost {
        try StepCost(measuring: cheapest, dearest, on: engine())
    }

    /// True.
    public var trainsHere: Bool { true }
    /// Nil.
    public func preview(_: Study, in _: String?) throws -> String? { nil }
    /// Nothing: what trains without the tool knows its machine.
    public func requireResources(_: [RunConfiguration], at _: String?) throws {}
}
