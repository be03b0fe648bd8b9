public import Modules
import Norms
import Programs
import Tensors

/// Muon whose update has rows of equal size over time: each row over the root of its mean square.
///
/// ```
/// o = orthogonalize(n),   n Muon's momentum
/// v ← β v + (1 − β) mean(o²) of each row
/// ô = o / (√v + 1e-10),   u = ô ‖o‖_F / (‖ô‖_F + 1e-10)
/// θ ← θ − η · scale(rows, columns) · u − δ θ
/// ```
///
/// Rows are neurons: the outputs of a matrix. v starts at zero and is not corrected, since the norm of the
/// whole update is put back. Scales, split heads, decay and what AdamW moves are those of ``Muon``.
///
/// Source: Li et al., arXiv 2510.05491, algorithm 1; `zichongli5/NorMuon`, `normuon.py`, which puts the norm
/// of o back, where the publication puts `0.2 √(rows · columns)`: the scale `match-rms-adamw`, but for what
/// singular values of o are off one.
public struct NorMuon: MatrixRule {
    public static let name = "normuon"

    public static let orthogonalizes = true

    /// Momentum, orthogonalisation, scale, decay and division.
    public var muon: Muon
    /// β.
    public var rowDecay: Double

    /// Creates the rule; the defaults are the reference's, but for the scale.
    public init(_ muon: Muon = Muon(), rowDecay: Double = 0.95) {
        self.muon = muon
        self.rowDecay = rowDecay
    }

    public static let options =
        Muon.ownOptions + [RuleOption("row-decay", .fraction, default: 0.95)]
        + ParameterSplit.options()

    public static var decayForms: [Decay.Form] { .beside }

    public static var decaysCautiously: Bool { true }

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(Muon(options, decay: decay), rowDecay: options.number("row-decay"))
    }

    public var parameterSplit: ParameterSplit { muon.parameterSplit }

    public func check(_ parameters: [ParameterSpecification]) throws(RuleError) {
        try checkMatrices(parameters)
        try muon.check(parameters)
    }

    public func matrixSlots(for matrix: ParameterSpecification) -> [StateSlot] {
        muon.matrixSlots(for: matrix) + [StateSlot("row_square", [matrix.shape[0]])]
    }

    public var matrixStepScalars: [StepScalar] { muon.matrixStepScalars }

    public func matrixScalars(at step: StepSize) -> [StepScalar: Double] {
        muon.matrixScalars(at: step)
    }

    public func matrixPlan(for matrix: ParameterSpecification) -> UpdatePlan {
        var plan = muon.matrixPlan(for: matrix)
        plan.rule = Self.name
        plan.convention += ", rows equalised"
        // Equal rows are another matrix, whose largest singular value depends on the gradient.
        plan.spectralNorm = nil
        return plan
    }

    public func matrixUpdate(_ operands: UpdateOperands) -> UpdateResults {
        let momentum = muon.momentumStep(operands)
        let direction = muon.orthogonalized(momentum.direction, operands.specification)
        let shape = direction.shape
        let square = ((direction * direction).sum(over: [1]) / Double(shape[1]))
            .averaged(into: operands.state[1], decay: rowDecay)
        let rows = (square.squareRoot() + Self.smallest).repeated(along: [1], of: shape)
        let equal = direction / rows
        let norm = direction.frobeniusNorm() / (equal.frobeniusNorm() + Self.smallest)
        let update = equal * norm * muon.scaleFactor(operands.specification)
        return UpdateResults(
            adding: operands.change(along: update, muon.decay), to: operands.parameter,
            state: [momentum.mean, square])
    }

    /// Added to denominators.
    private static let smallest = 1e-10
}
