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
    /// What the first of them says in place of one.
    private(set) var unreadStep = ""
    /// Rows that were read.
    private(set) var rows = 0
    /// Rows whose step is below that of the row before.
    private(set) var fallen = 0
    /// Whether the last row ends within a quote.
    private(set) var isUnclosed = false
    /// Whether the last row is cut off, and left out.
    private(set) var isCut = false
    /// Whether what counts is no whole number, so that rows are numbered.
    private(set) var hasNumberedRows = false
    /// The names of the columns.
    let roles: TableRoles
    private let separator: UInt8
    /// What a row holds, before it is known to be whole.
    private var found: [(place: Int, value: Double)] = []
    private var lastStep = Int.min
    /// The places of a run's metrics in ``series``, by that of their column, or -1; of tables that name runs.
    private var places: [String: [Int]] = [:]
    private var melted: [[String]: Int] = [:]
    /// What counts in each row, and the row's run, where that is not updates.
    private var counts: [(owner: String, value: Double)] = []

    /// The metrics of a table whose names of columns are these; nil where none counts steps.
    ///
    /// - Parameters:
    ///   - head: The table's first row.
    ///   - name: The run that metrics are of where their names say none.
    init?(_ head: DelimitedTable, name: String) {
        guard let roles = TableRoles(head.columns, name: name) else { return nil }
        self.roles = roles
        separator = head.separator
        guard roles.owner == nil, roles.metric == nil else { return }
        series = roles.metrics.map { Series(owner: $0.owner, metric: $0.metric) }
    }

    /// Makes room for so many rows, as far as a file of `size` bytes may fill it.
    mutating func reserve(rows: Int, of size: Int) {
        let (count, overflow) = rows.multipliedReportingOverflow(by: series.count)
        // A value takes two bytes of the file at least, and a point sixteen.
        guard !overflow, count <= size / 2 else { return }
        for place in series.indices { series[place].points.reserveCapacity(rows + rows / 16) }
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
        let (step, width) = (roles.step, roles.places.count)
        while !scanner.isAtEnd {
            let begin = scanner.position
            found.removeAll(keepingCapacity: true)
            var count: Double?
            var isBlank = true
            var column = 0
            var (owner, metric, stepText) = ("", "", "")
            repeat {
                switch scanner.next() {
                case .empty: break
                case .text:
                    isBlank = false
                    if column == step {
                        stepText = String(decoding: scanner.text.prefix(40), as: UTF8.self)
                    } else if column == roles.owner {
                        owner = String(decoding: scanner.text, as: UTF8.self)
                    } else if column == roles.metric {
                        metric = String(decoding: scanner.text, as: UTF8.self)
                    }
                case .number(let value):
                    isBlank = false
                    if column == step {
                        count = value
                    } else if column < width, roles.places[column] >= 0 {
                        found.append((roles.places[column], value))
                    } else if column == roles.owner {
                        owner = Int(exactly: value).map { "\($0)" } ?? "\(value)"
                    }
                }
                column += 1
            } while !scanner.isRowEnd
            if scanner.isAtEnd, !isLast, !endsLine || scanner.isUnclosed { return begin }
            let isWhole = endsLine || bytes.last == separator || column >= width
            if scanner.isAtEnd, !isWhole, !isBlank, rows > 0 {
                isCut = true
                break
            }
            rows += 1
            if isBlank { continue }
            guard let count, let at = self.step(count, owner) else {
                if unread == 0 { unreadStep = stepText }
                unread += 1
                continue
            }
            append(at, owner, metric)
        }
        isUnclosed = scanner.isUnclosed
        return bytes.count
    }

    /// The step of a row: what counts updates, or for now the row's number.
    private mutating func step(_ count: Double, _ owner: String) -> Int? {
        guard roles.countsUpdates else {
            guard count.isFinite else { return nil }
            counts.append((owner, count))
            return counts.count
        }
        guard let step = Int(exactly: count.rounded()) else { return nil }
        if step < lastStep { fallen += 1 }
        lastStep = step
        return step
    }

    /// Adds a row's values.
    private mutating func append(_ step: Int, _ owner: String, _ metric: String) {
        if roles.owner == nil, roles.metric == nil {
            for (place, value) in found { series[place].append(step, value) }
            return
        }
        let owner = owner.isEmpty ? roles.name : owner
        if roles.metric != nil {
            guard !metric.isEmpty, let value = found.first?.value else { return }
            let place = melted[[owner, metric], default: series.count]
            if place == series.count {
                series.append(Series(owner: owner, metric: metric))
                melted[[owner, metric]] = place
            }
            series[place].append(step, value)
            return
        }
        var own = places[owner] ?? Array(repeating: -1, count: roles.metrics.count)
        for (place, value) in found {
            if own[place] < 0 {
                own[place] = series.count
                series.append(Series(owner: owner, metric: roles.metrics[place].metric))
            }
            series[own[place]].append(step, value)
        }
        places[owner] = own
    }

    /// Gives rows their steps where epochs or tokens count: these, where all are whole numbers, else the number of
    /// the row among those of its run.
    mutating func finish() {
        guard !roles.countsUpdates, !counts.isEmpty else { return }
        let isWhole = counts.allSatisfy { Int(exactly: $0.value) != nil }
        hasNumberedRows = !isWhole
        var rowsOfRun: [String: Int] = [:]
        let steps = counts.map { owner, value -> Int in
            rowsOfRun[owner, default: 0] += 1
            return isWhole ? Int(value) : rowsOfRun[owner] ?? 0
        }
        for place in series.indices {
            var renewed = Series(owner: series[place].owner, metric: series[place].metric)
            for point in series[place].points {
                renewed.append(steps[point.step - 1], point.value)
            }
            series[place] = renewed
        }
        guard !isWhole, roles.countsEpochs else { return }
        var epochs: [String: Series] = [:]
        for (count, step) in zip(counts, steps) {
            let owner = count.owner.isEmpty ? series.first?.owner ?? roles.name : count.owner
            epochs[owner, default: Series(owner: owner, metric: "epoch")].append(step, count.value)
        }
        series += epochs.sorted { $0.key < $1.key }.map(\.value)
    }
}
