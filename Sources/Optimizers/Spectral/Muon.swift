public import Modules
public import Norms
import Programs
public import Tensors

/// Moves matrices along their orthogonalised momentum, and all else with AdamW.
///
/// ```
/// m ← μ m + (1 − μ) g,   n = μ m + (1 − μ) g  (Nesterov)  or  m
/// θ ← θ − η · scale(rows, columns) · orthogonalize(n) − δ θ
/// ```
///
/// All singular values of the update are near one times the scale, so that directions with a small
/// gradient move as far as those with a large one. δ is the factor of ``decay``, with the learning
/// rate as it stands, not scaled.
///
/// The embedding, the head and the gains are moved by AdamW, whose learning rate is η times
/// `auxiliary-rate`. With the scale of AdamW one learning rate suits both; the published defaults of
/// the original scale, 0.02 and 3e-4, are a rate of 0.015.
///
/// With split heads each head's block of the matrices of attention (rows of queries, keys and values,
/// columns of the output) is orthogonalised by itself and scaled by its own extents, as if it were a matrix
/// of its own; all other matrices are whole.
///
/// Source: Jordan, `KellerJordan/Muon`, `muon.py`; Liu et al., arXiv 2502.16982, for the decay and the
/// scale of AdamW.
public struct Muon: MatrixRule {
    public static let name = "muon"

    public static let orthogonalizes = true

    /// How the size of the update depends on the extents of the matrix (rows, columns).
    public enum Scale: String, Sendable, Hashable, CaseIterable {
        /// `√max(1, rows/columns)`: the Frobenius norm of the update is √rows (`muon.py`).
        case original
        /// `0.2 √max(rows, columns)`: the root mean square of the update is 0.2, as that of AdamW
        /// (arXiv 2502.16982, section 2.2).
        case matchAdamW = "match-rms-adamw"
        /// `√(rows/columns)`: the RMS-to-RMS norm of the update is one (arXiv 2310.17813;
        /// `spectral_unclamped` in PyTorch).
        case spectral

        /// The factor on the orthogonalised momentum.
        public func factor(rows: Int, columns: Int) -> Double {
            let ratio = Double(rows) / Double(columns)
            return switch self {
            case .original: max(1, ratio).squareRoot()
            case .matchAdamW: 0.2 * Double(max(rows, columns)).squareRoot()
            case .spectral: ratio.squareRoot()
            }
        }
    }

    /// μ.
    public var momentum: Double
    /// Whether the direction looks ahead.
    public var nesterov: Bool
    /// What orthogonalises.
    public var orthogonalization: NewtonSchulz
    /// What the factors of its products are rounded to: `f32` not at all, or `bf16`.
    public var productType: ElementType
    /// The scale.
    public var scale: Scale
    /// Whether each head's block of a matrix of attention is orthogonalised by itself.
    public var splitsHeads: Bool
    /// The weight decay of the matrices.
    public var decay: Decay
    public var parameterSplit: ParameterSplit

    /// Creates the rule; the defaults are the reference's, but for the scale.
    public init(
        momentum: Double = 0.95, nesterov: Bool = true, orthogonalization: NewtonSchulz = .muon,
        productType: ElementType = .f32, scale: Scale = .matchAdamW, splitsHeads: Bool = false,
        decay: Decay = Decay(.none, rate: 0), parameterSplit: ParameterSplit = ParameterSplit()
    ) {
        self.splitsHeads = splitsHeads
        self.momentum = momentum
        self.nesterov = nesterov
        self.orthogonalization = orthogonalization
        self.productType = productType
        self.scale = scale
        self.decay = decay
        self.parameterSplit = parameterSplit
    }

    public static let options = ownOptions + ParameterSplit.options()

    /// The keys of what orthogonalises.
    static let ownOptions = [
        RuleOption("momentum", .fraction, default: 0.95),
        RuleOption("nesterov", .flag, default: true),
        RuleOption(
            "scale", .word(Scale.allCases.map(\.rawValue)),
            default: .word(Scale.matchAdamW.rawValue)),
        orthogonalizationOption(.muon), productTypeOption,
        RuleOption("split-heads", .flag, default: false),
    ]

    public static var decaysCautiously: Bool { true }

    public static var decayForms: [Decay.Form] { .beside }

    public init(_ options: RuleOptions, decay: Decay) {
        self.init(
            momentum: options.number("momentum"), nesterov: options.flag("nesterov"),
            orthogonalization: options.choice("orthogonalization"),
            productType: options.choice(productTypeOption.key), scale: options.choice("scale"),
            splitsHeads: options.flag("split-heads"), decay: decay,
            parameterSplit: ParameterSplit(options, decay: decay))
    }

    public func matrixSlots(for matrix: ParameterSpecification) -> [StateSlot] {
        matrix.slots("momentum")
    }

    public var matrixStepScalars: [StepScalar] { Decay.stepScalars }

    public func matrixScalars(at step: StepSize) -> [StepScalar: Double] { decay.scalars(at: step) }

    public func matrixPlan(for matrix: ParameterSpecification) -> UpdatePlan {
        let formula =
            switch scale {
            case .original: "√max(1, rows/columns)"
            case .matchAdamW: "0.2 √max(rows, columns)"
            case .spectral: "√(rows/columns)"
            }
        guard let split = split(of: matrix) else {
            let factor = scale.factor(rows: matrix.shape[0], columns: matrix.shape[1])
            return UpdatePlan(
                self, formula + " U Vᵀ", decay: decay.form,
                rootMeanSquare: factor * matrix.orthogonalRootMeanSquare, spectralNorm: factor)
        }
        let (rows, columns) = split.extents(of: matrix.shape)
        let factor = scale.factor(rows: rows, columns: columns)
        // Blocks of the size of one, whose directions are independent of each other.
        return UpdatePlan(
            self, formula + " U Vᵀ of each head", decay: decay.form,
            rootMeanSquare: factor / Double(max(rows, columns)).squareRoot())
    }

    public func matrixUpdate(_ operands: UpdateOperands) -> UpdateResults {
        let momentum = momentumStep(operands)
        let direction =
            orthogonalized(momentum.direction, operands.specification)
            * scaleFactor(operands.specification)
        return UpdateResults(
            adding: operands.change(along: direction, decay), to: operands.parameter,
            state: [momentum.mean])
    }

    public func check(_ parameters: [ParameterSpecification]) throws(RuleError) {
        try checkMatrices(parameters)
        guard splitsHeads,
            !parameters.contains(where: { $0.heads != nil && parameterSplit.includes($0) })
        else { return }
        throw RuleError(
            key: "split-heads",
            reason: "none of optimizer.matrices has heads; add attention to them, or remove the key"
        )
    }

    /// How a matrix is divided before it is orthogonalised; nil for one that is whole.
    private func split(of matrix: ParameterSpecification) -> HeadSplit? {
        splitsHeads ? matrix.heads : nil
    }

    /// The momentum, and the direction that it gives.
    func momentumStep(_ operands: UpdateOperands) -> MomentumStep {
        MomentumStep(
            operands.clippedGradient, mean: operands.state[0], momentum: momentum,
            nesterov: nesterov)
    }

    /// The direction with singular values near one, of the matrix or of each head's block of it.
    func orthogonalized(_ direction: Value, _ matrix: ParameterSpecification) -> Value {
        guard let split = split(of: matrix) else {
            return orthogonalization.orthogonalized(direction, products: productType)
        }
        let blocks = split.blocks(of: direction)
        return split.joined(
            orthogonalization.orthogonalized(blocks, products: productType),
            into: direction.shape)
    }

    /// The scale of the matrix, or of each head's block of it.
    func scaleFactor(_ matrix: ParameterSpecification) -> Double {
        let whole = (rows: matrix.shape[0], columns: matrix.shape[1])
        let (rows, columns) = split(of: matrix)?.extents(of: matrix.shape) ?? whole
        return scale.factor(rows: rows, columns: columns)
    }
}

/// The key that names what the factors of an orthogonalisation's products are rounded to.
let productTypeOption = RuleOption(
    "orthogonalization-type", .word([ElementType.f32, .bf16].map(\.rawValue)),
    default: .word(ElementType.f32.rawValue))

extension NewtonSchulz {
    /// The matrix with its singular values near one, by products in `f32`, which rounds nothing, or
    /// `bf16`.
    func orthogonalized(_ matrix: Value, products: ElementType) -> Value {
        orthogonalized(matrix, productType: products == .bf16 ? .bf16 : nil)
    }
}

/// The key that names a coefficient set.
func orthogonalizationOption(_ defaultSet: NewtonSchulz) -> RuleOption {
    RuleOption(
        "orthogonalization", .word(NewtonSchulz.allCases.map(\.rawValue)),
        default: .word(defaultSet.rawValue))
}
