public import Programs
public import Tensors

/// What a run of the engine takes of one lane: the lane's own state and the steps that it is to take.
public struct LaneSteps {
    /// A buffer for each input that is not fed, in the program's order.
    public var operands: [any Buffer]
    /// For each step a tensor for each input that is fed; empty for a lane that stands still.
    public var steps: [[Tensor]]

    /// Names state and steps.
    public init(operands: [any Buffer], steps: [[Tensor]]) {
        self.operands = operands
        self.steps = steps
    }
}

/// A compiled program that takes steps of several independent runs, its lanes, in one run of the engine.
///
/// Lanes share nothing but the program: each has its own state, its own number of steps and what they are
/// fed. What a lane computes does not depend on its place, on the other lanes, or on how many there are;
/// engines say whether that holds to the bit.
public protocol LaneExecutable: AnyObject {
    /// The largest number of steps that a lane takes in a run.
    var limit: Int { get }

    /// The number of places for lanes.
    var lanes: Int { get }

    /// What runs the operations of a step.
    var kernels: [KernelCount] { get }

    /// The names of the outputs that come back from each step: those that are not donated.
    var reported: [String] { get }

    /// Takes steps.
    ///
    /// - Parameter lanes: For each place its lane; nil for a place that is free. A lane that was there in the
    ///   run before and stands still is given with no steps: its buffers keep their values. Those of one that is
    ///   no longer given may not be read any more.
    /// - Returns: For each place and step the tensors of ``reported``.
    /// - Throws: ``EngineError/operands(_:)`` when operands do not fit or there are too many lanes or steps.
    func run(_ lanes: [LaneSteps?]) throws -> [[[Tensor]]]
}

extension Engine {
    /// Takes the lanes one after another.
    public func compileLanes(
        _ program: Program, donations: [String: String], feeding fed: [String], limit: Int,
        lanes: Int
    ) throws -> any LaneExecutable {
        precondition(lanes >= 1, "compileLanes: \(lanes) lanes")
        return LaneByLane(
            try compileSteps(program, donations: donations, feeding: fed, limit: limit),
            lanes: lanes)
    }
}

extension LaneExecutable {
    /// Checks the number of lanes.
    package func check(_ given: [LaneSteps?]) throws {
        guard given.count == lanes else {
            throw EngineError.operands("a program of \(lanes) lanes is given \(given.count)")
        }
    }
}

/// Lanes that the host takes one after another.
private final class LaneByLane: LaneExecutable {
    let lanes: Int
    private let executable: any StepExecutable

    init(_ executable: any StepExecutable, lanes: Int) {
        self.executable = executable
        self.lanes = lanes
    }

    var limit: Int { executable.limit }
    var kernels: [KernelCount] { executable.kernels }
    var reported: [String] { executable.reported }

    func run(_ lanes: [LaneSteps?]) throws -> [[[Tensor]]] {
        try check(lanes)
        return try lanes.map { lane in
            guard let lane, !lane.steps.isEmpty else { return [] }
            return try executable.run(lane.operands, feeding: lane.steps)
        }
    }
}
