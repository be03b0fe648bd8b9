import Formats

/// The columns of a table with a row a step, filled row by row.
struct TableColumns {
    /// A metric of a run.
    struct Series {
        let owner: String
        let metric: String
        var points: [LoggedRun.Point] = []
        /// The steps to which it went back.
        var wentBackTo: Set<Int> = []

        /// Adds a value; a step at or before the last voids what stands from there on.
        mutating func append(_ step: Int, _ value: Double) {
            if let last = points.last?.step, step <= last {
                if step < last { wentBackTo.insert(step) }
                points.voidSteps(from: step)
            }
            points.append(LoggedRun.Point(step: step, value: value))
        }
    }

    /// The metrics, in the order of their columns.
    private(set) var series: [Series] = []
    /// Rows that say no step.
    private(set) var unread = 0
    /// Rows that were read.
    private(set) var rows = 0
    /// Whether the last row ends within a quote.
    private(set) var isUnclosed = false
    /// The column that counts steps.
    let step: Int
    private let separator: UInt8
    /// What a row holds, before it is known to be whole.
    private var found: [(place: Int, value: Double)] = []
    /// For each column the place of its metric, or -1 where it is not read.
    private var places: [Int]
    private var known: [[String]: Int] = [:]

    /// The metrics of a table whose names of columns are these; nil where none counts steps.
    ///
    /// - Parameters:
    ///   - head: The table's first row.
    ///   - name: The run that metrics are of where their names say none.
    init?(_ head: DelimitedTable, name: String) {
        let lower = head.columns.map { $0.lowercased() }
        let counts = MetricNames.steps + MetricNames.otherCounts
        guard let step = counts.lazy.compactMap({ lower.firstIndex(of: $0) }).first else {
            return nil
        }
        (self.step, separator) = (step, head.separator)
        places = Array(repeating: -1, count: head.columns.count)
        for (index, title) in head.columns.enumerated() where index != step {
            let isCount = counts.contains(lower[index]) && !MetricNames.isEpoch(lower[index])
            guard !isCount, !title.hasSuffix("__MIN"), !title.hasSuffix("__MAX") else { continue }
            let (owner, metric) = Self.split(title, name)
            keep(index, owner: owner, metric: metric)
        }
    }

    /// The run and the metric of a column of W&B's exports.
    private static func split(_ title: String, _ name: String) -> (String, String) {
        guard let range = title.ranges(of: " - ").last else { return (name, title) }
        return (String(title[..<range.lowerBound]), String(title[range.upperBound...]))
    }

    /// Makes room for so many rows, as far as a file of `size` bytes may fill it.
    mutating func reserve(rows: Int, of size: Int) {
        let (count, overflow) = rows.multipliedReportingOverflow(by: series.count)
        // A value takes two bytes of the file at least, and a point sixteen.
        guard !overflow, count <= size / 2 else { return }
        for place in series.indices { series[place].points.reserveCapacity(rows + rows / 16) }
    }

    /// Takes a column for a metric; several may be one.
    private mutating func keep(_ column: Int, owner: String, metric: String) {
        let place = known[[owner, metric], default: series.count]
        if place == series.count { series.append(Series(owner: owner, metric: metric)) }
        known[[owner, metric]] = place
        places[column] = place
    }

    /// Reads rows.
    ///
    /// - Parameters:
    ///   - bytes: Rows one behind the other.
    ///   - start: Where the first begins.
    ///   - isLast: Whether the last row is whole though no line feed ends it.
    /// - Returns: Where the first row begins that is not whole, or the end.
    mutating func read(_ bytes: [UInt8], from start: Int, isLast: Bool) -> Int {
        var scanner = TableScanner(bytes, from: start, separator: separator)
        let endsLine = bytes.last == UInt8(ascii: "\n")
        while !scanner.isAtEnd {
            let begin = scanner.position
            found.removeAll(keepingCapacity: true)
            var count: Double?
            var isBlank = true
            var column = 0
            repeat {
                switch scanner.next() {
                case .empty: break
                case .text: isBlank = false
                case .number(let value):
                    isBlank = false
                    if column == step {
                        count = value
                    } else if column < places.count, places[column] >= 0 {
                        found.append((places[column], value))
                    }
                }
                column += 1
            } while !scanner.isRowEnd
            if scanner.isAtEnd, !isLast, !endsLine || scanner.isUnclosed { return begin }
            rows += 1
            if isBlank { continue }
            guard let count, let at = Int(exactly: count.rounded()) else {
                unread += 1
                continue
            }
            for (place, value) in found { series[place].append(at, value) }
        }
        isUnclosed = scanner.isUnclosed
        return bytes.count
    }
}
