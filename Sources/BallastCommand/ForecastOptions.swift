import ArgumentParser
import Ballast

/// How a forecast judges.
struct ForecastOptions: ParsableArguments {
    @Option(help: "Judge at the learning rate nearest to this one, within a factor of 2.")
    var learningRate: Double?

    @Option(help: "A run counts as stable if its attention logits stay below this.")
    var stableAttentionLogit = StabilityBoundary.Criteria().largestAttentionLogit

    @Option(help: "A run counts as stable if its loss is within this of the best, in nats.")
    var stableLossAboveBest = StabilityBoundary.Criteria().lossAboveBest

    @Option(help: "Confidence level of the intervals.")
    var confidence = 0.95

    @Option(help: "Bootstrap draws.")
    var draws = 1000

    func validate() throws {
        for (name, value) in [
            ("--learning-rate", learningRate ?? 1),
            ("--stable-attention-logit", stableAttentionLogit),
            ("--stable-loss-above-best", stableLossAboveBest),
        ] where !(value > 0 && value.isFinite) {
            throw ValidationError("\(name) \(value): must be a number above 0")
        }
        if !(0.5...0.999).contains(confidence) {
            throw ValidationError("--confidence \(confidence): must be from 0.5 to 0.999")
        }
        if !(100...1_000_000).contains(draws) {
            throw ValidationError("--draws \(draws): must be from 100 to 1000000")
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
