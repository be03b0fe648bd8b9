public import OrderedCollections
import Tensors

/// How initial sizes, learning rates and branches depend on a model's width and depth.
///
/// Everything is relative to a base model, at which all parametrisations are the standard one up to
/// what their table says of it: multipliers are powers of `r = fan-in / base fan-in`,
/// `s = fan-out / base fan-out` and `ℓ = depth / base-depth`.
///
/// | kind | initial deviation | learning rate, element-wise updates | learning rate, gradient updates | branches |
/// |---|---|---|---|---|
/// | `standard` | 1/√fan-in; embedding 1/√width | 1 | 1 | 1 |
/// | `mup-simple` | standard | hidden 1/r | hidden 1/r | 1 |
/// | `mup` | embedding constant, head √base/fan-in, queries 0 | hidden and head 1/r | embedding s, gains s, head 1/r | 1 |
/// | `spectral` | min(1, √(fan-out/fan-in))/√fan-in; embedding 1 | hidden and head 1/r | fan-out/fan-in over the base's | 1 |
/// | `completep` | as `mup`; Adam's epsilon 1/(m ℓ) with m = width / base-width, of the head 1/ℓ | as `mup` | as `mup` | 1/ℓ |
/// | `unit-scaled-mup` | embedding 1, hidden 1/√fan-in, head 1/fan-in | hidden 1/r and 1/√ℓ, head 1/r, embedding 1/√s, gains of blocks 1/√ℓ | as `mup` | 1/√ℓ |
/// | `modular` | orthogonal × √(fan-out/fan-in); embedding rows of RMS 1 | share | share | 1/(2 depth) |
///
/// Unit-scaled muP keeps weights of unit variance behind fixed multipliers. Here a multiplier is part of
/// its weight, which trains alike: with a multiplier A, a deviation B and Adam's learning rate C, a weight
/// that holds A starts at A B and takes A C. Its gradient is that of the weight behind the multiplier over
/// A, and so is Adam's epsilon: √r times as large for hidden matrices and r times for the head. The head
/// of `completep` holds its published multiplier 1/m in the same way. Number formats, for which the original scales every
/// operation, are another matter. The residual stream is left as a sum, of which a norm sees the same.
///
/// In `modular` a step has size η in the norm of the whole network, and each parameter's share of it
/// follows from ``masses`` and from the sensitivity of what comes after it: the learning rate is in units
/// of that norm at every width and depth, without a base model. It takes a rule whose updates are of unit
/// size in each parameter's own norm, `dualized` or `normalized`.
///
/// The γ of a ``SigmaReparam`` is a gain of one element, of which s is one.
///
/// A head that is tied to the embedding cannot have factors of its own. In `mup` and `completep` its logits
/// are multiplied by base-width / width, as published; other kinds with a base model refuse it, but for
/// `mup-simple`, whose head has no factors.
///
/// Updates that are normalised by themselves, as Muon's, are given no factors: their rules scale by
/// the matrix already.
///
/// Sources: `mup-simple` and `mup` Wortsman et al., arXiv 2309.14322, section 3.3 and appendix E; the
/// rest of `mup` Yang et al., arXiv 2203.03466, table 3; `spectral` Yang et al., arXiv 2310.17813,
/// parametrisation 1, by optimizer; `completep` Dey et al., arXiv 2505.01618; `unit-scaled-mup` Blake et
/// al., arXiv 2407.17465, table 2; `modular` Large et al., arXiv 2405.14813, and Bernstein and Newhouse,
/// arXiv 2410.21265.
public struct Parametrization: Sendable, Hashable, Codable {
    /// A row of the table.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// Sizes by fan-in, one learning rate.
        case standard
        /// The learning rate of hidden matrices by their fan-in.
        case muPSimple = "mup-simple"
        /// Maximal updates.
        case muP = "mup"
        /// Matrices and their updates of spectral norm √(fan-out/fan-in).
        case spectral
        /// Maximal updates, in depth too.
        case completeP = "completep"
        /// Maximal updates with weights that start at unit variance.
        case unitScaledMuP = "unit-scaled-mup"
        /// Shares of a step in the norm of the whole network.
        case modular
    }

    /// The row.
    public var kind = Kind.standard
    /// The width at which multipliers are one.
    public var baseWidth = 64
    /// The depth at which multipliers are one.
    public var baseDepth = 3
    /// How much parts of the model take part in the change of the output; of `modular` alone.
    public var masses = Masses()

    /// The standard parametrisation.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case kind, masses
        case baseWidth = "base-width"
        case baseDepth = "base-depth"
    }

    /// Whether factors are relative to a base model.
    public var hasBaseModel: Bool { kind != .standard && kind != .modular }

    /// The factor on the logits of a head that is tied to the embedding (arXiv 2203.03466, section B.1).
    public func readoutScale(width: Int) -> Double {
        kind == .muP || kind == .completeP ? Double(baseWidth) / Double(width) : 1
    }

    /// Whether a head that is tied to the embedding has a rule.
    public var takesTiedHead: Bool {
        kind == .standard || kind == .muPSimple || kind == .muP || kind == .completeP
    }

    /// The factor on the output of each attention and MLP before it is added.
    public func branchScale(depth: Int) -> Double {
        let ratio = Double(baseDepth) / Double(depth)
        return switch kind {
        case .completeP: ratio
        case .unitScaledMuP: ratio.squareRoot()
        case .modular: 1 / Double(2 * depth)
        case .standard, .muPSimple, .muP, .spectral: 1
        }
    }
}

/// How much the parts of a model take part in the change of its output, beside one another.
public struct Masses: Sendable, Hashable, Codable {
    /// Of the embedding.
    public var embedding = 1.0
    /// Of all blocks together, whose parameters take equal parts.
    public var blocks = 5.0
    /// Of the last gain and the head together.
    public var head = 1.0

    /// The masses of Modula's transformer.
    public init() {}
}

/// What decides how large an update is.
public enum UpdateScale: Sendable, Hashable {
    /// Each element moves by about the learning rate, as with Adam and Lion.
    case elementwise
    /// The change is in proportion to the gradient, as with SGD.
    case gradient
    /// The change is normalised as a whole, as with Muon, LARS and Fromage.
    case normalized
}

/// Factors of a parameter beside those of the standard parametrisation.
public struct Multipliers: Sendable, Hashable {
    /// On the standard deviation at the start.
    public var initialization = 1.0
    /// On the learning rate.
    public var learningRate = 1.0
    /// On the epsilon of Adam's step, where the rule has one.
    public var epsilon = 1.0
    /// The start in place of the usual one, if there is one.
    public var start: Initialization?
    /// The share of a step, if there is one.
    public var normBudget: Double?

    /// Factors of one.
    public init(initialization: Double = 1, learningRate: Double = 1, epsilon: Double = 1) {
        self.initialization = initialization
        self.learningRate = learningRate
        self.epsilon = epsilon
    }
}

extension Parametrization {
    /// The multipliers of a parameter.
    ///
    /// - Parameters:
    ///   - parameter: The parameter.
    ///   - base: The parameter at its path in the base model.
    ///   - model: The model that the parameter is of.
    ///   - scale: What the optimizer's updates go by.
    /// - Returns: The row of the table.
    public func multipliers(
        of parameter: ParameterSpecification, base: ParameterSpecification,
        in model: ModelConfiguration, _ scale: UpdateScale
    ) -> Multipliers {
        let fanIn = Double(parameter.fanIn)
        let fanOut = Double(parameter.fanOut)
        let r = fanIn / Double(base.fanIn)
        let s = fanOut / Double(base.fanOut)
        let depth = Double(model.depth) / Double(baseDepth)
        // Learning rates of unit-scaled muP within blocks.
        let branch = parameter.path.hasPrefix("blocks.") ? 1 / depth.squareRoot() : 1
        var result = Multipliers()
        switch (kind, parameter.role) {
        case (.standard, _), (.modular, _): break
        case (.muPSimple, .hidden): result.learningRate = 1 / r
        case (.muPSimple, _): break
        case (.muP, .embedding), (.completeP, .embedding):
            result.initialization = s.squareRoot()
            result.learningRate = scale == .gradient ? s : 1
        case (.muP, .gain), (.completeP, .gain):
            result.learningRate = scale == .gradient ? s : 1
        case (.muP, .hidden), (.completeP, .hidden):
            result.initialization = parameter.path.hasSuffix(".query") ? 0 : 1
            result.learningRate = scale == .elementwise ? 1 / r : 1
        case (.muP, .head), (.completeP, .head):
            result.initialization = 1 / r.squareRoot()
            result.learningRate = 1 / r
        case (.spectral, .embedding):
            // A row is looked up by a vector with a single one: fan-in 1.
            result.initialization = fanOut.squareRoot()
            result.learningRate = scale == .gradient ? s : 1
        case (.spectral, .gain): break
        case (.spectral, .hidden), (.spectral, .head):
            result.initialization = min(1, (fanOut / fanIn).squareRoot())
            result.learningRate = scale == .gradient ? s / r : 1 / r
        case (.unitScaledMuP, .embedding):
            result.initialization = fanOut.squareRoot()
            result.learningRate = scale == .gradient ? s : 1 / s.squareRoot()
        case (.unitScaledMuP, .gain): result.learningRate = scale == .gradient ? s : branch
        case (.unitScaledMuP, .hidden):
            result.learningRate = scale == .elementwise ? branch / r : 1
        case (.unitScaledMuP, .head):
            result.initialization = 1 / fanIn.squareRoot()
            result.learningRate = 1 / r
        }
        // One deviation for all, given at the base width, goes on as those by fan-in do.
        if model.initDeviation > 0, parameter.role != .gain {
            result.initialization /= (parameter.role == .embedding ? s : r).squareRoot()
        }
        // Where a multiplier is part of the weight, epsilon is over that, too.
        switch (kind, parameter.role) {
        case (.completeP, .head): result.epsilon = 1 / depth
        case (.completeP, _): result.epsilon = Double(baseWidth) / Double(model.width) / depth
        case (.unitScaledMuP, .hidden): result.epsilon = r.squareRoot()
        case (.unitScaledMuP, .head): result.epsilon = r
        default: break
        }
        if scale == .normalized {
            result.learningRate = 1
            result.epsilon = 1
        }
        return result
    }
}

extension ProxyTransformer {
    /// The multipliers of all parameters, by path.
    ///
    /// - Parameters:
    ///   - parametrization: The rule.
    ///   - scale: What the optimizer's updates go by.
    /// - Returns: A row for each parameter, in their order.
    /// - Throws: `ProgramError` when the model or the base model does not fit together.
    public func multipliers(
        _ parametrization: Parametrization, _ scale: UpdateScale
    ) throws -> OrderedDictionary<String, Multipliers> {
        let parameters = try parameters()
        guard parametrization.hasBaseModel else {
            return OrderedDictionary(
                uniqueKeysWithValues: parameters.map { ($0.path, Multipliers()) })
        }
        var base = configuration
        base.width = parametrization.baseWidth
        let baseParameters = try ProxyTransformer(base).parameters()
        var table: OrderedDictionary<String, Multipliers> = [:]
        for (parameter, base) in zip(parameters, baseParameters) {
            table[parameter.path] = parametrization.multipliers(
                of: parameter, base: base, in: configuration, scale)
        }
        return table
    }
}

extension ParameterSpecification {
    /// The parameter with its initial deviation multiplied; constants stay, and what starts from another
    /// parameter follows that.
    public func scaled(_ multipliers: Multipliers) -> ParameterSpecification {
        var copy = self
        copy.normBudget = multipliers.normBudget
        if let start = multipliers.start {
            copy.initialization = start
            return copy
        }
        switch initialization {
        case .constant, .orthogonal, .unitRows, .spectralNorm: break
        case .normal(let deviation):
            copy.initialization = .normal(deviation: deviation * multipliers.initialization)
        case .truncatedNormal(let deviation):
            copy.initialization = .truncatedNormal(
                deviation: deviation * multipliers.initialization)
        }
        return copy
    }
}
