/// What a run logged of one metric, in the order of steps.
///
/// ```swift
/// let losses = row.series[.trainLoss] ?? []
/// ```
public struct Series: Sendable, Hashable, RandomAccessCollection, ExpressibleByArrayLiteral {
    /// A logged number.
    public struct Point: Sendable, Hashable {
        /// The optimizer step after which it was read.
        public var step: Int
        /// The number.
        public var value: Double

        public init(step: Int, value: Double) {
            self.step = step
            self.value = value
        }
    }

    /// The points.
    public var points: [Point]

    /// Creates a series.
    ///
    /// - Parameter points: The points, in the order of steps.
    public init(_ points: some Sequence<Point>) { self.points = Array(points) }

    /// Creates a series of these points.
    public init(arrayLiteral points: Point...) { self.points = points }

    /// The place of the first point.
    public var startIndex: Int { points.startIndex }
    /// The place behind the last point.
    public var endIndex: Int { points.endIndex }
    /// A point.
    public subscript(index: Int) -> Point { points[index] }

    /// The largest finite value of several series at each step that any of them has.
    public static func largest(of all: some Sequence<Series>) -> Series {
        var largest: [Int: Double] = [:]
        for point in all.flatMap(\.points) where point.value.isFinite {
            largest[point.step] = Swift.max(largest[point.step] ?? point.value, point.value)
        }
        return Series(
            largest.sorted { $0.key < $1.key }.map { Point(step: $0.key, value: $0.value) })
    }
}

extension [Metric: Series] {
    /// Series by the tags of event files.
    public init(tags: [String: [Series.Point]]) {
        self = tags.reduce(into: [:]) { $0[Metric(tag: $1.key)] = Series($1.value) }
    }

    /// The series of a family, in the order of their tags.
    public subscript(family: MetricFamily) -> [(metric: Metric, series: Series)] {
        filter { family.contains($0.key) }.sorted { $0.key.tag < $1.key.tag }
            .map { ($0.key, $0.value) }
    }
}
