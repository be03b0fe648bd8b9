package import Modules
package import Programs
import Tensors

/// What a step makes smaller: the loss of a batch, as a value over the parameters that it takes from its scope.
package protocol Objective {
    /// The names of the inputs that hold a batch, in order.
    var inputs: [String] { get }
    /// Builds the loss.
    ///
    /// - Parameters:
    ///   - configuration: The run.
    ///   - scope: The place of the whole model, whose builder gets the inputs.
    /// - Returns: The mean cross-entropy, which is reported, and what gradients are taken of.
    func losses(
        _ configuration: RunConfiguration, _ scope: Scope
    ) -> (crossEntropy: Value, total: Value)
}

/// The proxy transformer on text: the cross-entropy of the next token, with the z-loss (arXiv 2309.14322, section
/// 3.1.2) where the run has one.
///
/// Inputs: `tokens` and `targets` (batch, time).
package struct TokenObjective: Objective {
    package init() {}

    package var inputs: [String] { ["tokens", "targets"] }

    package func losses(
        _ configuration: RunConfiguration, _ scope: Scope
    ) -> (crossEntropy: Value, total: Value) {
        let shape: Shape = [configuration.data.batch, configuration.model.context]
        let batch = inputs.map { scope.builder.input($0, .i32, shape) }
        let losses = ProxyTransformer(configuration.resolvedModel).losses(
            tokens: batch[0], targets: batch[1], scope)
        let penalty = configuration.loss.zLoss
        return (
            losses.crossEntropy,
            penalty == 0 ? losses.crossEntropy : losses.crossEntropy + losses.squaredLogZ * penalty
        )
    }
}
