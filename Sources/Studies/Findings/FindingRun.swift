import DecayStudies
public import RunTables
public import Runs
import Training

/// A run as checks of findings see it.
public struct FindingRun: Sendable {
    /// The swept key paths with this run's values, `variant` among them, the seed not.
    public var settings: [String: SettingValue]
    /// The seed.
    public var seed: UInt64
    /// Parameters of attention and MLP matrices.
    public var parameters: Double
    /// The steps asked for.
    public var steps: Int
    /// Whether there is no result yet.
    public var isMissing: Bool
    /// The validation loss before the first step, in nats.
    public var initialLoss: Double
    /// The validation loss after the last step, in nats; nil when the run became NaN or infinite.
    public var loss: Double?
    /// What the run logged.
    public var series: RunSeries
    /// What a run of a `DecayStudy` came to, by the names of ``DecayMeasure``.
    public var numbers: [String: Double]

    public init(
        settings: [String: SettingValue], seed: UInt64, parameters: Double = 1, steps: Int = 100,
        isMissing: Bool = false, initialLoss: Double = 5.5, loss: Double? = nil,
        series: RunSeries = [:], numbers: [String: Double] = [:]
    ) {
        self.settings = settings
        self.seed = seed
        self.parameters = parameters
        self.steps = steps
        self.isMissing = isMissing
        self.initialLoss = initialLoss
        self.loss = loss
        self.series = series
        self.numbers = numbers
    }

    /// A run of a study as read from its folder.
    init(_ row: RunRow) {
        self.init(
            settings: row.settings.filter { $0.key != "seed" }, seed: row.replicate.seed ?? 0,
            parameters: Double(row.parameters ?? 0), steps: row.steps ?? 0,
            isMissing: row.result == nil, initialLoss: row.result?.initialLoss ?? .nan,
            loss: row.finalLoss, series: row.series)
    }

    /// The loss, or that before the first step where the run ended above it or became NaN or infinite.
    var clampedLoss: Double { min(loss ?? initialLoss, initialLoss) }

    /// The run in words.
    var name: String { FindingText.settings(settings) + ", seed \(seed)" }
}

/// A number of one seed: of a run, or of the runs of all learning rates.
public struct FindingPoint: Sendable, Hashable {
    /// The settings that it is of.
    public var settings: [String: SettingValue]
    /// The seed.
    public var seed: UInt64
    /// Parameters of attention and MLP matrices.
    public var parameters: Double
    /// The number.
    public var value: Double
}

/// Why a finding has no number.
public struct FindingGap: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason, as a clause, with what would settle it where that is known.
    public var description: String

    /// Names a reason.
    public init(_ description: String) { self.description = description }
}
