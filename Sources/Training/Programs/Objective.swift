package import Modules
package import Programs
package import Tensors

/// What a step makes smaller: the loss of a batch, as a value over the parameters that it takes from its scope.
package protocol Objective {
    /// The inputs that hold a batch: their names, types and extents, sequences or images first.
    func inputs(
        _ configuration: RunConfiguration
    ) -> [(name: String, type: ElementType, shape: Shape)]
    /// Builds the loss.
    ///
    /// - Parameters:
    ///   - configuration: The run.
    ///   - batch: A value for each input, of the batch or of a part of it.
    ///   - scope: The place of the whole model.
    /// - Returns: The mean cross-entropy, which is reported, and what gradients are taken of.
    func losses(
        _ configuration: RunConfiguration, _ batch: [Value], _ scope: Scope
    ) -> (crossEntropy: Value, total: Value)
}

extension Objective {
    /// Declares the inputs of a batch.
    package func batch(_ configuration: RunConfiguration, _ builder: ProgramBuilder) -> [Value] {
        inputs(configuration).map { builder.input($0.name, $0.type, $0.shape) }
    }
}

/// The proxy transformer on text: the cross-entropy of the next token, with the z-loss (arXiv 2309.14322, section
/// 3.1.2) where the run has one.
///
/// Inputs: `tokens` and `targets` (batch, time).
package struct TokenObjective: Objective {
    package init() {}

    package func inputs(
        _ configuration: RunConfiguration
    ) -> [(name: String, type: ElementType, shape: Shape)] {
        let shape: Shape = [configuration.data.batch, configuration.model.context]
        return [("tokens", .i32, shape), ("targets", .i32, shape)]
    }

    package func losses(
        _ configuration: RunConfiguration, _ batch: [Value], _ scope: Scope
    ) -> (crossEntropy: Value, total: Value) {
        let losses = ProxyTransformer(configuration.resolvedModel).losses(
            tokens: batch[0], targets: batch[1], scope)
        let penalty = configuration.loss.zLoss
        return (
            losses.crossEntropy,
            penalty == 0 ? losses.crossEntropy : losses.crossEntropy + losses.squaredLogZ * penalty
        )
    }
}
