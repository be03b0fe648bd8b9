import Conformance
import Engines
import Programs
import Tensors
import Testing

@Suite("differentiation")
struct DifferentiationTests {
    /// Checks the gradients of one operation against finite differences.
    ///
    /// `offset` and `size` move the irregular numbers of the operands to where the function is smooth.
    private func check(
        _ name: String, _ shapes: [Shape], offset: Double = 0, size: Double = 1,
        sourceLocation: SourceLocation = #_sourceLocation, _ build: ([Value]) -> Value
    ) throws {
        let builder = ProgramBuilder(name)
        var point: [String: Tensor] = [:]
        let values = shapes.enumerated().map { index, shape in
            let numbers = Tensor.wave(shape, phase: index + 1).doubles.map { offset + size * $0 }
            point["x\(index)"] = Tensor(doubles: numbers, shape: shape)
            return builder.input("x\(index)", .f64, shape)
        }
        builder.output("y", build(values))
        try expectGradients(of: try builder.build(), at: point, sourceLocation: sourceLocation)
    }

    @Test("functions of one number", arguments: UnaryFunction.allCases)
    func unary(function: UnaryFunction) throws {
        if function == .not || function == .isFinite { return }
        // Logarithms and roots are smooth around 3, steps and magnitudes away from whole numbers.
        let (offset, size) =
            switch function {
            case .logarithm, .squareRoot, .reciprocalSquareRoot: (3.0, 1.0)
            case .floor, .absolute, .sign: (0.5, 0.25)
            default: (0.0, 1.0)
            }
        for offset in [offset, function == .absolute ? -offset : offset] {
            try check(function.rawValue, [[2, 5]], offset: offset, size: size) {
                $0[0].builder.apply(.unary(function), $0)
            }
        }
    }

    @Test("functions of two numbers", arguments: BinaryFunction.allCases)
    func binary(function: BinaryFunction) throws {
        if function == .and || function == .or { return }
        let offset = function == .divide || function == .power ? 3.0 : 0
        try check(function.rawValue, [[2, 5], [2, 5]], offset: offset) {
            $0[0].builder.apply(.binary(function), $0)
        }
        try check("\(function.rawValue) of a value and itself", [[6]], offset: 3) {
            $0[0].builder.apply(.binary(function), [$0[0], $0[0]])
        }
    }

    @Test("choices and conversions")
    func choices() throws {
        try check("select", [[7], [7], [7]]) { $0[0].compared(.less, $0[1]).select($0[1], $0[2]) }
        try check("convert there and back", [[7]]) { x in
            let integers = x[0].converted(to: .i32).converted(to: .f64)
            return x[0] * (integers + 2)
        }
        try check("a truth value", [[7]], offset: 0.5, size: 0.25) {
            $0[0] * $0[0].compared(.greater, $0[0] * 2).converted(to: .f64)
        }
    }

    @Test("moves of elements")
    func moves() throws {
        try check("reshape", [[2, 3, 2]]) { $0[0].reshaped([4, 3]) * 2 }
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            try check("transpose \(order)", [[2, 3, 4]]) {
                $0[0].builder.apply(.transpose(order), $0)
            }
        }
        try check("slice", [[3, 4]]) { $0[0].slice(from: [1, 0], to: [3, 2]) }
        try check("empty slice", [[3, 4]]) { $0[0].slice(from: [1, 2], to: [3, 2]).sum() }
        try check("pad", [[3, 2]]) { $0[0].padded(low: [1, 0], high: [0, 2]) }
        for axis in 0..<3 {
            try check("concatenate \(axis)", [[2, 2, 2], [2, 2, 2]]) {
                .concatenate([$0[0], $0[1], $0[0] * 3], axis: axis)
            }
        }
    }

    @Test("repeats, also of extents of 1 and with axes in any order")
    func broadcast() throws {
        let cases: [(Shape, Shape, [Int])] = [
            ([], [2, 3], []), ([2], [2, 3], [0]), ([3], [2, 3], [1]), ([1], [2, 3], [0]),
            ([2, 3], [2, 3], [0, 1]), ([3, 2], [2, 3], [1, 0]), ([1, 3], [2, 3], [0, 1]),
            ([2, 1], [2, 3], [0, 1]), ([1, 1], [2, 3], [1, 0]),
            ([3, 1, 2], [2, 4, 3, 5], [2, 1, 0]),
            ([1, 2], [1, 2, 3], [0, 1]), ([3, 2], [2, 1, 3], [2, 0]), ([1], [1], [0]),
        ]
        for (from, to, axes) in cases {
            try check("broadcast \(from) to \(to) by \(axes)", [from]) {
                $0[0].builder.apply(.broadcast(to, axes: axes), $0)
            }
        }
    }

    @Test("reductions over all sets of axes")
    func reductions() throws {
        for axes in [[], [0], [1], [2], [0, 1], [0, 2], [1, 2], [2, 0], [0, 1, 2]] {
            for reduction in Reduction.allCases {
                try check("\(reduction.rawValue) over \(axes)", [[2, 3, 4]]) {
                    $0[0].builder.apply(.reduce(reduction, axes: axes), $0)
                }
            }
        }
    }

    @Test("elements that share a maximum share its cotangent")
    func ties() throws {
        let builder = ProgramBuilder("ties")
        let x = builder.input("x", .f64, [2, 4])
        builder.output("y", x.maximum(over: [1]).sum())
        let program = try builder.build().differentiated("y", withRespectTo: ["x"])
        let outputs = try ReferenceEngine().run(
            program, ["x": Tensor(doubles: [1, 3, 3, 2, 5, 5, 5, 5], shape: [2, 4])])
        #expect(outputs["gradient/x"]?.doubles == [0, 0.5, 0.5, 0, 0.25, 0.25, 0.25, 0.25])
    }

    @Test("of two equal operands the first has the cotangent")
    func equalOperands() throws {
        for function in [BinaryFunction.maximum, .minimum] {
            let builder = ProgramBuilder("equal")
            let (a, b) = (builder.input("a", .f64, [1]), builder.input("b", .f64, [1]))
            builder.output("y", builder.apply(.binary(function), [a, b]).sum())
            let program = try builder.build().differentiated("y", withRespectTo: ["a", "b"])
            let one = Tensor(doubles: [1], shape: [1])
            let outputs = try ReferenceEngine().run(program, ["a": one, "b": one])
            #expect(outputs["gradient/a"]?.doubles == [1])
            #expect(outputs["gradient/b"]?.doubles == [0])
        }
    }

    /// All orders of three axes.
    static let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]

    @Test("products with batch, free and contracted axes in every order", arguments: orders, orders)
    func dot(left: [Int], right: [Int]) throws {
        // The axes of either operand stand for batch (2), free (3 or 2) and contracted (4).
        let leftShape = Shape(left.map { [2, 3, 4][$0] })
        let rightShape = Shape(right.map { [2, 2, 4][$0] })
        func at(_ order: [Int], _ role: Int) throws -> Int {
            try #require(order.firstIndex(of: role))
        }
        let (lb, lc, rb, rc) = try (at(left, 0), at(left, 2), at(right, 0), at(right, 2))
        for (name, axes) in [
            ("batched", DotAxes(batch: ([lb], [rb]), contracted: ([lc], [rc]))),
            ("both", DotAxes(contracted: ([lb, lc], [rb, rc]))),
            ("turned", DotAxes(contracted: ([lc, lb], [rc, rb]))),
            ("batches", DotAxes(batch: ([lc, lb], [rc, rb]), contracted: ([], []))),
            ("outer", DotAxes(contracted: ([lc], [rc]))),
        ] {
            try check("\(name) product of \(leftShape) and \(rightShape)", [leftShape, rightShape])
            {
                $0[0].dot($0[1], axes)
            }
        }
    }

    @Test("a product of a value with itself")
    func square() throws {
        try check("square", [[3, 3]]) { $0[0].dot($0[0], DotAxes(contracted: ([1], [0]))) }
    }

    @Test("rows by index, and sums of rows")
    func lookups() throws {
        try check("take", [[4, 3]]) { x in
            x[0].take((x[0].builder.iota([3, 2], axis: 0, .i32)))
        }
        try check("scatter_add", [[3, 2, 2]]) { x in
            let rows = x[0].builder.iota([3, 2], axis: 1, .i32)
            return x[0].builder.apply(.scatterAdd(rows: 4), [rows, x[0]])
        }
    }

    @Test("a value that is used often, and one that is not used")
    func uses() throws {
        try check("chain", [[4], [4]]) { x in
            let y = x[0].tanh()
            return y * y + y.exponential() * x[0] - y.sum() * x[0]
        }
        let builder = ProgramBuilder("unused")
        let x = builder.input("x", .f64, [2])
        _ = builder.input("y", .f64, [3])
        builder.output("z", x.sum())
        let program = try builder.build().differentiated("z", withRespectTo: ["y", "x"])
        #expect(program.outputs.map(\.name) == ["z", "gradient/y", "gradient/x"])
        let outputs = try ReferenceEngine().run(
            program, ["x": .zeros([2], .f64), "y": .zeros([3], .f64)])
        #expect(outputs["gradient/y"]?.doubles == [0, 0, 0])
        #expect(outputs["gradient/x"]?.doubles == [1, 1])
    }

    @Test("gradients of gradients")
    func secondOrder() throws {
        let builder = ProgramBuilder("second")
        let x = builder.input("x", .f64, [2, 3])
        let y = builder.apply(GELU(), [x])[0] * x.sine()
        let gradient = builder.gradients(of: y.sum(), withRespectTo: [x])[0]
        builder.output("gradient", gradient)
        let point = Tensor(doubles: Tensor.wave([2, 3]).doubles, shape: [2, 3])
        try expectGradients(of: try builder.build(), at: ["x": point])
    }

    @Test("causality: a gradient that is exactly zero")
    func causality() throws {
        let builder = ProgramBuilder("causality")
        let shape: Shape = [1, 5, 2, 4]
        let (q, k, v) = (
            builder.input("q", .f64, shape), builder.input("k", .f64, shape),
            builder.input("v", .f64, shape)
        )
        let y = builder.apply(CausalAttention(scale: 0.5), [q, k, v])[0]
        builder.output("y", y.slice(from: [0, 2, 0, 0], to: [1, 3, 2, 4]).sum())
        let program = try builder.build().differentiated("y", withRespectTo: ["q", "k", "v"])
        var inputs: [String: Tensor] = [:]
        for (index, name) in ["q", "k", "v"].enumerated() {
            inputs[name] = Tensor(
                doubles: Tensor.wave(shape, phase: index).doubles, shape: shape)
        }
        let outputs = try ReferenceEngine().run(program, inputs)
        for name in ["q", "k", "v"] {
            let gradient = try #require(outputs["gradient/" + name]).doubles
            #expect(gradient[24...].allSatisfy { $0 == 0 }, "\(name) after position 2")
            if name != "q" { #expect(gradient[..<24].allSatisfy { $0 != 0 }) }
        }
    }

    @Test("what cannot be differentiated is refused")
    func refusals() throws {
        let builder = ProgramBuilder("refusals")
        let x = builder.input("x", .f32, [2])
        builder.output("y", x * 2)
        builder.output("n", x.sum().converted(to: .i32))
        let program = try builder.build()
        for (output, input, reason) in [
            ("z", "x", "no output is called z"), ("y", "z", "no input is called z"),
            ("y", "x", "the value to differentiate is f32[2], not a real scalar"),
            ("n", "x", "the value to differentiate is i32[], not a real scalar"),
        ] {
            #expect(throws: ProgramError.gradient(reason)) {
                try program.differentiated(output, withRespectTo: [input])
            }
        }
    }

    @Test("the check can fail: a slope that the gradient does not see is caught")
    func negativeControl() {
        // So many small steps that they rise like x, each of them flat.
        withKnownIssue { try check("steps", [[3]]) { ($0[0] * 1e9).floor() / 1e9 } }
    }
}
