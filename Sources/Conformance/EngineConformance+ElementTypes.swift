import Engines
import Foundation
import Programs
import Tensors

extension EngineConformance {
    /// Every primitive in the floating-point types beside `f32`, where the engine has them.
    ///
    /// Numbers are of the type before and after, so that the oracle's are the exact results: half a
    /// unit in the last place for what IEEE 754 rounds correctly, two units for functions, and for
    /// sums what their terms' roundings add up to.
    public func checkElementTypes() throws {
        for elementType in [ElementType.bf16, .f64] {
            try checkFunctions(elementType)
            try checkSums(elementType)
            try checkConversions(elementType)
        }
        try checkWideProducts()
    }

    private func checkFunctions(_ elementType: ElementType) throws {
        let left = numbers(elementType, 48)
        let right = numbers(elementType, 48, phase: 1)
        try compareTypes(
            "functions of \(elementType.rawValue)", ["a": left, "b": right]
        ) { name in
            if UnaryFunction(rawValue: name).map(Self.isExact) ?? false { return 0 }
            if BinaryFunction(rawValue: name).map({ $0 != .power }) ?? false { return 0.5 }
            if UnaryFunction(rawValue: name) == .squareRoot { return 0.5 }
            return UnaryFunction(rawValue: name) == nil && name != "power" ? 0 : 2
        } build: { builder, values in
            for function in UnaryFunction.allCases where function != .not {
                builder.output(function.rawValue, builder.apply(.unary(function), [values[0]]))
            }
            for function in BinaryFunction.allCases where ![.and, .or, .power].contains(function) {
                builder.output(function.rawValue, builder.apply(.binary(function), values))
            }
            builder.output("power", values[0].absolute().power(values[1]))
            for comparison in Comparison.allCases {
                let result = values[0].compared(comparison, values[1])
                builder.output("is_" + comparison.rawValue, result)
                builder.output("if_" + comparison.rawValue, result.select(values[0], values[1]))
            }
        }
    }

    private static func isExact(_ function: UnaryFunction) -> Bool {
        [.negate, .absolute, .sign, .floor, .isFinite].contains(function)
    }

    private func checkSums(_ elementType: ElementType) throws {
        let x = numbers(elementType, 24).reshaped([2, 3, 4])
        let y = numbers(elementType, 20, phase: 1).reshaped([4, 5])
        let indices = Tensor(integers: [1, 0, 1], shape: [3])
        try compareTypes(
            "sums and moves of \(elementType.rawValue)", ["i": indices, "x": x, "y": y]
        ) { name in
            // At most twelve terms of magnitudes up to 16, each sum rounded.
            name.hasPrefix("sum") ? 24 : 0
        } build: { builder, values in
            let (i, x, y) = (values[0], values[1], values[2])
            builder.output("sum", x.sum(over: [0, 2]))
            builder.output("maximum", x.maximum(over: [1]))
            builder.output(
                "sums_of_products", x.dot(y, DotAxes(contracted: ([2], [0]))))
            builder.output("transpose", x.transposed([2, 0, 1]))
            builder.output("broadcast", y.broadcast(to: [4, 2, 5], axes: [0, 2]))
            builder.output("slice", x.slice(from: [0, 1, 1], to: [2, 3, 4]))
            builder.output("pad", y.padded(low: [1, 0], high: [0, 2]))
            builder.output("concatenate", .concatenate([y, y], axis: 1))
            builder.output("take", y.take(i))
            let updates = y.slice(from: [0, 0], to: [3, 5])
            builder.output("sum_of_rows", builder.apply(.scatterAdd(rows: 3), [i, updates]))
            builder.output("constant", y.filled(with: 0.1).converted(to: elementType))
            builder.output("infinity", y.filled(with: -.infinity))
            builder.output("iota", builder.iota([3, 4], axis: 1, elementType))
        }
    }

    private func checkConversions(_ elementType: ElementType) throws {
        let halves = Tensor(
            rounding: [0, -0.5, 0.9, -1.5, 100, 1.00390625, 1.01171875, .infinity], shape: [8],
            elementType: elementType)
        let wide = Tensor([1.00390625, 1.01171875, 3.0e38, 0.1, -0.1, .infinity], shape: [6])
        try compareTypes(
            "conversions of \(elementType.rawValue)",
            ["n": Tensor(integers: [0, 1, -3, 1000], shape: [4]), "w": wide, "x": halves]
        ) { _ in
            0
        } build: { builder, values in
            for to in ElementType.allCases {
                builder.output("to_" + to.rawValue, values[2].converted(to: to))
            }
            builder.output("from_i32", values[0].converted(to: elementType))
            builder.output("from_f32", values[1].converted(to: elementType))
        }
    }

    /// Products of `bf16` that are summed and kept in `f32`.
    private func checkWideProducts() throws {
        let a = numbers(.bf16, 64 * 9).reshaped([9, 64])
        let b = numbers(.bf16, 64 * 7, phase: 1).reshaped([64, 7])
        try compareTypes("wide products of bf16", ["a": a, "b": b]) { _ in
            // Sixty-four sums in single precision; the products are exact.
            64
        } build: { builder, values in
            let product = values[0].dot(
                values[1], DotAxes(contracted: ([1], [0]), result: .f32))
            builder.output("sums", product)
        }
    }

    /// Runs a program here and on the oracle, if the engine takes its types.
    private func compareTypes(
        _ name: String, _ inputs: [String: Tensor], bound: (String) -> Double,
        build: (ProgramBuilder, [Value]) -> Void
    ) throws {
        let builder = ProgramBuilder(name)
        let values = inputs.sorted { $0.key < $1.key }.map { name, tensor in
            builder.input(name, tensor.elementType, tensor.shape)
        }
        build(builder, values)
        let program = try builder.build()
        let results: [String: Tensor]
        do {
            results = try engine.run(program, inputs)
        } catch EngineError.unsupported where !claims(program) {
            return
        }
        let oracle = try Oracle(program)
        let expected = try oracle.outputs(inputs)
        let magnitudes = try oracle.magnitudes(inputs)
        for (index, output) in program.outputs.enumerated() {
            guard let result = results[output.name],
                program.types[output.value]
                    == ValueType(result.elementType, result.shape)
            else {
                record("\(name): \(output.name) is missing or of another type")
                continue
            }
            let bound = bound(output.name)
            let isSum = output.name.hasPrefix("sum")
            for (place, actual) in result.doubles.enumerated() {
                let wanted = expected[index][place]
                let size = isSum ? magnitudes[index][place] : wanted.magnitude
                // Half a unit more for rounding what is exact, but not representable.
                let slack = (bound + (bound == 0 ? 0.5 : 0)) * result.elementType.unit(at: size)
                let isClose =
                    actual == wanted || (actual.isNaN && wanted.isNaN)
                    || (actual - wanted).magnitude <= slack
                if !isClose {
                    record("\(name), \(output.name): element \(place) is \(actual), not \(wanted)")
                    break
                }
            }
        }
    }

    /// Numbers of a type between 2^-6 and 16, of either sign.
    private func numbers(
        _ elementType: ElementType, _ count: Int, phase: Int = 0
    ) -> Tensor {
        let normals = RandomKey(seed: 17).split(phase).normals(count, deviation: 2)
        let values = normals.map { value in
            let magnitude = min(16, max(0x1p-6, Double(value.magnitude)))
            return value < 0 ? -magnitude : magnitude
        }
        return Tensor(rounding: values, shape: [count], elementType: elementType)
    }
}

extension ElementType {
    /// The distance between numbers of this type near a magnitude.
    fileprivate func unit(at magnitude: Double) -> Double {
        switch self {
        case .i32, .bool: 0
        case .f64: magnitude.ulp
        case .f32: Double(Float(magnitude).ulp)
        case .bf16: Double(Float(magnitude).ulp) * 65536
        }
    }
}

extension Tensor {
    /// The same elements with other extents.
    fileprivate func reshaped(_ shape: Shape) -> Tensor {
        Tensor(bytes: bytes, shape: shape, elementType: elementType)
    }
}
