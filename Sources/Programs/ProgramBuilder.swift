public import Tensors

/// Collects instructions into a ``Program``.
///
/// Operations on ``Value`` append to the builder that the value came from. A mistake in shapes or
/// types does not interrupt: the first one is kept and thrown by ``build()``, so that models read as
/// formulas.
///
/// ```swift
/// let builder = ProgramBuilder("example")
/// let x = builder.input("x", .f32, [2, 3])
/// builder.output("loss", (x * x).sum())
/// let program = try builder.build()
/// ```
public final class ProgramBuilder {
    private var program: Program
    private var firstError: ProgramError?

    /// Begins an empty program.
    public init(_ name: String) {
        program = Program(name: name, inputs: [], instructions: [], outputs: [], types: [])
    }

    /// Begins with the inputs, instructions and values of `program`, without its outputs.
    public init(extending program: Program) {
        self.program = program
        self.program.outputs = []
    }

    /// The value with this number, which must exist.
    public func value(_ id: Program.ValueID) -> Value {
        Value(builder: self, id: id, type: program.types[id])
    }

    /// The instructions so far.
    public var instructions: [Program.Instruction] { program.instructions }

    /// Adds an input.
    public func input(_ name: String, _ elementType: ElementType, _ shape: Shape) -> Value {
        let value = define(ValueType(elementType, shape))
        program.inputs.append(.init(name: name, value: value.id))
        return value
    }

    /// Makes `value` an output.
    public func output(_ name: String, _ value: Value) {
        program.outputs.append(.init(name: name, value: value.id))
    }

    /// The program, checked.
    ///
    /// - Throws: The first mistake made while building, else what ``Program/verify()`` finds.
    public func build() throws(ProgramError) -> Program {
        if let firstError { throw firstError }
        try program.verify()
        return program
    }

    /// Appends a primitive.
    public func apply(_ primitive: Primitive, _ operands: [Value]) -> Value {
        var type = operands.first?.type ?? ValueType(.f32, .scalar)
        do {
            type = try primitive.resultType(of: operands.map(\.type))
        } catch {
            report(error)
        }
        return append(.primitive(primitive), operands, [type])[0]
    }

    /// Appends a composite.
    public func apply(_ composite: any Composite, _ operands: [Value]) -> [Value] {
        do {
            let types = try composite.resultTypes(of: operands.map(\.type))
            return append(.composite(composite), operands, types)
        } catch {
            report(error)
            // As many results as the composite's samples say, of some type: the error is kept.
            let type = operands.first?.type ?? ValueType(.f32, .scalar)
            return append(
                .composite(composite), operands,
                [ValueType](repeating: type, count: composite.resultCount))
        }
    }

    /// Keeps `error` if it is the first.
    public func report(_ error: ProgramError) {
        if firstError == nil { firstError = error }
    }

    private func append(
        _ operation: Program.Operation, _ operands: [Value], _ types: [ValueType]
    ) -> [Value] {
        for operand in operands where operand.builder !== self {
            report(.malformed("\(operation.name) mixes values of two builders"))
        }
        let results = types.map(define)
        program.instructions.append(
            .init(
                operation: operation, operands: operands.map(\.id), results: results.map(\.id)))
        return results
    }

    private func define(_ type: ValueType) -> Value {
        program.types.append(type)
        return Value(builder: self, id: program.types.count - 1, type: type)
    }

    /// Appends the instructions of `other`, with its inputs replaced.
    ///
    /// - Parameters:
    ///   - other: The program to copy.
    ///   - operands: A value for each input of `other`, in order.
    /// - Returns: The outputs of `other`, in order.
    public func inline(_ other: Program, _ operands: [Value]) -> [Value] {
        var map: [Program.ValueID: Value] = [:]
        for (input, operand) in zip(other.inputs, operands) { map[input.value] = operand }
        for instruction in other.instructions {
            let results = append(
                instruction.operation, instruction.operands.compactMap { map[$0] },
                instruction.results.map { other.types[$0] })
            for (id, value) in zip(instruction.results, results) { map[id] = value }
        }
        return other.outputs.compactMap { map[$0.value] }
    }

    /// A scalar or splat constant.
    public func constant(
        _ value: Double, _ shape: Shape = .scalar, _ elementType: ElementType = .f32
    ) -> Value {
        apply(.constant(value, ValueType(elementType, shape)), [])
    }

    /// The index along `axis`.
    public func iota(
        _ shape: Shape, axis: Int, _ elementType: ElementType = .f32
    ) -> Value {
        apply(.iota(axis: axis, ValueType(elementType, shape)), [])
    }
}
