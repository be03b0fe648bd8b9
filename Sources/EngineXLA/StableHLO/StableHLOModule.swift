import Engines
public import Programs
import Tensors

/// A program as StableHLO text, and what its arguments and results stand for.
///
/// Repeated blocks are loops, and the parameters and state of the blocks stand in stacks, an
/// argument for all blocks. Scalar results come together in one vector, so that a device sends one
/// message and not one for each measurement.
///
/// Source: the StableHLO specification, openxla.org/stablehlo/spec.
public struct StableHLOModule: Sendable {
    /// How many blocks a model has at least for its blocks to become loops.
    ///
    /// Fewer are written out and compiled together. XLA unrolls loops of up to 8 rounds again, after
    /// it has paid for both forms.
    public static let leastRepetitions = 10

    /// Steps that one run takes, each on the results of the one before.
    public struct Steps: Sendable {
        /// Inputs that differ from step to step, by their place among the program's inputs.
        public var fed: [Int]
        /// The largest number of steps of a run.
        public var limit: Int
        /// The places for independent runs, each with its own state and number of steps; nil for one run
        /// without an axis of its own.
        public var lanes: Int?

        public init(fed: [Int], limit: Int, lanes: Int? = nil) {
            self.fed = fed
            self.limit = limit
            self.lanes = lanes
        }
    }

    /// What an argument of the module is; all but the number of lanes have an axis of lanes first, where there
    /// are lanes.
    public enum Argument: Sendable, Hashable {
        /// An input.
        case input(Int)
        /// Inputs of one type, one after another along a new first axis.
        case stack([Int])
        /// An input for each step, along a new first axis.
        case fed(Int)
        /// The number of steps, of each lane where there are lanes.
        case count
        /// The number of lanes that the module goes through.
        case lanes
    }

    /// What a result of the module is; with an axis of lanes first, where there are lanes.
    public enum Result: Sendable, Hashable {
        /// What takes an argument over, by its place among the arguments.
        case argument(Int)
        /// An output; with steps, one for each along a new first axis.
        case output(Int)
        /// Scalar outputs as a vector; with steps, a row for each.
        case scalars([Int])
    }

    /// The text.
    public let text: String
    /// The arguments in order.
    public let arguments: [Argument]
    /// The results in order.
    public let results: [Result]

    /// Writes a program.
    ///
    /// - Parameters:
    ///   - program: The program.
    ///   - donations: Names of outputs, each with the name of the input that it takes over.
    /// - Throws: `ProgramError` when the program is not well formed, `EngineError` when the names
    ///   do not fit.
    public init(_ program: Program, donations: [String: String]) throws {
        try self.init(program, donated: try program.donatedInputs(donations))
    }

    /// Writes a program.
    ///
    /// - Parameters:
    ///   - program: The program.
    ///   - donated: For each output the place of the input that it takes over.
    ///   - steps: When a run takes several steps.
    ///   - leastRepetitions: How often instructions repeat at least in a loop.
    /// - Throws: `ProgramError` when the program is not well formed.
    public init(
        _ program: Program, donated: [Int?], steps: Steps? = nil,
        leastRepetitions: Int = Self.leastRepetitions
    ) throws {
        let simple = try program.simplified()
        var rolled = try RolledProgram(simple, least: leastRepetitions)
        let hasLoops = rolled.items.contains { if case .repetition = $0 { true } else { false } }
        // Without loops composites of the whole program share what they compute alike.
        if !hasLoops { rolled = try RolledProgram(simple.plain(), least: .max) }
        let layout = ModuleLayout(rolled, donated: donated, steps: steps)
        var writer = RegionWriter()
        text = try layout.write(&writer)
        arguments = layout.arguments
        results = layout.results
    }
}
