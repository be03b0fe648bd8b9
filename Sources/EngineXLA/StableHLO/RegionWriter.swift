import Programs
import Tensors

/// Writes operations of a function, one on a line, and names their results.
struct RegionWriter {
    /// A value of the text.
    struct Named {
        var name: String
        var type: ValueType
    }

    private(set) var lines: [String] = []
    private var nextName = 0
    private var indentation = 2

    /// Writes a line at the present depth.
    mutating func line(_ text: String) {
        lines.append(String(repeating: "  ", count: indentation) + text)
    }

    /// Writes what `body` writes one level deeper.
    mutating func indented(_ body: (inout RegionWriter) throws -> Void) rethrows {
        indentation += 1
        try body(&self)
        indentation -= 1
    }

    /// A name that no other value has, without its mark.
    mutating func freshName() -> String {
        defer { nextName += 1 }
        return "\(nextName)"
    }

    /// Writes an operation with one result.
    mutating func define(_ text: String, _ type: ValueType) -> Named {
        let name = "%" + freshName()
        line("\(name) = stablehlo.\(text)")
        return Named(name: name, type: type)
    }

    /// A constant with the same number everywhere.
    mutating func constant(_ value: Double, _ type: ValueType) -> Named {
        define(
            "constant dense<\(type.elementType.literal(value))> : \(type.stableHLO)", type)
    }

    /// The same elements with other extents.
    mutating func reshape(_ value: Named, _ shape: Shape) -> Named {
        let type = ValueType(value.type.elementType, shape)
        return type == value.type
            ? value : define("reshape \(value.name) : \(signature([value], type))", type)
    }

    /// Values of one type one after another along a new first axis.
    mutating func stack(_ values: [Named]) -> Named {
        let rows = values.map { reshape($0, $0.type.stacked(1).shape) }
        return concatenate(rows)
    }

    /// Values one after another along the first axis.
    mutating func concatenate(_ values: [Named]) -> Named {
        if values.count == 1 { return values[0] }
        var extents = values[0].type.shape.dimensions
        extents[0] = values.reduce(0) { $0 + $1.type.shape[0] }
        let type = ValueType(values[0].type.elementType, Shape(extents))
        let names = values.map(\.name).joined(separator: ", ")
        return define("concatenate \(names), dim = 0 : \(signature(values, type))", type)
    }

    /// The element of a stack at a constant place.
    mutating func row(_ stack: Named, _ index: Int) -> Named {
        let extents = stack.type.shape.dimensions
        let bounds = ["\(index):\(index + 1)"] + extents.dropFirst().map { "0:\($0)" }
        let type = ValueType(stack.type.elementType, Shape([1] + extents.dropFirst()))
        let slice = define(
            "slice \(stack.name) [\(bounds.joined(separator: ", "))] : \(signature([stack], type))",
            type)
        return reshape(slice, Shape(Array(extents.dropFirst())))
    }

    /// The element of a stack at a place that the program computes.
    mutating func row(_ stack: Named, at index: Named) -> Named {
        let extents = stack.type.shape.dimensions
        let zero = constant(0, ValueType(.i32, .scalar))
        let places = [index] + extents.dropFirst().map { _ in zero }
        let type = ValueType(stack.type.elementType, Shape([1] + extents.dropFirst()))
        let operands = [stack] + places
        let slice = define(
            "dynamic_slice \(operands.map(\.name).joined(separator: ", ")), "
                + "sizes = \(type.shape.dimensions) : \(signature(operands, type))", type)
        return reshape(slice, Shape(Array(extents.dropFirst())))
    }

    /// A stack with its element at a computed place replaced.
    mutating func replaceRow(_ stack: Named, at index: Named, by value: Named) -> Named {
        let zero = constant(0, ValueType(.i32, .scalar))
        let row = reshape(value, value.type.stacked(1).shape)
        let operands = [stack, row, index] + value.type.shape.dimensions.map { _ in zero }
        return define(
            "dynamic_update_slice \(operands.map(\.name).joined(separator: ", ")) : "
                + signature(operands, stack.type), stack.type)
    }

    /// `(operand types) -> result type`.
    func signature(_ operands: [Named], _ result: ValueType) -> String {
        "(" + operands.map(\.type.stableHLO).joined(separator: ", ") + ") -> " + result.stableHLO
    }
}
