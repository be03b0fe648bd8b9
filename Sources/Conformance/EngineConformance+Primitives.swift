import Engines
import Programs
import Tensors

extension EngineConformance {
    /// Every element-wise primitive on special values, pairs of them, and runs of each length around
    /// the registers of a processor.
    public func checkElementwise() throws {
        let special = special.filter { !flushesSubnormals || !$0.isSubnormal }
        try checkUnary(special, "special values")
        for count in [1, 3, 7, 8, 9, 15, 16, 17, 33, 513] {
            try checkUnary(numbers(count), "\(count) elements")
        }
        let left = special.flatMap { a in special.map { _ in a } }
        let right = special.flatMap { _ in special }
        try checkBinary(left, right)
        try checkIntegers()
        try checkTruthValues()
    }

    private func checkUnary(_ x: [Float], _ name: String) throws {
        try compare(
            name, ["x": Tensor(x, shape: [x.count])],
            bound: { name in
                guard let function = UnaryFunction(rawValue: name) else { return .exact }
                return statedBounds[function].map { .ulps($0) } ?? function.bound
            }
        ) { builder, values in
            for function in UnaryFunction.allCases where function != .not {
                builder.output(function.rawValue, builder.apply(.unary(function), values))
            }
            builder.output("to_bool", values[0].converted(to: .bool))
        }
    }

    private func checkBinary(_ a: [Float], _ b: [Float]) throws {
        try compare(
            "pairs of special values",
            ["a": Tensor(a, shape: [a.count]), "b": Tensor(b, shape: [b.count])],
            bound: { BinaryFunction(rawValue: $0).map(\.bound) ?? .exact }
        ) { builder, values in
            for function in BinaryFunction.allCases where function != .and && function != .or {
                builder.output(function.rawValue, builder.apply(.binary(function), values))
            }
            for comparison in Comparison.allCases {
                let result = values[0].compared(comparison, values[1])
                builder.output("is_" + comparison.rawValue, result)
                builder.output("if_" + comparison.rawValue, result.select(values[0], values[1]))
            }
        }
    }

    private func checkIntegers() throws {
        let integers: [Int32] = [0, 1, -1, 2, 7, -3, 1000, .max, .min]
        let left = Tensor(integers: integers.flatMap { a in integers.map { _ in a } }, shape: [81])
        let right = Tensor(integers: integers.flatMap { _ in integers }, shape: [81])
        try compare(
            "pairs of integers", ["a": left, "b": right], isOptional: true, bound: { _ in .exact }
        ) { builder, values in
            for function in BinaryFunction.allCases where ![.and, .or, .power].contains(function) {
                builder.output(function.rawValue, builder.apply(.binary(function), values))
            }
            for function in [UnaryFunction.negate, .absolute, .sign] {
                builder.output(function.rawValue, builder.apply(.unary(function), [values[0]]))
            }
            for comparison in Comparison.allCases {
                let result = values[0].compared(comparison, values[1])
                builder.output("is_" + comparison.rawValue, result)
                builder.output("if_" + comparison.rawValue, result.select(values[0], values[1]))
            }
            builder.output("to_bool", values[0].converted(to: .bool))
            builder.output("to_f32", values[0].converted(to: .f32))
        }
        let bases: [Int32] = [0, 1, -1, 2, -3, 10]
        try compare(
            "powers of integers",
            [
                "a": Tensor(integers: bases.flatMap { a in bases.map { _ in a } }, shape: [36]),
                "b": Tensor(integers: bases.flatMap { _ in bases }, shape: [36]),
            ], isOptional: true, bound: { _ in .exact }
        ) { builder, values in builder.output("power", values[0].power(values[1])) }
        try compare(
            "floats to integers",
            [
                "x": Tensor(
                    [0, -0.5, 0.9, -1.5, 3e9, -3e9, .infinity, -.infinity, .nan], shape: [9])
            ],
            isOptional: true, bound: { _ in .exact }
        ) { builder, values in builder.output("to_i32", values[0].converted(to: .i32)) }
    }

    private func checkTruthValues() throws {
        try compare(
            "truth values",
            [
                "a": Tensor(bytes: [0, 0, 1, 1], shape: [4], elementType: .bool),
                "b": Tensor(bytes: [0, 1, 0, 1], shape: [4], elementType: .bool),
                "c": .wave([4]), "d": Tensor(integers: [1, 2, 3, 4], shape: [4]),
            ], isOptional: true, bound: { _ in .exact }
        ) { builder, values in
            let (a, b, c, d) = (values[0], values[1], values[2], values[3])
            builder.output("and", a.and(b))
            builder.output("or", a.or(b))
            builder.output("not", a.not())
            builder.output("same", a)
            builder.output("equal", a.compared(.equal, b))
            builder.output("less", a.compared(.less, b))
            builder.output("select", a.select(b, b.not()))
            builder.output("select_f32", a.select(c, -c))
            builder.output("select_i32", a.select(d, -d))
            builder.output("to_f32", a.converted(to: .f32))
            builder.output("to_i32", a.converted(to: .i32))
            builder.output("constant", builder.constant(1, [4], .bool).and(a))
        }
    }

    /// Every primitive that moves elements, over all axes of ranks up to 4.
    public func checkMovement() throws {
        for shape in Self.shapes {
            for elementType in [ElementType.f32, .i32, .bool] {
                try compare(
                    "moves of \(elementType.rawValue)\(shape)",
                    ["x": numbered(shape, elementType)], isOptional: elementType != .f32,
                    bound: { _ in .exact }
                ) { builder, values in move(values[0], builder) }
            }
        }
    }

    private func move(_ x: Value, _ builder: ProgramBuilder) {
        let rank = x.shape.rank
        for order in permutations(rank) {
            builder.output("transpose\(words(order))", builder.apply(.transpose(order), [x]))
        }
        let larger: Shape = [2, 3, 2, 4, 3]
        for axes in injections(rank, into: larger.rank)
        where zip(axes, x.shape.dimensions).allSatisfy({ larger[$0] == $1 || $1 == 1 }) {
            builder.output(
                "broadcast\(words(axes))", builder.apply(.broadcast(larger, axes: axes), [x]))
        }
        builder.output("flat", builder.apply(.reshape([x.shape.count]), [x]))
        builder.output("copy", builder.apply(.reshape(x.shape), [x]))
        let zero = [Int](repeating: 0, count: rank)
        for axis in 0..<rank {
            var (starts, limits) = (zero, x.shape.dimensions)
            starts[axis] = limits[axis] / 2
            builder.output("slice\(axis)", x.slice(from: starts, to: limits))
            limits[axis] = starts[axis]
            builder.output("nothing\(axis)", x.slice(from: starts, to: limits))
            var (low, high) = (zero, zero)
            (low[axis], high[axis]) = (2, 1)
            builder.output("pad\(axis)", x.padded(low: low, high: high))
            let parts = [x, x.padded(low: low, high: high), x]
            builder.output("concatenate\(axis)", .concatenate(parts, axis: axis))
            if x.type.elementType != .bool {
                builder.output(
                    "iota\(axis)", builder.iota(x.shape, axis: axis, x.type.elementType))
            }
        }
        builder.output("constant", builder.constant(1, x.shape, x.type.elementType))
        builder.output("pad", x.padded(low: zero.map { _ in 1 }, high: zero.map { _ in 2 }))
    }

    /// Sums and maxima over every set of axes of ranks up to 4, and over long runs.
    public func checkReductions() throws {
        for shape in Self.shapes {
            for elementType in [ElementType.f32, .i32] {
                try compare(
                    "reductions of \(elementType.rawValue)\(shape)",
                    ["x": numbered(shape, elementType)], isOptional: elementType != .f32,
                    // At most 48 terms, added one after another, make 48 roundings of half an epsilon.
                    bound: { $0.hasPrefix("sum") ? .sums(24) : .exact }
                ) { builder, values in
                    for axes in subsets(shape.rank) {
                        builder.output("sum\(words(axes))", values[0].sum(over: axes))
                        builder.output("maximum\(words(axes))", values[0].maximum(over: axes))
                        let backwards = Array(axes.reversed())
                        builder.output("sum_back\(words(axes))", values[0].sum(over: backwards))
                    }
                }
            }
        }
        let odd: [Float] = [.nan, 1, -.infinity, -.infinity, -0.0, 0, 3, .infinity]
        try compare(
            "maxima of special values", ["x": Tensor(odd, shape: [4, 2])], bound: { _ in .exact }
        ) { builder, values in
            for axes in subsets(2) {
                builder.output("maximum\(words(axes))", values[0].maximum(over: axes))
            }
        }
        try compare(
            "long sums", ["x": .wave([70_001]), "y": .wave([300, 257], phase: 1)],
            // Sums of this length are made in parts: 1,024 roundings in a row are more than enough.
            bound: { $0.hasPrefix("maximum") ? .exact : .sums(512) }
        ) { builder, values in
            let (x, y) = (values[0], values[1])
            builder.output("sum", x.sum())
            builder.output("maximum", x.maximum())
            builder.output("squares", (x * x).sum())
            builder.output("rows", y.sum(over: [1]))
            builder.output("columns", y.sum(over: [0]))
            builder.output("maximum_rows", y.maximum(over: [1]))
            builder.output("maximum_columns", y.maximum(over: [0]))
        }
        try compare(
            "sums of nothing", ["x": Tensor([], shape: [0, 3])], bound: { _ in .exact }
        ) { builder, values in
            for axes in subsets(2) {
                builder.output("sum\(words(axes))", values[0].sum(over: axes))
                builder.output("maximum\(words(axes))", values[0].maximum(over: axes))
            }
        }
    }

    /// Products with their batch, free and contracted axes in every order.
    public func checkProducts() throws {
        // Five terms, each rounded once and added one after another; a fused product rounds less.
        let few = Bound.sums(5)
        for left in permutations(3) {
            for right in permutations(3) {
                // The axes of either operand stand for batch (2), free (3 or 4) and contracted (5).
                let leftShape = Shape(left.map { [2, 3, 5][$0] })
                let rightShape = Shape(right.map { [2, 4, 5][$0] })
                func at(_ order: [Int], _ role: Int) -> Int { order.firstIndex(of: role) ?? 0 }
                let axes = DotAxes(
                    batch: ([at(left, 0)], [at(right, 0)]),
                    contracted: ([at(left, 2)], [at(right, 2)]))
                let both = DotAxes(
                    contracted: ([at(left, 0), at(left, 2)], [at(right, 0), at(right, 2)]))
                let turned = DotAxes(
                    contracted: ([at(left, 2), at(left, 0)], [at(right, 2), at(right, 0)]))
                let free = DotAxes(contracted: ([at(left, 2)], [at(right, 2)]))
                let batches = DotAxes(
                    batch: ([at(left, 2), at(left, 0)], [at(right, 2), at(right, 0)]),
                    contracted: ([], []))
                try compare(
                    "products of \(leftShape) and \(rightShape)",
                    ["a": .wave(leftShape), "b": .wave(rightShape, phase: 1)],
                    bound: { $0 == "both" || $0 == "turned" ? .sums(10) : few }
                ) { builder, values in
                    builder.output("batched", values[0].dot(values[1], axes))
                    builder.output("both", values[0].dot(values[1], both))
                    builder.output("turned", values[0].dot(values[1], turned))
                    builder.output("free", values[0].dot(values[1], free))
                    builder.output("batches", values[0].dot(values[1], batches))
                    builder.output(
                        "outer", values[0].dot(values[1], DotAxes(contracted: ([], []))))
                }
            }
        }
        for (m, n, k) in [(1, 1, 1), (1, 5, 3), (17, 1, 9), (33, 15, 8), (600, 3, 4), (3, 2, 4100)]
        {
            try compare(
                "products of \(m) x \(k) and \(k) x \(n)",
                [
                    "a": .wave([m, k]), "b": .wave([k, n], phase: 1),
                    "c": .wave([k, m], phase: 2), "d": .wave([n, k], phase: 3),
                ],
                // Sums of many terms are made in parts; k roundings bound any order.
                bound: { _ in .sums(Double(min(k, 256))) }
            ) { builder, values in
                let (a, b, c, d) = (values[0], values[1], values[2], values[3])
                builder.output("nn", a.dot(b, DotAxes(contracted: ([1], [0]))))
                builder.output("nt", a.dot(d, DotAxes(contracted: ([1], [1]))))
                builder.output("tn", c.dot(b, DotAxes(contracted: ([0], [0]))))
                builder.output("tt", c.dot(d, DotAxes(contracted: ([0], [1]))))
            }
        }
        try compare(
            "empty products", ["a": Tensor([], shape: [3, 0]), "b": Tensor([], shape: [0, 4])],
            bound: { _ in .exact }
        ) { builder, values in
            builder.output("zeros", values[0].dot(values[1], DotAxes(contracted: ([1], [0]))))
            builder.output("turned", values[1].dot(values[0], DotAxes(contracted: ([0], [1]))))
            builder.output("nothing", values[0].dot(values[1], DotAxes(contracted: ([], []))))
        }
    }

    /// Rows of tables by index, and sums of rows.
    public func checkLookups() throws {
        for indices in [Shape.scalar, [1], [7], [2, 3], [2, 1, 4]] {
            for row in [Shape.scalar, [1], [5], [3, 2]] {
                let table = Shape([6] + row.dimensions)
                let updates = Shape(indices.dimensions + row.dimensions)
                let numbers = (0..<indices.count).map { Int32($0 * 5 % 6) }
                try compare(
                    "lookups of \(indices) in \(table)",
                    [
                        "indices": Tensor(integers: numbers, shape: indices), "table": .wave(table),
                        "updates": .wave(updates, phase: 1),
                        "words": numbered(table, .i32),
                    ],
                    // At most two rows meet, so one sum is rounded.
                    bound: { $0 == "take" ? .exact : .sums(1) }
                ) { builder, values in
                    builder.output("take", values[1].take(values[0]))
                    builder.output(
                        "scatter_add",
                        builder.apply(.scatterAdd(rows: 6), [values[0], values[2]]))
                    builder.output("words", values[3].take(values[0]))
                }
            }
        }
    }

    /// Programs in which an engine may join or leave out what it should not.
    public func checkCombinations() throws {
        try compare(
            "combinations",
            ["x": .wave([6]), "y": .wave([1], phase: 1), "z": .wave([3, 6], phase: 2)],
            // No result has more than 18 terms and a few roundings before they are added.
            bound: { _ in .sums(24) }
        ) { builder, values in
            let (x, y, z) = (values[0], values[1], values[2])
            // The sum of the squares of what is made just before, and of what is constant.
            let shifted = x.absolute() + 1
            builder.output("squares", (shifted * shifted).sum())
            let two = builder.constant(2).broadcast(to: [6], axes: [])
            builder.output("constant_squares", (two * two).sum())
            let repeated = y.reshaped([]).broadcast(to: [6], axes: [])
            builder.output("repeated_squares", (repeated * repeated).sum())
            // A scalar that is made and repeated to one element in the same run of operations.
            let scalar = y.reshaped([]) * 3
            builder.output("one", scalar.broadcast(to: [1], axes: []) + y)
            builder.output("one_squared", (scalar.broadcast(to: [1], axes: []) * y).sum())
            // Repeated constants and scalars that products, sums and outputs read.
            let ones = builder.constant(1).broadcast(to: [6, 2], axes: [])
            builder.output("rows", z.dot(ones, DotAxes(contracted: ([1], [0]))))
            builder.output("ones", ones)
            let scale = (x.absolute().sum() + 1).broadcast(to: [6], axes: [])
            builder.output("scaled", x * scale)
            builder.output("scaled_product", z.dot(scale, DotAxes(contracted: ([1], [0]))))
            builder.output("scale", scale)
            builder.output("twice", scale.broadcast(to: [2, 6], axes: [1]) * 2)
            // One value under several names, an input among the outputs, a reshape of each.
            let sum = x + x
            builder.output("sum", sum)
            builder.output("sum_again", sum)
            builder.output("sum_reshaped", sum.reshaped([2, 3]))
            builder.output("input", x)
            builder.output("input_reshaped", x.reshaped([3, 2]))
            builder.output("constant", builder.constant(-0.0))
        }
        try compare(
            "a long chain", ["x": .wave([40]), "y": .wave([40], phase: 1)],
            // Sixty sums of numbers that do not cancel, each rounded.
            bound: { _ in .sums(60) }
        ) { builder, values in
            var (x, y) = (values[0], values[1])
            for _ in 0..<30 { (x, y) = (y * 0.5 + x, x + 0.25) }
            builder.output("x", x)
            builder.output("y", y)
        }
    }

    /// Shapes of every rank up to 4, extents of 1 and nothing among them.
    static let shapes: [Shape] = [
        [], [1], [4], [2, 3], [1, 3], [3, 1], [2, 3, 4], [2, 1, 3], [1, 1, 4], [2, 3, 2, 4],
        [3, 1, 2, 1],
    ]
}

extension UnaryFunction {
    /// How far an engine may be off.
    fileprivate var bound: EngineConformance.Bound {
        switch self {
        case .negate, .absolute, .sign, .floor, .isFinite, .not: .exact
        // IEEE 754 rounds it correctly.
        case .squareRoot: .ulps(0.5)
        // A root and a quotient, each rounded: the error of the first halves.
        case .reciprocalSquareRoot: .ulps(1.5)
        // Polynomials in single precision: a few roundings near the end.
        case .exponential, .logarithm, .sine, .cosine, .tanh: .ulps(3)
        // An exponential, a sum and a quotient.
        case .logistic: .ulps(4)
        }
    }
}

extension BinaryFunction {
    /// How far an engine may be off.
    fileprivate var bound: EngineConformance.Bound {
        switch self {
        // IEEE 754 rounds them correctly.
        case .add, .subtract, .multiply, .divide: .ulps(0.5)
        case .maximum, .minimum, .and, .or: .exact
        // The C library's, which states less than one.
        case .power: .ulps(1)
        }
    }
}

/// Numbers at the edges of single precision.
private let special: [Float] = [
    0, -0.0, 1, -1, 0.125, 0.1, .pi, -.pi, 2.5, 20, -20, 87, -87, 100, -100, .infinity, -.infinity,
    .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
    -.leastNormalMagnitude, .greatestFiniteMagnitude,
]

/// Numbers of all sizes between 2^-8 and 2^6, of either sign.
private func numbers(_ count: Int) -> [Float] {
    let key = RandomKey(seed: 5)
    let exponents = key.split("exponent").normals(count, deviation: 2)
    let signs = key.split("sign").normals(count, deviation: 1)
    return zip(exponents, signs).map { ($1 < 0 ? -1 : 1) * max(0x1p-8, min(64, $0 * $0)) }
}

/// Different numbers, or alternating truth values.
private func numbered(_ shape: Shape, _ elementType: ElementType) -> Tensor {
    let numbers = (0..<shape.count).map { Double(($0 * 7 + 3) % 31) - 9.5 }
    switch elementType {
    case .bool:
        let truths = numbers.map { $0 > 0 ? 1.0 : 0 }
        return Tensor(rounding: truths, shape: shape, elementType: .bool)
    default: return Tensor(rounding: numbers, shape: shape, elementType: elementType)
    }
}

/// All orders of 0 ..< count.
func permutations(_ count: Int) -> [[Int]] { injections(count, into: count) }

/// All ways to choose `count` of 0 ..< limit in order.
func injections(_ count: Int, into limit: Int) -> [[Int]] {
    guard count > 0 else { return [[]] }
    return injections(count - 1, into: limit).flatMap { head in
        (0..<limit).filter { !head.contains($0) }.map { head + [$0] }
    }
}

/// All sets of 0 ..< count, each in order.
func subsets(_ count: Int) -> [[Int]] {
    (0..<(1 << count)).map { bits in (0..<count).filter { bits >> $0 & 1 == 1 } }
}

/// The numbers as part of a name.
private func words(_ numbers: [Int]) -> String { numbers.map { "_\($0)" }.joined() }
