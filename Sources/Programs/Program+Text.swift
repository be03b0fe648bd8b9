extension Program: CustomStringConvertible {
    /// The program as text that ``init(text:composites:)`` reads back.
    ///
    /// A line each: `program NAME`, `%N = input NAME : TYPE`, instructions with their attributes in
    /// braces and the types of their results, `output NAME = %N`. The name of a composite begins
    /// with `@`.
    public var description: String {
        var lines = ["program \(name)"]
        for input in inputs {
            lines.append("%\(input.value) = input \(input.name) : \(types[input.value])")
        }
        for instruction in instructions { lines.append(text(of: instruction)) }
        for output in outputs { lines.append("output \(output.name) = %\(output.value)") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One instruction as text.
    public func text(of instruction: Instruction) -> String {
        let results = instruction.results.map { "%\($0)" }.joined(separator: ", ")
        let operands = instruction.operands.map { " %\($0)" }.joined()
        let types = instruction.results.map { self.types[$0].description }
        return "\(results) = \(instruction.operation.text)\(operands) : "
            + types.joined(separator: ", ")
    }
}

extension Program.Operation {
    /// The name and the attributes as text; equal text means the same operation.
    package var text: String {
        let prefix = if case .composite = self { "@" } else { "" }
        let attributes = attributes.entries.map { "\($0.name) = \($0.value)" }
        return prefix + name
            + (attributes.isEmpty ? "" : " {" + attributes.joined(separator: ", ") + "}")
    }
}

extension Attribute: CustomStringConvertible {
    /// The attribute as text.
    ///
    /// A number always shows a point, an exponent, `inf` or `nan`.
    public var description: String {
        switch self {
        case .integer(let value): "\(value)"
        case .integers(let values): "[" + values.map(String.init).joined(separator: ", ") + "]"
        case .number(let value): "\(value)"
        case .flag(let value): "\(value)"
        case .word(let value): value
        case .type(let value): value.description
        }
    }
}
