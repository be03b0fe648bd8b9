public import Engines
public import Programs
public import Tensors
public import Testing

/// Facts that every engine holds to, against the reference engine.
///
/// ```swift
/// @Test func arithmetic() throws { try EngineConformance(engine).checkElementwise() }
/// ```
///
/// Types that the engine does not claim are tried all the same: what it refuses it must refuse with
/// `EngineError.unsupported(engine:_:)`.
public struct EngineConformance {
    /// The engine that is tried.
    public let engine: any Engine
    /// The types that the engine must not refuse.
    public let elementTypes: Set<ElementType>
    /// Whether the engine may take subnormal numbers for zeros, in what it reads and what it makes.
    public let flushesSubnormals: Bool
    /// Bounds for functions that the engine states itself, in ulp.
    public let statedBounds: [UnaryFunction: Double]
    let sourceLocation: SourceLocation

    /// Tries an engine.
    public init(
        _ engine: any Engine, elementTypes: Set<ElementType> = [.f32, .i32, .bool],
        flushesSubnormals: Bool = false,
        statedBounds: [UnaryFunction: Double] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        self.engine = engine
        self.elementTypes = elementTypes
        self.flushesSubnormals = flushesSubnormals
        self.statedBounds = statedBounds
        self.sourceLocation = sourceLocation
    }

    /// All of them, with the composites of a catalog.
    public func check(_ composites: [any Composite.Type] = CompositeCatalog.all) throws {
        try checkElementwise()
        try checkMovement()
        try checkReductions()
        try checkProducts()
        try checkLookups()
        try checkCombinations()
        try checkElementTypes()
        try checkDonations()
        try checkRepeatability()
        try checkRefusals()
        try checkSteps()
        try checkLanes()
        for composite in composites { try check(composite) }
    }

    /// What bounds the error of a result.
    enum Bound {
        /// Equal numbers: copies, integers, truth values.
        case exact
        /// Units in the last place of the expected value.
        case ulps(Double)
        /// Units of epsilon times the sum of the terms' magnitudes.
        case sums(Double)
    }

    /// Runs a program here and on the oracle and compares all outputs.
    ///
    /// Each output has a bound by its name. The program is built from its inputs in the order of their names; when `isOptional`, the
    /// engine may refuse it.
    func compare(
        _ name: String, _ inputs: [String: Tensor], isOptional: Bool = false,
        bound: (String) -> Bound, _ build: (ProgramBuilder, [Value]) throws -> Void
    ) throws {
        let builder = ProgramBuilder(name)
        let values = inputs.sorted { $0.key < $1.key }.map { name, tensor in
            builder.input(name, tensor.elementType, tensor.shape)
        }
        try build(builder, values)
        let program = try builder.build()
        let results: [String: Tensor]
        do {
            results = try engine.run(program, inputs)
        } catch EngineError.unsupported where isOptional && !claims(program) {
            return
        }
        let oracle = try Oracle(program)
        let expected = try oracle.outputs(inputs)
        let magnitudes = try oracle.magnitudes(inputs)
        for (index, output) in program.outputs.enumerated() {
            let type = program.types[output.value]
            guard let result = results[output.name] else {
                record("\(name) has no output \(output.name)")
                continue
            }
            guard result.shape == type.shape, result.elementType == type.elementType else {
                record("\(name): \(output.name) is \(result), not \(type)")
                continue
            }
            let context = "\(name), \(output.name)"
            let actual = result.doubles.map { flushed(Float($0)) }
            let expected = expected.map { $0.map(flushed) }
            switch type.elementType == .f32 ? bound(output.name) : .exact {
            case .exact:
                if type.elementType == .f32 {
                    expectClose(
                        actual, to: expected[index].map { Double(Float($0)) }, ulps: 0, context,
                        sourceLocation: sourceLocation)
                } else if result.doubles != expected[index] {
                    record("\(context): \(result.doubles), not \(expected[index])")
                }
            case .ulps(let ulps):
                expectClose(
                    actual, to: expected[index], ulps: ulps, context,
                    sourceLocation: sourceLocation)
            case .sums(let terms):
                expectClose(
                    actual, to: expected[index], epsilons: terms, of: magnitudes[index], context,
                    sourceLocation: sourceLocation)
            }
        }
    }

    /// Whether the engine says that it has all types of a program.
    func claims(_ program: Program) -> Bool {
        program.types.allSatisfy { elementTypes.contains($0.elementType) }
    }

    /// Zero for a number that the engine may take for it.
    private func flushed<Number: BinaryFloatingPoint>(_ number: Number) -> Number {
        flushesSubnormals && number.magnitude < Number(Float.leastNormalMagnitude) ? 0 : number
    }

    func record(_ message: String) {
        Issue.record("\(engine.name): \(message)", sourceLocation: sourceLocation)
    }

    /// All samples of a composite.
    ///
    /// The bound is what rounding the numbers of the body to single precision does to each result,
    /// estimated by rounding them at random: kernels that compute otherwise stay within 8 times that,
    /// or 2 ulp where the body happens to be exact.
    public func check(_ composite: any Composite.Type) throws {
        for (number, sample) in composite.samples.enumerated() where sample.breaks == nil {
            let program = try sample.program()
            let results = try engine.run(program, sample.inputs)
            let oracle = try Oracle(program)
            let expected = try oracle.outputs(sample.inputs)
            let noise = try oracle.noise(sample.inputs, around: expected)
            for (index, output) in program.outputs.enumerated() {
                guard let result = results[output.name] else {
                    record("\(composite.name) has no output \(output.name)")
                    continue
                }
                let units = zip(noise[index], expected[index]).map { noise, value in
                    max(noise * 0x1p23, value.magnitude / 4)
                }
                expectClose(
                    result.doubles.map { Float($0) }, to: expected[index], epsilons: 8, of: units,
                    "\(composite.name), sample \(number), result \(index)",
                    sourceLocation: sourceLocation)
            }
        }
    }
}
