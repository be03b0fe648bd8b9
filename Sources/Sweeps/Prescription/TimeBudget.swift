import Foundation
public import Training

/// A length of time as a person writes it: `90s`, `30m`, `1h30m`.
public struct TimeBudget: Sendable, Hashable {
    /// Its seconds.
    public let seconds: Double

    /// Reads a length of time.
    ///
    /// - Parameter text: Numbers, each with `s`, `m` or `h`, the larger units first.
    /// - Throws: ``ConfigurationError`` for anything else.
    public init(_ text: String) throws(ConfigurationError) {
        let refusal = ConfigurationError.impossible(
            key: "--budget",
            reason: "\(text) is no length of time; give numbers with a unit, as 90s, 30m or 1h30m")
        let units: [(name: Character, seconds: Double)] = [("h", 3600), ("m", 60), ("s", 1)]
        var open = units[...]
        var digits = ""
        var total = 0.0
        for character in text {
            if character.isASCII, character.isNumber || character == "." {
                digits.append(character)
                continue
            }
            guard let place = open.firstIndex(where: { $0.name == character }),
                let value = Double(digits)
            else { throw refusal }
            total += value * open[place].seconds
            open = open[(place + 1)...]
            digits = ""
        }
        guard digits.isEmpty, total > 0, total.isFinite else { throw refusal }
        seconds = total
    }

    /// Seconds as such a text, rounded up to five seconds, minutes from three of them on.
    ///
    /// - Parameter seconds: Above zero.
    /// - Returns: A text that ``init(_:)`` reads.
    public static func text(atLeast seconds: Double) -> String {
        if seconds <= 180 { return "\(max(Int((seconds / 5).rounded(.up)) * 5, 5))s" }
        let minutes = Int((seconds / 60).rounded(.up))
        if minutes < 120 { return "\(minutes)m" }
        let rest = minutes % 60
        return "\(minutes / 60)h" + (rest > 0 ? "\(rest)m" : "")
    }
}
