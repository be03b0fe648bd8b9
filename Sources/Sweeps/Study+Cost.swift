import Datasets
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
        /// Bytes of memory of the largest of the others.
        public var memory = 0.0
        /// Bytes of the checkpoints of the others.
        public var disk = 0.0

        /// States a cost.
        package init(
            cells: Int, done: Int, tokens: Int, operations: Double, memory: Double = 0,
            disk: Double = 0
        ) {
            self.cells = cells
            self.done = done
            self.tokens = tokens
            self.operations = operations
            self.memory = memory
            self.disk = disk
        }
    }

    /// What the study takes, given the cells that have a result.
    ///
    /// - Parameter states: The states of cells by name; empty for none.
    /// - Returns: Runs, tokens and operations.
    public func cost(_ states: [String: CellState] = [:]) -> Cost {
        let open = openCells(states)
        // Cells of one size take the same.
        var estimates: [EstimateKey: ResourceEstimate] = [:]
        var sizes = TextSizes()
        var (memory, disk) = (0.0, 0.0)
        for cell in open {
            let key = EstimateKey(cell.configuration)
            guard
                let estimate = try? estimates[key]
                    ?? ResourceEstimate(
                        cell.configuration, text: sizes.bytes(of: cell.configuration))
            else { continue }
            estimates[key] = estimate
            memory = max(memory, estimate.memory)
            disk += estimate.disk
        }
        return Cost(
            cells: cells.count, done: cells.count - open.count,
            tokens: open.reduce(0) {
                $0 + $1.ownSteps * $1.configuration.data.batch * $1.configuration.model.context
            },
            operations: open.reduce(0) {
                $0 + $1.configuration.flopsPerStep * Double($1.ownSteps)
            }, memory: memory, disk: disk)
    }

    /// The cells that have no result, given the states of cells by name.
    package func openCells(_ states: [String: CellState]) -> [Cell] {
        cells.filter { ![.finished, .diverged].contains(states[$0.name] ?? .missing) }
    }

    /// About how long the open runs take one after another, by the speed of a few steps of the cheapest and
    /// the dearest.
    ///
    /// - Parameters:
    ///   - states: The states of cells by name; empty for none.
    ///   - cost: What runs between two configurations take.
    /// - Returns: Seconds; nil where no run is open.
    /// - Throws: What `cost` throws.
    package func seconds(
        _ states: [String: CellState],
        _ cost: (_ cheapest: RunConfiguration, _ dearest: RunConfiguration) throws -> StepCost
    ) throws -> Double? {
        let open = openCells(states)
        let sorted = open.map(\.configuration).sorted { $0.flopsPerStep < $1.flopsPerStep }
        guard let cheapest = sorted.first, let dearest = sorted.last else { return nil }
        let steps = try cost(cheapest, dearest)
        return open.reduce(0) { $0 + steps.seconds($1.configuration, steps: $1.ownSteps) }
    }

    /// Checks that this machine has the memory of the largest cells, and the disk of all.
    ///
    /// - Parameters:
    ///   - jobs: Cells to train at a time.
    ///   - path: The study's folder; nil for none.
    /// - Throws: `Training.ConfigurationError` with the numbers and what would fit.
    public func requireResources(jobs: Int, at path: String?) throws(ConfigurationError) {
        try openConfigurations(at: path).requireResources(jobs: jobs, at: path)
    }

    /// The configurations of the cells that have no result.
    ///
    /// - Parameter path: The study's folder; nil for none.
    /// - Returns: The configurations, in the order of cells.
    package func openConfigurations(at path: String?) -> [RunConfiguration] {
        let folder = path.map { SweepFolder($0, plan: plan) }
        return cells.filter { !(folder?.cell($0.name).isDone ?? false) }.map(\.configuration)
    }
}

extension Collection<RunConfiguration> {
    /// Checks that this machine has the memory and the disk of each run, as many side by side as train.
    package func requireResources(jobs: Int, at path: String?) throws(ConfigurationError) {
        var disks: [EstimateKey: Double] = [:]
        var total = 0.0
        for configuration in self {
            let key = EstimateKey(configuration)
            if disks[key] == nil {
                try configuration.requireResources(at: path, sideBySide: Swift.min(jobs, count))
                disks[key] = (try? ResourceEstimate(configuration))?.disk ?? 0
            }
            total += disks[key] ?? 0
        }
        guard let path, let disk = MachineResources.disk(at: path), total > disk else { return }
        throw .impossible(
            key: "checkpoints.keep",
            reason: "the checkpoints of \(count) runs take \(ResourceEstimate.text(total)), and "
                + "\(ResourceEstimate.text(disk)) are left at \(path); keep fewer, or free some")
    }
}

extension SweepFolder {
    /// The states of a study's cells, by name.
    package func states(of study: Study) -> [String: CellState] {
        var states: [String: CellState] = [:]
        for cell in study.cells { states[cell.name] = state(of: cell.name) }
        return states
    }
}

/// Bytes of texts, each looked up once.
private struct TextSizes {
    private var known: [TextSource: Double] = [:]

    mutating func bytes(of configuration: RunConfiguration) -> Double {
        let source = configuration.textSource
        if let size = known[source] { return size }
        let size = source.roughSize
        known[source] = size
        return size
    }
}

/// What an estimate of memory depends on.
private struct EstimateKey: Hashable {
    let model: ModelConfiguration
    let rule: String
    let batch: Int
    let keep: Int
    let measures: Bool

    init(_ configuration: RunConfiguration) {
        model = configuration.model
        rule = configuration.optimizer.rule
        batch = configuration.data.batch
        keep = configuration.checkpoints.keep
        measures = configuration.telemetry.measuresSteps
    }
}

extension RunConfiguration {
    /// Tokens that the run trains on, repeats counted.
    public var trainingTokens: Int { steps * data.batch * model.context }
}
