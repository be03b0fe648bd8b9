import Foundation

/// Where ticks stand.
package enum Ticks {
    /// The powers of ten in a range; every second or third where there are more than nine.
    package static func decades(in range: ClosedRange<Double>) -> [Double] {
        guard range.lowerBound > 0, range.upperBound.isFinite else { return [] }
        let first = Int(log10(range.lowerBound).rounded(.up))
        let last = Int(log10(range.upperBound).rounded(.down))
        guard first <= last else { return [] }
        return stride(from: first, through: last, by: (last - first) / 9 + 1).map(power)
    }

    /// Round numbers in a range of ratios below a few thousand, close enough to read a value off.
    package static func round(in range: ClosedRange<Double>) -> [Double] {
        guard range.lowerBound > 0, range.upperBound.isFinite else { return [] }
        let ratio = range.upperBound / range.lowerBound
        let mantissas: [Double] =
            switch ratio {
            case 30...: [1, 2, 5]
            case 2.2...: [1, 1.5, 2, 3, 4, 5, 7]
            default: [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 7, 8, 9]
            }
        let first = Int(log10(range.lowerBound).rounded(.down))
        let last = Int(log10(range.upperBound).rounded(.up))
        return (first...last).flatMap { exponent in
            mantissas.map { NumberText.rounded($0 * power(exponent)) }
        }.filter(range.contains)
    }

    /// A range about some numbers with the same room on both sides of a logarithmic axis, on which those that
    /// are not above zero have no place.
    package static func room(about values: [Double], factor: Double) -> ClosedRange<Double> {
        let shown = values.filter { $0 > 0 && $0.isFinite }
        return range(
            rounding: (shown.min() ?? 1) / factor, (shown.max() ?? 1) * factor)
    }

    /// A range above zero, whatever its ends: a loss may be 0, and the largest number has none above it.
    private static func range(rounding low: Double, _ high: Double) -> ClosedRange<Double> {
        let least = 1e-300, most = 1e300
        let from = low > least ? min(NumberText.rounded(low), most) : least
        let to = high < most ? NumberText.rounded(high) : most
        return from...max(from, to)
    }

    /// The axis of the learning rates: ticks at decades, or at the learning rates themselves where
    /// fewer than two decades show.
    package static func learningRate(_ rates: [Double]) -> Channel {
        let range = room(about: rates, factor: 1.3)
        let decades = decades(in: range)
        let ticks = decades.count > 1 ? decades : rates
        return .position(
            "learning_rate", title: "peak learning rate", scale: .logarithmic(range),
            axis: Axis(values: ticks, labels: .scientific))
    }

    /// The range of a logarithmic axis whose upper end leaves so many pixels free above `top`.
    package static func range(
        from bottom: Double, to top: Double, height: Double, free: Double
    ) -> ClosedRange<Double> {
        let share = min(free / height, 0.5)
        guard bottom > 0, bottom.isFinite else {
            // What is not above zero has no place: three decades below the top, if that has one.
            guard top > 0, top.isFinite else { return range(rounding: 1e-3, 1) }
            return range(from: top / 1000, to: top, height: height, free: free)
        }
        let end = top > bottom ? exp(log(bottom) + log(top / bottom) / (1 - share)) : bottom
        return range(rounding: bottom, max(end, bottom * 1.01))
    }

    /// A power of ten, as its decimal digits give it.
    package static func power(_ exponent: Int) -> Double { Double("1e\(exponent)") ?? .nan }
}
