public import Runs

extension SweepExecutor {
    /// What a display needs to know.
    public struct Status: Sendable {
        /// A cell in training.
        public struct Running: Sendable {
            /// The cell's name.
            public var name: String
            /// Steps taken, as far as they are recorded.
            public var step: Int
            /// Steps to take.
            public var steps: Int
            /// The latest loss.
            public var loss: Double?
            /// The latest largest attention logit.
            public var logit: Double?
        }

        /// Cells in each state.
        public var counts: [CellState: Int]
        /// All cells.
        public var total: Int
        /// Those in training here.
        public var running: [Running]
        /// The fraction of the work that is done, by floating-point operations.
        public var fraction: Double
        /// Seconds since the start.
        public var elapsed: Double
        /// Seconds that remain at the speed so far; nil before anything is known.
        public var remaining: Double?
        /// Cells that ended since the last status, with their states and final losses; nil where there is none.
        public var ended: [(name: String, state: CellState, loss: Double?)]
    }
}
