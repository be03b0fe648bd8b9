public import Modules
import Norms
public import Programs
import Tensors

/// Moves every parameter along Adam's direction, scaled to unit size in the parameter's own norm.
///
/// ```
/// d = m̂ / (√v̂ + ε)
/// θ ← θ − η · wₖ · d / ‖d‖ − δ θ
/// ```
///
/// ‖d‖ is the RMS-to-RMS norm of matrices, the largest RMS of a row of the embedding, and the RMS of
/// gains. The spectral norm is followed by one power iteration a step with a vector that is kept, so
/// that no more than its leading direction has the full size: the update keeps Adam's shape, unlike
/// that of `dualized`. Where directions change from step to step the iteration lags and the norm is
/// estimated too small, under gradients of pure noise by 15% (32 x 32 and 64 x 32), so that steps are
/// larger by as much. The shares wₖ are 1/K for K parameters, from ``shared(_:)``.
///
/// Source: Large et al., arXiv 2405.14813; `modula-systems/modula` at commit 4cfd2ad, which also takes
/// one iteration a step.
public struct Normalized: ConfigurableRule {
    public static let name = "normalized"

    /// The decay β₁ of the mean.
    public var beta1: Double
    /// The decay β₂ of the mean square.
    public var beta2: Double
    /// ε, added to the root.
    public var epsilon: Double
    /// The weight decay.
    public var decay: Decay

    /// Creates the rule; the decays of the means are those of the source.
    public init(
        beta1: Double = 0.9, beta2: Double = 0.99, epsilon: Double = 1e-8,
        decay: Decay = Decay(.none, rate: 0)
    ) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.decay = decay
    }

    public static let options = adamOptions(beta2: 0.99)

    public static var decaysCautiously: Bool { true }

    public static var decayForms: [Decay.Form] { .beside }

    public static var takesNormBudget: Bool { true }

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(
            beta1: options.number("beta1"), beta2: options.number("beta2"),
            epsilon: options.number("epsilon"), decay: decay)
    }

    public func slots(for parameter: ParameterSpecification) -> [StateSlot] {
        let means = parameter.slots("mean", "square")
        guard parameter.role.norm == .rmsToRMS else { return means }
        return means + [StateSlot("singular_vector", [parameter.shape[1]])]
    }

    public var stepScalars: [StepScalar] { Decay.stepScalars + AdamStep.stepScalars }

    public func scalars(at step: StepSize) -> [StepScalar: Double] {
        decay.scalars(at: step).merging(
            AdamStep.scalars(at: step, beta1: beta1, beta2: beta2)
        ) { $1 }
    }

    /// `share/PATH`: wₖ.
    public func shared(_ model: ModelOperands) -> [String: Value] { model.shares() }

    public func plan(for parameter: ParameterSpecification, among count: Int) -> UpdatePlan {
        let normBudget = parameter.normBudget(among: count)
        let text = parameter.shareText(among: count)
        switch parameter.norm {
        case .rmsToRMS:
            let size = normBudget * parameter.spectralScale
            return UpdatePlan(
                self, "\(text) √(rows/columns) d / ‖d‖₂", decay: decay.form,
                rootMeanSquare: parameter.noiseSpectralNorm.map { size / $0 }, spectralNorm: size)
        case .oneToRMS:
            return UpdatePlan(self, "\(text) d / max RMS(row)", decay: decay.form)
        case .largestMagnitude:
            return UpdatePlan(self, "\(text) d / max |d|", decay: decay.form)
        case .rootMeanSquare, .frobenius, .largestElement:
            return UpdatePlan(
                self, "\(text) d / RMS(d)", decay: decay.form, rootMeanSquare: normBudget)
        }
    }

    public func update(_ operands: UpdateOperands) -> UpdateResults {
        let adam = AdamStep(operands.clippedGradient, operands, beta1: beta1, beta2: beta2)
        let direction = adam.direction(epsilon: epsilon)
        let shape = direction.shape
        var state = [adam.mean, adam.square]
        let unit: Value
        switch operands.specification.norm {
        case .rmsToRMS:
            let estimate = PowerIteration(direction, startingFrom: operands.state[2])
            let scale = (Double(shape[0]) / Double(shape[1])).squareRoot()
            unit = direction.scaled(toUnit: estimate.norm) * scale
            state.append(estimate.right)
        case .oneToRMS:
            let largest = direction.rowNorms().maximum(over: [0])
            unit = direction.scaled(toUnit: largest) * Double(shape[1]).squareRoot()
        case .largestMagnitude:
            unit = direction.scaled(toUnit: direction.absolute().maximum())
        case .rootMeanSquare, .frobenius, .largestElement:
            unit = WeightNorm.rootMeanSquare.dualized(direction)
        }
        return UpdateResults(
            adding: operands.change(along: unit * operands.normBudget, decay),
            to: operands.parameter,
            state: state)
    }
}
