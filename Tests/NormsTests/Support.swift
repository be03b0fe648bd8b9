import EngineCPU
import Engines
import Foundation
import Norms
import Programs
import Tensors
import Testing

/// An engine with the type of number that it is tried with.
struct Arithmetic: Sendable, CustomTestStringConvertible {
    var engine: any Engine
    var elementType: ElementType
    /// Half the distance from one to the next number.
    var rounding: Double
    var testDescription: String { "\(engine.name) \(elementType.rawValue)" }

    /// The reference engine in double, and the CPU engine with the instruction set of the environment.
    static var all: [Arithmetic] {
        get throws {
            let isa = ProcessInfo.processInfo.environment["BALLAST_ISA"]
            let cpu = try CPUEngine(instructionSet: InstructionSet(rawValue: isa ?? "") ?? .best)
            return [
                Arithmetic(engine: ReferenceEngine(), elementType: .f64, rounding: 0x1p-53),
                Arithmetic(engine: cpu, elementType: .f32, rounding: 0x1p-24),
            ]
        }
    }

    /// Builds a program of one input and runs it.
    func run(_ matrix: Tensor, _ function: (Value) -> [String: Value]) throws -> [String: Tensor] {
        let builder = ProgramBuilder("norms")
        let results = function(builder.input("x", elementType, matrix.shape))
        for (name, value) in results.sorted(by: { $0.key < $1.key }) { builder.output(name, value) }
        let input = Tensor(rounding: matrix.doubles, shape: matrix.shape, elementType: elementType)
        return try engine.run(try builder.build().simplified(), ["x": input])
    }

    /// The one result of a function of a matrix.
    func apply(_ matrix: Tensor, _ function: (Value) -> Value) throws -> Tensor {
        let results = try run(matrix) { ["y": function($0)] }
        return results["y"] ?? .zeros([])
    }
}

/// Irregular numbers of either sign, exact in single precision.
func matrix(_ shape: Shape, seed: UInt64 = 1) -> Tensor {
    Tensor(RandomKey(seed: seed).normals(shape.count, deviation: 1), shape: shape)
}

/// A matrix with these singular values and irregular singular vectors.
func matrix(_ shape: Shape, singularValues: [Double], seed: UInt64 = 1) -> Tensor {
    let base = SingularValues(matrix(shape, seed: seed))
    var rest = singularValues[...]
    return base.matrix { _ in rest.popFirst() ?? 0 }
}

/// The largest difference of equal places.
func distance(_ a: Tensor, _ b: Tensor) -> Double {
    zip(a.doubles, b.doubles).map { ($0 - $1).magnitude }.max() ?? 0
}

extension Tensor {
    var frobenius: Double { doubles.reduce(0) { $0 + $1 * $1 }.squareRoot() }

    func inner(_ other: Tensor) -> Double {
        zip(doubles, other.doubles).reduce(0) { $0 + $1.0 * $1.1 }
    }
}

let shapes: [Shape] = [[16, 16], [24, 8], [8, 24], [1, 5], [5, 1], [17, 3]]
