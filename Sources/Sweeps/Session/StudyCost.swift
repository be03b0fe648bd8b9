import Documents
import Modules
public import Runs
import Training

/// What a study takes.
public struct StudyCost: Sendable, Hashable, Codable {
    /// All runs.
    public var runs: Int
    /// Runs with a result.
    public var done: Int
    /// Tokens that the others train on.
    public var tokens: Int
    /// Floating-point operations of the others; nil where they were not counted.
    @NullWhenNil public var operations: Double?
    /// About how many seconds the others take; nil where that is not known.
    @NullWhenNil public var seconds: Double?
    /// Megabytes of checkpoints that they leave; nil where that is not known.
    @NullWhenNil public var megabytes: Double?
    /// Bytes of memory of the largest of the others; nil where that is not known.
    @NullWhenNil public var memoryBytes: Double?
    /// Bytes of the checkpoints that all of them keep; nil where that is not known.
    @NullWhenNil public var checkpointBytes: Double?
    /// Runs to train at a time.
    public var jobs: Int

    /// States a cost.
    public init(
        runs: Int, done: Int, tokens: Int, operations: Double? = nil, seconds: Double? = nil,
        megabytes: Double? = nil, jobs: Int = 1
    ) {
        self.runs = runs
        self.done = done
        self.tokens = tokens
        self.jobs = jobs
        self.operations = operations
        self.seconds = seconds
        self.megabytes = megabytes
    }

    /// What a grid takes, by the speed of a few steps of the cheapest open run and the dearest.
    ///
    /// - Parameters:
    ///   - study: The grid.
    ///   - folder: Where it stands; nil where no run is done.
    ///   - trainer: What trains.
    /// - Throws: What the folder and the engine throw.
    public init(_ study: Study, in folder: SweepFolder?, by trainer: any StudyTrainer) throws {
        let states = folder?.states(of: study) ?? [:]
        let cost = study.cost(states)
        self.init(
            runs: cost.cells, done: cost.done, tokens: cost.tokens, operations: cost.operations,
            jobs: trainer.jobs)
        if cost.memory > 0 { (memoryBytes, checkpointBytes) = (cost.memory, cost.disk) }
        guard trainer.trainsHere else { return }
        seconds = try study.seconds(states, trainer.stepCost).map { $0 / trainer.sideBySide }
    }

    /// `0/12 runs done; remaining: 0.143M tokens, 0.02 TFLOP, about 0:07 with 2 side by side, up to 61 MB of memory
    /// a run, 1.2 MB of checkpoints`.
    public var text: String {
        var parts = ["\(NumberText.digits(Double(tokens) / 1e6))M tokens"]
        if let operations { parts.append("\(NumberText.digits(operations / 1e12)) TFLOP") }
        if let seconds {
            let jobs = jobs > 1 ? " with \(jobs) at a time" : ""
            parts.append("about \(NumberText.clock(seconds))\(jobs)")
        }
        if let memoryBytes {
            parts.append("up to \(ResourceEstimate.text(memoryBytes)) of memory per run")
        }
        if let checkpointBytes {
            parts.append("\(ResourceEstimate.text(checkpointBytes)) of checkpoints")
        }
        if let megabytes { parts.append("\(NumberText.digits(megabytes)) MB of checkpoints") }
        return "\(done)/\(runs) runs done; remaining: \(parts.joined(separator: ", "))"
    }
}

extension StudyCost {
    /// What two parts of a study take together, one after the other.
    package static func += (sum: inout StudyCost, other: StudyCost) {
        func added(_ a: Double?, _ b: Double?) -> Double? { a.map { $0 + (b ?? 0) } ?? b }
        sum.runs += other.runs
        sum.done += other.done
        sum.tokens += other.tokens
        sum.operations = added(sum.operations, other.operations)
        sum.seconds = added(sum.seconds, other.seconds)
        sum.memoryBytes = [sum.memoryBytes, other.memoryBytes].compactMap(\.self).max()
        sum.checkpointBytes = added(sum.checkpointBytes, other.checkpointBytes)
    }
}
