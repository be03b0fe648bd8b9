/// Runs dealt out to the tasks of a job array.
package enum ArrayTasks {
    /// The tasks of an array where Slurm does not say how many it takes: its own default.
    package static let usualLimit = 1_001

    /// Deals cells to tasks like cards, so that the dear ones, which come first, are spread.
    ///
    /// - Parameters:
    ///   - cells: The cells, the dearest first.
    ///   - perTask: Cells of a task as asked for; as few as the limit allows when nil.
    ///   - limit: Tasks that an array may have.
    /// - Returns: The cells of each task, none empty; the first in each is its dearest.
    /// - Throws: ``SlurmError/option(_:reason:)`` where what was asked for makes more tasks than the limit.
    package static func deal<Cell>(
        _ cells: [Cell], perTask: Int?, limit: Int
    ) throws(SlurmError) -> [[Cell]] {
        precondition(limit > 0 && perTask ?? 1 > 0, "ArrayTasks: \(limit), \(perTask ?? 1)")
        guard !cells.isEmpty else { return [] }
        let least = (cells.count - 1) / limit + 1
        if let perTask, perTask < least {
            let tasks = (cells.count - 1) / perTask + 1
            throw .option(
                "--cells-per-task \(perTask)",
                reason:
                    "\(cells.count) runs are \(tasks) tasks, and this Slurm takes \(limit) in an array; give "
                    + "\(least) or more, or leave it out")
        }
        let count = (cells.count - 1) / (perTask ?? least) + 1
        return (0..<count).map { task in
            stride(from: task, to: cells.count, by: count).map { cells[$0] }
        }
    }
}
