import DecayStudies
import Reports
import Sweeps
public import Training

/// A number of a run of a `DecayStudy`.
///
/// ```yaml
/// of: {decay: law-distance}
/// ```
public struct DecayMeasure: RunMeasure {
    public static let name = "decay"

    /// What there is of a run; of ratios ‖g‖/‖x‖, those of scale-invariant matrices.
    public enum Quantity: String, Sendable, Hashable, CaseIterable {
        /// The factor between measured ratio and law where it is judged, of the matrix that is furthest
        /// from it; one or more.
        case lawDistance = "law-distance"
        /// The ratio in the last window over that where it is judged, the geometric mean of matrices.
        case ratioChange = "ratio-change"
        /// The size of weights in the last window over that where ratios are judged, likewise.
        case weightChange = "weight-change"
        /// The norm of the whole gradient in the last twentieth of the steps over that in the middle
        /// tenth.
        case gradientRise = "gradient-rise"
        /// The loss on what was not trained on, in nats.
        case heldOutLoss = "held-out-loss"
    }

    /// Which of them.
    public let quantity: Quantity

    public init(_ reader: FindingReader) throws(ConfigurationError) {
        guard reader.has("decay") else {
            throw reader.refusal("of", "decay takes a name, as {decay: law-distance}")
        }
        try reader.requireKeys(["decay"])
        quantity = try reader.choice("decay", .lawDistance)
    }

    public var words: String {
        switch quantity {
        case .lawDistance: "largest factor between ratio and prediction"
        case .ratioChange: "gradient over weight, end over settled"
        case .weightChange: "size of weights, end over settled"
        case .gradientRise: "gradient norm, end over middle"
        case .heldOutLoss: "held-out loss"
        }
    }

    public var unit: String { quantity == .heldOutLoss ? "nats" : "" }

    public func value(_ run: FindingRun) throws(FindingGap) -> Double {
        guard let value = run.numbers[quantity.rawValue], value.isFinite else {
            throw FindingGap(
                "\(run.name) has no \(quantity.rawValue): it diverged, or never settled")
        }
        return value
    }
}
