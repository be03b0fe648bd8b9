public import OrderedCollections

/// A run as its logs have it, whatever wrote them.
public struct LoggedRun: Sendable, Hashable {
    /// A value at a step.
    public struct Point: Sendable, Hashable {
        /// The number of updates done.
        public var step: Int
        /// The value, which need not be finite.
        public var value: Double

        /// A value at a step.
        public init(step: Int, value: Double) {
            self.step = step
            self.value = value
        }
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
    /// The number of elements of each parameter, by path; empty where no manifest beside the log says it.
    public var parameterCounts: [String: Int] = [:]
    /// The tokens of one pass over the training data; nil where no manifest beside the log says it.
    public var trainingTokens: Int?
    /// What was not understood, and what was dropped.
    public var notes: [String] = []
    /// The steps to which the run went back, as after a resume, in their order: what stood at those steps and
    /// later is void.
    public var resumeSteps: [Int] { resumedAt.sorted() }
    /// How often steps went back.
    public var resumes: Int { resumedAt.count }

    /// What a table says of a run that did not end, as `crash`, and whose last loss is none; nil of others.
    public var failure: String? {
        words.lazy.filter { ["status", "state"].contains($0.key.lowercased()) }.map(\.value).first {
            Self.failures.contains($0.lowercased())
        }
    }

    private static let failures: Set<String> = [
        "crash", "crashed", "failed", "failure", "killed", "error", "oom", "running", "preempted",
        "preempting", "aborted", "cancelled", "canceled",
    ]

    /// Whether its event file holds settings of the hparams plugin.
    var hasHyperparameters = false

    private var resumedAt: Set<Int> = []
    /// The place in ``series`` of each name that the log has.
    private var places: [String: Int] = [:]
    private let names: MetricAliases

    /// A run without values.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - sources: The files it is read from.
    ///   - names: Names that a person adds to the table of aliases.
    public init(name: String, sources: [String], names: MetricAliases = MetricAliases()) {
        self.name = name
        self.sources = sources
        self.names = names
    }

    /// Adds a value under the name that the log has for it.
    ///
    /// A step at or before the last voids what the metric had from there on: the run was resumed from an
    /// earlier checkpoint, or the step was logged twice.
    public mutating func add(_ original: String, step: Int, value: Double) {
        let place = places[original] ?? place(of: original)
        if let last = series.values[place].last?.step, step <= last {
            if step < last { resumedAt.insert(step) }
            series.values[place].voidSteps(from: step)
        }
        series.values[place].append(Point(step: step, value: value))
    }

    /// Voids what was logged at `step` and later: the run was resumed from there.
    mutating func void(from step: Int) {
        guard let lastStep, lastStep >= step else { return }
        resumedAt.insert(step)
        for place in series.values.indices { series.values[place].voidSteps(from: step) }
    }

    /// Adds a metric that was read as a whole, its steps rising, and the steps to which it went back.
    mutating func take(_ original: String, _ points: [Point], wentBackTo steps: Set<Int>) {
        let place = places[original] ?? place(of: original)
        resumedAt.formUnion(steps)
        if series.values[place].isEmpty {
            series.values[place] = points
        } else {
            for point in points { add(original, step: point.step, value: point.value) }
        }
    }

    /// Whether its log holds settings, and numbers of one step at most.
    var isSettingsAlone: Bool { hasHyperparameters && series.values.allSatisfy { $0.count <= 1 } }

    /// Takes the settings of a log that holds nothing else of the run; what is said already stays.
    mutating func addSettings(of other: LoggedRun) {
        settings.merge(other.settings) { own, _ in own }
        words.merge(other.words) { own, _ in own }
        sources += other.sources
        notes += other.notes
    }

    /// Finds or makes the series of a name that was not met before.
    private mutating func place(of original: String) -> Int {
        var key = names.tag(of: original) ?? original
        if series[key] == nil {
            if key != original { originalNames[key] = original }
        } else if key == original, let alias = originalNames.removeValue(forKey: key) {
            // What has our tag for its name is that; what was taken for it gets its own name back.
            return rename(key, alias, for: original)
        } else {
            // Another name of a tag that is there already keeps its own.
            key = series[original] == nil ? original : original + " (2)"
        }
        let place = newSeries(key, [])
        places[original] = place
        return place
    }

    /// Moves what stands under a tag to the name that it has in the log, and makes the tag anew.
    private mutating func rename(_ tag: String, _ alias: String, for original: String) -> Int {
        let place = series.index(forKey: tag) ?? newSeries(tag, [])
        places[alias] = newSeries(alias, series.values[place])
        series.values[place] = []
        places[original] = place
        return place
    }

    private mutating func newSeries(_ key: String, _ points: [Point]) -> Int {
        series.updateValue(points, forKey: key, insertingAt: series.count).index
    }

    /// The metrics that the table of aliases does not know.
    public var unknownNames: [String] { series.keys.filter { !names.knows($0) } }

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

extension [LoggedRun.Point] {
    /// Removes what stands at `step` and later.
    mutating func voidSteps(from step: Int) {
        while let last, last.step >= step { removeLast() }
    }
}
