public import Import
import OrderedCollections

/// What the doctor knows of a run.
public struct DoctorCase: Sendable {
    /// The run's log.
    public var run: LoggedRun
    /// Adam's epsilon; nil where neither the log nor the caller says it.
    public var epsilon: Double?

    /// A case.
    ///
    /// - Parameters:
    ///   - run: The run's log.
    ///   - epsilon: Adam's epsilon, where the log does not say it.
    public init(_ run: LoggedRun, epsilon: Double? = nil) {
        self.run = run
        let names = [
            "optimizer.epsilon", "epsilon", "adam_epsilon", "adam_eps", "eps", "optimizer.eps",
        ]
        self.epsilon = epsilon ?? names.lazy.compactMap { run.settings[$0] }.first
    }
}

/// A cause that the doctor can name: a file in `Pathologies/`, and a line of ``all``.
public struct Pathology: Sendable {
    /// Its name, in snake case.
    public let name: String
    /// Looks for it.
    public let examine: @Sendable (DoctorCase) -> PathologyOutcome

    /// A pathology.
    public init(name: String, examine: @escaping @Sendable (DoctorCase) -> PathologyOutcome) {
        self.name = name
        self.examine = examine
    }

    /// All that are known, in the order of the report.
    public static let all: [Pathology] = [
        .attentionLogitGrowth, .outputLogitDrift, .gradientNearEpsilon, .lossSpikes,
    ]
}
