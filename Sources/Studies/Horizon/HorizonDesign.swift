import Optimizers
import Sweeps
public import Training
import TransferStudies

/// Lengths of training that one run serves: a trunk at a constant learning rate, and at each horizon a
/// branch that brings the learning rate down.
///
/// ```
/// rate |   ________________________________________ trunk, T₄ steps
///      |  /        \          \                    \
///      | /          \ T₁       \ T₂                 \ T₄   branches, each of cooldown · Tᵢ steps
/// ```
///
/// The branch at Tᵢ is the run of `warmup-stable-decay` whose descent begins after Tᵢ steps, bit for bit,
/// and the trunk trains its first Tᵢ steps for all of them.
///
/// Source: arXiv 2405.18392, section 3.
public struct HorizonDesign: Sendable, Hashable {
    /// Steps before the descent, each twice the one before.
    public let horizons: [Int]
    /// Steps of the descent over those before it.
    public let cooldown: Double

    /// The fewest horizons that tell a trend from a bend.
    public static let leastHorizons = 4

    /// Describes a design.
    ///
    /// - Parameters:
    ///   - longest: Steps of the trunk.
    ///   - count: The number of horizons.
    ///   - cooldown: Steps of a descent over those before it, above 0 and at most 1.
    /// - Throws: `ConfigurationError` for one that cannot conclude.
    public init(longest: Int, count: Int, cooldown: Double) throws(ConfigurationError) {
        guard count >= Self.leastHorizons, count <= 16 else {
            throw .impossible(
                key: "--horizons",
                reason: count < Self.leastHorizons
                    ? "\(count): \(count < 2 ? "one length shows no drift" : "too few lengths"), "
                        + "and a trend cannot be told from a bend; give at least "
                        + "\(Self.leastHorizons)" : "\(count): give at most 16")
        }
        guard cooldown > 0, cooldown <= 1 else {
            throw .impossible(
                key: "--cooldown", reason: "\(cooldown) is not a fraction above 0 and at most 1")
        }
        let shortest = longest >> (count - 1)
        guard shortest >= 4, shortest << (count - 1) == longest else {
            let unit = 1 << (count - 1)
            let near = max((longest + unit / 2) / unit, 4) * unit
            throw .impossible(
                key: "steps",
                reason: "\(longest) steps cannot be halved \(count - 1) times to at least 4 whole "
                    + "steps; the nearest that can is \(near)")
        }
        horizons = (0..<count).map { shortest << $0 }
        self.cooldown = cooldown
    }

    /// The longest horizon, which is the trunk's length.
    public var longest: Int { horizons[horizons.count - 1] }

    /// Steps of the descent that begins after a horizon.
    public func cooldownSteps(_ horizon: Int) -> Int {
        max(Int((cooldown * Double(horizon)).rounded()), 1)
    }

    /// Steps of the warm-up, the same at all horizons: the configuration's fraction of the shortest.
    public func warmupSteps(_ configuration: RunConfiguration) -> Int {
        let fraction = configuration.schedule.warmup
        return fraction > 0 ? max(Int((fraction * Double(horizons[0])).rounded()), 1) : 0
    }

    /// The run at a constant learning rate that all horizons share.
    ///
    /// Its decay has the rate of the configuration's own steps, and keeps it at every horizon. It is
    /// measured and saved where a branch may leave.
    ///
    /// - Parameter configuration: A recipe, whose schedule is replaced.
    /// - Returns: The trunk.
    /// - Throws: `ConfigurationError` for a recipe that has no such run.
    public func trunk(
        _ configuration: RunConfiguration
    ) throws(ConfigurationError) -> RunConfiguration {
        try run(configuration, stable: longest, decaySteps: 0)
    }

    /// The run that leaves the trunk after a horizon.
    ///
    /// - Parameters:
    ///   - configuration: A recipe, whose schedule is replaced.
    ///   - horizon: Steps before the descent.
    /// - Returns: The branch, as a configuration of all its steps.
    /// - Throws: `ConfigurationError` for a recipe that has no such run.
    public func branch(
        _ configuration: RunConfiguration, at horizon: Int
    ) throws(ConfigurationError) -> RunConfiguration {
        try run(configuration, stable: horizon, decaySteps: cooldownSteps(horizon))
    }

    private func run(
        _ configuration: RunConfiguration, stable: Int, decaySteps: Int
    ) throws(ConfigurationError) -> RunConfiguration {
        guard configuration.data.orderSeed == 0 else {
            throw .impossible(
                key: "data.order-seed",
                reason: "\(configuration.data.orderSeed): it orders the sequences of runs of one "
                    + "length, and horizons share their first sequences; set it to 0")
        }
        let warmup = warmupSteps(configuration)
        guard warmup < horizons[0] else {
            throw .impossible(
                key: "schedule.warmup",
                reason: "\(warmup) steps of warm-up fill the shortest horizon, \(horizons[0]) steps"
            )
        }
        var run = configuration
        let decay = configuration.optimizer.weightDecay
        run.optimizer.weightDecay.rate = decay.scaledRate(steps: configuration.steps)
        run.optimizer.weightDecay.referenceSteps = 0
        run.steps = stable + decaySteps
        run.schedule.shape = .stable
        run.schedule.floor = 0
        run.schedule.warmup = Double(warmup) / Double(run.steps)
        run.schedule.cooldown = Double(decaySteps) / Double(run.steps)
        run.evaluation.every = horizons[0]
        run.checkpoints.every = horizons[0]
        // A trunk keeps what branches leave from; a branch only its end.
        run.checkpoints.keep = decaySteps == 0 ? run.steps : 1
        run.telemetry.norms = true
        // So that each horizon is recorded.
        let most = min(configuration.telemetry.every, horizons[0])
        run.telemetry.every =
            stride(from: most, to: 1, by: -1).first { horizons[0] % $0 == 0 } ?? 1
        try run.validate()
        return run
    }
}
