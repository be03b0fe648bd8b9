public import Formats
public import OrderedCollections
public import Runs

/// The runs of a sweep, a row each, whoever trained them: what every study, forecast and report reads.
///
/// ```swift
/// let table = try SweepFolder("out/sweep").read()
/// for (size, runs) in table.grouped(by: .width) {
///     print(size, runs.points().map { ($0.learningRate, $0.usableLosses) })
/// }
/// ```
///
/// What runs logged is read from their folders when it is asked for, and no more of it is kept than
/// ``RunSeries/keptPoints`` points, however many rows there are.
public struct RunTable: Sendable {
    /// The study's name.
    public var name: String
    /// What is swept, in the order of the study.
    public var axes: [Axis]
    /// The runs, in the order of the grid.
    public var rows: [RunRow]
    private let seconds: Double?

    /// Creates a table.
    ///
    /// - Parameters:
    ///   - name: The study's name.
    ///   - axes: The swept key paths, in order.
    ///   - rows: The runs.
    ///   - wallSeconds: What training took; nil to read it from what runs logged.
    public init(name: String, axes: [String], rows: [RunRow], wallSeconds: Double? = nil) {
        self.name = name
        self.axes = axes.map(Axis.init(key:))
        self.rows = rows
        seconds = wallSeconds
    }

    /// The row of a name.
    public subscript(name: String) -> RunRow? { rows.first { $0.name == name } }

    /// Rows by their names.
    public var byName: [String: RunRow] {
        Dictionary(rows.map { ($0.name, $0) }) { first, _ in first }
    }

    /// Some of the rows, by their places.
    public func selecting(_ places: [Int]) -> RunTable {
        var table = self
        table.rows = places.map { rows[$0] }
        return table
    }

    /// The rows of this plan with how far each is, what it came to and what it logged.
    ///
    /// - Parameter read: A table that was read; its rows are found by name.
    /// - Returns: The rows of the plan.
    public func filled(from read: RunTable) -> RunTable {
        let known = read.byName
        var table = self
        for index in rows.indices {
            guard let row = known[rows[index].name] else { continue }
            table.rows[index].state = row.state
            table.rows[index].result = row.result
            table.rows[index].series = row.series
        }
        return table
    }

    /// Rows that have the same values along some axes, in the order in which they come.
    public func grouped(by axes: Axis...) -> OrderedDictionary<[SettingValue?], RunTable> {
        OrderedDictionary(grouping: rows) { row in axes.map { row[$0] } }.mapValues { rows in
            var table = self
            table.rows = rows
            return table
        }
    }

    /// The learning rates, ascending.
    public var learningRates: [Double] { Set(rows.compactMap(\.learningRate)).sorted() }

    /// The seeds, in the order in which they come.
    public var replicates: [Replicate] { Array(OrderedSet(rows.map(\.replicate))) }

    /// Seconds during which at least one run was being trained.
    public var wallSeconds: Double {
        seconds ?? RunSeries.covered(by: rows.flatMap(\.series.sessions))
    }

    /// Runs whose log was asked for and could not be read, with what the file system refused.
    public var failures: [(run: String, error: FormatError)] {
        rows.compactMap { row in row.series.failure.map { (row.name, $0) } }
    }

    /// Checks that all that was asked for of what runs logged could be read.
    ///
    /// - Throws: What the file system refused first.
    public func requireReadable() throws {
        if let first = failures.first { throw first.error }
    }
}

extension RunTable {
    /// The runs of one learning rate, one for each seed.
    public struct RatePoint: Sendable {
        /// The peak learning rate.
        public let learningRate: Double
        /// One for each seed; nil where the table has no such run.
        public let rows: [RunRow?]

        public init(learningRate: Double, rows: [RunRow?]) {
            self.learningRate = learningRate
            self.rows = rows
        }

        /// Runs without a result.
        public var missing: Int { rows.count { $0?.result == nil } }
        /// The final loss of each seed, nil where it diverged or has no result.
        public var finalLosses: [Double?] { rows.map { $0?.finalLoss } }
        /// The final loss of each seed, nil too where it ended above its start.
        public var usableLosses: [Double?] { rows.map { $0?.usableLoss } }
        /// Runs that diverged or ended above their start.
        public var diverged: Int { usableLosses.count { $0 == nil } - missing }
    }

    /// The runs by learning rate and seed.
    ///
    /// - Parameters:
    ///   - rates: The learning rates; those of the table when nil.
    ///   - replicates: The seeds; those of the table when nil.
    /// - Returns: A point for each learning rate, in their order, each with the first row of each seed.
    public func points(
        _ rates: [Double]? = nil, _ replicates: [Replicate]? = nil
    ) -> [RatePoint] {
        struct Place: Hashable {
            var rate: Double?
            var replicate: Replicate
        }
        var known: [Place: RunRow] = [:]
        for row in rows {
            let place = Place(rate: row.learningRate, replicate: row.replicate)
            if known[place] == nil { known[place] = row }
        }
        let replicates = replicates ?? self.replicates
        return (rates ?? learningRates).map { rate in
            RatePoint(
                learningRate: rate,
                rows: replicates.map { known[Place(rate: rate, replicate: $0)] })
        }
    }
}
