import Modules
import Optimizers
public import Training

/// How a parametrisation says that the best learning rate goes with the width.
///
/// It is what a learning rate beyond the validated extrapolation follows from. Under the standard
/// parametrisation an element-wise step moves a hidden matrix by a spectral norm of η times its fan-in, so
/// that η goes as 1/width (arXiv 2310.17813; 2203.03466, table 3); a gradient step of matrices whose sides
/// grow alike keeps its learning rate; matrices orthogonalised to a spectral norm of √(rows/columns) keep
/// theirs. Parametrisations that hold the factors themselves keep the learning rate.
public enum WidthRule: String, Sendable, Hashable, Codable, CaseIterable {
    /// As one over the width.
    case inverseWidth = "1/width"
    /// Not at all.
    case unchanged
    /// Nothing is known.
    case none

    /// The rule of a configuration.
    public init(_ configuration: RunConfiguration) {
        let optimizer = configuration.optimizer
        guard !optimizer.relativeRate,
            let scale = OptimizerCatalog.type(named: optimizer.rule)?.updateScale
        else {
            self = .none
            return
        }
        switch (configuration.parametrization.kind, scale) {
        case (.modular, _): self = .unchanged
        case (_, .normalized): self = Self.isSpectral(optimizer) ? .unchanged : .none
        case (.standard, .elementwise): self = .inverseWidth
        case (.standard, .gradient): self = .unchanged
        case (.muPSimple, .gradient): self = .none
        case (.muPSimple, .elementwise), (.muP, _), (.spectral, _), (.completeP, _),
            (.unitScaledMuP, _):
            self = .unchanged
        }
    }

    /// Whether matrices move by √(rows/columns) in the spectral norm.
    private static func isSpectral(_ optimizer: OptimizerConfiguration) -> Bool {
        switch optimizer.rule {
        case Dualized.name, Scion.name: true
        case Muon.name, NorMuon.name:
            [.word(Muon.Scale.spectral.rawValue), .word(Muon.Scale.original.rawValue)].contains(
                optimizer["scale"])
        default: false
        }
    }

    /// What the best learning rate is multiplied by from one width to another; nil without a rule.
    public func factor(from width: Int, to target: Int) -> Double? {
        switch self {
        case .inverseWidth: Double(width) / Double(target)
        case .unchanged: 1
        case .none: nil
        }
    }

    /// The rule in words, with where it is published.
    public var words: String {
        switch self {
        case .inverseWidth: "the standard parametrisation's rule, 1/width (arXiv 2310.17813)"
        case .unchanged:
            "the parametrisation's rule, unchanged over width (arXiv 2310.17813, 2203.03466)"
        case .none: "no rule: how its learning rate goes with the width is not known"
        }
    }
}
