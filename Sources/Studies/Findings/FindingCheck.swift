import Runs
public import Training

/// How runs become the number that decides a finding.
///
/// A check gives one number a seed in each stratum, as the sizes of a model; their mean, with Student's
/// interval over seeds, is held against what is expected. To add a kind: a file in `Checks` and a line in
/// ``FindingCatalog``.
public protocol FindingCheck: Sendable {
    /// The kind, as study files have it.
    static var kind: String { get }
    /// The keys that it takes beside `kind` and `expect`.
    static var keys: [String] { get }
    /// Reads its keys.
    init(_ reader: FindingReader) throws(ConfigurationError)
    /// The runs that it needs; each must hold one at least.
    var selections: [FindingSelection] { get }
    /// The number in words.
    var quantity: String { get }
    /// What it is measured in; empty for a quotient or an exponent.
    var unit: String { get }
    /// Whether ``strata(_:)`` gives logarithms of the number.
    var isLogarithmic: Bool { get }
    /// The numbers, one for each seed of each stratum.
    ///
    /// - Parameter runs: The runs of the selections, none of which is missing.
    /// - Returns: The strata, each with as many numbers as it has seeds.
    /// - Throws: ``FindingGap`` for a number that there is none of.
    func strata(_ runs: [FindingRun]) throws(FindingGap) -> [FindingStratum]
}

extension FindingCheck {
    public var isLogarithmic: Bool { false }
}

/// Numbers of seeds under the same settings.
public struct FindingStratum: Sendable, Hashable, Codable {
    /// The settings in words.
    public var label: String
    /// A number for each seed.
    public var values: [Double]

    /// Names numbers.
    init(_ settings: [String: SettingValue], _ values: [Double]) {
        label = FindingText.settings(settings)
        self.values = values
    }
}
