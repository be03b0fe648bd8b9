public import Modules
public import Norms
public import Programs

/// Moves every parameter to the farthest point along its momentum in the unit ball of its own norm.
///
/// ```
/// m ← μ m + (1 − μ) g,   n = μ m + (1 − μ) g  (Nesterov)  or  m
/// θ ← θ − η · wₖ · dualize(n) − δ θ
/// ```
///
/// | role | norm of the update | dualize(n) |
/// |---|---|---|
/// | hidden, head | RMS to RMS | `√(rows/columns) U Vᵀ` |
/// | embedding | largest RMS of a row | each row over its RMS |
/// | gain | RMS | n over its RMS |
/// | gain with a share | largest magnitude | sign(n) |
///
/// The shares wₖ of the step are those of `parametrization.kind: modular`, in which η is the size of the
/// step in the norm of the whole network. Without it they are 1/K for K parameters: a model of equal
/// masses and unit sensitivities. ``shared(_:)`` hands them out.
///
/// Source: Bernstein and Newhouse, arXiv 2410.21265; `modula-systems/modula`, `modula/atom.py`.
public struct Dualized: ConfigurableRule {
    public static let name = "dualized"

    public static let orthogonalizes = true

    /// μ.
    public var momentum: Double
    /// Whether the direction looks ahead.
    public var nesterov: Bool
    /// What orthogonalises.
    public var orthogonalization: NewtonSchulz
    /// The weight decay.
    public var decay: Decay

    /// Creates the rule; the default is that of Modula's examples.
    public init(
        momentum: Double = 0.95, nesterov: Bool = false,
        orthogonalization: NewtonSchulz = .modula, decay: Decay = Decay(.none, rate: 0)
    ) {
        self.momentum = momentum
        self.nesterov = nesterov
        self.orthogonalization = orthogonalization
        self.decay = decay
    }

    public static let options = [
        RuleOption("momentum", .fraction, default: 0.95),
        RuleOption("nesterov", .flag, default: false),
        orthogonalizationOption(.modula),
    ]

    public static var decaysCautiously: Bool { true }

    public static var decayForms: [Decay.Form] { .beside }

    public static var takesNormBudget: Bool { true }

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(
            momentum: options.number("momentum"), nesterov: options.flag("nesterov"),
            orthogonalization: options.choice("orthogonalization"), decay: decay)
    }

    public func slots(for parameter: ParameterSpecification) -> [StateSlot] {
        parameter.slots("momentum")
    }

    public var stepScalars: [StepScalar] { Decay.stepScalars }

    public func scalars(at step: StepSize) -> [StepScalar: Double] { decay.scalars(at: step) }

    /// `share/PATH`: wₖ.
    public func shared(_ model: ModelOperands) -> [String: Value] { model.shares() }

    public func plan(for parameter: ParameterSpecification, among count: Int) -> UpdatePlan {
        let normBudget = parameter.normBudget(among: count)
        let text = parameter.shareText(among: count)
        switch parameter.norm {
        case .rmsToRMS:
            let factor = normBudget * parameter.spectralScale
            return UpdatePlan(
                self, "\(text) √(rows/columns) U Vᵀ", decay: decay.form,
                rootMeanSquare: factor * parameter.orthogonalRootMeanSquare, spectralNorm: factor)
        case .oneToRMS:
            return UpdatePlan(
                self, "\(text) row / RMS(row)", decay: decay.form, rootMeanSquare: normBudget)
        case .largestMagnitude:
            return UpdatePlan(
                self, "\(text) sign(m)", decay: decay.form, rootMeanSquare: normBudget)
        case .rootMeanSquare, .frobenius, .largestElement:
            return UpdatePlan(
                self, "\(text) m / RMS(m)", decay: decay.form, rootMeanSquare: normBudget)
        }
    }

    public func update(_ operands: UpdateOperands) -> UpdateResults {
        let momentum = MomentumStep(
            operands.clippedGradient, mean: operands.state[0], momentum: momentum,
            nesterov: nesterov)
        let dual = operands.specification.norm.dualized(
            momentum.direction, by: orthogonalization)
        return UpdateResults(
            adding: operands.change(along: dual * operands.normBudget, decay),
            to: operands.parameter,
            state: [momentum.mean])
    }
}

extension Role {
    /// The norm in which a parameter of this role moves in a model that is well-normed.
    public var norm: WeightNorm {
        switch self {
        case .hidden, .head: .rmsToRMS
        case .embedding: .oneToRMS
        case .gain: .rootMeanSquare
        }
    }
}

extension ParameterSpecification {
    /// The norm in which it moves: where shares rest on a proof, a gain is a diagonal matrix.
    var norm: WeightNorm { normBudget != nil && role == .gain ? .largestMagnitude : role.norm }

    /// The part of a step that it takes.
    func normBudget(among count: Int) -> Double { normBudget ?? 1 / Double(count) }

    /// The same for people: `1/K`, or a number of four digits.
    func shareText(among count: Int) -> String {
        normBudget.map { "\(($0 * 1e4).rounded() / 1e4)" } ?? "1/\(count)"
    }
}

extension ModelOperands {
    /// `share/PATH` for each parameter: its own, or one over their number.
    func shares() -> [String: Value] {
        let pairs = elements.map { element in
            let normBudget = element.specification.normBudget(among: elements.count)
            return (
                "share/" + element.specification.path,
                element.squaredGradient.filled(with: normBudget)
            )
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }
}

extension UpdateOperands {
    /// The parameter's share of the step, a scalar.
    var normBudget: Value {
        guard let normBudget = shared["share/" + specification.path] else {
            preconditionFailure("no norm budget of \(specification.path)")
        }
        return normBudget
    }
}
