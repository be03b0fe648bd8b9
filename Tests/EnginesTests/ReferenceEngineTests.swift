import Engines
import Programs
import Tensors
import Testing

/// Every primitive on numbers small enough to be worked out by hand.
@Suite("the reference engine")
struct ReferenceEngineTests {
    /// Runs a primitive on its own.
    private func run(_ primitive: Primitive, _ operands: Tensor...) throws -> [Double] {
        let builder = ProgramBuilder(primitive.name)
        let values = operands.enumerated().map { index, operand in
            builder.input("x\(index)", operand.elementType, operand.shape)
        }
        builder.output("y", builder.apply(primitive, values))
        let inputs = Dictionary(
            uniqueKeysWithValues: operands.enumerated().map { ("x\($0.offset)", $0.element) })
        let outputs = try ReferenceEngine().run(try builder.build(), inputs)
        return try #require(outputs["y"]).doubles
    }

    /// The numbers from 0 on, in a shape.
    private func counting(_ shape: Shape) -> Tensor {
        Tensor(doubles: (0..<shape.count).map(Double.init), shape: shape)
    }

    private func doubles(_ values: Double...) -> Tensor {
        Tensor(doubles: values, shape: [values.count])
    }

    @Test func constant() throws {
        #expect(try run(.constant(2.5, ValueType(.f64, [2, 1]))) == [2.5, 2.5])
    }

    @Test func iota() throws {
        #expect(try run(.iota(axis: 0, ValueType(.i32, [2, 3]))) == [0, 0, 0, 1, 1, 1])
        #expect(try run(.iota(axis: 1, ValueType(.f32, [2, 3]))) == [0, 1, 2, 0, 1, 2])
    }

    @Test(
        arguments: [
            (.negate, 2, -2), (.absolute, -3, 3), (.sign, -3, -1), (.sign, 0, 0),
            (.exponential, 0, 1), (.logarithm, 1, 0), (.squareRoot, 9, 3),
            (.reciprocalSquareRoot, 4, 0.5), (.tanh, 0, 0), (.sine, 0, 0), (.cosine, 0, 1),
            (.logistic, 0, 0.5), (.floor, -1.5, -2), (.isFinite, .infinity, 0), (.isFinite, 1, 1),
            (.isFinite, .nan, 0),
        ] as [(UnaryFunction, Double, Double)])
    func unary(function: UnaryFunction, x: Double, expected: Double) throws {
        #expect(try run(.unary(function), doubles(x)) == [expected])
    }

    @Test(
        arguments: [
            (.add, 3, 4, 7), (.subtract, 3, 4, -1), (.multiply, 3, 4, 12), (.divide, 3, 4, 0.75),
            (.maximum, 3, 4, 4), (.minimum, 3, 4, 3), (.power, 3, 4, 81),
        ] as [(BinaryFunction, Double, Double, Double)])
    func binary(function: BinaryFunction, a: Double, b: Double, expected: Double) throws {
        #expect(try run(.binary(function), doubles(a), doubles(b)) == [expected])
    }

    @Test("maximum and minimum give nan if either operand is nan")
    func nan() throws {
        for function in [BinaryFunction.maximum, .minimum] {
            #expect(try run(.binary(function), doubles(.nan), doubles(1))[0].isNaN)
            #expect(try run(.binary(function), doubles(1), doubles(.nan))[0].isNaN)
        }
        #expect(try run(.reduce(.maximum, axes: [0]), doubles(1, .nan, 2))[0].isNaN)
    }

    @Test("integers divide towards zero and wrap around at 32 bits")
    func integers() throws {
        let a = Tensor(integers: [7, -7, 1, .min, .max], shape: [5])
        let b = Tensor(integers: [2, 2, 0, -1, 2], shape: [5])
        #expect(try run(.binary(.divide), a, b) == [3, -3, -1, -0x1p31, 0x3fff_ffff])
        #expect(try run(.binary(.multiply), a, b) == [14, -14, 0, -0x1p31, -2])
        #expect(try run(.binary(.add), a, b) == [9, -5, 1, 0x7fff_ffff, -0x7fff_ffff])
        #expect(try run(.unary(.negate), a) == [-7, 7, -1, -0x1p31, -0x7fff_ffff])
        #expect(try run(.reduce(.sum, axes: [0]), b) == [5])
        let large = Tensor(integers: [.max, .max, 3], shape: [3])
        #expect(try run(.reduce(.sum, axes: [0]), large) == [1])
    }

    @Test("truth values")
    func truth() throws {
        let a = Tensor(bytes: [0, 0, 1, 1], shape: [4], elementType: .bool)
        let b = Tensor(bytes: [0, 1, 0, 1], shape: [4], elementType: .bool)
        #expect(try run(.binary(.and), a, b) == [0, 0, 0, 1])
        #expect(try run(.binary(.or), a, b) == [0, 1, 1, 1])
        #expect(try run(.unary(.not), a) == [1, 1, 0, 0])
        let (x, y) = (doubles(1, 2, 3, 4), doubles(5, 6, 7, 8))
        #expect(try run(.select, b, x, y) == [5, 2, 7, 4])
    }

    @Test(
        arguments: [
            (.equal, [0, 1, 0, 0]), (.notEqual, [1, 0, 1, 1]), (.less, [1, 0, 0, 0]),
            (.lessOrEqual, [1, 1, 0, 0]), (.greater, [0, 0, 1, 0]),
            (.greaterOrEqual, [0, 1, 1, 0]),
        ] as [(Comparison, [Double])])
    func compare(comparison: Comparison, expected: [Double]) throws {
        let result = try run(.compare(comparison), doubles(1, 2, 3, .nan), doubles(2, 2, 2, .nan))
        #expect(result == expected)
    }

    @Test("conversions round to nearest, to integers towards zero, and stay in range")
    func convert() throws {
        #expect(try run(.convert(.f32), doubles(0.1)) == [Double(Float(0.1))])
        #expect(try run(.convert(.bf16), doubles(1.01)) == [1.0078125])
        #expect(
            try run(.convert(.i32), doubles(-1.9, 1.9, 1e10, -.infinity, .nan))
                == [-1, 1, 0x7fff_ffff, -0x8000_0000, 0])
        #expect(try run(.convert(.bool), doubles(0, -0.0, 0.5)) == [0, 0, 1])
    }

    @Test func reshape() throws {
        #expect(try run(.reshape([3, 2]), counting([2, 3])) == [0, 1, 2, 3, 4, 5])
    }

    @Test func broadcast() throws {
        #expect(try run(.broadcast([2, 3], axes: [0]), doubles(1, 2)) == [1, 1, 1, 2, 2, 2])
        #expect(try run(.broadcast([2, 3], axes: [1]), doubles(1, 2, 3)) == [1, 2, 3, 1, 2, 3])
        #expect(try run(.broadcast([2, 2], axes: [1, 0]), counting([2, 2])) == [0, 2, 1, 3])
        #expect(
            try run(.broadcast([2, 3], axes: [0, 1]), counting([2, 1])) == [0, 0, 0, 1, 1, 1])
    }

    @Test func transpose() throws {
        #expect(try run(.transpose([1, 0]), counting([2, 3])) == [0, 3, 1, 4, 2, 5])
        #expect(
            try run(.transpose([2, 0, 1]), counting([2, 2, 3]))
                == [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11])
    }

    @Test func slice() throws {
        #expect(
            try run(.slice(starts: [0, 1], limits: [2, 3]), counting([2, 3])) == [1, 2, 4, 5])
        #expect(try run(.slice(starts: [1, 1], limits: [1, 3]), counting([2, 3])) == [])
    }

    @Test func pad() throws {
        #expect(
            try run(.pad(low: [1, 0], high: [0, 2]), counting([1, 2]))
                == [0, 0, 0, 0, 0, 1, 0, 0])
    }

    @Test func concatenate() throws {
        #expect(
            try run(.concatenate(axis: 1), counting([2, 2]), counting([2, 1]))
                == [0, 1, 0, 2, 3, 1])
    }

    @Test func reduce() throws {
        #expect(try run(.reduce(.sum, axes: [0]), counting([2, 3])) == [3, 5, 7])
        #expect(try run(.reduce(.sum, axes: [1]), counting([2, 3])) == [3, 12])
        #expect(try run(.reduce(.maximum, axes: [0, 1]), counting([2, 3])) == [5])
        #expect(try run(.reduce(.sum, axes: [0]), counting([0, 2])) == [0, 0])
        let empty = try run(.reduce(.maximum, axes: [0]), counting([0, 2]))
        #expect(empty == [-.infinity, -.infinity])
    }

    @Test func dot() throws {
        let axes = DotAxes(contracted: ([1], [0]))
        #expect(try run(.dot(axes), counting([2, 2]), counting([2, 2])) == [2, 3, 6, 11])
        let batched = DotAxes(batch: ([0], [0]), contracted: ([1], [1]))
        #expect(try run(.dot(batched), counting([2, 2]), counting([2, 2])) == [1, 13])
        let outer = DotAxes(contracted: ([], []))
        #expect(try run(.dot(outer), doubles(1, 2), doubles(3, 4)) == [3, 4, 6, 8])
    }

    @Test func take() throws {
        let indices = Tensor(integers: [2, 0, 2], shape: [3])
        #expect(try run(.take, counting([3, 2]), indices) == [4, 5, 0, 1, 4, 5])
    }

    @Test func scatterAdd() throws {
        let indices = Tensor(integers: [2, 0, 2], shape: [3])
        #expect(
            try run(.scatterAdd(rows: 4), indices, counting([3, 2])) == [2, 3, 0, 0, 4, 6, 0, 0])
    }

    @Test("an input that is not given is named")
    func missingInput() throws {
        let builder = ProgramBuilder("example")
        builder.output("y", builder.input("x", .f32, [1]))
        let program = try builder.build()
        #expect(throws: EngineError.operands("input x of example is not given")) {
            try ReferenceEngine().run(program, [:])
        }
    }
}
