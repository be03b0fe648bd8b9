package import Runs
import Statistics

/// A sweep put in order: everything swept but the learning rate and the seed identifies a line, and a
/// line is a size under an intervention.
package struct SweepGrid: Sendable {
    /// The sweep as read.
    package let record: SweepRecord
    /// The sizes, smallest first.
    package let sizes: [SweepSize]
    /// How sizes are called.
    package let naming: SizeNaming
    /// The interventions' short names, in the order of the grid; one empty name when none is swept.
    package let interventions: [String]
    /// The learning rates of the sweep, ascending.
    package let learningRates: [Double]
    /// The lines, by size and then by intervention.
    package let lines: [SweepLine]
    let labels: Labels
    private let commonSize: SweepSize

    /// Puts a sweep in order.
    package init(_ record: SweepRecord) {
        self.record = record
        let labels = Labels(record)
        self.labels = labels
        let common = SweepSize.common(of: record.cells)
        commonSize = common
        sizes = Set(record.cells.map { SweepSize($0, common: common) })
            .sorted(by: SweepSize.precedes)
        naming = SizeNaming(sizes)
        var interventions: [String] = []
        for cell in record.cells {
            let label = labels.intervention(cell)
            if !interventions.contains(label) { interventions.append(label) }
        }
        self.interventions = interventions
        let grid = Set(record.cells.compactMap(\.learningRate)).sorted()
        learningRates = grid
        let groups = Dictionary(grouping: record.cells) {
            Key(size: SweepSize($0, common: common), intervention: labels.intervention($0))
        }
        lines = sizes.flatMap { size in
            interventions.compactMap { intervention in
                groups[Key(size: size, intervention: intervention)].map {
                    SweepLine($0, size: size, intervention: intervention, grid: grid)
                }
            }
        }
    }

    /// The size of a cell.
    package func size(of cell: CellRecord) -> SweepSize { SweepSize(cell, common: commonSize) }

    private struct Key: Hashable {
        var size: SweepSize
        var intervention: String
    }

    /// The results there are, in the order of the grid.
    package var results: [RunResult] { record.cells.compactMap(\.result) }

    /// The cells without a result, in the order of the grid.
    package var openCells: [CellRecord] { record.cells.filter { $0.result == nil } }

    /// How many runs diverged.
    package var diverged: Int { results.filter { $0.usableLoss == nil }.count }

    /// How many seeds the learning rates have at most.
    package var seeds: Int { lines.flatMap(\.stops).map(\.cells.count).max() ?? 0 }

    /// The mean loss at initialisation of all runs, in nats.
    package var initialLoss: Double? {
        Descriptive.mean(of: results.map(\.initialLoss).filter(\.isFinite))
    }

    /// An intervention's name where an empty one will not do.
    package func name(of intervention: String) -> String {
        intervention.isEmpty ? "all runs" : intervention
    }

    /// A line in a sentence: `width 64, no qk-norm`.
    package func name(of line: SweepLine) -> String {
        line.intervention.isEmpty
            ? naming.long(line.size) : "\(naming.long(line.size)), \(line.intervention)"
    }

    /// The cells by state, states without cells left out.
    package var states: [(state: CellState, count: Int)] {
        let order: [CellState] = [
            .finished, .diverged, .running, .interrupted, .failed, .missing,
        ]
        return order.compactMap { state in
            let count = record.cells.filter { $0.state == state }.count
            return count == 0 ? nil : (state, count)
        }
    }
}
