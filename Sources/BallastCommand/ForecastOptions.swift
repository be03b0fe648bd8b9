import ArgumentParser
import Ballast

/// How a forecast judges.
struct ForecastOptions: ParsableArguments {
    @Option(help: "Judge at this learning rate, or the nearest that ran within a factor of 2.")
    var learningRate: Double?

    @Option(help: "A stable run's largest attention logit lies below this.")
    var stableAttentionLogit = StabilityBoundary.Criteria().largestAttentionLogit

    @Option(help: "A stable run's final loss is at most so many nats above the best rate's.")
    var stableLossAboveBest = StabilityBoundary.Criteria().lossAboveBest

    @Option(help: "The share of intervals that are to hold.")
    var confidence = 0.95

    @Option(help: "Draws of each bootstrap.")
    var draws = 1000

    func validate() throws {
        for (name, value) in [
            ("--learning-rate", learningRate ?? 1),
            ("--stable-attention-logit", stableAttentionLogit),
            ("--stable-loss-above-best", stableLossAboveBest),
        ] where !(value > 0 && value.isFinite) {
            throw ValidationError("\(name) \(value): a number above 0 is needed")
        }
        if !(0.5...0.999).contains(confidence) {
            throw ValidationError("--confidence \(confidence): from 0.5 to 0.999 is needed")
        }
        if !(100...1_000_000).contains(draws) {
            throw ValidationError("--draws \(draws): from 100 to 1000000 are needed")
        }
    }

    /// What is asked of runs.
    func question(
        about study: ForecastStudy, _ target: ForecastTarget
    ) throws -> ForecastQuestion {
        try ForecastQuestion(
            study, target: target, learningRate: learningRate, confidence: confidence, draws: draws,
            criteria: .init(
                largestAttentionLogit: stableAttentionLogit, lossAboveBest: stableLossAboveBest))
    }
}
