import Documents
import Foundation
import Reports

/// How numbers are written in the sentences of a prescription.
package enum PrescriptionWords {
    /// A number to three digits: `0.0123`, `41.2`, `2.5e-3`, `1.03e4`.
    package static func number(_ value: Double) -> String {
        let plain = String(format: "%.3g", value)
        guard value.isFinite, value != 0, !(0.01..<999.5).contains(value.magnitude) else {
            return plain
        }
        let parts = String(format: "%.2e", value).split(separator: "e")
        guard parts.count == 2, let exponent = Int(parts[1]) else { return plain }
        let digits = Double(parts[0]).map { String(format: "%.3g", $0) } ?? String(parts[0])
        return "\(digits)e\(exponent)"
    }

    /// A count to two digits with its thousands set apart: `2.25`, `36`, `6,700`.
    package static func times(_ value: Double) -> String {
        guard value.isFinite, value >= 100 else { return String(format: "%.3g", value) }
        var digits = String(
            format: "%.0f", Double(String(format: "%.1e", value)) ?? value)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return ([digits] + groups).joined(separator: ",")
    }

    /// How far a number is carried: `unvalidated (extrapolation 6,700x; validated 2.25x)`.
    package static func extrapolation(_ factor: Double?, validated: Double?, isValidated: Bool)
        -> String
    {
        let own = factor.map { "extrapolation \(times($0))x" } ?? "no size has a result"
        let known = validated.map { "validated \(times($0))x" } ?? "none validated"
        return "\(isValidated ? "validated" : "unvalidated") (\(own); \(known))"
    }

    /// A number of parameters: `32,768`, `1.3e12`.
    package static func size(_ value: Double) -> String {
        value < 1e9 && value >= 0 ? NumberText.count(Int(value.rounded(.up))) : number(value)
    }

    /// Nats with a sign and an interval: `-0.021 (-0.034 to -0.008)`.
    package static func nats(_ value: Double, _ low: Double, _ high: Double) -> String {
        String(format: "%+.3f (%+.3f to %+.3f)", value, low, high)
    }

    /// Words as a list: `a`, `a and b`, `a, b and c`.
    package static func list(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }
}
