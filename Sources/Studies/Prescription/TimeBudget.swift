import Foundation
import Statistics
import Sweeps
public import Training
import TransferStudies

/// A length of time as a person writes it: `90s`, `30m`, `9min`, `1h30m`, `1d`.
public struct TimeBudget: Sendable, Hashable {
    /// Its seconds.
    public let seconds: Double

    /// The units, the largest first, under the names that they go by.
    private static let units: [(names: Set<String>, seconds: Double)] = [
        (["d", "day", "days"], 86_400), (["h", "hr", "hrs", "hour", "hours"], 3600),
        (["m", "min", "mins", "minute", "minutes"], 60),
        (["s", "sec", "secs", "second", "seconds"], 1),
    ]
    /// The longest: beyond it nothing is planned, and sums of seconds stay exact.
    private static let longest = 3650.0 * 86_400

    /// Reads a length of time.
    ///
    /// - Parameter text: Numbers, each with `d`, `h`, `m` or `s` or the unit's longer names, the larger
    ///   units first; spaces do not matter.
    /// - Throws: `ConfigurationError` for anything else.
    public init(_ text: String) throws(ConfigurationError) {
        func refusal(_ reason: String) -> ConfigurationError {
            .impossible(key: "--budget", reason: "\(text) \(reason)")
        }
        let form = "is not a valid duration; give numbers with units, as 90s, 9min, 1h30m or 1d"
        var rest = text.lowercased().filter { !$0.isWhitespace }[...]
        var open = Self.units[...]
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(name.count)
            guard let value = Double(digits),
                let place = open.firstIndex(where: { $0.names.contains(String(name)) })
            else { throw refusal(form) }
            total += value * open[place].seconds
            open = open[(place + 1)...]
        }
        guard total > 0 else { throw refusal(form) }
        guard total <= Self.longest else { throw refusal("is more than ten years") }
        seconds = total
    }

    /// Seconds as such a text, rounded up to five seconds, minutes from three of them on.
    ///
    /// - Parameter seconds: Above zero.
    /// - Returns: A text that ``init(_:)`` reads.
    public static func text(atLeast seconds: Double) -> String {
        if seconds <= 180 { return "\(max(Int((seconds / 5).rounded(.up)) * 5, 5))s" }
        let minutes = Int(clamped: (seconds / 60).rounded(.up))
        if minutes < 120 { return "\(minutes)m" }
        let rest = minutes % 60
        return "\(minutes / 60)h" + (rest > 0 ? "\(rest)m" : "")
    }
}
