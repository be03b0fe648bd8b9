/// Where a probability that rises with its argument reaches a value.
enum Bisection {
    /// The place at or above 0 where a rising function reaches `value`.
    ///
    /// Found by halving an interval until it holds no number between its ends, so equal arguments give
    /// equal bits.
    ///
    /// - Parameters:
    ///   - value: What is to be reached.
    ///   - function: Rises from at most `value` at 0 to above it.
    /// - Returns: The place.
    static func place(of value: Double, _ function: (Double) -> Double) -> Double {
        var (low, high) = (0.0, 1.0)
        while function(high) < value { (low, high) = (high, high * 2) }
        while true {
            let middle = low + (high - low) / 2
            if middle <= low || middle >= high { return middle }
            if function(middle) < value { low = middle } else { high = middle }
        }
    }
}
