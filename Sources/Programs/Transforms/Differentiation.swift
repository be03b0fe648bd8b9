import Tensors

extension ProgramBuilder {
    /// Appends the computation of gradients and returns them.
    ///
    /// Reverse mode: each instruction between `values` and `scalar` contributes the products of its
    /// cotangents with its derivative, in reverse order; sums of contributions are added in that
    /// order. A composite contributes by its own gradient, or else by that of its body.
    ///
    /// - Parameters:
    ///   - scalar: A floating-point value of shape `[]`, usually the loss.
    ///   - values: Values that it may depend on.
    /// - Returns: For each of `values` a gradient of its type; zeros where there is no dependence.
    public func gradients(of scalar: Value, withRespectTo values: [Value]) -> [Value] {
        guard scalar.shape.rank == 0, scalar.type.elementType.isFloatingPoint else {
            report(.gradient("the value to differentiate is \(scalar.type), not a real scalar"))
            return values.map { $0.filled(with: 0) }
        }
        var pullback = Pullback(builder: self, wanted: values.map(\.id))
        pullback.seed(scalar, scalar.filled(with: 1))
        pullback.run(over: 0..<instructions.count)
        return values.map { pullback.cotangents[$0.id] ?? $0.filled(with: 0) }
    }
}

extension Program {
    /// This program with a gradient output for each of the named inputs.
    ///
    /// - Parameters:
    ///   - output: The name of a scalar output.
    ///   - inputs: Names of inputs.
    /// - Returns: A program with the outputs of this one, then `gradient/NAME` for each of `inputs`.
    /// - Throws: ``ProgramError/gradient(_:)`` when a name is unknown or the output is no scalar.
    public func differentiated(
        _ output: String, withRespectTo inputs: [String]
    ) throws(ProgramError) -> Program {
        let builder = ProgramBuilder(extending: self)
        guard let scalar = outputs.first(where: { $0.name == output }) else {
            throw .gradient("no output is called \(output)")
        }
        var values: [Value] = []
        for name in inputs {
            guard let input = self.inputs.first(where: { $0.name == name }) else {
                throw .gradient("no input is called \(name)")
            }
            values.append(builder.value(input.value))
        }
        let gradients = builder.gradients(of: builder.value(scalar.value), withRespectTo: values)
        for named in outputs { builder.output(named.name, builder.value(named.value)) }
        for (name, gradient) in zip(inputs, gradients) {
            builder.output("gradient/" + name, gradient)
        }
        return try builder.build()
    }
}

/// Cotangents on their way from results to operands.
private struct Pullback {
    let builder: ProgramBuilder
    /// Values whose cotangent is known so far.
    private(set) var cotangents: [Program.ValueID: Value] = [:]
    /// Values that depend on a wanted one.
    private var active: Set<Program.ValueID>

    init(builder: ProgramBuilder, wanted: [Program.ValueID]) {
        self.builder = builder
        active = Set(wanted)
        for instruction in builder.instructions
        where instruction.operands.contains(where: active.contains) {
            active.formUnion(instruction.results)
        }
    }

    mutating func seed(_ value: Value, _ cotangent: Value) {
        if let earlier = cotangents[value.id] {
            cotangents[value.id] = earlier + cotangent
        } else {
            cotangents[value.id] = cotangent
        }
    }

    mutating func run(over range: Range<Int>) {
        for index in range.reversed() {
            let instruction = builder.instructions[index]
            guard instruction.results.contains(where: { cotangents[$0] != nil }),
                instruction.operands.contains(where: active.contains)
            else { continue }
            let operands = instruction.operands.map(builder.value)
            let results = instruction.results.map(builder.value)
            let incoming = instruction.results.map { cotangents[$0] }
            switch instruction.operation {
            case .primitive(let primitive):
                guard let cotangent = incoming[0] else { continue }
                let outgoing = primitive.gradient(
                    operands: operands, result: results[0], cotangent: cotangent)
                deliver(outgoing, operands)
            case .composite(let composite):
                if let outgoing = composite.gradient(
                    operands: operands, results: results, cotangents: incoming)
                {
                    deliver(outgoing, operands)
                } else {
                    differentiateBody(of: composite, operands, incoming)
                }
            }
        }
    }

    private mutating func deliver(_ outgoing: [Value?], _ operands: [Value]) {
        for (operand, cotangent) in zip(operands, outgoing) where active.contains(operand.id) {
            if let cotangent { seed(operand, cotangent) }
        }
    }

    /// Computes the body again, in primitives, and pulls the cotangents back through it.
    private mutating func differentiateBody(
        of composite: any Composite, _ operands: [Value], _ incoming: [Value?]
    ) {
        let start = builder.instructions.count
        let results = composite.body(operands)
        let range = start..<builder.instructions.count
        for instruction in builder.instructions[range]
        where instruction.operands.contains(where: active.contains) {
            active.formUnion(instruction.results)
        }
        for (result, cotangent) in zip(results, incoming) {
            if let cotangent { seed(result, cotangent) }
        }
        run(over: range)
    }
}
