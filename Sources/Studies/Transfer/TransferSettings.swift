public import Training
public import Yams

/// What a transfer study asks of its grid: the keys under `transfer`.
///
/// ```yaml
/// transfer:
///   bound: 1.4            # the largest total drift that passes, in either direction
///   least-doublings: 3    # of the size, below which no verdict is given
///   confidence: 0.95
///   spread: 0.15          # octaves from seed to seed, assumed before there are replicates
///   heads: fixed-width    # or fixed-count: what a wider model keeps
/// ```
public struct TransferSettings: Sendable, Hashable, Codable {
    /// What a wider model keeps of its heads.
    public enum Heads: String, Sendable, Hashable, Codable, CaseIterable {
        /// Their width: a wider model has more of them.
        case fixedWidth = "fixed-width"
        /// Their number: a wider model has wider ones.
        case fixedCount = "fixed-count"
    }

    /// The largest total drift of the optimum that passes, as a factor in either direction.
    public var bound = 1.4
    /// Doublings of the size that a verdict takes.
    public var leastDoublings = 3.0
    /// The share of intervals that are to hold.
    public var confidence = 0.95
    /// The standard deviation of an optimum from seed to seed in octaves, assumed before the study.
    public var spread = 0.15
    /// What a wider model keeps of its heads.
    public var heads = Heads.fixedWidth

    /// The defaults.
    public init() {}

    private static let keys = ["bound", "least-doublings", "confidence", "spread", "heads"]

    /// Reads the section of a study file.
    ///
    /// - Parameters:
    ///   - node: The value of `transfer`; nil for the defaults.
    ///   - source: The file.
    /// - Throws: `ConfigurationError` for an unknown key or a value outside its domain.
    public init(_ node: Node?, source: String) throws(ConfigurationError) {
        guard let node else { return }
        guard case .mapping(let mapping) = node else {
            throw .malformed(source: source, key: "transfer", reason: "is not a mapping")
        }
        for key in mapping.keys.compactMap(\.string) where !Self.keys.contains(key) {
            throw .unknownKey(
                source: source, key: "transfer.\(key)", nearest: [], siblings: Self.keys)
        }
        func number(
            _ key: String, _ value: Double, _ domain: ClosedRange<Double>, _ what: String
        ) throws(ConfigurationError) -> Double {
            guard let node = mapping[key] else { return value }
            guard let number = node.float, domain.contains(number) else {
                throw .malformed(
                    source: source, key: "transfer.\(key)",
                    reason: "\(node.string ?? "a mapping") is not \(what)")
            }
            return number
        }
        bound = try number("bound", bound, 1.01...100, "a factor from 1.01 to 100")
        leastDoublings = try number(
            "least-doublings", leastDoublings, 0.5...20, "a number from 0.5 to 20")
        confidence = try number("confidence", confidence, 0.5...0.999, "from 0.5 to 0.999")
        spread = try number("spread", spread, 1e-4...10, "a number of octaves above 0")
        if let word = mapping["heads"] {
            guard let heads = word.string.flatMap(Heads.init) else {
                throw .malformed(
                    source: source, key: "transfer.heads",
                    reason: "is neither fixed-width nor fixed-count")
            }
            self.heads = heads
        }
    }
}
