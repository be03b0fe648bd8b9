import Modules
import Optimizers

extension RunConfiguration {
    /// The most elements that one tensor may have: more than any machine holds, and far from where sums
    /// of sizes overflow.
    static let mostElements = 1 << 44
    /// The most tokens that a run may train on, repeats counted.
    static let mostTokens = 1 << 48

    /// Checks that products of sizes are numbers that can be computed with, before any is computed.
    func validateSizes() throws(ConfigurationError) {
        func refuse(
            _ factors: [(String, Int)], beyond most: Int, _ what: String
        ) throws(ConfigurationError) {
            var product = 1
            for (key, factor) in factors {
                let (next, overflows) = product.multipliedReportingOverflow(by: factor)
                guard !overflows, next <= most else {
                    throw .impossible(
                        key: key,
                        reason: factors.map { "\($0.0) \($0.1)" }.joined(separator: " x ")
                            + " are more than \(most) \(what); lower one of them")
                }
                product = next
            }
        }
        let rows = [("data.batch", data.batch), ("model.context", model.context)]
        let (width, context) = (("model.width", model.width), ("model.context", model.context))
        let ratio = ("model.mlp-ratio", Int(max(model.mlpRatio, model.attentionRatio).rounded(.up)))
        try refuse(rows + [width, ratio], beyond: Self.mostElements, "elements of an activation")
        try refuse(
            rows + [("model.vocabulary", model.vocabulary)], beyond: Self.mostElements, "logits")
        try refuse(
            rows + [("heads", model.heads), context], beyond: Self.mostElements,
            "attention logits of a block")
        try refuse(
            [("model.depth", model.depth), width, width, ratio], beyond: Self.mostElements,
            "parameters")
        try refuse(
            [("steps", steps)] + rows, beyond: Self.mostTokens, "tokens")
        try refuse(
            [("evaluation.batches", evaluation.batches)] + rows, beyond: Self.mostTokens,
            "tokens of an evaluation")
        let rate = optimizer.weightDecay.scaledRate(steps: steps)
        guard rate <= NumberRange.largest else {
            throw .impossible(
                key: "optimizer.weight-decay.rate",
                reason: "\(rate) a step, scaled from optimizer.weight-decay.reference-steps, is "
                    + "out of range; lower one of them")
        }
    }
}
