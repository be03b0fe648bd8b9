import Foundation

/// A pattern of a person's for the lines of a log: a regular expression whose named groups are metrics.
///
/// ```swift
/// let pattern = try LinePattern(#"step (?<step>\d+) loss (?<loss>\S+)"#)
/// let runs = try LogReader.runs(at: "train.log", options: .init(patterns: [pattern]))
/// ```
public struct LinePattern: Sendable, Hashable {
    /// What is wrong with a pattern.
    public struct Invalid: Error, Sendable, Hashable, CustomStringConvertible {
        /// The pattern, what is wrong and what to write.
        public let description: String
    }

    /// The regular expression.
    public let text: String
    private let counter: String

    /// A pattern.
    ///
    /// - Parameter text: A regular expression with a named group that counts, `(?<step>\d+)` (or `iteration`,
    ///   `tokens`, `epoch`), and one or more of metrics, `(?<loss>\S+)`.
    /// - Throws: ``Invalid`` where it is no regular expression, or names no such groups.
    public init(_ text: String) throws(Invalid) {
        do {
            _ = try Regex(text)
        } catch {
            throw Invalid(description: "'\(text)' is no regular expression: \(error)")
        }
        self.text = text
        let names = Self.names(in: text)
        let counters = MetricNames.steps + MetricNames.otherCounts
        guard let counter = counters.first(where: names.contains) else {
            throw Invalid(
                description: "'\(text)' has no group that counts steps; write (?<step>\\d+)")
        }
        guard names.count > 1 else {
            throw Invalid(
                description: "'\(text)' has no group of a metric; write one, as (?<loss>\\S+)")
        }
        self.counter = counter
    }

    /// The names of groups, which begin with `(?<` and a letter: `(?<=` and `(?<!` look behind.
    private static func names(in text: String) -> [String] {
        text.ranges(of: "(?<").compactMap { range in
            let name = text[range.upperBound...].prefix { $0 != ">" }
            return name.first?.isLetter == true ? String(name) : nil
        }
    }

    /// Reads lines by it.
    func matcher() -> Matcher { Matcher(self) }

    /// The compiled pattern.
    struct Matcher {
        private let regex: Regex<AnyRegexOutput>?
        private let counter: String

        fileprivate init(_ pattern: LinePattern) {
            regex = try? Regex(pattern.text).matchingSemantics(.unicodeScalar)
            counter = pattern.counter
        }

        /// Adds what a line says, and tells whether it is of the pattern.
        func read(_ line: String, _ log: inout TextLog) -> Bool {
            guard let match = regex.flatMap({ line.firstMatch(of: $0) }) else { return false }
            var numbers: [(name: String, value: Double)] = []
            for group in match.output {
                guard let name = group.name, let text = group.substring else { continue }
                var scanner = LineScanner(Array(text.utf8)[...])
                scanner.skipSpaces()
                guard let value = scanner.number() else { continue }
                numbers.append((name, value))
            }
            guard let count = numbers.first(where: { $0.name == counter })?.value,
                let step = Int(exactly: count.rounded()), step >= 0, numbers.count > 1
            else { return false }
            log.reach((step, nil))
            for (name, value) in numbers where name != counter { log.add(name, value) }
            return true
        }
    }
}
