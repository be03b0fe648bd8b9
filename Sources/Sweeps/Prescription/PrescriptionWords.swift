import Foundation

/// How numbers are written in the sentences of a prescription.
enum PrescriptionWords {
    /// A number to three digits: `0.0123`, `41.2`, `1.03e+04`.
    static func number(_ value: Double) -> String { String(format: "%.3g", value) }

    /// Nats with a sign and an interval: `-0.021 (-0.034 to -0.008)`.
    static func nats(_ value: Double, _ low: Double, _ high: Double) -> String {
        String(format: "%+.3f (%+.3f to %+.3f)", value, low, high)
    }

    /// Words as a list: `a`, `a and b`, `a, b and c`.
    static func list(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }
}
