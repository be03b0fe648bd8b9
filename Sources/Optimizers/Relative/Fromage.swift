public import Modules
import Norms
import Programs

/// Moves each tensor by η times its own norm against the gradient, and divides by what an orthogonal
/// step would add to the norm.
///
/// ```
/// θ ← (θ − η · max(‖θ‖, ε) / max(‖g‖, ε) · g) / √(1 + η²)
/// ```
///
/// When `g` is orthogonal to `θ`, as behind a normalisation, ‖θ‖ stays exactly. Norms are Frobenius
/// norms of whole tensors, and the spectral norm of an update depends on the rank and the width
/// besides, so that the best η does not transfer over widths. A gradient of zero leaves the parameter
/// alone; the published code divides by the root even then.
///
/// Source: Bernstein et al., arXiv 2002.03432; the floor ε under both norms is that of Optax's
/// `fromage`.
public struct Fromage: ConfigurableRule {
    public static let name = "fromage"

    /// ε, the smallest norm.
    public var epsilon: Double

    /// Creates the rule; the default is Optax's.
    public init(epsilon: Double = 1e-6) { self.epsilon = epsilon }

    public static let options = [RuleOption("epsilon", .positive, default: 1e-6)]

    public static var decayForms: [Decay.Form] { [.none] }

    public static let unsupportedKeys = [
        "weight-decay":
            "fromage divides by the growth of an orthogonal step in place of weight decay; "
            + "remove the key, or use rule: lamb"
    ]

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(epsilon: options.number("epsilon"))
    }

    public func slots(for parameter: ParameterSpecification) -> [StateSlot] { [] }

    public var stepScalars: [StepScalar] { [.learningRate, .shrinkage] }

    public func scalars(at step: StepSize) -> [StepScalar: Double] {
        let rate = step.learningRate
        return [.learningRate: rate, .shrinkage: 1 / (1 + rate * rate).squareRoot()]
    }

    public func plan(for parameter: ParameterSpecification, among count: Int) -> UpdatePlan {
        UpdatePlan(
            self, "‖θ‖ g / ‖g‖", decay: .none, rootMeanSquare: parameter.initialRootMeanSquare)
    }

    public func update(_ operands: UpdateOperands) -> UpdateResults {
        let (parameter, gradient) = (operands.parameter, operands.clippedGradient)
        let gradientNorm = gradient.frobeniusNorm()
        let floor = gradientNorm.filled(with: epsilon)
        let ratio = parameter.frobeniusNorm().maximum(floor) / gradientNorm.maximum(floor)
        let moved = parameter - gradient * (ratio * operands.learningRate)
        let isZero = gradientNorm.compared(.equal, gradientNorm.filled(with: 0))
        let shrinkage = isZero.select(gradientNorm.filled(with: 1), operands.scalar(.shrinkage))
        return UpdateResults(replacing: parameter, with: moved * shrinkage, state: [])
    }
}
