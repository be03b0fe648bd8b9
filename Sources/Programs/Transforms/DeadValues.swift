extension Program {
    /// This program without instructions that no output needs.
    ///
    /// Inputs stay.
    public func withoutDeadValues() throws(ProgramError) -> Program {
        var needed = Set(outputs.map(\.value))
        var live: Set<Int> = []
        for (index, instruction) in instructions.enumerated().reversed()
        where instruction.results.contains(where: needed.contains) {
            live.insert(index)
            needed.formUnion(instruction.operands)
        }
        var copy = self
        copy.instructions = instructions.enumerated().filter { live.contains($0.offset) }
            .map(\.element)
        return try copy.renumbered()
    }

    /// The same program with values numbered in the order of their definition.
    package func renumbered() throws(ProgramError) -> Program {
        try rewritten { builder, instruction, operands in
            builder.apply(instruction.operation, operands)
        }
    }
}

extension ProgramBuilder {
    /// Appends an operation.
    package func apply(_ operation: Program.Operation, _ operands: [Value]) -> [Value] {
        switch operation {
        case .primitive(let primitive): [apply(primitive, operands)]
        case .composite(let composite): apply(composite, operands)
        }
    }
}
