/// What a run logged of one metric: steps that rise, with their values.
package struct Curve: Sendable, Hashable {
    /// The steps.
    package private(set) var steps: [Int32] = []
    /// The values, which need not be finite.
    package private(set) var values: [Float] = []
    /// How often what had been logged became void, as after a resume from an earlier checkpoint: what was
    /// read before then is no beginning of this curve.
    package private(set) var epoch = 0

    /// Nothing logged.
    package init() {}

    /// The number of points.
    package var count: Int { steps.count }
    /// The last point.
    package var last: (step: Int, value: Double)? {
        guard let step = steps.last, let value = values.last else { return nil }
        return (Int(step), Double(value))
    }

    /// Adds a point; one at or before the last step voids what stands from there on.
    package mutating func append(step: Int, value: Float) {
        guard let step = Int32(exactly: step) else { return }
        if let last = steps.last, step <= last { void(from: step) }
        steps.append(step)
        values.append(value)
    }

    /// Takes away what stands at a step and later.
    mutating func void(from step: Int) {
        void(from: Int32(clamping: step))
    }

    private mutating func void(from step: Int32) {
        let kept = firstIndex(atOrAfter: step)
        guard kept < steps.count else { return }
        steps.removeLast(steps.count - kept)
        values.removeLast(values.count - kept)
        epoch += 1
    }

    /// The first place whose step is not below one.
    private func firstIndex(atOrAfter step: Int32) -> Int {
        var (low, high) = (0, steps.count)
        while low < high {
            let middle = (low + high) / 2
            if steps[middle] < step { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The places of points that show a stretch of the curve: all of them, or, where they are too many, of each
    /// of `buckets` equal stretches of steps the first, the lowest, the highest, the last and the first that is
    /// not finite.
    ///
    /// - Parameters:
    ///   - range: The steps to show; the neighbours outside are kept, so that lines reach the frame.
    ///   - buckets: Stretches, at least one.
    /// - Returns: Places, ascending; at most `5 * buckets + 2`.
    package func places(in range: ClosedRange<Int>? = nil, buckets: Int) -> [Int] {
        precondition(buckets > 0, "Curve.places: \(buckets) buckets")
        guard !steps.isEmpty else { return [] }
        var (first, end) = (0, steps.count)
        if let range {
            first = max(firstIndex(atOrAfter: Int32(clamping: range.lowerBound)) - 1, 0)
            let last = Int32(clamping: range.upperBound)
            end = last == .max ? steps.count : firstIndex(atOrAfter: last + 1)
            end = min(end + 1, steps.count)
        }
        guard end - first > 5 * buckets else { return Array(first..<end) }
        let start = Int(steps[first])
        let span = max(Int(steps[end - 1]) - start, 1)
        var places: [Int] = []
        var bucket = Bucket(first)
        for index in first..<end {
            let number = min((Int(steps[index]) - start) * buckets / span, buckets - 1)
            if number != bucket.number, index > first {
                bucket.close(into: &places)
                bucket = Bucket(index)
            }
            bucket.number = number
            bucket.take(index, values[index])
        }
        bucket.close(into: &places)
        return places
    }

    /// A stretch of steps.
    private struct Bucket {
        var number = 0
        private let first: Int
        private var last: Int
        private var lowest: (place: Int, value: Float)?
        private var highest: (place: Int, value: Float)?
        private var broken: Int?

        init(_ place: Int) {
            first = place
            last = place
        }

        mutating func take(_ place: Int, _ value: Float) {
            last = place
            guard value.isFinite else {
                broken = broken ?? place
                return
            }
            if value < lowest?.value ?? .infinity { lowest = (place, value) }
            if value > highest?.value ?? -.infinity { highest = (place, value) }
        }

        func close(into places: inout [Int]) {
            let own = Set([first, lowest?.place, highest?.place, broken, last].compactMap(\.self))
            places += own.sorted()
        }
    }
}
