extension Program {
    /// This program with the composites that `shouldInline` names replaced by their bodies, and
    /// theirs in turn.
    public func inlined(where shouldInline: (any Composite) -> Bool) throws(ProgramError) -> Program
    {
        try rewritten { builder, instruction, operands in
            Self.expand(instruction.operation, operands, builder, shouldInline)
        }
    }

    private static func expand(
        _ operation: Operation, _ operands: [Value], _ builder: ProgramBuilder,
        _ shouldInline: (any Composite) -> Bool
    ) -> [Value] {
        switch operation {
        case .primitive(let primitive): return [builder.apply(primitive, operands)]
        case .composite(let composite):
            guard shouldInline(composite) else { return builder.apply(composite, operands) }
            let body = ProgramBuilder(type(of: composite).name)
            let inputs = operands.enumerated().map { index, operand in
                body.input("\(index)", operand.type.elementType, operand.shape)
            }
            for (index, result) in composite.body(inputs).enumerated() {
                body.output("\(index)", result)
            }
            do {
                let program = try body.build().inlined(where: shouldInline)
                return builder.inline(program, operands)
            } catch {
                builder.report(error)
                return builder.apply(composite, operands)
            }
        }
    }

    /// A copy made instruction by instruction.
    ///
    /// - Parameter rewrite: Appends what stands for an instruction and returns its results.
    /// - Returns: The program of what was appended.
    /// - Throws: ``ProgramError`` when what was appended is not well formed.
    package func rewritten(
        _ rewrite: (ProgramBuilder, Instruction, [Value]) -> [Value]
    ) throws(ProgramError) -> Program {
        let builder = ProgramBuilder(name)
        var map: [ValueID: Value] = [:]
        for input in inputs {
            let type = types[input.value]
            map[input.value] = builder.input(input.name, type.elementType, type.shape)
        }
        for instruction in instructions {
            let operands = instruction.operands.compactMap { map[$0] }
            for (id, value) in zip(instruction.results, rewrite(builder, instruction, operands)) {
                map[id] = value
            }
        }
        for output in outputs {
            if let value = map[output.value] { builder.output(output.name, value) }
        }
        return try builder.build()
    }
}
