import Foundation
import Modules
import Optimizers
public import Training

/// How the protocol of arXiv 2309.14322, made for 100,000 steps, reads in a shorter run.
///
/// Fractions of the run are kept, not numbers of steps: the first lines of a study say both.
public enum ScaledProtocol {
    /// The steps of the paper's runs.
    public static let literalSteps = 100_000

    /// What a configuration makes of the protocol, the paper's own value in brackets.
    ///
    /// - Parameter configuration: A run.
    /// - Returns: A line for each part.
    public static func lines(_ configuration: RunConfiguration) -> [String] {
        let steps = configuration.steps
        let schedule = configuration.schedule
        let warmupSteps = Int((schedule.warmup * Double(steps)).rounded())
        var lines = [
            "\(steps) steps of \(configuration.data.batch) x \(configuration.model.context) tokens: "
                + "\(configuration.trainingTokens) per run (published: \(literalSteps) steps of 256 x 512)",
            "warm-up over \(warmupSteps) step\(warmupSteps == 1 ? "" : "s"), \(text(100 * schedule.warmup))% (published: 5000 steps, 5%)",
        ]
        let decay = configuration.optimizer.weightDecay
        let rate = decay.scaledRate(steps: steps)
        switch decay.form {
        case .none: lines.append("no weight decay (published: independent, 1e-4)")
        case .independent:
            let scaling =
                decay.referenceSteps == 0
                ? "as it stands" : "\(text(decay.rate)) x \(decay.referenceSteps)/\(steps)"
            lines.append(
                "independent decay of \(text(rate)) per step, \(scaling): rate x steps = "
                    + "\(text(rate * Double(steps))) (published: 1e-4, which x \(steps) steps is "
                    + "\(text(1e-4 * Double(steps))); x \(literalSteps) it is 10)")
        default:
            let scaling =
                decay.referenceSteps == 0
                ? "as it stands" : "\(text(decay.rate)) x \(decay.referenceSteps)/\(steps)"
            lines.append(
                "\(decay.form.rawValue) decay of \(text(rate)) x learning rate per step, \(scaling) "
                    + "(published: 0.1 x learning rate, over \(literalSteps) steps)")
        }
        lines.append(
            "attention logits are read at step \(max(Int((0.02 * Double(steps)).rounded()), 1)), 2% "
                + "(published: 2000); gradients over the last \(max(steps / 200, 10)) steps (published: "
                + "500)")
        return lines
    }

    private static func text(_ value: Double) -> String { String(format: "%.4g", value) }
}
