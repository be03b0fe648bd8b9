import Engines
import Programs
import Tensors
import Training

/// What the lanes of one program share: each of their programs is compiled once, and their steps are taken
/// together.
///
/// One thread uses it.
final class LanePrograms: @unchecked Sendable {
    /// What computes.
    let engine: any Engine
    private let lanes: Int
    private var executables: [Key: any Executable] = [:]
    private var steps: (key: Key, executable: any LaneExecutable)?
    /// For each place the state of the lane that was there in the last run.
    private var seated: [[any Buffer]?]

    /// What a compiled program is found by.
    private struct Key: Hashable {
        var program: Program
        var donations: [String: String]
        var fed: [String] = []
        var limit = 0
    }

    init(_ engine: any Engine, lanes: Int) {
        self.engine = engine
        self.lanes = lanes
        seated = [[any Buffer]?](repeating: nil, count: lanes)
    }

    /// A program of one step or none, compiled now or before.
    func compile(_ program: Program, _ donations: [String: String]) throws -> any Executable {
        let key = Key(program: program, donations: donations)
        if let known = executables[key] { return known }
        let executable = try engine.compile(program, donations: donations)
        executables[key] = executable
        return executable
    }

    /// The program of all lanes, compiled now or before.
    ///
    /// - Returns: Nil where it is another than that of the lanes before.
    /// - Throws: What the engine throws.
    func compileSteps(
        _ program: Program, _ donations: [String: String], _ fed: [String], limit: Int
    ) throws -> (any LaneExecutable)? {
        let key = Key(program: program, donations: donations, fed: fed, limit: limit)
        if let steps { return steps.key == key ? steps.executable : nil }
        let executable = try engine.compileLanes(
            program, donations: donations, feeding: fed, limit: limit, lanes: lanes)
        steps = (key, executable)
        return executable
    }

    /// Takes steps of some lanes; the others that are there stand still.
    ///
    /// - Parameter taken: The lanes by their places.
    /// - Returns: What came back from each step, by places.
    /// - Throws: What the engine throws.
    func run(_ taken: [Int: LaneSteps]) throws -> [Int: [[Tensor]]] {
        guard let executable = steps?.executable else {
            preconditionFailure("LanePrograms: steps of a program that is not compiled")
        }
        for (place, lane) in taken { seated[place] = lane.operands }
        let rows = try executable.run(
            seated.enumerated().map { place, operands in
                operands.map { LaneSteps(operands: $0, steps: taken[place]?.steps ?? []) }
            })
        return taken.reduce(into: [:]) { $0[$1.key] = rows[$1.key] }
    }

    /// Frees a place.
    func leave(_ place: Int) { seated[place] = nil }
}

/// The engine as one lane has it.
struct LaneEngine: Engine {
    let programs: LanePrograms
    let place: Int
    /// The run's folder, for the message.
    let folder: String

    var name: String { programs.engine.name }
    var facts: [String: String] { programs.engine.facts }

    func compile(_ program: Program, donations: [String: String]) throws -> any Executable {
        try programs.compile(program, donations)
    }

    func compileSteps(
        _ program: Program, donations: [String: String], feeding fed: [String], limit: Int
    ) throws -> any StepExecutable {
        guard let lanes = try programs.compileSteps(program, donations, fed, limit: limit) else {
            throw TrainingError.lane(folder: folder)
        }
        return LaneSeat(programs, place, lanes)
    }

    func buffer(_ tensor: Tensor) throws -> any Buffer { try programs.engine.buffer(tensor) }
}

/// One place of a program of lanes.
private final class LaneSeat: StepExecutable {
    private let programs: LanePrograms
    private let place: Int
    private let lanes: any LaneExecutable

    init(_ programs: LanePrograms, _ place: Int, _ lanes: any LaneExecutable) {
        self.programs = programs
        self.place = place
        self.lanes = lanes
    }

    var limit: Int { lanes.limit }
    var kernels: [KernelCount] { lanes.kernels }
    var reported: [String] { lanes.reported }

    /// Takes steps while the other lanes stand still.
    func run(_ operands: [any Buffer], feeding steps: [[Tensor]]) throws -> [[Tensor]] {
        try programs.run([place: LaneSteps(operands: operands, steps: steps)])[place] ?? []
    }
}
