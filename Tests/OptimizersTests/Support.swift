import EngineCPU
import Engines
import Foundation
import Modules
import Optimizers
import Programs
import Tensors
import Testing

/// An engine with the type of number that it is tried with.
struct Arithmetic: Sendable, CustomTestStringConvertible {
    var engine: any Engine
    var elementType: ElementType
    var testDescription: String { "\(engine.name) \(elementType.rawValue)" }

    /// The reference engine, all in double.
    static let double = Arithmetic(engine: ReferenceEngine(), elementType: .f64)

    /// The CPU engine with the instruction set of the environment.
    static var single: Arithmetic {
        get throws {
            let isa = ProcessInfo.processInfo.environment["BALLAST_ISA"]
            let cpu = try CPUEngine(instructionSet: InstructionSet(rawValue: isa ?? "") ?? .best)
            return Arithmetic(engine: cpu, elementType: .f32)
        }
    }
}

/// A parameter on its own.
func parameter(
    _ path: String, _ shape: Shape, _ role: Role = .hidden
) -> ParameterSpecification {
    ParameterSpecification(path: path, shape: shape, role: role, initialization: .constant(0))
}

/// A matrix of attention on its own.
func query(_ shape: Shape) -> ParameterSpecification {
    parameter("blocks.0.attention.query", shape)
}

/// Parameters on their way along gradients that are given.
struct Walk {
    /// What a step left.
    struct Step {
        /// Path -> elements.
        var parameters: [String: [Double]] = [:]
        /// Path -> sum of the squares of the change, as the rule says.
        var squaredUpdates: [String: Double] = [:]
        /// Path -> state tensors.
        var state: [String: [Tensor]] = [:]
    }

    /// The steps in order.
    var steps: [Step] = []

    /// Builds a program for all parameters and runs it once for each step.
    ///
    /// - Parameters:
    ///   - rule: How they move.
    ///   - start: The parameters and their values.
    ///   - gradients: For each step path -> gradient.
    ///   - arithmetic: What computes.
    ///   - isDecayed: Whether weight decay applies.
    ///   - size: The position of a step in its schedule.
    /// - Throws: What building, compiling or running throws.
    init(
        _ rule: any UpdateRule, from start: [(ParameterSpecification, [Double])],
        along gradients: [[String: [Double]]], _ arithmetic: Arithmetic = .double,
        isDecayed: Bool = true, size: (Int) -> StepSize
    ) throws {
        let type = arithmetic.elementType
        let builder = ProgramBuilder("walk")
        var scalars: [StepScalar: Value] = [:]
        for scalar in rule.stepScalars { scalars[scalar] = builder.input(scalar.input, type, []) }
        let elements = start.map { specification, _ in
            let gradient = builder.input(
                "gradient/" + specification.path, type, specification.shape)
            return ModelOperands.Element(
                specification: specification,
                parameter: builder.input(
                    "parameter/" + specification.path, type, specification.shape),
                gradient: gradient, squaredGradient: (gradient * gradient).sum())
        }
        let shared = rule.shared(ModelOperands(elements, scalars: scalars))
        var stateNames: [String: [String]] = [:]
        for element in elements {
            let path = element.specification.path
            let slots = rule.slots(for: element.specification)
            let names = slots.map { "state/\($0.name)/\(path)" }
            let state = zip(names, slots).map { builder.input($0, type, $1.shape) }
            let results = rule.update(
                UpdateOperands(
                    parameter: element.parameter, gradient: element.gradient,
                    gradientScale: builder.constant(1, [], type), state: state, scalars: scalars,
                    isDecayed: isDecayed, specification: element.specification, shared: shared))
            builder.output("parameter/" + path, results.parameter)
            builder.output("squares/" + path, results.squaredUpdate)
            for (name, value) in zip(names, results.state) { builder.output(name, value) }
            stateNames[path] = names
        }
        let program = try builder.build().simplified()
        let executable = try arithmetic.engine.compile(program)
        var tensors: [String: Tensor] = [:]
        for input in program.inputs {
            let type = program.types[input.value]
            tensors[input.name] = .zeros(type.shape, type.elementType)
        }
        func put(_ name: String, _ values: [Double]) {
            guard let old = tensors[name] else { return }
            tensors[name] = Tensor(rounding: values, shape: old.shape, elementType: type)
        }
        for (specification, values) in start { put("parameter/" + specification.path, values) }
        for (index, gradient) in gradients.enumerated() {
            for (path, values) in gradient { put("gradient/" + path, values) }
            for (name, value) in rule.scalars(at: size(index + 1)) { put(name.input, [value]) }
            let operands = try program.inputs.map { input in
                try arithmetic.engine.buffer(try #require(tensors[input.name]))
            }
            let outputs = try executable.run(operands)
            var step = Step()
            for (output, buffer) in zip(program.outputs, outputs) {
                let tensor = try buffer.tensor()
                if tensors[output.name] != nil { tensors[output.name] = tensor }
                if output.name.hasPrefix("squares/") {
                    step.squaredUpdates[String(output.name.dropFirst(8))] = tensor.doubles[0]
                }
            }
            for (specification, _) in start {
                let path = specification.path
                step.parameters[path] = tensors["parameter/" + path]?.doubles
                step.state[path] = stateNames[path]?.compactMap { tensors[$0] }
            }
            steps.append(step)
        }
    }
}

/// Irregular numbers of either sign, exact in single precision.
func noise(_ count: Int, _ seed: UInt64) -> [Double] {
    RandomKey(seed: seed).normals(count, deviation: 1).map(Double.init)
}

/// The largest difference of equal places.
func distance(_ a: [Double], _ b: [Double]) -> Double {
    a.count == b.count ? zip(a, b).map { ($0 - $1).magnitude }.max() ?? 0 : .infinity
}

/// The root of the sum of squares.
func length(_ a: [Double]) -> Double { a.reduce(0) { $0 + $1 * $1 }.squareRoot() }

/// The sum of products.
func inner(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}
