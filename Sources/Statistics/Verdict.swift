/// What an interval says of a bound.
public enum Verdict: String, Sendable, Hashable, Codable {
    /// The whole interval lies within the bound.
    case pass = "PASS"
    /// The whole interval lies outside.
    case fail = "FAIL"
    /// It crosses the bound, or there is none.
    case inconclusive = "INCONCLUSIVE"

    /// Judges an interval.
    ///
    /// - Parameters:
    ///   - interval: Where the quantity lies.
    ///   - bounds: Where it should lie.
    public init(_ interval: ClosedRange<Double>, within bounds: ClosedRange<Double>) {
        self =
            bounds.contains(interval.lowerBound) && bounds.contains(interval.upperBound)
            ? .pass : interval.overlaps(bounds) ? .inconclusive : .fail
    }

    /// What parts say together: FAIL if any fails, PASS if all pass and there is one.
    public init(_ parts: [Verdict]) {
        self =
            parts.contains(.fail)
            ? .fail : parts.isEmpty || parts.contains(.inconclusive) ? .inconclusive : .pass
    }
}
