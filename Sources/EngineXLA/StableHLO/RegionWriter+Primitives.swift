import Programs
import Tensors

extension RegionWriter {
    /// Writes a primitive.
    ///
    /// - Parameters:
    ///   - primitive: What is computed; its constraints hold.
    ///   - x: The operands.
    ///   - type: The type of the result.
    /// - Returns: The result.
    mutating func write(_ primitive: Primitive, _ x: [Named], _ type: ValueType) -> Named {
        switch primitive {
        case .constant(let value, _): return constant(value, type)
        case .iota(let axis, _): return define("iota dim = \(axis) : \(type.stableHLO)", type)
        case .unary(.isFinite):
            return define("is_finite \(x[0].name) : \(signature(x, type))", type)
        case .unary(let function):
            return define("\(function.stableHLO) \(x[0].name) : \(type.stableHLO)", type)
        case .binary(let function):
            return define(
                "\(function.rawValue) \(x[0].name), \(x[1].name) : \(type.stableHLO)", type)
        case .compare(let comparison):
            return define(
                "compare \(comparison.stableHLO), \(x[0].name), \(x[1].name), "
                    + "\(x[0].type.elementType.comparison) : \(signature(x, type))", type)
        case .select:
            return define(
                "select \(x[0].name), \(x[1].name), \(x[2].name) : \(x[0].type.stableHLO), "
                    + type.stableHLO, type)
        case .convert:
            return define("convert \(x[0].name) : \(signature(x, type))", type)
        case .reshape: return reshape(x[0], type.shape)
        case .broadcast(_, let axes): return broadcast(x[0], axes, type)
        case .transpose(let permutation):
            return define(
                "transpose \(x[0].name), dims = \(permutation) : \(signature(x, type))", type)
        case .slice(let starts, let limits):
            let bounds = zip(starts, limits).map { "\($0):\($1)" }.joined(separator: ", ")
            return define("slice \(x[0].name) [\(bounds)] : \(signature(x, type))", type)
        case .pad(let low, let high):
            let zero = constant(0, ValueType(type.elementType, .scalar))
            let interior = low.map { _ in 0 }
            return define(
                "pad \(x[0].name), \(zero.name), low = \(low), high = \(high), "
                    + "interior = \(interior) : \(signature([x[0], zero], type))", type)
        case .concatenate(let axis):
            let names = x.map(\.name).joined(separator: ", ")
            return define("concatenate \(names), dim = \(axis) : \(signature(x, type))", type)
        case .reduce(let reduction, let axes):
            let start = constant(
                reduction.neutral(type.elementType), ValueType(type.elementType, .scalar))
            return define(
                "reduce(\(x[0].name) init: \(start.name)) applies stablehlo.\(reduction.stableHLO) "
                    + "across dimensions = \(axes.sorted()) : \(signature([x[0], start], type))",
                type)
        case .dot(let axes): return dot(x, axes, type)
        case .take: return take(x, type)
        case .scatterAdd: return scatterAdd(x, type)
        }
    }

    /// StableHLO's broadcast repeats extents of 1 as ours does.
    private mutating func broadcast(_ x: Named, _ axes: [Int], _ type: ValueType) -> Named {
        define(
            "broadcast_in_dim \(x.name), dims = \(axes) : \(signature([x], type))", type)
    }

    /// Single precision is asked for in full, so that no device rounds operands to fewer bits.
    private mutating func dot(_ x: [Named], _ axes: DotAxes, _ type: ValueType) -> Named {
        let precision = type.elementType == .bf16 ? "DEFAULT" : "HIGHEST"
        let batch =
            axes.leftBatch.isEmpty
            ? "" : "batching_dims = \(axes.leftBatch) x \(axes.rightBatch), "
        return define(
            "dot_general \(x[0].name), \(x[1].name), \(batch)"
                + "contracting_dims = \(axes.leftContracted) x \(axes.rightContracted), "
                + "precision = [\(precision), \(precision)] : \(signature(x, type))", type)
    }

    private mutating func take(_ x: [Named], _ type: ValueType) -> Named {
        let (table, indices) = (x[0].type.shape, x[1].type.shape)
        let offsets = Array(indices.rank..<indices.rank + table.rank - 1)
        let sizes = [1] + table.dimensions.dropFirst()
        let name = "%" + freshName()
        line(
            "\(name) = \"stablehlo.gather\"(\(x[0].name), \(x[1].name)) <{"
                + "dimension_numbers = #stablehlo.gather<offset_dims = \(offsets), "
                + "collapsed_slice_dims = [0], start_index_map = [0], "
                + "index_vector_dim = \(indices.rank)>, indices_are_sorted = false, "
                + "slice_sizes = \(array(sizes))}> : \(signature(x, type))")
        return Named(name: name, type: type)
    }

    private mutating func scatterAdd(_ x: [Named], _ type: ValueType) -> Named {
        let (indices, updates) = (x[0], x[1])
        let zeros = constant(0, type)
        let window = Array(indices.type.shape.rank..<updates.type.shape.rank)
        let operands = [zeros, indices, updates]
        let scalar = ValueType(type.elementType, .scalar)
        let name = "%" + freshName()
        line(
            "\(name) = \"stablehlo.scatter\"(\(operands.map(\.name).joined(separator: ", "))) <{"
                + "scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = \(window), "
                + "inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], "
                + "index_vector_dim = \(indices.type.shape.rank)>, "
                + "indices_are_sorted = false, unique_indices = false}> ({")
        indented { writer in
            let (a, b) = (writer.freshName(), writer.freshName())
            writer.line("^bb0(%\(a): \(scalar.stableHLO), %\(b): \(scalar.stableHLO)):")
            let sum = writer.define("add %\(a), %\(b) : \(scalar.stableHLO)", scalar)
            writer.line("stablehlo.return \(sum.name) : \(scalar.stableHLO)")
        }
        line("}) : \(signature(operands, type))")
        return Named(name: name, type: type)
    }

    private func array(_ numbers: [Int]) -> String {
        "array<i64: \(numbers.map(String.init).joined(separator: ", "))>"
    }
}

extension ElementType {
    /// How StableHLO compares numbers of this type.
    fileprivate var comparison: String {
        switch self {
        case .f32, .f64, .bf16: "FLOAT"
        case .i32: "SIGNED"
        case .bool: "UNSIGNED"
        }
    }
}
