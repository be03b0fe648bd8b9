package import Modules
package import Optimizers
import OrderedCollections
package import Programs
package import Tensors

/// A step of training in the making: what its programs share.
///
/// The inputs are those of ``TrainingProgram``; outputs are for the program to choose.
package final class TrainingGraph {
    /// The place of the whole model in the pass over the first micro-batch, which is the batch where gradients are
    /// not accumulated.
    let scope: Scope
    /// What was collected in each pass.
    private let passes: [Scope.Model]
    /// The mean cross-entropy.
    package let crossEntropy: Value
    /// The parameters, in order, as the parametrisation starts them.
    package let parameters: [ParameterSpecification]
    /// Their values before the step.
    package let values: [Value]
    /// Their gradients over the batch, before clipping.
    package let gradients: [Value]
    /// The sums of the gradients' squares.
    package let squares: [Value]
    /// The norm of all gradients together.
    let norm: Value
    /// What clipping multiplies the gradients with.
    let scale: Value
    /// The optimizer's rule.
    package let rule: any UpdateRule
    /// The factors of the parametrisation, by path.
    let multipliers: OrderedDictionary<String, Multipliers>

    private let configuration: RunConfiguration
    private let builder: ProgramBuilder
    /// The numbers of a step, as the rule asks for them.
    package let scalars: [StepScalar: Value]
    private let shared: [String: Value]
    private var state: [Int: [Value]] = [:]

    /// Builds loss and gradients.
    ///
    /// - Parameters:
    ///   - configuration: The run.
    ///   - builder: What gets the program.
    ///   - objective: What the step makes smaller.
    /// - Throws: ``ProgramError`` when the configuration does not fit together.
    package init(
        _ configuration: RunConfiguration, _ builder: ProgramBuilder,
        objective: any Objective = TokenObjective()
    ) throws {
        self.configuration = configuration
        self.builder = builder
        let scope = Scope(builder, productType: configuration.model.elementType)
        let batch = objective.batch(configuration, builder)
        let count = configuration.data.accumulation
        var passes = [scope]
        var (crossEntropies, values, gradients): ([Value], [Value], [Value]) = ([], [], [])
        // Each micro-batch whole, forward and backward, before the next: only gradients are kept of it.
        for index in 0..<count {
            if index > 0 { passes.append(scope.nextPass()) }
            let losses = objective.losses(
                configuration, batch.map { $0.part(index, of: count) }, passes[index])
            crossEntropies.append(losses.crossEntropy)
            if index == 0 {
                let known = scope.model.values
                values = scope.model.parameters.compactMap { known[$0.path] }
            }
            let added = builder.gradients(of: losses.total, withRespectTo: values)
            gradients = index == 0 ? added : zip(gradients, added).map { $0 + $1 }
        }
        if count > 1 { gradients = gradients.map { $0 / Double(count) } }
        crossEntropy = TapReduction.mean(crossEntropies)
        self.scope = scope
        self.passes = passes.map(\.model)

        let rule = configuration.rule
        let multipliers = try configuration.multipliers()
        let parameters = scope.model.parameters.map { parameter in
            parameter.scaled(multipliers[parameter.path] ?? Multipliers())
        }
        let squares = gradients.map { ($0 * $0).sum() }
        norm = squares.dropFirst().reduce(squares[0], +).squareRoot()
        scale = Self.gradientScale(norm, clip: configuration.optimizer.clip)
        var scalars: [StepScalar: Value] = [:]
        for scalar in rule.stepScalars { scalars[scalar] = builder.input(scalar.input, .f32, []) }
        let elements = parameters.indices.map { index in
            ModelOperands.Element(
                specification: parameters[index], parameter: values[index],
                gradient: gradients[index], squaredGradient: squares[index])
        }
        shared = rule.shared(ModelOperands(elements, scalars: scalars))
        (self.rule, self.multipliers, self.parameters) = (rule, multipliers, parameters)
        (self.values, self.gradients, self.squares) = (values, gradients, squares)
        self.scalars = scalars
    }

    /// What the model watches, over the whole batch.
    var taps: [Tap] {
        scope.model.taps.indices.map { index in
            var tap = scope.model.taps[index]
            tap.value = tap.reduction(passes.map { $0.taps[index].value })
            return tap
        }
    }

    /// The state of a parameter: the slots' names with those of their inputs, and their extents.
    package func slots(_ index: Int) -> [(name: String, input: String, shape: Shape)] {
        let parameter = parameters[index]
        var slots = rule.slots(for: parameter)
        if configuration.optimizer.average > 0 {
            slots.append(StateSlot(RunConfiguration.averageSlot, parameter.shape))
        }
        return slots.map { ($0.name, "state/\($0.name)/\(parameter.path)", $0.shape) }
    }

    /// Whether weight decay applies to a parameter.
    package func isDecayed(_ index: Int) -> Bool {
        !configuration.optimizer.weightDecay.exclude.contains(parameters[index].role)
    }

    /// Builds the update of a parameter.
    ///
    /// - Parameters:
    ///   - index: The parameter's place.
    ///   - isDecayed: Whether weight decay applies; as configured when nil.
    /// - Returns: Parameter and state after the step.
    package func update(_ index: Int, isDecayed: Bool? = nil) -> UpdateResults {
        let parameter = parameters[index]
        let state =
            self.state[index] ?? slots(index).map { builder.input($0.input, .f32, $0.shape) }
        self.state[index] = state
        let factors = multipliers[parameter.path] ?? Multipliers()
        var operands = UpdateOperands(
            parameter: values[index], gradient: gradients[index], gradientScale: scale,
            state: state, scalars: scalars, isDecayed: isDecayed ?? self.isDecayed(index),
            specification: parameter, shared: shared
        ).multiplyingLearningRates(by: factors.learningRate)
            .multiplyingEpsilon(by: factors.epsilon)
        if configuration.optimizer.relativeRate {
            let size = values[index].rootMeanSquare()
            operands = operands.multiplyingLearningRates(
                by: size.maximum(size.filled(with: 1e-3)))
        }
        let isAveraged = configuration.optimizer.average > 0
        if isAveraged { operands.state.removeLast() }
        let results = clipped(rule.update(operands), index)
        return isAveraged ? averaged(results, index, state[state.count - 1]) : results
    }

    /// The results with the average's distance from the parameter: a ← β (a − (θ' − θ)), which is
    /// β times the average and 1 − β times θ', less θ'.
    private func averaged(
        _ results: UpdateResults, _ index: Int, _ distance: Value
    ) -> UpdateResults {
        var copy = results
        let change = results.parameter - values[index]
        copy.state.append((distance - change) * configuration.optimizer.average)
        return copy
    }

    /// The results with the rows of heads scaled whose attention logits are too large.
    private func clipped(_ results: UpdateResults, _ index: Int) -> UpdateResults {
        let path = parameters[index].path
        let attentions = passes.compactMap { pass in
            pass.attentions.first { attention in
                ["query", "key", "query_bias", "key_bias"].contains {
                    path == "\(attention.path).\($0)"
                }
            }
        }
        guard configuration.optimizer.qkClip > 0, !attentions.isEmpty else { return results }
        var copy = results
        let matrix = results.parameter
        let perHead = attentions.logitClip(configuration.optimizer.qkClip).squareRoot()
        let (heads, width) = (perHead.shape[0], matrix.shape[0] / perHead.shape[0])
        let rows = perHead.broadcast(to: [heads, width], axes: [0]).reshaped([heads * width])
        copy.parameter = matrix * rows.broadcast(to: matrix.shape, axes: [0])
        let change = copy.parameter - values[index]
        copy.squaredUpdate = (change * change).sum()
        return copy
    }

    /// `min(1, clip / (norm + 1e-6))`, as PyTorch's `clip_grad_norm_`; a nan stays one.
    private static func gradientScale(_ norm: Value, clip: Double) -> Value {
        if clip == 0 { return norm.filled(with: 1) }
        return (clip / (norm + 1e-6)).minimum(norm.filled(with: 1))
    }
}

extension Value {
    /// One of equal parts along the first axis; this where there is one.
    fileprivate func part(_ index: Int, of count: Int) -> Value {
        guard count > 1 else { return self }
        let rows = shape[0] / count
        var (starts, limits) = ([Int](repeating: 0, count: shape.rank), shape.dimensions)
        (starts[0], limits[0]) = (index * rows, (index + 1) * rows)
        return slice(from: starts, to: limits)
    }
}

extension [AttentionOperands] {
    /// The factor on each head's logits that brings the largest of all passes to τ: `min(1, τ / S)`, and one where
    /// no logit is positive; (head).
    fileprivate func logitClip(_ threshold: Double) -> Value {
        let largest = TapReduction.maximum(map { $0.peaks.maximum(over: [0, 2]) })
        return threshold / largest.maximum(largest.filled(with: threshold))
    }
}
