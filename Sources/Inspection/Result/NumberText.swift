import Foundation

/// Numbers as tables and sentences show them.
enum NumberText {
    /// Three significant digits, with an exponent where the number is large or small.
    static func short(_ value: Double) -> String {
        if value == 0 { return "0" }
        guard value.isFinite else { return "\(value)" }
        let size = value.magnitude
        if size >= 99_950 || size < 9.995e-4 { return exponent(String(format: "%.1e", value)) }
        let digits = max(2 - Int(log10(size).rounded(.down)), 0)
        return String(format: "%.\(digits)f", value)
    }

    /// An exponent without plus and leading zeros.
    private static func exponent(_ text: String) -> String {
        let parts = text.split(separator: "e")
        guard parts.count == 2, let power = Int(parts[1]) else { return text }
        return "\(parts[0])e\(power)"
    }

    /// A count with K, M or B.
    static func count(_ value: Int) -> String {
        let size = Double(value)
        return switch size {
        case ..<10_000: "\(value)"
        case ..<1e6: String(format: "%.1fK", size / 1e3)
        case ..<1e9: String(format: "%.1fM", size / 1e6)
        default: String(format: "%.2fB", size / 1e9)
        }
    }
}
