import Foundation

/// Numbers and sentences of a diagnosis.
enum DoctorText {
    /// Three significant digits.
    static func number(_ value: Double) -> String {
        if value == 0 { return "0" }
        guard value.isFinite else { return value.isNaN ? "NaN" : "\(value)" }
        let size = value.magnitude
        if size >= 99_950 || size < 9.995e-4 {
            let parts = String(format: "%.1e", value).split(separator: "e")
            guard parts.count == 2, let power = Int(parts[1]) else { return "\(value)" }
            return "\(parts[0])e\(power)"
        }
        if size >= 1000 { return thousands(value) }
        return String(format: "%.\(max(2 - Int(log10(size).rounded(.down)), 0))f", value)
    }

    /// Three digits of a number below a million, its thousands set apart: `13,800`.
    private static func thousands(_ value: Double) -> String {
        let unit = pow(10, log10(value.magnitude).rounded(.down) - 2)
        let whole = Int((value / unit).rounded() * unit)
        let digits = String(whole.magnitude)
        return (whole < 0 ? "-" : "") + digits.dropLast(3) + "," + digits.suffix(3)
    }
}
