public import Modules

/// A rule that configuration files can name, with keys of its own.
///
/// To add one: a file beside this one and a line in ``OptimizerCatalog``. The configuration reads its
/// keys from ``options``, so that a key which it does not take is an error.
public protocol ConfigurableRule: UpdateRule {
    /// The rule's own keys, under `optimizer`.
    static var options: [RuleOption] { get }

    /// The forms of weight decay that make sense, the default first.
    static var decayForms: [Decay.Form] { get }

    /// Keys which other rules share and this one does not take, each with the reason and what to do
    /// instead: of `learning-rate`, `clip`, `weight-decay`, `schedule`, `schedule.shape` and
    /// `optimizer.average`.
    static var unsupportedKeys: [String: String] { get }

    /// What decides how large an update is, for parametrisations.
    static var updateScale: UpdateScale { get }

    /// Whether the size of each update is the parameter's share of the step.
    static var takesNormBudget: Bool { get }

    /// Whether updates of hidden matrices have equal singular values: one that changes a layer's output by so
    /// much is then smaller by the root of the width than one along a single direction.
    static var orthogonalizes: Bool { get }

    /// Whether its weight decay can leave out the elements whose step points another way.
    static var decaysCautiously: Bool { get }

    /// Creates the rule from the values of its keys, which are within their domains.
    init(_ options: RuleOptions, decay: Decay)

    /// Checks that the rule can move these parameters.
    ///
    /// - Throws: ``RuleError`` that names the key and says what to do instead.
    func check(_ parameters: [ParameterSpecification]) throws(RuleError)
}

extension ConfigurableRule {
    /// All forms, as independent unless another is named.
    public static var decayForms: [Decay.Form] {
        [.independent, .none, .coupled, .decoupled, .corrected]
    }

    public static var unsupportedKeys: [String: String] { [:] }

    /// Normalised as a whole, as most are.
    public static var updateScale: UpdateScale { .normalized }

    public static var takesNormBudget: Bool { false }

    public static var orthogonalizes: Bool { false }

    public static var decaysCautiously: Bool { false }

    /// Anything goes.
    public func check(_ parameters: [ParameterSpecification]) throws(RuleError) {}
}

/// Why a rule cannot move a model's parameters.
public struct RuleError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The rule's key that has to change.
    public var key: String
    /// What is wrong, and what to do instead.
    public var reason: String

    public init(key: String, reason: String) {
        self.key = key
        self.reason = reason
    }

    /// A sentence for the reader.
    public var description: String { "\(key): \(reason)" }
}

extension [Decay.Form] {
    /// The forms for updates whose size does not depend on the gradient's.
    static var beside: [Decay.Form] { [.independent, .none, .decoupled, .corrected] }
}
