import Engines
import Programs
import Tensors

/// Kernels for primitives that are not part of a chain.
enum PrimitiveKernels {
    static func kernels(
        _ primitive: Primitive, _ instruction: Program.Instruction, _ context: inout KernelContext
    ) throws -> [any Kernel] {
        let result = instruction.results[0]
        let type = context.type(result)
        let operands = instruction.operands
        let source = operands.first ?? 0
        let isInteger = type.elementType == .i32
        switch primitive {
        case .constant(let value, _):
            return [
                Fill(
                    operation: "constant",
                    content: isInteger ? .integer(Int32(value)) : .float(Float(value)),
                    result: result, count: type.shape.count)
            ]
        case .iota(let axis, _):
            return [
                Fill(
                    operation: "iota",
                    content: .index(
                        extent: max(type.shape[axis], 1), stride: type.shape.strides[axis],
                        asFloat: !isInteger),
                    result: result, count: type.shape.count)
            ]
        case .unary, .binary, .compare, .select, .convert:
            return [
                IntegerElementwise(
                    primitive: primitive, operands: operands,
                    operandIsInteger: operands.map { context.type($0).elementType == .i32 },
                    result: result, resultType: type.elementType, count: type.shape.count)
            ]
        case .reshape: return []
        case .broadcast(_, let axes):
            let shape = context.type(source).shape
            var strides = [Int](repeating: 0, count: type.shape.rank)
            for (index, axis) in axes.enumerated() where shape[index] != 1 {
                strides[axis] = shape.strides[index]
            }
            return [copy("broadcast", source, result, type.shape, from: strides)]
        case .transpose(let permutation):
            let strides = context.type(source).shape.strides
            return [
                copy("transpose", source, result, type.shape, from: permutation.map { strides[$0] })
            ]
        case .slice(let starts, _):
            let strides = context.type(source).shape.strides
            return [
                StridedCopy(
                    "slice", from: source, to: result, extents: type.shape.dimensions,
                    sourceStrides: strides, resultStrides: type.shape.strides,
                    sourceOffset: zip(starts, strides).map { $0 * $1 }.reduce(0, +))
            ]
        case .pad(let low, _):
            let shape = context.type(source).shape
            return [
                StridedCopy(
                    "pad", from: source, to: result, extents: shape.dimensions,
                    sourceStrides: shape.strides, resultStrides: type.shape.strides,
                    resultOffset: zip(low, type.shape.strides).map { $0 * $1 }.reduce(0, +),
                    cleared: type.shape.count)
            ]
        case .concatenate(let axis):
            var start = 0
            return operands.map { operand in
                let shape = context.type(operand).shape
                defer { start += shape[axis] }
                return StridedCopy(
                    "concatenate", from: operand, to: result, extents: shape.dimensions,
                    sourceStrides: shape.strides, resultStrides: type.shape.strides,
                    resultOffset: start * type.shape.strides[axis])
            }
        case .reduce(let reduction, let axes):
            return [reduce(reduction, axes, source, result, &context)]
        case .dot(let axes): return try product(axes, operands, result, &context)
        case .take:
            let table = context.type(source).shape
            let width = table.count / max(table[0], 1)
            return [
                TakeRows(
                    table: source, indices: operands[1], result: result, width: width,
                    rowsOfTable: table[0], cut: Pieces(context.count(operands[1]), size: 512))
            ]
        case .scatterAdd(let rows):
            guard type.elementType != .i32 else {
                throw EngineError.unsupported(
                    engine: "cpu", "scatter_add of \(type.elementType.rawValue)")
            }
            return [
                ScatterAddRows(
                    indices: source, updates: operands[1], result: result,
                    width: type.shape.count / rows, rowsOfResult: rows,
                    count: context.count(source), instructionSet: context.instructionSet)
            ]
        }
    }

    private static func copy(
        _ operation: String, _ source: Int, _ result: Int, _ shape: Shape, from strides: [Int]
    ) -> StridedCopy {
        StridedCopy(
            operation, from: source, to: result, extents: shape.dimensions,
            sourceStrides: strides, resultStrides: shape.strides)
    }

    private static func reduce(
        _ reduction: Reduction, _ axes: [Int], _ source: Int, _ result: Int,
        _ context: inout KernelContext
    ) -> any Kernel {
        let type = context.type(source)
        let shape = type.shape
        let kept = (0..<shape.rank).filter { !axes.contains($0) }
        if type.elementType == .f32 || type.elementType == .bf16 {
            if kept.isEmpty {
                return Reduction1D(
                    reduction == .sum ? .sum : .maximum, source, shape.count, to: result, &context)
            }
            let reduced = axes.map { shape[$0] }.reduce(1, *)
            let rows = kept.map { shape[$0] }.reduce(1, *)
            if kept == Array(0..<kept.count) {
                return RowReduction(
                    reduction: reduction, source: source, result: result, width: reduced,
                    cut: Pieces(rows, size: max(16_384 / max(reduced, 1), 1)),
                    instructionSet: context.instructionSet)
            }
            if reduction == .sum, kept == Array(axes.count..<shape.rank) {
                return ColumnSum(source, rows: reduced, width: rows, to: result, &context)
            }
        }
        let strides = context.type(result).shape.strides
        var resultStrides = [Int](repeating: 0, count: shape.rank)
        for (index, axis) in kept.enumerated() { resultStrides[axis] = strides[index] }
        return PlainReduction(
            reduction: reduction, source: source, result: result,
            isInteger: type.elementType == .i32, resultCount: context.count(result),
            extents: shape.dimensions, resultStrides: resultStrides)
    }

    private static func product(
        _ axes: DotAxes, _ operands: [Int], _ result: Int, _ context: inout KernelContext
    ) throws -> [any Kernel] {
        guard [.f32, .bf16].contains(context.type(result).elementType) else {
            throw EngineError.unsupported(
                engine: "cpu",
                "a product of \(context.type(result).elementType.rawValue); convert to f32 first")
        }
        let left = context.type(operands[0]).shape
        let right = context.type(operands[1]).shape
        func size(_ shape: Shape, _ axes: [Int]) -> Int { axes.map { shape[$0] }.reduce(1, *) }
        let leftFree = axes.leftFree(left.rank)
        let rightFree = axes.rightFree(right.rank)
        let batch = axes.leftBatch.count
        let product = ProductShape(
            batch: size(left, axes.leftBatch), m: size(left, leftFree), n: size(right, rightFree),
            k: size(left, axes.leftContracted),
            transposeLeft: axes.leftContracted.first == batch && leftFree.first ?? batch > batch,
            transposeRight:
                !(axes.rightContracted.first == batch && rightFree.first ?? batch > batch))
        return try ProductSelection.kernels(
            operands[0], operands[1], to: result, product, &context)
    }
}
