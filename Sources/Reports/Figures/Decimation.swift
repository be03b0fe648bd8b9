package import Telemetry

/// Thins a long series so that a figure stays small and still shows each spike.
package enum Decimation {
    /// Keeps, of each of so many equal stretches of steps, the lowest and the highest point, and the
    /// first and the last point of all.
    ///
    /// - Parameters:
    ///   - points: A series in the order of steps; points that are not finite are left out.
    ///   - buckets: The number of stretches, at least one.
    /// - Returns: At most `2 * buckets + 2` points in the order of steps.
    package static func extremes(
        of points: Series, buckets: Int
    ) -> Series {
        let finite = Series(points.filter(\.value.isFinite))
        guard finite.count > 2 * buckets, let first = finite.first, let last = finite.last,
            last.step > first.step
        else { return finite }
        var kept: Set<Int> = [0, finite.count - 1]
        var bucket = 0
        var lowest = 0
        var highest = 0
        for index in finite.indices {
            let place = finite[index].step - first.step
            let current = min(place * buckets / (last.step - first.step), buckets - 1)
            if current != bucket {
                kept.formUnion([lowest, highest])
                (bucket, lowest, highest) = (current, index, index)
            }
            if finite[index].value < finite[lowest].value { lowest = index }
            if finite[index].value > finite[highest].value { highest = index }
        }
        kept.formUnion([lowest, highest])
        return Series(kept.sorted().map { finite[$0] })
    }

    /// The stretches for each of so many series, such that a figure has some six thousand points.
    package static func buckets(series count: Int) -> Int {
        min(200, max(16, 3000 / max(count, 1)))
    }
}
