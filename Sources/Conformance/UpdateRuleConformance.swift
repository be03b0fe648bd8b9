public import Engines
public import Modules
public import Optimizers
import Programs
import Tensors
public import Testing

/// Facts that every update rule holds to.
///
/// ```swift
/// @Test(arguments: OptimizerCatalog.all.map(NamedRule.init))
/// func conforms(_ rule: NamedRule) throws { try UpdateRuleConformance(rule.rule).check() }
/// ```
public struct UpdateRuleConformance {
    /// The rule that is tried.
    public let rule: any UpdateRule
    /// What it is tried on.
    public let role: Role
    let engine: any Engine
    let sourceLocation: SourceLocation

    /// Tries a rule on a parameter of a role, on the reference engine unless another is given.
    public init(
        _ rule: any UpdateRule, role: Role = .hidden, on engine: any Engine = ReferenceEngine(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        self.rule = rule
        self.role = role
        self.engine = engine
        self.sourceLocation = sourceLocation
    }

    /// All of them.
    public func check() throws {
        try checkDescent()
        try checkRepeatability()
        try checkZeroGradients()
        try checkState()
        try checkProgram()
        checkScalars()
    }

    /// With one of six learning rates it reaches a hundredth of a parabola's height and a tenth of
    /// Rosenbrock's valley; a rule that keeps to a surface, a hundredth of the distance from a
    /// direction.
    public func checkDescent() throws {
        let objectives: [(Objective, Double)] =
            rule.constrains(specification)
            ? [(.direction, 0.01)] : [(.parabola, 0.01), (.rosenbrock, 0.1)]
        for (objective, goal) in objectives {
            let heights = try [10, 1, 0.1, 0.01, 0.001, 0.0001].map { rate in
                var trajectory = try Trajectory(self, objective, learningRate: rate)
                let start = try trajectory.step()
                for _ in 0..<600 { _ = try trajectory.step() }
                return try trajectory.step() / start
            }
            // A height that is not finite has not descended.
            if !heights.contains(where: { $0 <= goal }) {
                record("\(objective) ends at \(heights) of its height with six learning rates")
            }
        }
    }

    /// Two runs give the same bits.
    public func checkRepeatability() throws {
        let tensors = try (0..<2).map { _ in
            var trajectory = try Trajectory(self, .rosenbrock, learningRate: 1e-3)
            for _ in 0..<20 { _ = try trajectory.step() }
            return try trajectory.tensors()
        }
        if tensors[0] != tensors[1] { record("a second run gives other bits") }
    }

    /// From rest nothing moves and nothing ceases to be a number.
    ///
    /// A rule that keeps to a surface is given a hundred steps to get there, and may then move by what
    /// rounding makes of its way back to the surface.
    public func checkZeroGradients() throws {
        var trajectory = try Trajectory(self, .flat, learningRate: 0.1)
        let isConstrained = rule.constrains(specification)
        for _ in 0..<(isConstrained ? 100 : 0) { _ = try trajectory.step() }
        let start = try trajectory.tensors()
        for _ in 0..<5 { _ = try trajectory.step() }
        let end = try trajectory.tensors()
        let change = zip(start[0].doubles, end[0].doubles).map { ($0 - $1).magnitude }.max() ?? 0
        // Five roundings of numbers below four, each of half a unit in the last place.
        if !(change <= (isConstrained ? 5 * 0x1p-23 : 0)) {
            record("without a gradient \(start[0]) becomes \(end[0])")
        }
        if !end.allSatisfy({ $0.doubles.allSatisfy(\.isFinite) }) {
            record("without a gradient the state is \(end)")
        }
    }

    /// A run that continues from downloaded tensors gives the same bits as one that was not
    /// interrupted.
    public func checkState() throws {
        var whole = try Trajectory(self, .rosenbrock, learningRate: 1e-3)
        for _ in 0..<20 { _ = try whole.step() }
        var first = try Trajectory(self, .rosenbrock, learningRate: 1e-3)
        for _ in 0..<11 { _ = try first.step() }
        var second = try Trajectory(
            self, .rosenbrock, learningRate: 1e-3, continuing: try first.tensors(), after: 11)
        for _ in 0..<9 { _ = try second.step() }
        if try whole.tensors() != second.tensors() {
            record("a run that continues gives other bits")
        }
    }

    /// The program of a step is the same each time that it is built, so that it is compiled once.
    public func checkProgram() throws {
        let programs = try (0..<2).map { _ in
            let trajectory = try Trajectory(self, .rosenbrock, learningRate: 1e-3)
            _ = rule.scalars(at: StepSize(step: 1, peak: 0.1, schedule: 0.5))
            return trajectory.programText
        }
        if programs[0] != programs[1] { record("the second program of a step is another") }
    }

    /// The scalars are those that are named, and finite at the first step and much later.
    public func checkScalars() {
        for step in [1, 2, 1000, 1_000_000] {
            let scalars = rule.scalars(at: StepSize(step: step, peak: 0.1, schedule: 0.5))
            if Set(scalars.keys) != Set(rule.stepScalars)
                || Set(rule.stepScalars).count != rule.stepScalars.count
            {
                record("scalars \(scalars.keys.map(\.name).sorted()) are named \(rule.stepScalars)")
            }
            if !scalars.values.allSatisfy(\.isFinite) { record("scalars at \(step): \(scalars)") }
        }
    }

    private func record(_ message: String) {
        Issue.record(
            "\(type(of: rule).name), \(role.rawValue): \(message)", sourceLocation: sourceLocation)
    }

    /// The parameter: a matrix of attention, a table, or a gain of as many elements.
    fileprivate var specification: ParameterSpecification {
        switch role {
        case .hidden:
            ParameterSpecification(
                path: "blocks.0.attention.query", shape: [2, 2], role: role,
                initialization: .constant(0))
        case .embedding, .head:
            ParameterSpecification(
                path: role.rawValue, shape: [2, 2], role: role, initialization: .constant(0))
        case .gain:
            ParameterSpecification(
                path: "norm", shape: [4], role: role, initialization: .constant(0))
        }
    }
}

/// A rule that a test's output shows by name.
public struct NamedRule: Sendable, CustomTestStringConvertible {
    /// The rule.
    public let rule: any UpdateRule

    /// Names a rule.
    public init(_ rule: any UpdateRule) { self.rule = rule }

    /// The name in configuration files.
    public var testDescription: String { type(of: rule).name }
}

/// What is made small.
private enum Objective: String {
    /// Half the square of each element, some steeper than others.
    case parabola
    /// A valley along a parabola.
    case rosenbrock
    /// One minus the cosine of the angle to a rotation, whatever the size.
    case direction
    /// Zero everywhere.
    case flat

    var start: Tensor {
        switch self {
        case .parabola, .flat, .direction: Tensor([1, -2, 3, -0.5], shape: [2, 2])
        case .rosenbrock: Tensor([-1.2, 1, 0.5, 2], shape: [2, 2])
        }
    }

    func height(_ x: Value) -> Value {
        switch self {
        case .parabola:
            return (x * x * (x.builder.iota(x.shape, axis: 1) + 1) * 0.5).sum()
        case .rosenbrock:
            let a = x.slice(from: [0, 0], to: [2, 1])
            let b = x.slice(from: [0, 1], to: [2, 2])
            let (toOne, toValley) = (1 - a, b - a * a)
            return (toOne * toOne + toValley * toValley * 100).sum()
        case .direction:
            // The rotation [0.6 -0.8; 0.8 0.6] as sums of places.
            let a = x.slice(from: [0, 0], to: [1, 1]) + x.slice(from: [1, 1], to: [2, 2])
            let b = x.slice(from: [1, 0], to: [2, 1]) - x.slice(from: [0, 1], to: [1, 2])
            let length = ((x * x).sum() * 2).squareRoot()
            return 1 - (a * 0.6 + b * 0.8).sum() / length
        case .flat: return (x * 0).sum()
        }
    }
}

/// A parameter on its way down.
private struct Trajectory {
    private let rule: any UpdateRule
    private let executable: any Executable
    private let buffers: [any Buffer]
    private let tensorCount: Int
    private let learningRate: Double
    private var steps: Int

    init(
        _ conformance: UpdateRuleConformance, _ objective: Objective, learningRate: Double,
        continuing tensors: [Tensor]? = nil, after steps: Int = 0
    ) throws {
        rule = conformance.rule
        self.learningRate = learningRate
        self.steps = steps
        let specification = conformance.specification
        let slots = rule.slots(for: specification)
        tensorCount = 1 + slots.count
        let builder = ProgramBuilder("descent")
        let x = builder.input("x", .f32, specification.shape)
        let state = slots.map { builder.input("state/" + $0.name, .f32, $0.shape) }
        var scalars: [StepScalar: Value] = [:]
        for scalar in rule.stepScalars { scalars[scalar] = builder.input(scalar.input, .f32, []) }
        let height = objective.height(x.reshaped([2, 2]))
        let gradient = builder.gradients(of: height, withRespectTo: [x])[0]
        let element = ModelOperands.Element(
            specification: specification, parameter: x, gradient: gradient,
            squaredGradient: (gradient * gradient).sum())
        let results = rule.update(
            UpdateOperands(
                parameter: x, gradient: gradient, gradientScale: height.filled(with: 1),
                state: state, scalars: scalars, isDecayed: objective != .flat,
                specification: specification,
                shared: rule.shared(ModelOperands([element], scalars: scalars))))
        var donations = ["x": "x"]
        builder.output("x", results.parameter)
        for (slot, value) in zip(slots, results.state) {
            builder.output("state/" + slot.name, value)
            donations["state/" + slot.name] = "state/" + slot.name
        }
        builder.output("height", height)
        builder.output("squared_update", results.squaredUpdate)
        executable = try conformance.engine.compile(
            try builder.build().simplified(), donations: donations)
        let start = Tensor(objective.start.floats, shape: specification.shape)
        let tensors = tensors ?? [start] + slots.map { .zeros($0.shape) }
        buffers =
            try (tensors + rule.stepScalars.map { _ in Tensor(scalar: 0) })
            .map(conformance.engine.buffer)
    }

    /// The program of a step.
    var programText: String { executable.program.description }

    /// Takes a step and returns the height before it.
    mutating func step() throws -> Double {
        steps += 1
        let scalars = rule.scalars(at: StepSize(step: steps, peak: learningRate, schedule: 1))
        for (scalar, buffer) in zip(rule.stepScalars, buffers.dropFirst(tensorCount)) {
            try buffer.write(Tensor(scalar: Float(scalars[scalar] ?? .nan)))
        }
        let results = try executable.run(buffers)
        return try results[tensorCount].tensor().doubles[0]
    }

    /// The parameter and the state.
    func tensors() throws -> [Tensor] {
        try buffers.prefix(tensorCount).map { try $0.tensor() }
    }
}
