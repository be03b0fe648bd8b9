/// Where the number of a finding should lie.
public enum FindingExpectation: Sendable, Hashable {
    /// Above, the limit left out.
    case above(Double)
    /// Below, the limit left out.
    case below(Double)
    /// Between, the limits included.
    case within(ClosedRange<Double>)

    /// What an interval says of it.
    ///
    /// - Parameter interval: Where the number lies.
    /// - Returns: `agrees` where the whole interval lies as expected, `disagrees` where none of it does.
    public func answer(_ interval: ClosedRange<Double>) -> FindingAnswer {
        let (low, high) = (interval.lowerBound, interval.upperBound)
        return switch self {
        case .above(let limit): low > limit ? .agrees : high <= limit ? .disagrees : .cannotSay
        case .below(let limit): high < limit ? .agrees : low >= limit ? .disagrees : .cannotSay
        case .within(let range):
            range.contains(low) && range.contains(high)
                ? .agrees : range.overlaps(interval) ? .cannotSay : .disagrees
        }
    }

    /// The limit nearest to a number, on a logarithmic scale where asked.
    func nearestLimit(to value: Double) -> Double {
        switch self {
        case .above(let limit), .below(let limit): limit
        case .within(let range):
            value - range.lowerBound < range.upperBound - value
                ? range.lowerBound : range.upperBound
        }
    }

    /// The ends of what is expected; nil where it has none.
    var limits: (low: Double?, high: Double?) {
        switch self {
        case .above(let limit): (limit, nil)
        case .below(let limit): (nil, limit)
        case .within(let range): (range.lowerBound, range.upperBound)
        }
    }

    /// The expectation in words.
    public var text: String {
        switch self {
        case .above(let limit): "above \(FindingText.number(limit))"
        case .below(let limit): "below \(FindingText.number(limit))"
        case .within(let range):
            "\(FindingText.number(range.lowerBound)) to \(FindingText.number(range.upperBound))"
        }
    }
}

/// What runs say of a published finding.
public enum FindingAnswer: String, Sendable, Hashable, Codable, CaseIterable {
    /// The whole interval lies where the finding puts it.
    case agrees
    /// None of the interval does.
    case disagrees
    /// The interval reaches over a limit, or there is no number.
    case cannotSay = "cannot say"
}
