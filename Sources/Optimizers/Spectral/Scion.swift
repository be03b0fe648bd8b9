public import Modules
public import Norms
import Programs

/// Moves every parameter towards the farthest point along its momentum in a ball of its own norm, and
/// so stays within the ball: a Frank-Wolfe method.
///
/// ```
/// m ← μ m + (1 − μ) g
/// θ ← (1 − η) θ − η · radius · dualize(m)          constrained
/// θ ← θ − η · radius · dualize(m)                  not constrained
/// ```
///
/// | role | ball | dualize(m) |
/// |---|---|---|
/// | hidden | RMS to RMS | `√(rows/columns) U Vᵀ` |
/// | embedding | largest RMS of a row | each row over its RMS |
/// | head | largest element times columns | `sign(m) / columns` |
/// | gain | RMS | m over its RMS |
///
/// A parameter that starts within its ball never leaves it while η is at most one. The factor 1 − η is
/// decoupled decay with λ = 1, the form in which the method is derived, and spares what decay spares:
/// the roles of `weight-decay.exclude`, which without that key are the gains.
///
/// Source: Pethick et al., arXiv 2502.07529; `LIONS-EPFL/scion`, `scion.py`, whose example gives the
/// radii of hidden matrices and of the head; that of the embedding is our choice.
public struct Scion: ConfigurableRule {
    public static let name = "scion"

    public static let orthogonalizes = true

    /// μ, one minus the momentum of `scion.py`.
    public var momentum: Double
    /// The radius for hidden matrices.
    public var radius: Double
    /// The radius for the embedding.
    public var embeddingRadius: Double
    /// The radius for the head.
    public var headRadius: Double
    /// Whether parameters are drawn back into their balls.
    public var isConstrained: Bool
    /// What orthogonalises.
    public var orthogonalization: NewtonSchulz

    public init(
        momentum: Double = 0.9, radius: Double = 50, embeddingRadius: Double = 50,
        headRadius: Double = 3000, isConstrained: Bool = true,
        orthogonalization: NewtonSchulz = .muon
    ) {
        self.momentum = momentum
        self.radius = radius
        self.embeddingRadius = embeddingRadius
        self.headRadius = headRadius
        self.isConstrained = isConstrained
        self.orthogonalization = orthogonalization
    }

    public static let options = [
        RuleOption("momentum", .fraction, default: 0.9),
        RuleOption("radius", .positive, default: 50),
        RuleOption("embedding-radius", .positive, default: 50),
        RuleOption("head-radius", .positive, default: 3000),
        RuleOption("constrained", .flag, default: true),
        orthogonalizationOption(.muon),
    ]

    public static var decayForms: [Decay.Form] { [.none] }

    public static let unsupportedKeys = [
        "weight-decay":
            "scion's decay is the factor 1 - η that keeps weights in their balls; remove the key, and "
            + "turn the factor off with optimizer.constrained: false"
    ]

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(
            momentum: options.number("momentum"), radius: options.number("radius"),
            embeddingRadius: options.number("embedding-radius"),
            headRadius: options.number("head-radius"), isConstrained: options.flag("constrained"),
            orthogonalization: options.choice("orthogonalization"))
    }

    public func slots(for parameter: ParameterSpecification) -> [StateSlot] {
        parameter.slots("momentum")
    }

    public var stepScalars: [StepScalar] { [.learningRate] }

    public func scalars(at step: StepSize) -> [StepScalar: Double] {
        [.learningRate: step.learningRate]
    }

    public func plan(for parameter: ParameterSpecification, among count: Int) -> UpdatePlan {
        let radius = ball(of: parameter.role).radius
        let form = isConstrained ? Decay.Form.decoupled : .none
        switch parameter.role {
        case .hidden:
            let factor = radius * parameter.spectralScale
            return UpdatePlan(
                self, "radius √(rows/columns) U Vᵀ", decay: form,
                rootMeanSquare: factor * parameter.orthogonalRootMeanSquare, spectralNorm: factor)
        case .embedding:
            return UpdatePlan(
                self, "radius row / RMS(row)", decay: form, rootMeanSquare: radius)
        case .head:
            let size = radius / Double(parameter.fanIn)
            return UpdatePlan(
                self, "radius sign(m) / columns", decay: form, rootMeanSquare: size,
                spectralNorm: parameter.noiseSpectralNorm.map { $0 * size })
        case .gain:
            return UpdatePlan(self, "m / RMS(m)", decay: form, rootMeanSquare: radius)
        }
    }

    public func update(_ operands: UpdateOperands) -> UpdateResults {
        let mean = operands.clippedGradient.averaged(into: operands.state[0], decay: momentum)
        let (norm, radius) = ball(of: operands.specification.role)
        var direction = norm.dualized(mean, by: orthogonalization) * radius
        if isConstrained, operands.isDecayed {
            direction = direction + operands.parameter
        }
        return UpdateResults(
            adding: -(direction * operands.learningRate), to: operands.parameter, state: [mean])
    }

    /// The norm and the radius for a role.
    func ball(of role: Role) -> (norm: WeightNorm, radius: Double) {
        switch role {
        case .hidden: (.rmsToRMS, radius)
        case .embedding: (.oneToRMS, embeddingRadius)
        case .head: (.largestElement, headRadius)
        case .gain: (.rootMeanSquare, 1)
        }
    }
}
