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
    private let step: Int
    /// For each column the place of its metric, or -1 where it is not read.
    private var places: [Int]
    private var known: [[String]: Int] = [:]

    init(count: Int, step: Int) {
        self.step = step
        places = Array(repeating: -1, count: count)
    }

    /// Takes a column for a metric; several may be one.
    mutating func keep(_ column: Int, owner: String, metric: String) {
        let place = known[[owner, metric], default: series.count]
        if place == series.count { series.append(Series(owner: owner, metric: metric)) }
        known[[owner, metric]] = place
        places[column] = place
    }

    /// Reads the rows of a table.
    ///
    /// - Returns: False where a quote is never closed.
    mutating func read(_ bytes: [UInt8], from start: Int, separator: UInt8) -> Bool {
        var scanner = TableScanner(bytes, from: start, separator: separator)
        var found: [(place: Int, value: Double)] = []
        while !scanner.isAtEnd {
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
            if isBlank { continue }
            guard let count, let at = Int(exactly: count.rounded()) else {
                unread += 1
                continue
            }
            for (place, value) in found { series[place].append(at, value) }
        }
        return !scanner.isUnclosed
    }
}
