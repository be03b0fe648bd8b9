public import Sweeps

/// One reason why an optimal learning rate may move with size, as a rule over recorded telemetry.
///
/// To add one: a file beside this one and a line in ``CauseCatalog``.
public protocol Cause: Sendable {
    /// What it is called, in kebab case.
    var name: String { get }

    /// What the telemetry says of it.
    func finding(in evidence: TransferEvidence) -> CauseFinding
}

/// What telemetry says of a cause.
public struct CauseFinding: Sendable, Hashable, Codable {
    /// The cause.
    public var name: String
    /// How strongly the telemetry points to it, from 0 to 1; nil where it was not recorded.
    ///
    /// Each rule says how it counts. The number ranks causes; it is no probability.
    @NullWhenNil public var strength: Double?
    /// The numbers behind it, in a sentence.
    public var evidence: String
    /// What to change or to run next; empty where there is no evidence.
    public var remedy: String

    /// Below this strength there is no evidence of a cause.
    public static let least = 0.2

    /// Whether the telemetry points to the cause.
    public var isEvident: Bool { (strength ?? 0) >= Self.least }

    /// Creates a finding, its strength brought between 0 and 1.
    public init(_ cause: some Cause, _ strength: Double, _ evidence: String, remedy: String) {
        name = cause.name
        let bounded = strength.isNaN ? 0 : min(max(strength, 0), 1)
        self.strength = bounded
        self.evidence = evidence
        self.remedy = bounded >= Self.least ? remedy : ""
    }

    /// A finding that there is nothing to go by.
    public init(_ cause: some Cause, notRecorded evidence: String, remedy: String = "") {
        name = cause.name
        strength = nil
        self.evidence = evidence
        self.remedy = remedy
    }
}

/// Every cause that is looked for.
public enum CauseCatalog {
    /// The causes, in the order in which equally strong ones are named.
    public static let all: [any Cause] = [
        UpdateGrowth(), ActivationGrowth(), AttentionLogitGrowth(), OutputLogitGrowth(),
        EdgeOfDivergence(), GradientNearEpsilon(), WeightDecayShift(), ShortWarmup(),
    ]

    /// What the telemetry says of all of them: the strongest first, those not recorded last.
    public static func ranked(_ evidence: TransferEvidence) -> [CauseFinding] {
        all.map { $0.finding(in: evidence) }.enumerated().sorted { a, b in
            (-(a.element.strength ?? -1), a.offset) < (-(b.element.strength ?? -1), b.offset)
        }.map(\.element)
    }
}
