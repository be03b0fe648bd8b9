import Documents
package import RunTables
package import Runs
package import Statistics

/// The runs of a sweep by size and intervention, which ``RunTables/RunTable/interventions`` names.
package struct SweepGrid: Sendable {
    /// The runs, each with the size that all others share where it says none itself.
    package let table: RunTable
    /// The sizes, smallest first.
    package let sizes: [ModelSize]
    /// How sizes are called.
    package let naming: SizeNaming
    /// The interventions' short names, in the order of the grid; one empty name when none is swept.
    package let interventions: [String]
    /// The learning rates of the sweep, ascending.
    package let learningRates: [Double]
    /// The lines, by size and then by intervention.
    package let lines: [Line]
    private let axes: [RunTable.Axis]

    /// Puts a sweep in order.
    package init(_ read: RunTable) {
        let table = Self.sharingSizes(read)
        self.table = table
        let axes = table.interventions.filter { axis in
            Set(table.rows.map { $0[axis] }).count > 1
        }
        self.axes = axes
        let groups = Dictionary(grouping: table.rows) { row in
            Key(size: row.size, intervention: Self.name(of: row, by: axes))
        }
        sizes = Set(groups.keys.map(\.size)).sorted {
            ($0.width ?? .max, $0.depth ?? .max) < ($1.width ?? .max, $1.depth ?? .max)
        }
        naming = SizeNaming(sizes)
        var names: [String] = []
        for name in table.rows.map({ Self.name(of: $0, by: axes) }) where !names.contains(name) {
            names.append(name)
        }
        interventions = names
        let grid = table.learningRates
        learningRates = grid
        lines = sizes.flatMap { size in
            names.compactMap { name in
                groups[Key(size: size, intervention: name)].map { rows in
                    var own = table
                    own.rows = rows
                    return Line(own, size: size, intervention: name, grid: grid)
                }
            }
        }
    }

    private struct Key: Hashable {
        var size: ModelSize
        var intervention: String
    }

    /// The rows, with the width and the depth that all which say them share where one does not.
    private static func sharingSizes(_ table: RunTable) -> RunTable {
        var table = table
        for axis in [RunTable.Axis.width, .depth] {
            let known = Set(table.rows.compactMap { $0[axis] })
            guard known.count == 1, let value = known.first else { continue }
            for index in table.rows.indices where table.rows[index][axis] == nil {
                table.rows[index].settings[axis.key] = value
            }
        }
        return table
    }

    /// The intervention of a run: `without qk-norm`, or `qk-norm, z-loss 1e-4`; empty when none is swept.
    func intervention(_ row: RunRow) -> String { Self.name(of: row, by: axes) }

    private static func name(of row: RunRow, by axes: [RunTable.Axis]) -> String {
        axes.compactMap { axis in
            let last = lastPart(axis.key)
            let name = axes.count { lastPart($0.key) == last } > 1 ? axis.key : last
            return switch row[axis] {
            case .flag(let on): on ? name : "without \(name)"
            case .number(let value): "\(name) \(NumberText.setting(value))"
            // A variant has a name of its own.
            case .text(let text): axis.key == "variant" ? text : "\(name) \(text)"
            case nil: nil
            }
        }.joined(separator: ", ")
    }

    /// The last part of a key path: `learning-rate` of `optimizer.learning-rate`.
    private static func lastPart(_ key: String) -> String {
        key.split(separator: ".").last.map(String.init) ?? key
    }

    /// What was swept, an axis a line: its key path and its values in the order of the grid.
    var swept: [(key: String, values: [String])] {
        table.axes.map { axis in
            var values: [String] = []
            for row in table.rows {
                let text: String
                switch row[axis] {
                case .flag(let on): text = "\(on)"
                case .number(let number):
                    text =
                        axis == .learningRate ? NumberText.rate(number) : NumberText.setting(number)
                case .text(let word): text = word
                case nil: continue
                }
                if !values.contains(text) { values.append(text) }
            }
            return (axis.key, values)
        }
    }

    /// The results there are, in the order of the grid.
    package var results: [RunResult] { table.rows.compactMap(\.result) }

    /// The runs without a result, in the order of the grid.
    package var openRows: [RunRow] { table.rows.filter { $0.result == nil } }

    /// How many runs diverged.
    package var diverged: Int { results.count { $0.finiteLoss == nil } }

    /// How many seeds the learning rates have at most.
    package var seeds: Int { lines.flatMap(\.stops).map(\.rows.count).max() ?? 0 }

    /// The mean loss at initialisation of all runs, in nats.
    package var initialLoss: Double? {
        Descriptive.mean(of: results.compactMap(\.initialLoss).filter(\.isFinite))
    }

    /// An intervention's name where an empty one will not do.
    package func name(of intervention: String) -> String {
        intervention.isEmpty ? "all runs" : intervention
    }

    /// A line in a sentence: `width 64, without qk-norm`.
    package func name(of line: Line) -> String {
        line.intervention.isEmpty
            ? naming.long(line.size) : "\(naming.long(line.size)), \(line.intervention)"
    }

    /// The runs by state, states without runs left out.
    package var states: [(state: CellState, count: Int)] {
        let order: [CellState] = [
            .finished, .diverged, .running, .interrupted, .failed, .missing,
        ]
        return order.compactMap { state in
            let count = table.rows.count { $0.state == state }
            return count == 0 ? nil : (state, count)
        }
    }
}

extension SweepGrid {
    /// One size under one intervention: a line of a figure, a row of a table.
    package struct Line: Sendable {
        /// The size.
        package let size: ModelSize
        /// The intervention's short name; empty when none is swept.
        package let intervention: String
        /// Parameters of attention and MLP matrices, when a run with a result says it.
        package let parameters: Int?
        /// Whether queries and keys are normalised, when a run says it.
        package let qkNorm: Bool?
        /// The learning rates of this line, ascending.
        package let stops: [RatePoint]
        /// The learning rates of the sweep that have no result here.
        package let missing: [Double]
        /// The learning-rate sensitivity over the learning rates that have a result.
        package let sensitivity: Result<LearningRateSensitivity, SensitivityError>
        /// The sensitivities of the seeds that have a result at every learning rate of the line,
        /// ascending; empty for fewer than two such seeds.
        package let seedSensitivities: [Double]

        init(_ runs: RunTable, size: ModelSize, intervention: String, grid: [Double]) {
            self.size = size
            self.intervention = intervention
            parameters = runs.rows.first { $0.result != nil }?.parameters
            qkNorm = runs.rows.compactMap(\.qkNorm).first
            let groups = Dictionary(grouping: runs.rows, by: \.learningRate)
            stops = runs.learningRates.map { RatePoint(learningRate: $0, rows: groups[$0] ?? []) }
            let done = stops.filter { !$0.results.isEmpty }.map(\.learningRate)
            missing = grid.filter { !done.contains($0) }
            let finished = stops.flatMap(\.rows).filter { $0.result != nil }
            sensitivity = Self.sensitivity(of: finished)
            let complete = Dictionary(grouping: finished, by: \.replicate).values.compactMap {
                rows -> Double? in
                guard Set(rows.map(\.learningRate)).count == done.count else { return nil }
                return try? Self.sensitivity(of: rows).get().value
            }
            seedSensitivities = complete.count > 1 ? complete.sorted() : []
        }

        private static func sensitivity(
            of rows: [RunRow]
        ) -> Result<LearningRateSensitivity, SensitivityError> {
            Result { () throws(SensitivityError) in
                try LearningRateSensitivity(
                    rows.map {
                        .init(
                            learningRate: $0.learningRate ?? .nan, loss: $0.finalLoss,
                            initialLoss: $0.result?.initialLoss ?? .nan)
                    })
            }
        }

        /// The sensitivity, when there is one.
        package var sensitivityValue: LearningRateSensitivity? { try? sensitivity.get() }

        /// The learning rate of the lowest mean loss and that loss; a stop where a run diverged counts it
        /// as its loss at initialisation.
        package var best: (learningRate: Double, loss: Double)? {
            if let value = sensitivityValue { return (value.bestLearningRate, value.bestLoss) }
            return stops.filter { $0.diverged == 0 }.compactMap { stop in
                Descriptive.mean(of: stop.losses).map { (stop.learningRate, $0) }
            }.min { $0.1 < $1.1 }
        }
    }

    /// The runs at one learning rate of a line, which differ in their seeds.
    package struct RatePoint: Sendable {
        /// The peak learning rate.
        package let learningRate: Double
        /// Runs, finished or not.
        package let rows: [RunRow]

        /// The results there are.
        package var results: [RunResult] { rows.compactMap(\.result) }
        /// The final losses of the runs that did not diverge.
        package var losses: [Double] { results.compactMap(\.finiteLoss) }
        /// How many runs diverged.
        package var diverged: Int { results.count - losses.count }
        /// The largest attention logits that were recorded and are finite.
        package var logits: [Double] {
            results.compactMap(\.maxAttentionLogit).filter(\.isFinite)
        }
        /// Runs whose largest attention logit became NaN or infinite unrecorded.
        package var lostLogits: Int { results.count - logits.count }
        /// What the runs without a result are: `missing`, `running` and so on; nil when all have one.
        package var openState: CellState? { rows.first { $0.result == nil }?.state }
    }
}

extension RunRow {
    /// The size of a run.
    package var size: ModelSize { ModelSize(width: width, depth: depth) }
}
