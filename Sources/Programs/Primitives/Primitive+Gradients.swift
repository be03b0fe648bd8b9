import Tensors

extension Primitive {
    /// Builds the cotangents of the operands.
    ///
    /// - Parameters:
    ///   - operands: The operands of the forward computation.
    ///   - result: Its result.
    ///   - c: The cotangent of the result, of its type.
    /// - Returns: For each operand its cotangent, nil where there is none.
    func gradient(operands: [Value], result: Value, cotangent c: Value) -> [Value?] {
        let x = operands.first ?? result
        switch self {
        case .constant, .iota, .compare: return operands.map { _ in nil }
        case .unary(let function): return [function.gradient(x, result, c)]
        case .binary(let function): return function.gradient(x, operands[1], result, c)
        case .select:
            let zero = c.filled(with: 0)
            return [nil, x.select(c, zero), x.select(zero, c)]
        case .convert:
            return [x.type.elementType.isFloatingPoint ? c.converted(to: x.type.elementType) : nil]
        case .reshape: return [c.reshaped(x.shape)]
        case .broadcast(let shape, let axes):
            // Sum over the axes that were repeated, also those that had an extent of one.
            let repeated = (0..<shape.rank).filter { axis in
                guard let index = axes.firstIndex(of: axis) else { return true }
                return x.shape[index] != shape[axis]
            }
            let summed = repeated.isEmpty ? c : c.sum(over: repeated)
            // What is left stands in the order of the result's axes.
            let kept = axes.filter { !repeated.contains($0) }
            let order = kept.map { kept.sorted().firstIndex(of: $0) ?? 0 }
            return [summed.transposed(order).reshaped(x.shape)]
        case .transpose(let permutation):
            var inverse = permutation
            for (index, axis) in permutation.enumerated() { inverse[axis] = index }
            return [c.transposed(inverse)]
        case .slice(let starts, let limits):
            let high = (0..<x.shape.rank).map { x.shape[$0] - limits[$0] }
            return [c.padded(low: starts, high: high)]
        case .pad(let low, _):
            let limits = (0..<x.shape.rank).map { low[$0] + x.shape[$0] }
            return [c.slice(from: low, to: limits)]
        case .concatenate(let axis):
            var start = 0
            return operands.map { operand in
                var starts = [Int](repeating: 0, count: operand.shape.rank)
                var limits = operand.shape.dimensions
                starts[axis] = start
                limits[axis] += start
                start = limits[axis]
                return c.slice(from: starts, to: limits)
            }
        case .reduce(.sum, let axes): return [c.repeated(along: axes, of: x.shape)]
        case .reduce(.maximum, let axes):
            // Elements that share the maximum share its cotangent.
            let isLargest = x.compared(.equal, result.repeated(along: axes, of: x.shape))
                .converted(to: x.type.elementType)
            let share = c / isLargest.sum(over: axes)
            return [isLargest * share.repeated(along: axes, of: x.shape)]
        case .dot(let axes): return axes.gradient(x, operands[1], c)
        case .take: return [scatter(c, operands[1], into: x), nil]
        case .scatterAdd: return [nil, c.take(x)]
        }
    }

    private func scatter(_ updates: Value, _ indices: Value, into table: Value) -> Value {
        updates.builder.apply(.scatterAdd(rows: table.shape[0]), [indices, updates])
    }
}

extension UnaryFunction {
    fileprivate func gradient(_ x: Value, _ y: Value, _ c: Value) -> Value? {
        switch self {
        case .negate: -c
        case .absolute: c * x.sign()
        case .sign, .floor, .isFinite, .not: nil
        case .exponential: c * y
        case .logarithm: c / x
        case .squareRoot: c * 0.5 / y
        case .reciprocalSquareRoot: c * -0.5 * y / x
        case .tanh: c * (1 - y * y)
        case .sine: c * x.cosine()
        case .cosine: -(c * x.sine())
        case .logistic: c * y * (1 - y)
        }
    }
}

extension BinaryFunction {
    /// Where both operands are equal, `maximum` and `minimum` give the cotangent to the first.
    fileprivate func gradient(_ a: Value, _ b: Value, _ y: Value, _ c: Value) -> [Value?] {
        let zero = c.filled(with: 0)
        switch self {
        case .add: return [c, c]
        case .subtract: return [c, -c]
        case .multiply: return [c * b, c * a]
        case .divide: return [c / b, -(c * y / b)]
        case .maximum:
            let first = a.compared(.greaterOrEqual, b)
            return [first.select(c, zero), first.select(zero, c)]
        case .minimum:
            let first = a.compared(.lessOrEqual, b)
            return [first.select(c, zero), first.select(zero, c)]
        case .power: return [c * b * a.power(b - 1), c * y * a.logarithm()]
        case .and, .or: return [nil, nil]
        }
    }
}

extension DotAxes {
    /// The products with the other operand, their axes put back in the operand's order.
    ///
    /// They are products of the operands' type, to which the cotangent is rounded first.
    fileprivate func gradient(_ left: Value, _ right: Value, _ c: Value) -> [Value?] {
        let c = c.converted(to: left.type.elementType)
        let leftFree = leftFree(left.shape.rank)
        let rightFree = rightFree(right.shape.rank)
        let batch = Array(0..<leftBatch.count)
        let leftAxes = Array(batch.count..<batch.count + leftFree.count)
        let rightAxes = Array(batch.count + leftFree.count..<c.shape.rank)

        // c . right over right's free axes: batch, left's free axes, then the contracted axes in the
        // order in which they stand in right.
        let dLeft = c.dot(
            right, DotAxes(batch: (batch, rightBatch), contracted: (rightAxes, rightFree)))
        let leftOrder = leftBatch + leftFree + inOrder(of: rightContracted, leftContracted)
        // c . left over left's free axes: batch, right's free axes, then the contracted axes in the
        // order in which they stand in left.
        let dRight = c.dot(
            left, DotAxes(batch: (batch, leftBatch), contracted: (leftAxes, leftFree)))
        let rightOrder = rightBatch + rightFree + inOrder(of: leftContracted, rightContracted)
        return [
            dLeft.transposed(inverse(leftOrder)), dRight.transposed(inverse(rightOrder)),
        ]
    }

    /// `values` sorted by their partners in `keys`.
    private func inOrder(of keys: [Int], _ values: [Int]) -> [Int] {
        zip(keys, values).sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// The permutation that sends position `order[i]` to i.
    private func inverse(_ order: [Int]) -> [Int] {
        var inverse = order
        for (index, axis) in order.enumerated() { inverse[axis] = index }
        return inverse
    }
}
