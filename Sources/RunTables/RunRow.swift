import Modules
import Optimizers
public import Runs
public import Training

/// A run of a ``RunTable``: what was asked, how far it is, what it came to and what it logged.
///
/// A run that Ballast trains has a ``configuration`` as soon as one of its sweep has begun. Before, and where
/// another tool trained it, there are ``settings`` alone: what is nil is not known, and nothing is taken for it.
public struct RunRow: Sendable {
    /// The name of its folder.
    public var name: String
    /// The swept key paths with its values, as `optimizer.learning-rate` -> 0.01; of a run that another tool
    /// trained, all that is known of it.
    public var settings: [String: SettingValue]
    /// What it was asked to train; nil where that is not known.
    public var configuration: RunConfiguration?
    /// How far it is.
    public var state: CellState
    /// What it came to, when it has.
    public var result: RunResult?
    /// What it logged, read when it is asked for.
    public var series: RunSeries

    /// Creates a row.
    ///
    /// - Parameters:
    ///   - name: The name of its folder.
    ///   - settings: The swept key paths with its values.
    ///   - configuration: What it was asked to train; nil where that is not known.
    ///   - state: How far it is.
    ///   - result: What it came to, when it has.
    ///   - series: What it logged.
    public init(
        name: String, settings: [String: SettingValue], configuration: RunConfiguration? = nil,
        state: CellState = .missing, result: RunResult? = nil, series: RunSeries = [:]
    ) {
        self.name = name
        self.settings = settings
        self.configuration = configuration
        self.state = state
        self.result = result
        self.series = series
    }

    /// The run's value along an axis; nil where it is not known.
    public subscript(axis: RunTable.Axis) -> SettingValue? {
        switch axis {
        case .learningRate: learningRate.map(SettingValue.number)
        case .width: width.map { .number(Double($0)) }
        case .depth: depth.map { .number(Double($0)) }
        case .steps: steps.map { .number(Double($0)) }
        case .seed: replicate.seed.map { .number(Double($0)) }
        case .dataSeed: replicate.dataSeed.map { .number(Double($0)) }
        case .orderSeed: replicate.orderSeed.map { .number(Double($0)) }
        case .headDimension:
            configuration.map { .number(Double($0.model.headDimension)) } ?? settings[axis.key]
        case .key(let key): settings[key]
        }
    }

    /// The peak learning rate.
    public var learningRate: Double? {
        configuration?.optimizer.learningRate ?? result?.learningRate
            ?? settings[RunTable.Axis.learningRate.key]?.number
    }
    /// The width of the residual stream.
    public var width: Int? { configuration?.model.width ?? result?.width ?? whole(.width) }
    /// The number of blocks.
    public var depth: Int? { configuration?.model.depth ?? result?.depth ?? whole(.depth) }
    /// The steps asked for.
    public var steps: Int? { configuration?.steps ?? result?.steps ?? whole(.steps) }
    /// Whether queries and keys are normalised.
    public var qkNorm: Bool? {
        if let on = configuration?.model.qkNorm ?? result?.qkNorm { return on }
        if case .flag(let on)? = settings["model.qk-norm"] { return on }
        return nil
    }
    /// The elements of attention and MLP matrices, N (`Modules.ModelConfiguration.matrixParameters`).
    public var parameters: Int? { configuration?.model.matrixParameters ?? result?.parameters }

    /// The seeds in which repetitions of a run differ.
    public var replicate: Replicate {
        Replicate(
            seed: configuration?.seed ?? result?.seed ?? seed(.seed),
            dataSeed: configuration?.data.dataSeed ?? result?.dataSeed ?? seed(.dataSeed),
            orderSeed: configuration?.data.orderSeed ?? seed(.orderSeed))
    }

    /// The final loss in nats per token; nil where there is no result, and where the run diverged.
    public var finalLoss: Double? { result?.finiteLoss }

    /// The final loss of a run that learnt: one that ended above its start counts like one that diverged.
    public var usableLoss: Double? {
        guard let loss = finalLoss else { return nil }
        guard let start = result?.initialLoss, loss > start else { return loss }
        return nil
    }

    private func whole(_ axis: RunTable.Axis) -> Int? {
        settings[axis.key]?.number.flatMap { Int(exactly: $0) }
    }

    private func seed(_ axis: RunTable.Axis) -> UInt64? {
        settings[axis.key]?.number.flatMap { UInt64(exactly: $0) }
    }
}

/// The seeds in which repetitions of a run differ.
public struct Replicate: Sendable, Hashable {
    /// Keys the initial weights; nil where it is not known.
    public var seed: UInt64?
    /// Keys which data it sees; nil where it is not known.
    public var dataSeed: UInt64?
    /// Keys another order of the same data; nil where it is not known.
    public var orderSeed: UInt64?

    /// Names seeds.
    public init(seed: UInt64?, dataSeed: UInt64? = nil, orderSeed: UInt64? = nil) {
        self.seed = seed
        self.dataSeed = dataSeed
        self.orderSeed = orderSeed
    }
}

extension RunResult {
    /// The final loss of a run that did not diverge.
    public var finiteLoss: Double? {
        guard !diverged, let finalLoss, finalLoss.isFinite else { return nil }
        return finalLoss
    }
}
