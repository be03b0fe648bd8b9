extension Program {
    /// Checks that the program is well formed.
    ///
    /// Every value is defined once and before its use; each instruction's constraints hold and its
    /// results have the declared types; names of inputs and of outputs are unique.
    ///
    /// - Throws: ``ProgramError`` for the first fault in the order of the instructions.
    public func verify() throws(ProgramError) {
        var defined = [Bool](repeating: false, count: types.count)
        func define(_ id: ValueID, _ place: String) throws(ProgramError) {
            guard types.indices.contains(id) else {
                throw .malformed("\(place) defines %\(id), which has no type")
            }
            guard !defined[id] else { throw .malformed("\(place) defines %\(id) again") }
            defined[id] = true
        }
        func use(_ id: ValueID, _ place: String) throws(ProgramError) {
            guard types.indices.contains(id), defined[id] else {
                throw .malformed("\(place) uses %\(id) before it is defined")
            }
        }
        for input in inputs { try define(input.value, "input \(input.name)") }
        for instruction in instructions {
            let name = instruction.operation.name
            for operand in instruction.operands { try use(operand, name) }
            let expected = try instruction.operation.resultTypes(
                of: instruction.operands.map { types[$0] })
            guard expected.count == instruction.results.count else {
                throw .malformed(
                    "\(name) makes \(expected.count) values, not \(instruction.results.count)")
            }
            for (id, type) in zip(instruction.results, expected) {
                try define(id, name)
                guard types[id] == type else {
                    throw .malformed("\(name) makes \(type), and %\(id) is declared \(types[id])")
                }
            }
        }
        for output in outputs { try use(output.value, "output \(output.name)") }
        try checkNames(inputs, "input")
        try checkNames(outputs, "output")
    }

    private func checkNames(_ named: [Named], _ kind: String) throws(ProgramError) {
        var seen: Set<String> = []
        for item in named {
            let isWord = item.name.allSatisfy { !$0.isWhitespace && !",=:{}[]".contains($0) }
            guard !item.name.isEmpty, isWord else {
                throw .malformed(
                    "\(kind) name \"\(item.name)\" is empty or has white space or one of , = : { } [ ]"
                )
            }
            guard seen.insert(item.name).inserted else {
                throw .malformed("two \(kind)s are called \(item.name)")
            }
        }
    }
}

extension Program.Operation {
    /// The types of the results for operands of these types.
    ///
    /// - Throws: ``ProgramError/constraint(_:of:found:)``.
    public func resultTypes(of operands: [ValueType]) throws(ProgramError) -> [ValueType] {
        switch self {
        case .primitive(let primitive): [try primitive.resultType(of: operands)]
        case .composite(let composite): try composite.resultTypes(of: operands)
        }
    }
}
