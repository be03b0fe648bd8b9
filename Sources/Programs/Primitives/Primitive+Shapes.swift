import Tensors

extension Primitive {
    /// The type of the result for operands of these types.
    ///
    /// - Throws: ``ProgramError/constraint(_:of:found:)``. The labels, the same for all primitives:
    ///   (C1) the number of operands, (C2) element types, (C3) shapes that must be equal or fit,
    ///   (C4) axes that exist and are distinct, (C5) extents and bounds.
    public func resultType(of operands: [ValueType]) throws(ProgramError) -> ValueType {
        switch self {
        case .constant(let value, let type):
            try expect(operands, count: 0)
            switch type.elementType {
            case .i32: try require(Int32(exactly: value) != nil, "C5", "\(value) is no i32")
            case .bool: try require(value == 0 || value == 1, "C5", "\(value) is no truth value")
            default: break
            }
            return type
        case .iota(let axis, let type):
            try expect(operands, count: 0)
            try expectAxes([axis], rank: type.shape.rank)
            try require(type.elementType != .bool, "C2", "an index cannot be a truth value")
            return type
        case .unary(let function):
            try expect(operands, count: 1)
            return try resultType(function, operands[0])
        case .binary(let function):
            try expect(operands, count: 2)
            try expectEqual(operands[0], operands[1])
            let isLogical = function == .and || function == .or
            try require(
                isLogical == (operands[0].elementType == .bool), "C2",
                "\(operands[0].elementType.rawValue) operands")
            return operands[0]
        case .compare:
            try expect(operands, count: 2)
            try expectEqual(operands[0], operands[1])
            return ValueType(.bool, operands[0].shape)
        case .select:
            try expect(operands, count: 3)
            try require(
                operands[0].elementType == .bool, "C2",
                "the first operand is \(operands[0].elementType.rawValue), not bool")
            try require(
                operands[0].shape == operands[1].shape, "C3",
                "shapes \(operands[0].shape) and \(operands[1].shape)")
            try expectEqual(operands[1], operands[2])
            return operands[1]
        case .convert(let elementType):
            try expect(operands, count: 1)
            return ValueType(elementType, operands[0].shape)
        case .reshape(let shape):
            try expect(operands, count: 1)
            try require(
                shape.count == operands[0].shape.count, "C3",
                "\(operands[0].shape) has \(operands[0].shape.count) elements and \(shape) has "
                    + "\(shape.count)")
            return ValueType(operands[0].elementType, shape)
        case .broadcast(let shape, let axes):
            try expect(operands, count: 1)
            let operand = operands[0].shape
            try require(
                axes.count == operand.rank, "C4", "\(axes.count) axes for operand \(operand)")
            try expectAxes(axes, rank: shape.rank)
            for (index, axis) in axes.enumerated() {
                try require(
                    operand[index] == 1 || operand[index] == shape[axis], "C3",
                    "axis \(index) of \(operand) does not fit axis \(axis) of \(shape)")
            }
            return ValueType(operands[0].elementType, shape)
        case .transpose(let permutation):
            try expect(operands, count: 1)
            let operand = operands[0].shape
            try require(
                permutation.count == operand.rank, "C4",
                "permutation \(permutation) of \(operand)")
            try expectAxes(permutation, rank: operand.rank)
            return ValueType(operands[0].elementType, Shape(permutation.map { operand[$0] }))
        case .slice(let starts, let limits):
            try expect(operands, count: 1)
            let operand = operands[0].shape
            try require(
                starts.count == operand.rank && limits.count == operand.rank, "C4",
                "bounds \(starts) to \(limits) for \(operand)")
            for axis in 0..<operand.rank {
                try require(
                    0 <= starts[axis] && starts[axis] <= limits[axis]
                        && limits[axis] <= operand[axis],
                    "C5", "bounds \(starts[axis]) to \(limits[axis]) of extent \(operand[axis])")
            }
            return ValueType(
                operands[0].elementType, Shape(zip(limits, starts).map { $0 - $1 }))
        case .pad(let low, let high):
            try expect(operands, count: 1)
            let operand = operands[0].shape
            try require(
                low.count == operand.rank && high.count == operand.rank, "C4",
                "padding \(low) and \(high) for \(operand)")
            try require((low + high).allSatisfy { $0 >= 0 }, "C5", "padding \(low) and \(high)")
            return ValueType(
                operands[0].elementType,
                try shape((0..<operand.rank).map { sum([low[$0], operand[$0], high[$0]]) }))
        case .concatenate(let axis):
            try require(!operands.isEmpty, "C1", "no operands")
            return try concatenated(operands, axis)
        case .reduce(_, let axes):
            try expect(operands, count: 1)
            try expectAxes(axes, rank: operands[0].shape.rank)
            try require(
                operands[0].elementType != .bool, "C2", "truth values have no sum or maximum")
            let kept = operands[0].shape.dimensions.enumerated().filter {
                !axes.contains($0.offset)
            }
            return ValueType(operands[0].elementType, Shape(kept.map(\.element)))
        case .dot(let axes):
            try expect(operands, count: 2)
            return try product(axes, operands[0], operands[1])
        case .take:
            try expect(operands, count: 2)
            try require(operands[0].shape.rank >= 1, "C3", "the table is a scalar")
            try require(
                operands[1].elementType == .i32, "C2",
                "indices are \(operands[1].elementType.rawValue), not i32")
            return ValueType(
                operands[0].elementType,
                try shape(operands[1].shape.dimensions + operands[0].shape.dimensions.dropFirst()))
        case .scatterAdd(let rows):
            try expect(operands, count: 2)
            try require(
                operands[0].elementType == .i32, "C2",
                "indices are \(operands[0].elementType.rawValue), not i32")
            let indices = operands[0].shape.dimensions
            let updates = operands[1].shape.dimensions
            try require(
                updates.starts(with: indices), "C3",
                "updates \(operands[1].shape) do not begin with \(operands[0].shape)")
            try require(rows > 0, "C5", "\(rows) rows")
            return ValueType(
                operands[1].elementType, try shape([rows] + updates.dropFirst(indices.count)))
        }
    }

    private func resultType(
        _ function: UnaryFunction, _ operand: ValueType
    ) throws(ProgramError) -> ValueType {
        let element = operand.elementType
        switch function {
        case .not:
            try require(element == .bool, "C2", "operand is \(element.rawValue), not bool")
            return operand
        case .isFinite:
            try require(element.isFloatingPoint, "C2", "operand is \(element.rawValue)")
            return ValueType(.bool, operand.shape)
        case .negate, .absolute, .sign:
            try require(element != .bool, "C2", "operand is bool")
            return operand
        default:
            try require(element.isFloatingPoint, "C2", "operand is \(element.rawValue)")
            return operand
        }
    }

    private func concatenated(
        _ operands: [ValueType], _ axis: Int
    ) throws(ProgramError) -> ValueType {
        let first = operands[0]
        try expectAxes([axis], rank: first.shape.rank)
        var extent = 0
        for operand in operands {
            try require(
                operand.elementType == first.elementType, "C2",
                "\(operand.elementType.rawValue) beside \(first.elementType.rawValue)")
            let fits =
                operand.shape.rank == first.shape.rank
                && (0..<first.shape.rank).allSatisfy {
                    $0 == axis || operand.shape[$0] == first.shape[$0]
                }
            try require(fits, "C3", "\(operand.shape) beside \(first.shape) along axis \(axis)")
            extent = sum([extent, operand.shape[axis]])
        }
        var dimensions = first.shape.dimensions
        dimensions[axis] = extent
        return ValueType(first.elementType, try shape(dimensions))
    }

    private func product(
        _ axes: DotAxes, _ left: ValueType, _ right: ValueType
    ) throws(ProgramError) -> ValueType {
        try require(
            left.elementType == right.elementType && left.elementType != .bool, "C2",
            "\(left.elementType.rawValue) and \(right.elementType.rawValue)")
        try require(
            axes.result == nil || axes.result == left.elementType
                || (axes.result == .f32 && left.elementType == .bf16), "C2",
            "products of \(left.elementType.rawValue) do not make "
                + (axes.result ?? left.elementType).rawValue)
        try expectAxes(axes.leftBatch + axes.leftContracted, rank: left.shape.rank)
        try expectAxes(axes.rightBatch + axes.rightContracted, rank: right.shape.rank)
        try require(
            axes.leftBatch.count == axes.rightBatch.count
                && axes.leftContracted.count == axes.rightContracted.count,
            "C4", "axes are not paired one to one")
        let pairs =
            Array(zip(axes.leftBatch, axes.rightBatch))
            + Array(zip(axes.leftContracted, axes.rightContracted))
        for (l, r) in pairs {
            try require(
                left.shape[l] == right.shape[r], "C3",
                "axis \(l) of \(left.shape) and axis \(r) of \(right.shape) differ")
        }
        return ValueType(
            axes.result ?? left.elementType,
            try shape(
                axes.leftBatch.map { left.shape[$0] }
                    + axes.leftFree(left.shape.rank).map { left.shape[$0] }
                    + axes.rightFree(right.shape.rank).map { right.shape[$0] }))
    }

    /// The shape of these extents, if its elements can be counted.
    private func shape(_ extents: [Int]) throws(ProgramError) -> Shape {
        guard let shape = Shape(checking: extents) else {
            throw .constraint("C5", of: name, found: "impossible extents \(extents)")
        }
        return shape
    }

    /// The sum of extents, or -1 when it does not fit an `Int`.
    private func sum(_ extents: [Int]) -> Int {
        extents.reduce(0) { sum, extent in
            let (result, overflow) = sum.addingReportingOverflow(extent)
            return sum < 0 || overflow ? -1 : result
        }
    }

    private func require(
        _ condition: Bool, _ label: String, _ found: @autoclosure () -> String
    ) throws(ProgramError) {
        if !condition { throw .constraint(label, of: name, found: found()) }
    }

    private func expect(_ operands: [ValueType], count: Int) throws(ProgramError) {
        try require(operands.count == count, "C1", "\(operands.count) operands, not \(count)")
    }

    private func expectEqual(_ a: ValueType, _ b: ValueType) throws(ProgramError) {
        try require(
            a.elementType == b.elementType, "C2",
            "\(a.elementType.rawValue) and \(b.elementType.rawValue)")
        try require(a.shape == b.shape, "C3", "shapes \(a.shape) and \(b.shape)")
    }

    private func expectAxes(_ axes: [Int], rank: Int) throws(ProgramError) {
        let exist = axes.allSatisfy { 0 <= $0 && $0 < rank }
        try require(
            exist && Set(axes).count == axes.count, "C4", "axes \(axes) of a value of rank \(rank)")
    }
}
