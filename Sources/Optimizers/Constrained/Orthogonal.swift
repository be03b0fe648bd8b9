public import Modules
import Norms
import Programs
import Tensors

/// Moves square matrices over the orthogonal ones.
///
/// ```
/// m ← μ m + (1 − μ) g,   X = msign(θᵀ m − mᵀ θ)
/// θ ← msign(θ (1 − η X))
/// ```
///
/// `msign(W) = U Vᵀ` is six steps of `NewtonSchulz.modula` and two of the cubic one, which leave the
/// singular values of θ within 1e-6 of one. The first step carries a matrix to the nearest orthogonal
/// one, whatever it was. X is tangent and its singular values are one, so that the step has spectral
/// norm η, and every direction turns by atan(η); in odd dimensions one direction stays.
///
/// Needs square matrices: choose them with `matrices`. Decay applies to all other parameters alone,
/// which AdamW moves with η times `auxiliary-rate`.
///
/// Source: `modula-systems/modula`, the documentation's page on manifolds, whose retraction for
/// matrices X without full rank is used for all; the momentum is ours.
public struct Orthogonal: MatrixRule {
    public static let name = "orthogonal"

    public static let orthogonalizes = true

    /// μ.
    public var momentum: Double
    public var parameterSplit: ParameterSplit

    /// Creates the rule, for the matrices of attention.
    public init(
        momentum: Double = 0.9,
        parameterSplit: ParameterSplit = ParameterSplit(["query", "key", "value", "output"])
    ) {
        self.momentum = momentum
        self.parameterSplit = parameterSplit
    }

    public static let options =
        [RuleOption("momentum", .fraction, default: 0.9)]
        + ParameterSplit.options(matrices: ["query", "key", "value", "output"])

    public static var decayForms: [Decay.Form] { auxiliaryDecayForms }

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(
            momentum: options.number("momentum"),
            parameterSplit: ParameterSplit(options, decay: decay))
    }

    public func matrixSlots(for matrix: ParameterSpecification) -> [StateSlot] {
        matrix.slots("momentum")
    }

    public var matrixStepScalars: [StepScalar] { [.learningRate] }

    public func matrixScalars(at step: StepSize) -> [StepScalar: Double] {
        [.learningRate: step.learningRate]
    }

    public func matrixPlan(for matrix: ParameterSpecification) -> UpdatePlan {
        UpdatePlan(
            self, "θ X on the orthogonal manifold", decay: .none,
            rootMeanSquare: matrix.orthogonalRootMeanSquare, spectralNorm: 1)
    }

    public func matrixUpdate(_ operands: UpdateOperands) -> UpdateResults {
        let parameter = operands.parameter
        let mean = operands.clippedGradient.averaged(into: operands.state[0], decay: momentum)
        // θᵀ m
        let product = parameter.dot(mean, DotAxes(contracted: ([0], [0])))
        let tangent = NewtonSchulz.modula.orthogonalized(product - product.transposed([1, 0]))
        let turned =
            parameter
            - parameter.dot(tangent, DotAxes(contracted: ([1], [0]))) * operands.learningRate
        let orthogonal = NewtonSchulz.modula.orthogonalized(turned).polished()
        return UpdateResults(replacing: parameter, with: orthogonal, state: [mean])
    }

    public func constrains(_ parameter: ParameterSpecification) -> Bool {
        parameterSplit.includes(parameter)
    }

    /// Only square matrices can be orthogonal.
    public func objection(to parameter: ParameterSpecification) -> String? {
        let shape = parameter.shape
        if parameter.role != .embedding, shape.rank == 2, shape[0] == shape[1] { return nil }
        return "\(parameter.path) is \(shape), and the orthogonal manifold is of square matrices; "
            + "name the square ones, as matrices: [query, key, value, output], or use rule: "
            + "hypersphere or muonh, which take matrices of any shape"
    }
}
