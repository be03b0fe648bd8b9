import Modules
public import Training
import TransferStudies

/// A change of the recipe that the literature has against a failure mode.
public struct Mitigation: Sendable, Hashable {
    /// What it is against: the name of a `ForecastSignal`, or one of ``FailureMode``.
    public var failureMode: String
    /// What it is called: `NAME` or `NAME=VALUE` of `Training.InterventionCatalog`, or its own name.
    public var name: String
    /// The keys that it sets, as `KEY.PATH=VALUE`; empty for an intervention of the catalog.
    public var settings: [String]
    /// What is known of failure mode and mitigation, in a clause.
    public var finding: String
    /// Where that is published.
    public var source: String
    /// Whether a learning rate means something else with it, so that sensitivities do not compare.
    public var changesLearningRate: Bool

    /// An intervention of the catalog.
    init(_ failureMode: String, _ name: String, _ finding: String, source: String) {
        self.failureMode = failureMode
        self.name = name
        settings = []
        self.finding = finding
        self.source = source
        changesLearningRate = Self.entry(name)?.changesLearningRate ?? false
    }

    /// A change of keys that are no intervention.
    init(
        _ failureMode: String, _ name: String, settings: [String], _ finding: String,
        source: String,
        changesLearningRate: Bool
    ) {
        self.failureMode = failureMode
        self.name = name
        self.settings = settings
        self.finding = finding
        self.source = source
        self.changesLearningRate = changesLearningRate
    }

    /// The entry of the catalog; nil for a change of keys, and for a name that is not there.
    public var intervention: Intervention? {
        settings.isEmpty ? Self.entry(name) : nil
    }

    /// What `NAME` or `NAME=VALUE` means.
    private static func entry(_ name: String) -> Intervention? {
        name.split(separator: "=").first.flatMap { InterventionCatalog.named(String($0)) }
    }
}

/// Symptoms that no signal forecasts.
public enum FailureMode {
    /// Runs leave the finite numbers, or end above their start.
    public static let divergence = "divergence"
    /// The best learning rate moves with size.
    public static let drift = "learning-rate-drift"
}

extension RunConfiguration {
    /// The recipe with mitigations, those of the catalog as a list that goes over its keys.
    ///
    /// - Parameters:
    ///   - mitigations: The mitigations, in order.
    ///   - baseWidth: The width at which another parametrisation is the recipe's own: that of the
    ///     smallest proxy.
    /// - Returns: The configuration.
    /// - Throws: ``ConfigurationError`` where they do not fit together.
    func applying(_ mitigations: [Mitigation], baseWidth: Int) throws(ConfigurationError)
        -> RunConfiguration
    {
        let names = mitigations.filter { $0.settings.isEmpty }.map(\.name)
        var overrides = mitigations.flatMap(\.settings)
        if overrides.contains(where: { $0.hasPrefix("parametrization.kind=") }) {
            overrides.append("parametrization.base-width=\(baseWidth)")
        }
        if !names.isEmpty { overrides.append("interventions=[\(names.joined(separator: ", "))]") }
        return overrides.isEmpty
            ? self : try ConfigurationFile.configuration(self, overrides: overrides)
    }
}
