public import Optimizers
public import Statistics
public import Training
import TransferStudies
public import Yams

/// What a sensitivity study asks of its grid: the keys under `sensitivity`.
///
/// ```yaml
/// sensitivity:
///   baseline: none          # the variant that others are compared with; the first when left out
///   claims: {qk-norm: lower}  # what is said of a variant's S: lower, higher or same
///   margin: 0.02            # nats: the smallest difference in S that matters
///   spread: 0.03            # nats from seed to seed, assumed before there are replicates
///   confidence: 0.95
///   windows: [[3e-4, 3e-1], [1e-4, 1e-1]]  # learning rates of S; the whole grid when left out
/// ```
///
/// S is over the first window. Where decay follows the learning rate, as `decoupled` and `coupled` do, the
/// optimum lies elsewhere than under the other forms, and S is the smallest over all windows, as in arXiv
/// 2309.14322, figure 6.
public struct SensitivitySettings: Sendable, Hashable {
    /// The variant that others are compared with; nil for the first.
    public var baseline: String?
    /// What is said of a variant's sensitivity against the baseline's.
    public var claims: [String: DifferenceFinding] = [:]
    /// The smallest difference in S that matters, in nats.
    public var margin = 0.02
    /// The standard deviation of a difference in S from seed to seed, assumed before the study.
    public var spread = 0.03
    /// The share of intervals that are to hold.
    public var confidence = 0.95

    /// The windows of learning rates of S; the whole grid when empty.
    public var windows: [ClosedRange<Double>] = []

    /// The defaults.
    public init() {}

    private static let keys = [
        "baseline", "claims", "margin", "spread", "confidence", "windows",
    ]

    /// The windows from which a variant's S is taken, the smallest where there are several; the whole grid
    /// when empty.
    ///
    /// - Parameter form: The variant's decay.
    /// - Returns: All windows where the decay follows the learning rate, else the first.
    public func windows(for form: Decay.Form?) -> [ClosedRange<Double>] {
        switch form {
        case .decoupled, .coupled: windows
        default: Array(windows.prefix(1))
        }
    }

    /// Reads the section of a study file.
    ///
    /// - Parameters:
    ///   - node: The value of `sensitivity`; nil for the defaults.
    ///   - source: The file.
    /// - Throws: `ConfigurationError` for an unknown key or a value outside its domain.
    public init(_ node: Node?, source: String) throws(ConfigurationError) {
        guard let node else { return }
        guard case .mapping(let mapping) = node else {
            throw .malformed(source: source, key: "sensitivity", reason: "is not a mapping")
        }
        for key in mapping.keys.compactMap(\.string) where !Self.keys.contains(key) {
            throw .unknownKey(
                source: source, key: "sensitivity.\(key)", nearest: [], siblings: Self.keys)
        }
        func number(
            _ key: String, _ value: Double, _ domain: ClosedRange<Double>
        ) throws(ConfigurationError) -> Double {
            guard let node = mapping[key] else { return value }
            guard let number = node.float, domain.contains(number) else {
                throw .malformed(
                    source: source, key: "sensitivity.\(key)",
                    reason: "\(node.string ?? "a mapping") is not a number from "
                        + "\(domain.lowerBound) to \(domain.upperBound)")
            }
            return number
        }
        margin = try number("margin", margin, 1e-6...10)
        spread = try number("spread", spread, 1e-6...10)
        confidence = try number("confidence", confidence, 0.5...0.999)
        if let node = mapping["windows"] {
            let pairs = (node.sequence ?? []).map { $0.sequence?.compactMap(\.float) ?? [] }
            guard !pairs.isEmpty, pairs.allSatisfy({ $0.count == 2 && 0 < $0[0] && $0[0] < $0[1] })
            else {
                throw .malformed(
                    source: source, key: "sensitivity.windows",
                    reason:
                        "is not a list of windows, each of a lower and a higher learning rate, as "
                        + "[[3e-4, 3e-1], [1e-4, 1e-1]]")
            }
            windows = pairs.map { $0[0]...$0[1] }
        }
        baseline = mapping["baseline"]?.string
        guard let claims = mapping["claims"] else { return }
        guard case .mapping(let pairs) = claims else {
            throw .malformed(source: source, key: "sensitivity.claims", reason: "is not a mapping")
        }
        for (name, word) in pairs {
            guard let claim = word.string.flatMap(DifferenceFinding.init), claim != .undecided
            else {
                throw .malformed(
                    source: source, key: "sensitivity.claims.\(name.string ?? "")",
                    reason: "is none of lower, higher, same")
            }
            self.claims[name.string ?? ""] = claim
        }
    }
}
