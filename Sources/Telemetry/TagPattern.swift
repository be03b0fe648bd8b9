/// A tag with `*` in it, each of which stands for any letters but `/`: `attn/*/max_logit`.
public struct TagPattern: Sendable, Hashable {
    /// The pattern.
    public let text: String
    /// What all its tags begin with.
    private let start: String

    /// Names a pattern; one without `*` is of one tag.
    public init(_ text: String) {
        self.text = text
        start = String(text.prefix { $0 != "*" })
    }

    /// Whether a tag is of the pattern.
    public func matches(_ tag: String) -> Bool { places(in: tag) != nil }

    /// What stands for each `*` in a tag, the shortest that fits from the left.
    ///
    /// - Parameter tag: A tag.
    /// - Returns: Nil for a tag that is not of the pattern.
    public func places(in tag: String) -> [String]? {
        guard tag.hasPrefix(start) else { return nil }
        return Self.places(Array(tag.utf8)[...], Array(text.utf8)[...])?
            .map { String(decoding: $0, as: UTF8.self) }
    }

    private static func places(
        _ tag: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>
    ) -> [ArraySlice<UInt8>]? {
        let (star, slash) = (UInt8(ascii: "*"), UInt8(ascii: "/"))
        let literal = pattern.prefix { $0 != star }
        guard tag.starts(with: literal) else { return nil }
        let rest = tag.dropFirst(literal.count)
        let next = pattern.dropFirst(literal.count + 1)
        guard literal.count < pattern.count else { return rest.isEmpty ? [] : nil }
        var end = rest.startIndex
        while true {
            if let others = places(rest[end...], next) { return [rest[..<end]] + others }
            guard end < rest.endIndex, rest[end] != slash else { return nil }
            end += 1
        }
    }

    /// The tag with these places.
    func tag(_ places: [String]) -> String {
        let parts = text.split(separator: "*", omittingEmptySubsequences: false)
        precondition(
            parts.count == places.count + 1, "\(text) has \(parts.count - 1) places: \(places)")
        return zip(parts, places + [""]).map { String($0) + $1 }.joined()
    }
}
