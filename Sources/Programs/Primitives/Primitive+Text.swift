import Tensors

extension Primitive {
    /// The name in program text.
    public var name: String {
        switch self {
        case .constant: "constant"
        case .iota: "iota"
        case .unary(let function): function.rawValue
        case .binary(let function): function.rawValue
        case .compare: "compare"
        case .select: "select"
        case .convert: "convert"
        case .reshape: "reshape"
        case .broadcast: "broadcast"
        case .transpose: "transpose"
        case .slice: "slice"
        case .pad: "pad"
        case .concatenate: "concatenate"
        case .reduce: "reduce"
        case .dot: "dot"
        case .take: "take"
        case .scatterAdd: "scatter_add"
        }
    }

    /// The constants in program text.
    public var attributes: Attributes {
        switch self {
        case .constant(let value, let type): ["value": .number(value), "type": .type(type)]
        case .iota(let axis, let type): ["axis": .integer(axis), "type": .type(type)]
        case .unary, .binary, .select, .take: [:]
        case .compare(let comparison): ["direction": .word(comparison.rawValue)]
        case .convert(let elementType): ["to": .word(elementType.rawValue)]
        case .reshape(let shape): ["shape": .integers(shape.dimensions)]
        case .broadcast(let shape, let axes):
            ["shape": .integers(shape.dimensions), "axes": .integers(axes)]
        case .transpose(let permutation): ["permutation": .integers(permutation)]
        case .slice(let starts, let limits):
            ["starts": .integers(starts), "limits": .integers(limits)]
        case .pad(let low, let high): ["low": .integers(low), "high": .integers(high)]
        case .concatenate(let axis): ["axis": .integer(axis)]
        case .reduce(let reduction, let axes):
            ["by": .word(reduction.rawValue), "axes": .integers(axes)]
        case .dot(let axes): axes.attributes
        case .scatterAdd(let rows): ["rows": .integer(rows)]
        }
    }

    /// The primitive of this name and these constants, or nil when no primitive has the name.
    ///
    /// - Throws: ``ProgramError`` when a constant is missing or of the wrong kind.
    public init?(name: String, attributes: Attributes) throws(ProgramError) {
        if let function = UnaryFunction(rawValue: name) {
            self = .unary(function)
            return
        }
        if let function = BinaryFunction(rawValue: name) {
            self = .binary(function)
            return
        }
        func shape(_ key: String) throws(ProgramError) -> Shape {
            let extents = try attributes.integers(key, of: name)
            guard let shape = Shape(checking: extents) else {
                throw .malformed("\(name) has impossible extents \(extents)")
            }
            return shape
        }
        func choice<Choice: RawRepresentable<String>>(
            _ key: String, _: Choice.Type
        ) throws(ProgramError) -> Choice {
            let word = try attributes.word(key, of: name)
            guard let choice = Choice(rawValue: word) else {
                throw .malformed("\(name) knows no \(key) \(word)")
            }
            return choice
        }
        func integers(_ key: String) throws(ProgramError) -> [Int] {
            try attributes.integers(key, of: name)
        }
        switch name {
        case "constant":
            self = .constant(
                try attributes.number("value", of: name), try attributes.type("type", of: name))
        case "iota":
            self = .iota(
                axis: try attributes.integer("axis", of: name),
                try attributes.type("type", of: name))
        case "compare": self = .compare(try choice("direction", Comparison.self))
        case "select": self = .select
        case "convert": self = .convert(try choice("to", ElementType.self))
        case "reshape": self = .reshape(try shape("shape"))
        case "broadcast": self = .broadcast(try shape("shape"), axes: try integers("axes"))
        case "transpose": self = .transpose(try integers("permutation"))
        case "slice": self = .slice(starts: try integers("starts"), limits: try integers("limits"))
        case "pad": self = .pad(low: try integers("low"), high: try integers("high"))
        case "concatenate": self = .concatenate(axis: try attributes.integer("axis", of: name))
        case "reduce":
            self = .reduce(try choice("by", Reduction.self), axes: try integers("axes"))
        case "dot":
            self = .dot(
                DotAxes(
                    batch: (try integers("left_batch"), try integers("right_batch")),
                    contracted: (try integers("left_contracted"), try integers("right_contracted")),
                    result: attributes["result"] == nil
                        ? nil : try choice("result", ElementType.self)))
        case "take": self = .take
        case "scatter_add": self = .scatterAdd(rows: try attributes.integer("rows", of: name))
        default: return nil
        }
    }
}

extension DotAxes {
    /// The constants in program text; the type of the result is named only where it is another.
    fileprivate var attributes: Attributes {
        var attributes: Attributes = [
            "left_batch": .integers(leftBatch), "right_batch": .integers(rightBatch),
            "left_contracted": .integers(leftContracted),
            "right_contracted": .integers(rightContracted),
        ]
        if let result { attributes.insert(.word(result.rawValue), as: "result") }
        return attributes
    }
}
