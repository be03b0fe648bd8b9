import Documents
public import Engines
import Foundation
import RunTables
public import Statistics
public import Sweeps
import Tensors
public import Training

/// What is asked of the runs of a sweep: which instability strikes at a larger size, and at which learning
/// rate.
public struct ForecastQuestion: StudyKind {
    /// The runs.
    public let study: ForecastStudy
    /// The size.
    public let target: ForecastTarget
    /// The learning rate to judge at; nil for that of the lowest loss of the largest size.
    public let learningRate: Double?
    /// The share of intervals that are to hold.
    public let confidence: Double
    /// Draws of each bootstrap.
    public let draws: Int
    /// What a stable run is.
    public let criteria: StabilityBoundary.Criteria

    /// Asks for a forecast.
    ///
    /// - Parameters:
    ///   - study: The runs.
    ///   - target: The size.
    ///   - learningRate: The learning rate to judge at; that of the lowest loss of the largest size when nil.
    ///   - confidence: The share of intervals that are to hold.
    ///   - draws: Draws of each bootstrap.
    ///   - criteria: What a stable run is.
    /// - Throws: `ConfigurationError` for a size that ran, and a learning rate far from all that ran.
    public init(
        _ study: ForecastStudy, target: ForecastTarget, learningRate: Double? = nil,
        confidence: Double = 0.95, draws: Int = 1000, criteria: StabilityBoundary.Criteria = .init()
    ) throws(ConfigurationError) {
        guard let largest = study.sizes.last, target.parameters > largest else {
            throw .impossible(
                key: "--target",
                reason:
                    "\(target.text) is \(Int(clamped: target.parameters)) parameters, and a run of "
                    + "\(Int(clamped: study.sizes.last ?? 0)) is already in \(study.folder); ask for a "
                    + "larger size")
        }
        if let learningRate,
            !study.learningRates.contains(where: { abs(log2($0 / learningRate)) <= 1 })
        {
            throw .impossible(
                key: "--learning-rate",
                reason:
                    "\(NumberText.roundedRate(learningRate)) is more than a factor of 2 from every rate that "
                    + "ran: "
                    + study.learningRates.map { NumberText.roundedRate($0) }.joined(separator: ", ")
            )
        }
        self.study = study
        self.target = target
        self.learningRate = learningRate
        self.confidence = confidence
        self.draws = draws
        self.criteria = criteria
    }

    /// `--out` itself.
    public var folderName: String { "" }
    /// None: nothing is trained.
    public var recipes: [Recipe] { [] }
    /// The runs of the sweep; without `--out` nothing is written.
    public var given: GivenRuns? { GivenRuns(study.table, in: nil) }
    /// What is read.
    public var announcement: [String] {
        [
            "reads \(study.runs - study.missing) of \(study.runs) runs at \(study.sizes.count) sizes and "
                + "trains nothing; \(draws) draws per forecast, seconds in all"
        ]
    }

    /// Forecasts and verdicts.
    public func result(_ runs: StudyRuns, on engine: any Engine) -> ForecastResult {
        study.result(
            for: target, learningRate: learningRate, confidence: confidence, draws: draws,
            criteria: criteria)
    }
}
