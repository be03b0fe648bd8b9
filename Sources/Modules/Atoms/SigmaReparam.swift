public import Programs
import Tensors

/// Which matrices are taken as `γ W / σ(W)`, with σ the largest singular value and γ a number that
/// trains (σReparam).
///
/// The product with `Ŵ = γ W / σ(W)` stretches no vector by more than |γ|, so that the γ of queries and keys
/// bound attention logits, and with them the entropy of attention from below. The size of W does not
/// matter; that of its change beside it does, as for any matrix before a normalisation.
///
/// σ is found from W in each forward, by `Programs.LargestSingularValue`: nothing is kept from step to step,
/// where the publication's code follows σ by an iteration a step. The gradient is through σ, too.
///
/// The publication's code takes it for every linear layer, of which one makes queries, keys and values
/// together, and leaves normalisations out of the vision transformer. Here the three have a σ and a γ each,
/// and normalisations stay where ``BlockNorm`` puts them.
///
/// Source: Zhai et al., arXiv 2303.06296, and `apple/ml-sigma-reparam`, `vision/layers.py`.
public enum SigmaReparam: String, Sendable, Hashable, Codable, CaseIterable {
    /// None.
    case none
    /// Queries, keys, values and outputs of attention.
    case attention
    /// These and the matrices of MLPs: all between activations.
    case hidden
    /// These and the head.
    case all

    /// Whether it takes in the matrices that `part` adds to those before it.
    public func includes(_ part: SigmaReparam) -> Bool {
        switch part {
        case .none: true
        case .attention: self != .none
        case .hidden: self == .hidden || self == .all
        case .all: self == .all
        }
    }
}

/// Where the γ of ``SigmaReparam`` start.
public enum GammaStart: String, Sendable, Hashable, Codable, CaseIterable {
    /// At one, as in the publication's code for speech.
    case one
    /// At σ(W) of the start, which leaves the network as it is there, as in its code for vision.
    case norm

    /// Declares the γ of a matrix, of shape [1].
    ///
    /// - Parameters:
    ///   - name: The name of the matrix in its scope.
    ///   - shape: Its extents.
    ///   - deviation: Its standard deviation at the start.
    ///   - scope: Where it stands.
    /// - Returns: γ, a gain, as those of normalisations.
    func parameter(
        of name: String, _ shape: Shape, deviation: Double, _ scope: Scope
    ) -> Value {
        let extents = shape.dimensions.map { Double($0).squareRoot() }
        let start: Initialization =
            switch self {
            case .one: .constant(1)
            case .norm:
                // √m + √n for independent elements of deviation one (arXiv 1011.3027, theorem 5.31).
                .spectralNorm(
                    of: scope[name].path, about: deviation * extents.reduce(0, +))
            }
        return scope.parameter(name + "_gamma", [1], .gain, start)
    }
}

extension ModelConfiguration {
    /// The floating-point operations that ``sigmaReparam`` adds to a step, whatever its tokens.
    public var sigmaReparamOperations: Double {
        let cost = LargestSingularValue()
        let square = cost.operations(for: [attentionWidth, width])
        let narrow = cost.operations(for: [keyWidth, width])
        let wide = cost.operations(for: [hiddenWidth, width])
        var sum = 0.0
        if sigmaReparam.includes(.attention) { sum += Double(2 * depth) * (square + narrow) }
        if sigmaReparam.includes(.hidden) {
            sum += Double(mlp.matrices * depth) * wide
        }
        if sigmaReparam.includes(.all) { sum += cost.operations(for: [vocabulary, width]) }
        return sum
    }
}

extension Value {
    /// `γ W / σ(W)` for this matrix W; `γ W` where W is zero.
    ///
    /// - Parameter gamma: γ, of one element.
    /// - Returns: A matrix of W's shape whose largest singular value is |γ|, up to what
    ///   ``Programs/LargestSingularValue`` says.
    public func reparametrized(by gamma: Value) -> Value {
        let norm = builder.apply(LargestSingularValue(), [self])[0]
        let isZero = norm.compared(.lessOrEqual, norm.filled(with: Value.smallestNorm))
        return self * (gamma.reshaped([]) / isZero.select(norm.filled(with: 1), norm))
    }
}
