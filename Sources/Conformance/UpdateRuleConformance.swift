public import Engines
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
    let engine: any Engine
    let sourceLocation: SourceLocation

    /// Tries a rule, on the reference engine unless another is given.
    public init(
        _ rule: any UpdateRule, on engine: any Engine = ReferenceEngine(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        self.rule = rule
        self.engine = engine
        self.sourceLocation = sourceLocation
    }

    /// All of them.
    public func check() throws {
        try checkDescent()
        try checkRepeatability()
        try checkZeroGradients()
        try checkState()
        checkScalars()
    }

    /// With one of four learning rates it reaches a hundredth of a parabola's height and a tenth of
    /// Rosenbrock's valley.
    public func checkDescent() throws {
        for (objective, goal) in [(Objective.parabola, 0.01), (.rosenbrock, 0.1)] {
            let heights = try [0.1, 0.01, 0.001, 0.0001].map { rate in
                var trajectory = try Trajectory(self, objective, learningRate: rate)
                let start = try trajectory.step()
                for _ in 0..<600 { _ = try trajectory.step() }
                return try trajectory.step() / start
            }
            // A height that is not finite has not descended.
            if !heights.contains(where: { $0 <= goal }) {
                record("\(objective) ends at \(heights) of its height with four learning rates")
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
    public func checkZeroGradients() throws {
        var trajectory = try Trajectory(self, .flat, learningRate: 0.1)
        let start = try trajectory.tensors()
        for _ in 0..<5 { _ = try trajectory.step() }
        let end = try trajectory.tensors()
        if end[0] != start[0] { record("without a gradient \(start[0]) becomes \(end[0])") }
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

    /// The scalars are those that are named, and finite at the first step and much later.
    public func checkScalars() {
        for step in [1, 2, 1000, 1_000_000] {
            let scalars = rule.scalars(at: StepSize(step: step, peak: 0.1, schedule: 0.5))
            if Set(scalars.keys) != Set(rule.scalarNames)
                || Set(rule.scalarNames).count != rule.scalarNames.count
            {
                record("scalars \(scalars.keys.sorted()) are named \(rule.scalarNames)")
            }
            if !scalars.values.allSatisfy(\.isFinite) { record("scalars at \(step): \(scalars)") }
        }
    }

    private func record(_ message: String) {
        Issue.record("\(type(of: rule).name): \(message)", sourceLocation: sourceLocation)
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
    /// Zero everywhere.
    case flat

    var start: Tensor {
        switch self {
        case .parabola, .flat: Tensor([1, -2, 3, -0.5], shape: [2, 2])
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
        case .flat: return (x * 0).sum()
        }
    }
}

/// A parameter on its way down.
private struct Trajectory {
    private let rule: any UpdateRule
    private let executable: any Executable
    private let buffers: [any Buffer]
    private let learningRate: Double
    private var steps: Int

    init(
        _ conformance: UpdateRuleConformance, _ objective: Objective, learningRate: Double,
        continuing tensors: [Tensor]? = nil, after steps: Int = 0
    ) throws {
        rule = conformance.rule
        self.learningRate = learningRate
        self.steps = steps
        let builder = ProgramBuilder("descent")
        let x = builder.input("x", .f32, objective.start.shape)
        let state = rule.slots.map { builder.input("state/" + $0, .f32, x.shape) }
        var scalars: [String: Value] = [:]
        for name in rule.scalarNames { scalars[name] = builder.input("step/" + name, .f32, []) }
        let height = objective.height(x)
        let results = rule.update(
            UpdateOperands(
                parameter: x, gradient: builder.gradients(of: height, withRespectTo: [x])[0],
                gradientScale: height.filled(with: 1), state: state, scalars: scalars,
                isDecayed: true))
        var donations = ["x": "x"]
        builder.output("x", results.parameter)
        for (slot, value) in zip(rule.slots, results.state) {
            builder.output("state/" + slot, value)
            donations["state/" + slot] = "state/" + slot
        }
        builder.output("height", height)
        builder.output("squared_update", results.squaredUpdate)
        executable = try conformance.engine.compile(try builder.build(), donations: donations)
        let start = tensors ?? [objective.start] + rule.slots.map { _ in .zeros(x.shape) }
        buffers =
            try (start + rule.scalarNames.map { _ in Tensor(scalar: 0) })
            .map(conformance.engine.buffer)
    }

    /// Takes a step and returns the height before it.
    mutating func step() throws -> Double {
        steps += 1
        let scalars = rule.scalars(at: StepSize(step: steps, peak: learningRate, schedule: 1))
        for (name, buffer) in zip(rule.scalarNames, buffers.dropFirst(1 + rule.slots.count)) {
            try buffer.write(Tensor(scalar: Float(scalars[name] ?? .nan)))
        }
        let results = try executable.run(buffers)
        return try results[1 + rule.slots.count].tensor().doubles[0]
    }

    /// The parameter and the state.
    func tensors() throws -> [Tensor] {
        try buffers.prefix(1 + rule.slots.count).map { try $0.tensor() }
    }
}
