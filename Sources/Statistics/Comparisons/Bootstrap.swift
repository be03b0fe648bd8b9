public import Tensors

/// Draws with repetition from what was measured.
public enum Bootstrap {
    /// Indices of a draw.
    ///
    /// - Parameters:
    ///   - count: How many there are to draw from, and how many are drawn; above 0.
    ///   - draw: The number of the draw.
    ///   - key: The randomness: the same key and number, the same draw.
    /// - Returns: Indices below `count`, with repetition.
    public static func indices(_ count: Int, draw: Int, key: RandomKey) -> [Int] {
        let own = key.split(draw)
        return (0..<count).map { Int(own.words(at: UInt64($0))[0] % UInt32(count)) }
    }

    /// The standard deviation of the mean of a sample, over draws from it.
    ///
    /// For plain means this approaches `√((n − 1)/n) · s/√n`, with which tests compare it.
    ///
    /// - Parameters:
    ///   - values: The sample.
    ///   - draws: How often.
    ///   - key: The randomness.
    /// - Returns: Nil for fewer than two values.
    public static func deviationOfMean(
        of values: [Double], draws: Int = 1000, key: RandomKey
    ) -> Double? {
        guard values.count > 1 else { return nil }
        return Descriptive.standardDeviation(
            of: (0..<draws).compactMap { draw in
                Descriptive.mean(
                    of: indices(values.count, draw: draw, key: key).map { values[$0] })
            })
    }

    /// The quantiles of a statistic over draws of seeds, leaving out the same share on both sides.
    ///
    /// - Parameters:
    ///   - count: The number of seeds.
    ///   - confidence: The share between the quantiles.
    ///   - draws: How often.
    ///   - key: The randomness.
    ///   - statistic: The statistic of a draw; draws without one are left out.
    /// - Returns: Nil where no draw has a statistic.
    public static func interval(
        seeds count: Int, confidence: Double = 0.95, draws: Int = 1000, key: RandomKey,
        _ statistic: ([Int]) -> Double?
    ) -> ClosedRange<Double>? {
        let values = (0..<draws).compactMap { statistic(indices(count, draw: $0, key: key)) }
        let tail = (1 - confidence) / 2
        guard let low = Descriptive.quantile(tail, of: values),
            let high = Descriptive.quantile(1 - tail, of: values), low <= high
        else { return nil }
        return low...high
    }
}
