import Engines
import Programs
import Tensors

/// What a program means, in double: the reference engine on the same program in `f64`.
struct Oracle {
    private let program: Program

    init(_ program: Program) throws { self.program = try program.widened() }

    /// The outputs in the program's order, not rounded to single precision.
    func outputs(_ inputs: [String: Tensor]) throws -> [[Double]] {
        let results = try ReferenceEngine().run(program, inputs.mapValues { $0.widened() })
        return program.outputs.map { results[$0.name]?.doubles ?? [] }
    }

    /// For each element the magnitude of its terms: the outputs for operands without their signs.
    func magnitudes(_ inputs: [String: Tensor]) throws -> [[Double]] {
        try outputs(
            inputs.mapValues { tensor in
                guard tensor.elementType.isFloatingPoint else { return tensor }
                return Tensor(doubles: tensor.doubles.map(\.magnitude), shape: tensor.shape)
            })
    }

    /// For each element the root mean square of its change when every computed number is rounded to
    /// single precision, up or down by chance.
    ///
    /// The results of arithmetic, and what sums run over, are multiplied by 1 ± 2⁻²⁴; copies, indices
    /// and choices are exact.
    func noise(_ inputs: [String: Tensor], around center: [[Double]]) throws -> [[Double]] {
        let body = try program.inlined { _ in true }
        let noisy = try body.rewritten { builder, instruction, operands in
            func rounded(_ value: Value, _ name: String) -> Value {
                guard value.type.elementType == .f64 else { return value }
                return value * builder.input("noise/" + name, .f64, value.shape)
            }
            let id = instruction.results[0]
            var operands = operands
            if instruction.operation.sums {
                operands = operands.enumerated().map { rounded($1, "\(id)/\($0)") }
            }
            let results = builder.apply(instruction.operation, operands)
            return instruction.operation.rounds ? [rounded(results[0], "\(id)")] : results
        }
        let engine = ReferenceEngine()
        let executable = try engine.compile(noisy)
        let wide = inputs.mapValues { $0.widened() }
        var squares = center.map { [Double](repeating: 0, count: $0.count) }
        let draws = 16
        for draw in 0..<draws {
            let key = RandomKey(seed: 3).split(draw)
            let operands = try noisy.inputs.map { input in
                if let given = wide[input.name] { return try engine.buffer(given) }
                let shape = noisy.types[input.value].shape
                let signs = key.split(input.name).normals(shape.count, deviation: 1)
                return try engine.buffer(
                    Tensor(doubles: signs.map { $0 < 0 ? 1 - 0x1p-24 : 1 + 0x1p-24 }, shape: shape))
            }
            for (output, buffer) in zip(center.indices, try executable.run(operands)) {
                for (index, value) in try buffer.tensor().doubles.enumerated() {
                    let change = value - center[output][index]
                    squares[output][index] += change.isFinite ? change * change : 0
                }
            }
        }
        return squares.map { $0.map { ($0 / Double(draws)).squareRoot() } }
    }
}

extension Program {
    /// The same program in `f64` wherever it has floating-point numbers.
    func widened() throws -> Program {
        func wide(_ type: ValueType) -> ValueType {
            ValueType(type.elementType.isFloatingPoint ? .f64 : type.elementType, type.shape)
        }
        var copy = self
        copy.types = types.map(wide)
        for index in instructions.indices {
            guard case .primitive(let primitive) = instructions[index].operation else { continue }
            switch primitive {
            case .constant(let value, let type):
                copy.instructions[index].operation = .primitive(.constant(value, wide(type)))
            case .iota(let axis, let type):
                copy.instructions[index].operation = .primitive(.iota(axis: axis, wide(type)))
            case .convert(let elementType) where elementType.isFloatingPoint:
                copy.instructions[index].operation = .primitive(.convert(.f64))
            case .dot(var axes) where axes.result != nil:
                axes.result = nil
                copy.instructions[index].operation = .primitive(.dot(axes))
            default: continue
            }
        }
        try copy.verify()
        return copy
    }
}

extension Program.Operation {
    /// Whether terms are rounded before they are added.
    fileprivate var sums: Bool {
        switch self {
        case .primitive(.dot), .primitive(.scatterAdd), .primitive(.reduce(.sum, _)): true
        default: false
        }
    }

    /// Whether results are rounded numbers.
    fileprivate var rounds: Bool {
        guard case .primitive(let primitive) = self else { return true }
        return switch primitive {
        case .iota, .compare, .select, .reshape, .broadcast, .transpose, .slice, .pad, .concatenate,
            .take, .reduce(.maximum, _):
            false
        case .unary(let function):
            switch function {
            case .negate, .absolute, .sign, .floor, .isFinite, .not: false
            default: true
            }
        case .binary(let function): function != .maximum && function != .minimum
        case .constant(let value, _): Double(Float(value)) != value
        case .convert, .reduce, .dot, .scatterAdd: true
        }
    }
}
