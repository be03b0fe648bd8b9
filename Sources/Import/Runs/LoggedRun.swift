public import OrderedCollections

/// A run as its logs have it, whatever wrote them.
public struct LoggedRun: Sendable, Hashable {
    /// A value at a step.
    public struct Point: Sendable, Hashable {
        /// The number of updates done.
        public var step: Int
        /// The value, which need not be finite.
        public var value: Double
    }

    /// Its name: that of its folder or file, or of its column.
    public var name: String
    /// The files it was read from.
    public var sources: [String]
    /// The values of each metric by our tag, or by its own name where the table of aliases has none; steps
    /// rise.
    public private(set) var series: OrderedDictionary<String, [Point]> = [:]
    /// What a tag was called in the log, where that differs.
    public private(set) var originalNames: [String: String] = [:]
    /// Settings that the log says: learning rate, width and their like.
    public var settings: OrderedDictionary<String, Double> = [:]
    /// Settings that are no numbers, as the name of an optimizer.
    public var words: OrderedDictionary<String, String> = [:]
    /// What was not understood, and what was dropped.
    public var notes: [String] = []
    /// How often steps went back, as after a resume: what stood at those steps before is void.
    public private(set) var resumes = 0

    /// The step at which each metric went back last.
    private var resumedAt: Set<Int> = []

    /// A run without values.
    public init(name: String, sources: [String]) {
        self.name = name
        self.sources = sources
    }

    /// Adds a value under the name that the log has for it.
    ///
    /// A step at or before the last voids what the metric had from there on: the run was resumed from an
    /// earlier checkpoint, or the step was logged twice.
    public mutating func add(_ original: String, step: Int, value: Double) {
        let tag = MetricNames.tag(of: original) ?? original
        if tag != original, originalNames[tag] == nil { originalNames[tag] = original }
        // Another name of a tag that is there already keeps its own.
        let key = originalNames[tag].map { $0 == original ? tag : original } ?? tag
        if let last = series[key]?.last?.step, step <= last {
            if step < last, resumedAt.insert(step).inserted { resumes += 1 }
            series[key]?.removeAll { $0.step >= step }
        }
        series[key, default: []].append(Point(step: step, value: value))
    }

    /// The metrics that the table of aliases does not know.
    public var unknownNames: [String] { series.keys.filter { MetricNames.tag(of: $0) == nil } }

    /// The last step of any metric.
    public var lastStep: Int? { series.values.compactMap { $0.last?.step }.max() }

    /// The series whose tags begin and end so, with what stands between.
    public func series(from prefix: String, to suffix: String) -> [(name: String, points: [Point])]
    {
        series.compactMap { tag, points in
            guard tag.hasPrefix(prefix), tag.hasSuffix(suffix),
                tag.count > prefix.count + suffix.count
            else { return nil }
            return (String(tag.dropFirst(prefix.count).dropLast(suffix.count)), points)
        }
    }
}
