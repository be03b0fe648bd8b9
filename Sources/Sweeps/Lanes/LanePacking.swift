import Runs
public import Training
import TrainingLanes

/// Which cells of a study one process trains together, as lanes of one program.
///
/// Cells go together whose steps are one program and whose runs of the engine are equally long, as
/// `Training.Run.lane` says. How many do is what was asked for, or else what the memory holds, divided so that
/// each process that runs at a time has its share.
public struct LanePacking: Sendable {
    /// The most lanes of a program that nobody asked for: what one more spares of compiling is little by then, and
    /// results come later.
    static let mostLanes = 32

    private let asked: Int?
    private let stepsPerRun: Int
    private let jobs: Int
    private let memory: Double?

    /// Prepares to pack.
    ///
    /// - Parameters:
    ///   - lanes: The most lanes of a program; nil for as many as the memory holds.
    ///   - stepsPerRun: Steps that the engine takes at most before it reports.
    ///   - jobs: Processes at a time.
    ///   - memory: Bytes that are left for all of them; nil where that is not known.
    public init(
        lanes: Int?, stepsPerRun: Int, jobs: Int,
        memory: Double? = MachineResources.current.memory
    ) {
        asked = lanes
        self.stepsPerRun = stepsPerRun
        self.jobs = jobs
        self.memory = memory
    }

    /// Cells of one program.
    public struct Group: Sendable {
        /// What bounds the lanes of a process.
        public enum Bound: String, Sendable {
            /// What was asked for.
            case lanes = "--lanes"
            /// The memory that is left.
            case memory
            /// That each process at a time has its share.
            case jobs = "--jobs"
            /// That there are no more runs of this program.
            case runs
            /// The number that nobody gets without asking.
            case most
        }

        /// For each process its cells.
        public var packs: [[Study.Cell]]
        /// What bounds the lanes of a process.
        public var bound: Bound
        /// Bytes that the largest process takes; nil where that is not known.
        public var memory: Double?
    }

    /// Packs cells.
    ///
    /// - Parameter cells: The cells that are to be trained, in the order in which they are.
    /// - Returns: The groups in the order of their first cells.
    public func groups(_ cells: [Study.Cell]) -> [Group] {
        var lanes: [RunConfiguration: Lane] = [:]
        var places: [Lane: Int] = [:]
        var groups: [[Study.Cell]] = []
        for cell in cells {
            let key = Self.key(cell.configuration)
            // What cannot be built says so by itself when it is trained.
            guard let lane = lanes[key] ?? (try? run(cell).lane) else {
                groups.append([cell])
                continue
            }
            lanes[key] = lane
            if let place = places[lane] {
                groups[place].append(cell)
            } else {
                places[lane] = groups.count
                groups.append([cell])
            }
        }
        return groups.map(divided)
    }

    private func run(_ cell: Study.Cell) -> Run {
        Run(cell.configuration, in: RunFolder(""), stepsPerRun: stepsPerRun)
    }

    /// The configuration without what no program depends on, so that few programs are built to compare them.
    private static func key(_ configuration: RunConfiguration) -> RunConfiguration {
        var key = configuration
        key.seed = 0
        (key.data.text, key.data.dataSeed, key.data.orderSeed) = ([], 0, 0)
        if key.optimizer.learningRate > 0, key.optimizer.learningRate.isFinite {
            key.optimizer.learningRate = 1
        }
        return key
    }

    /// Divides cells of one program among processes.
    private func divided(_ cells: [Study.Cell]) -> Group {
        var (most, bound) = (cells.count, Group.Bound.runs)
        func limit(_ lanes: Int, _ reason: Group.Bound) {
            if lanes < most { (most, bound) = (max(lanes, 1), reason) }
        }
        let estimate = try? ResourceEstimate(cells[0].configuration)
        if let asked {
            limit(asked, .lanes)
        } else {
            limit(Self.mostLanes, .most)
            limit((cells.count + jobs - 1) / jobs, .jobs)
            if let memory, let estimate {
                limit(estimate.lanes(within: memory / Double(jobs)), .memory)
            }
        }
        // Equal shares, and no process without one while others have several.
        var count = (cells.count + most - 1) / most
        if asked == nil { count = min((count + jobs - 1) / jobs * jobs, cells.count) }
        let packs = (0..<count).map { index in
            Array(cells[index * cells.count / count..<(index + 1) * cells.count / count])
        }
        return Group(
            packs: packs, bound: bound,
            memory: estimate?.memory(ofLanes: packs.map(\.count).max() ?? 1))
    }
}

extension ResourceEstimate {
    /// Bytes of a process with XLA's library for processors that has compiled the programs of a run.
    static let xla = 350e6

    /// Bytes of one more lane: parameters and state where they are trained and on the host, and the parameters
    /// where they are evaluated.
    private var lane: Double { 1.5 * parameters + optimizerState }

    /// Bytes of a process that trains so many lanes of the xla engine on a processor.
    func memory(ofLanes count: Int) -> Double {
        Self.xla + memory - parameters - optimizerState + Double(count) * lane
    }

    /// The most lanes whose process takes no more than this.
    func lanes(within bytes: Double) -> Int {
        let rest = bytes - memory(ofLanes: 0)
        guard rest > 0, lane > 0, rest / lane < 1e9 else { return rest > 0 ? Int(1e9) : 0 }
        return Int(rest / lane)
    }
}

extension LanePacking {
    /// What is packed and why not more, a line for each program.
    ///
    /// - Parameter cells: The cells that are to be trained.
    /// - Returns: Lines for people.
    public func text(_ cells: [Study.Cell]) -> String {
        let groups = groups(cells)
        var lines: [String] = []
        for group in groups {
            let counts = group.packs.map(\.count)
            let runs = counts.reduce(0, +)
            guard let most = counts.max(), most > 1 else { continue }
            let least = counts.min() ?? most
            let share = least == most ? "\(most) lanes" : "\(least) to \(most) lanes"
            let processes =
                counts.count == 1
                ? "1 process of \(share)" : "\(counts.count) processes of \(share)"
            let size = group.memory.map { ", about \(ResourceEstimate.text($0)) each" } ?? ""
            lines.append(
                "lanes: \(runs) runs of one program as \(processes)\(size); "
                    + "\(Self.words(group.bound))")
        }
        let alone = groups.filter { $0.packs.allSatisfy { $0.count == 1 } }
        let count = alone.map(\.packs.count).reduce(0, +)
        if count > 0 {
            let reasons = Set(alone.map { $0.packs.count == 1 ? .runs : $0.bound })
            lines.append(
                "lanes: \(count == 1 ? "1 run on its own" : "\(count) runs on their own"); "
                    + (reasons == [.runs]
                        ? "no other run shares their program"
                        : "--lanes, --jobs or memory allow no more"))
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func words(_ bound: Group.Bound) -> String {
        switch bound {
        case .lanes: "--lanes allows no more"
        case .memory: "the memory that is left holds no more"
        case .jobs: "more would leave processes of --jobs without work"
        case .runs: "no other run shares their program"
        case .most: "give --lanes for more than \(mostLanes)"
        }
    }
}
