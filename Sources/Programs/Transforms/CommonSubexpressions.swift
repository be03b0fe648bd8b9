extension Program {
    /// This program with equal operations on equal operands computed once.
    ///
    /// Operations are compared by their text, which tells 0.0 from -0.0.
    public func withoutCommonSubexpressions() throws(ProgramError) -> Program {
        struct Key: Hashable {
            var operation: String
            var operands: [ValueID]
        }
        var known: [Key: [Value]] = [:]
        return try rewritten { builder, instruction, operands in
            let key = Key(operation: instruction.operation.text, operands: operands.map(\.id))
            if let results = known[key] { return results }
            let results = builder.apply(instruction.operation, operands)
            known[key] = results
            return results
        }
    }

    /// This program without what is computed twice or for nothing.
    public func simplified() throws(ProgramError) -> Program {
        try withoutCommonSubexpressions().withoutDeadValues()
    }
}
