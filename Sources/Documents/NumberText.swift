import Foundation

/// How numbers are written in tables, captions and sentences.
package enum NumberText {
    /// A loss in nats, to three decimals: `1.525`.
    package static func loss(_ value: Double) -> String {
        guard value.isFinite else { return nonFinite(value) }
        return value.magnitude < 1000
            ? String(format: "%.3f", value) : scientific(value, digits: 2)
    }

    /// What is no finite number: `NaN`, `inf`, `-inf`.
    private static func nonFinite(_ value: Double) -> String {
        value.isNaN ? "NaN" : value < 0 ? "-inf" : "inf"
    }

    /// A number to three digits: `0.0123`, `41.2`, `1.03e4`.
    package static func short(_ value: Double) -> String {
        guard value.isFinite else { return nonFinite(value) }
        let isPlain = value == 0 || (value.magnitude >= 0.01 && value.magnitude < 999.5)
        return isPlain
            ? String(format: "%.3g", value)
            : rate(Double(String(format: "%.3g", value)) ?? value)
    }

    /// A number with so many significant digits, trailing zeros kept: `0.0230`, `41.2`, `1.03e6`.
    package static func digits(_ value: Double, _ digits: Int = 3) -> String {
        guard value.isFinite else { return nonFinite(value) }
        if value == 0 { return "0" }
        let magnitude = value.magnitude
        if magnitude >= 1e5 || magnitude < 1e-3 {
            return scientific(value, digits: digits - 1)
        }
        let decimals = max(digits - 1 - Int(log10(magnitude).rounded(.down)), 0)
        return String(format: "%.\(decimals)f", value)
    }

    /// Parameters as a person says them: `6,144`, `393k`, `1.3B`.
    package static func parameters(_ count: Double) -> String {
        let units: [(Double, String)] = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e4, "k")]
        for (unit, name) in units where count >= unit {
            return String(format: "%.3g", count / (name == "k" ? 1e3 : unit)) + name
        }
        return count >= 0 ? self.count(Int(count.rounded(.down))) : nonFinite(count)
    }

    /// Seconds as a clock shows them: `0:07`, `1:02:03`.
    package static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite else { return "unknown" }
        let whole = Int(min(max(seconds, 0), 1e12).rounded())
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return whole < 3600
            ? "\(whole / 60):\(two(whole % 60))"
            : "\(whole / 3600):\(two(whole / 60 % 60)):\(two(whole % 60))"
    }

    /// Two decimals, and no sign before zero.
    package static func hundredths(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return rounded == 0 ? "0.00" : String(format: "%.2f", rounded)
    }

    /// A share as a percentage without its sign: `0`, `0.42`.
    package static func percent(_ share: Double) -> String {
        share == 0 ? "0" : String(format: "%.2f", 100 * share)
    }

    /// A learning rate in the fewest digits that give it back: `3e-3`, `1.5e-3`, `1.024`, `30`.
    package static func rate(_ value: Double) -> String {
        if value >= 1, value < 1000, let read = Double(String(format: "%.7g", value)),
            (read - value).magnitude <= 1e-9 * value
        {
            return String(format: "%.7g", value)
        }
        for digits in 0..<6 {
            let text = scientific(value, digits: digits)
            if let read = Double(text), (read - value).magnitude <= 1e-9 * value.magnitude {
                return text
            }
        }
        return scientific(value, digits: 6)
    }

    /// A learning rate to three digits, in the fewest that give it back: `2.5e-3`, `4.27e-6`.
    package static func roundedRate(_ value: Double) -> String {
        rate(Double(String(format: "%.3g", value)) ?? value)
    }

    /// An attention logit to about two digits: `5.6`, `331`, `2,235`, `8.3e4`.
    package static func logit(_ value: Double) -> String {
        guard value.isFinite else { return nonFinite(value) }
        return switch value.magnitude {
        case ..<9.95: String(format: "%.1f", value)
        case ..<9999.5: count(Int(value.rounded()))
        default: scientific(value, digits: 1)
        }
    }

    /// A count with its thousands set apart: `1,204,224`.
    package static func count(_ value: Int) -> String {
        var digits = String(value.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (value < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// A count in words that agree: `1 run`, `3 runs`.
    package static func count(_ value: Int, _ noun: String) -> String {
        "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
    }

    /// Seconds as a person says them: `52 s`, `4 min 10 s`, `1 h 4 min`.
    package static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "unknown" }
        if seconds < 9.95 { return String(format: "%.1f s", seconds) }
        let whole = Int(seconds.rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }

    /// The value of a swept number: `400`, `0.1`, `1e-4`.
    package static func setting(_ value: Double) -> String {
        if value == value.rounded(), value.magnitude < 1e6 { return String(Int(value)) }
        return value.magnitude < 0.01 || value.magnitude >= 1e6 ? rate(value) : "\(value)"
    }

    /// Learning rates as a list, or as a range with its count where there are more than eight.
    package static func grid(_ rates: [Double]) -> String {
        guard rates.count > 8, let first = rates.first, let last = rates.last else {
            return rates.map(rate).joined(separator: ", ")
        }
        return "\(rates.count) values from \(rate(first)) to \(rate(last))"
    }

    /// Words as a list: `a`, `a and b`, `a, b and c`.
    package static func list(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }

    /// A number rounded to five significant digits, as a figure holds it.
    package static func rounded(_ value: Double) -> Double {
        Double(String(format: "%.5g", value)) ?? value
    }

    private static func scientific(_ value: Double, digits: Int) -> String {
        guard value.isFinite else { return nonFinite(value) }
        let parts = String(format: "%.\(digits)e", value).split(separator: "e")
        guard parts.count == 2, let exponent = Int(parts[1]) else { return "\(value)" }
        return "\(parts[0])e\(exponent)"
    }
}
