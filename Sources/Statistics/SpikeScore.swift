/// The share of a series that leaps out of what came before it.
///
/// A value is a spike when it is at least so many standard deviations from the mean of the values before
/// it, up to a window of them. OLMo 2 (arXiv 2501.00656) scores losses and gradient norms like this, with
/// seven deviations and a window of 1000.
public enum SpikeScore {
    /// The share of spikes.
    ///
    /// - Parameters:
    ///   - values: The series, in order; a value that is not finite is a spike and is left out of later
    ///     windows.
    ///   - window: The most values before one that it is compared with.
    ///   - deviations: How far away a spike is.
    ///   - warmup: How many finite values there are before the first that is judged, at least two.
    /// - Returns: From 0 to 1, of the values that were judged; nil when none was.
    /// - Precondition: `window ≥ warmup ≥ 2`.
    public static func share(
        of values: [Double], window: Int = 1000, deviations: Double = 7, warmup: Int = 20
    ) -> Double? {
        precondition(
            window >= warmup && warmup >= 2,
            "SpikeScore: a window of \(window) after \(warmup) values")
        var before: [Double] = []
        var (spikes, judged) = (0, 0)
        for value in values {
            if before.count >= warmup, let mean = Descriptive.mean(of: before),
                let deviation = Descriptive.standardDeviation(of: before)
            {
                judged += 1
                let distance = (value - mean).magnitude
                if !value.isFinite || distance >= deviations * deviation && distance > 0 {
                    spikes += 1
                }
            }
            guard value.isFinite else { continue }
            before.append(value)
            if before.count > window { before.removeFirst() }
        }
        return judged == 0 ? nil : Double(spikes) / Double(judged)
    }
}
