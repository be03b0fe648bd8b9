public import Programs
public import Tensors

/// The oracle: every primitive in plain loops over doubles, composites by their bodies.
///
/// Slow and simple, it defines what programs mean. Floating-point values of every type are kept as
/// doubles without rounding, but for `Primitive.convert(_:)`, which rounds; buffers hold numbers
/// of their type, so that a run may go on from tensors that were downloaded.
public struct ReferenceEngine: Engine {
    public init() {}

    /// `reference`.
    public var name: String { "reference" }

    /// Nothing but the arithmetic.
    public var facts: [String: String] { ["arithmetic": "double"] }

    /// Replaces composites by their bodies.
    public func compile(
        _ program: Program, donations: [String: String]
    ) throws -> any Executable {
        try program.verify()
        let donated = try program.donatedInputs(donations)
        return ReferenceExecutable(
            program: program, plain: try program.inlined { _ in true }, donated: donated)
    }

    /// Keeps the tensor as doubles.
    public func buffer(_ tensor: Tensor) throws -> any Buffer {
        ReferenceBuffer(
            type: ValueType(tensor.elementType, tensor.shape), values: tensor.doubles)
    }
}

/// Doubles behind a tensor's type.
final class ReferenceBuffer: Buffer {
    let type: ValueType
    var values: [Double]

    init(type: ValueType, values: [Double]) {
        self.type = type
        self.values = values
    }

    func tensor() -> Tensor {
        Tensor(rounding: values, shape: type.shape, elementType: type.elementType)
    }

    func write(_ tensor: Tensor) throws {
        guard ValueType(tensor.elementType, tensor.shape) == type else {
            throw EngineError.operands(
                "a buffer of \(type) is given \(tensor.elementType.rawValue)\(tensor.shape)")
        }
        values = tensor.doubles
    }
}

/// A program and an interpreter's state.
final class ReferenceExecutable: Executable {
    let program: Program
    private let plain: Program
    private let donated: [Int?]

    init(program: Program, plain: Program, donated: [Int?]) {
        self.program = program
        self.plain = plain
        self.donated = donated
    }

    var kernels: [KernelCount] {
        let counts = Dictionary(grouping: plain.instructions, by: \.operation.name)
        return counts.sorted { $0.key < $1.key }.map {
            KernelCount(operation: $0.key, kernel: "reference", count: $0.value.count)
        }
    }

    func run(_ operands: [any Buffer]) throws -> [any Buffer] {
        try program.checkOperands(operands)
        var values: [Program.ValueID: ReferenceValue] = [:]
        for (input, operand) in zip(plain.inputs, operands) {
            guard let buffer = operand as? ReferenceBuffer else {
                throw EngineError.operands("input \(input.name) belongs to another engine")
            }
            values[input.value] = ReferenceValue(
                shape: buffer.type.shape, elements: buffer.values)
        }
        for instruction in plain.instructions {
            guard case .primitive(let primitive) = instruction.operation else {
                throw EngineError.unsupported(
                    engine: "reference", "\(instruction.operation.name) has no body")
            }
            values[instruction.results[0]] = ReferenceInterpreter.evaluate(
                primitive, instruction.operands.compactMap { values[$0] },
                type: plain.types[instruction.results[0]])
        }
        // All results first: a donated input may be an output too.
        let results = plain.outputs.map { output in
            let type = plain.types[output.value]
            return Tensor(
                rounding: values[output.value]?.elements ?? [], shape: type.shape,
                elementType: type.elementType
            ).doubles
        }
        return zip(plain.outputs, zip(results, donated)).map { output, result in
            if let index = result.1, let buffer = operands[index] as? ReferenceBuffer {
                buffer.values = result.0
                return buffer
            }
            return ReferenceBuffer(type: plain.types[output.value], values: result.0)
        }
    }
}

extension Program {
    /// For each output the position of the input whose buffer it takes over.
    ///
    /// - Throws: ``EngineError/operands(_:)`` for unknown names, unequal types, or an input that is
    ///   given away twice.
    package func donatedInputs(_ donations: [String: String]) throws -> [Int?] {
        let outputNames = Set(outputs.map(\.name))
        for name in donations.keys where !outputNames.contains(name) {
            throw EngineError.operands("\(self.name) has no output \(name) to take a buffer over")
        }
        guard Set(donations.values).count == donations.count else {
            throw EngineError.operands("an input of \(name) is given to two outputs")
        }
        return try outputs.map { output in
            guard let inputName = donations[output.name] else { return nil }
            guard let index = inputs.firstIndex(where: { $0.name == inputName }) else {
                throw EngineError.operands("\(name) has no input \(inputName) to give away")
            }
            guard types[inputs[index].value] == types[output.value] else {
                throw EngineError.operands(
                    "output \(output.name) of \(name) is \(types[output.value]) and cannot take "
                        + "over input \(inputName), \(types[inputs[index].value])")
            }
            return index
        }
    }

    /// Checks the number and the types of operands.
    package func checkOperands(_ operands: [any Buffer]) throws {
        guard operands.count == inputs.count else {
            throw EngineError.operands(
                "\(name) takes \(inputs.count) inputs and is given \(operands.count)")
        }
        for (input, operand) in zip(inputs, operands) where operand.type != types[input.value] {
            throw EngineError.operands(
                "input \(input.name) of \(name) is \(types[input.value]) and is given "
                    + "\(operand.type)")
        }
    }
}
