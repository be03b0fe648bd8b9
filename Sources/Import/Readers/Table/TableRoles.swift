/// What the columns of a table with a row a step are.
struct TableRoles {
    /// The metrics, and the runs that they are of where the names of columns say these.
    private(set) var metrics: [(owner: String, metric: String)] = []
    /// For each column the place of its metric, or -1 where it is none.
    private(set) var places: [Int]
    /// The column that counts steps.
    let step: Int
    /// The name of that column.
    let stepName: String
    /// Whether it counts updates, and not epochs or tokens.
    let countsUpdates: Bool
    /// Whether it counts epochs.
    let countsEpochs: Bool
    /// The column that says whose the row is; nil where the whole table is of one run.
    private(set) var owner: Int?
    /// The column that names the metric whose value stands in another; nil where each has a column.
    private(set) var metric: Int?
    /// The run that metrics are of where nothing else is said.
    let name: String

    private static let owners = [
        "run", "run_id", "run_name", "runid", "run id", "run name", "experiment", "experiment_id",
        "experiment_name", "exp", "exp_name", "trial", "trial_id", "job", "job_id", "dir_name",
    ]
    private static let metricColumns = ["metric", "tag", "variable", "key", "metric_name"]
    /// What tells the time of a row, beside which runs do not stand in rows.
    static let times: Set<String> = [
        "time", "timestamp", "wall time", "walltime", "wall_time", "date", "datetime", "_timestamp",
        "relative time (process)", "relative time (wall)", "_runtime",
    ]

    /// Sorts columns; nil where none counts steps.
    init?(_ columns: [String], name: String) {
        let lower = columns.map { $0.lowercased() }
        let counts = MetricNames.steps + MetricNames.otherCounts
        let said = counts.lazy.compactMap { lower.firstIndex(of: $0) }.first
        guard let step = said ?? Self.index(lower) else { return nil }
        self.step = step
        self.name = name
        stepName = columns[step]
        countsUpdates = said == nil || MetricNames.steps.contains(lower[step])
        countsEpochs = MetricNames.isEpoch(lower[step])
        places = Array(repeating: -1, count: columns.count)
        owner = Self.owners.lazy.compactMap { lower.firstIndex(of: $0) }.first { $0 != step }
        let value = lower.firstIndex(of: "value")
        if let value,
            let metric = Self.metricColumns.lazy.compactMap({ lower.firstIndex(of: $0) }).first
        {
            self.metric = metric
            metrics = [(name, "value")]
            places[value] = 0
            return
        }
        // TensorBoard's download of a curve, `run-NAME-tag-train_loss.csv`.
        let tag = lower == ["wall time", "step", "value"] ? Self.tag(name) : nil
        var known: [[String]: Int] = [:]
        for (index, title) in columns.enumerated() where index != step && index != owner {
            let isCount = counts.contains(lower[index]) && !MetricNames.isEpoch(lower[index])
            guard !isCount, !Self.isUnnamed(lower[index]), !title.hasSuffix("__MIN"),
                !title.hasSuffix("__MAX"), tag == nil || index == value
            else { continue }
            let (run, metric) = tag ?? Self.split(title, name)
            // Beside each metric W&B exports the step of its run.
            let count = metric.lowercased()
            guard run == name || !counts.contains(count) || MetricNames.isEpoch(count) else {
                continue
            }
            let place = known[[run, metric], default: metrics.count]
            if place == metrics.count { metrics.append((run, metric)) }
            known[[run, metric]] = place
            places[index] = place
        }
    }

    /// The run and the metric of a column of W&B's exports.
    private static func split(_ title: String, _ name: String) -> (String, String) {
        guard let range = title.ranges(of: " - ").last else { return (name, title) }
        return (String(title[..<range.lowerBound]), String(title[range.upperBound...]))
    }

    /// The run and the metric of `run-NAME-tag-METRIC`.
    private static func tag(_ name: String) -> (String, String)? {
        guard name.hasPrefix("run-"), let range = name.ranges(of: "-tag-").last else { return nil }
        let run = name[..<range.lowerBound].dropFirst(4)
        return (run.isEmpty ? name : String(run), String(name[range.upperBound...]))
    }

    private static func isUnnamed(_ title: String) -> Bool {
        title.isEmpty || title.hasPrefix("unnamed: ")
    }

    /// The column without a name that pandas writes for its index, where all beside it are metrics and it can count
    /// nothing but steps.
    private static func index(_ lower: [String]) -> Int? {
        guard let first = lower.first, isUnnamed(first), lower.count > 1,
            lower.dropFirst().allSatisfy({
                MetricNames.tag(of: $0) != nil && SettingNames.keyPath(of: $0) == nil
            })
        else { return nil }
        return 0
    }
}
