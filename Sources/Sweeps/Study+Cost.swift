import Modules
public import Runs
public import Training

extension Study {
    /// What a study takes.
    public struct Cost: Sendable, Hashable {
        /// All cells.
        public var cells: Int
        /// Cells with a result.
        public var done: Int
        /// Tokens that the others train on.
        public var tokens: Int
        /// Floating-point operations of the others.
        public var operations: Double
    }

    /// What the study takes, given the cells that have a result.
    ///
    /// - Parameter states: The states of cells by name; empty for none.
    /// - Returns: Runs, tokens and operations.
    public func cost(_ states: [String: CellState] = [:]) -> Cost {
        let open = cells.filter { ![.finished, .diverged].contains(states[$0.name] ?? .missing) }
        return Cost(
            cells: cells.count, done: cells.count - open.count,
            tokens: open.reduce(0) {
                $0 + $1.ownSteps * $1.configuration.data.batch * $1.configuration.model.context
            },
            operations: open.reduce(0) {
                $0 + $1.configuration.flopsPerStep * Double($1.ownSteps)
            })
    }
}

extension RunConfiguration {
    /// Tokens that the run trains on, repeats counted.
    public var trainingTokens: Int { steps * data.batch * model.context }
}
