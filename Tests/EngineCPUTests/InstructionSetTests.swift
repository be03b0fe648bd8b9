import EngineCPU
import Engines
import Programs
import Tensors
import Testing

@Suite("instruction sets")
struct InstructionSetTests {
    @Test("the plain one is always there, and the best is the last")
    func supported() {
        #expect(InstructionSet.supported.first == .portable)
        #expect(InstructionSet.supported.last == .best)
    }

    @Test("oneDNN is bound once in a process")
    func binding() throws {
        let chosen = try chosenInstructionSet()
        _ = try makeEngine()
        for other in InstructionSet.supported where other != chosen {
            #expect(throws: EngineError.self) { try CPUEngine(instructionSet: other) }
        }
    }

    @Test("facts and kernels name what runs")
    func facts() throws {
        let engine = try makeEngine(threads: 2)
        #expect(engine.facts["instruction_set"] == engine.instructionSet.rawValue)
        #expect(engine.facts["threads"] == "2")
        let builder = ProgramBuilder("facts")
        let x = builder.input("x", .f32, [4, 4])
        builder.output("y", (x.dot(x, DotAxes(contracted: ([1], [0]))) + 1).tanh())
        let kernels = try engine.compile(try builder.build()).kernels
        let product = engine.instructionSet == .portable ? "portable" : "oneDNN"
        #expect(kernels.contains(KernelCount(operation: "dot", kernel: product, count: 1)))
        #expect(
            kernels.contains(
                KernelCount(
                    operation: "add tanh", kernel: engine.instructionSet.rawValue, count: 1)))
    }

    @Test("what runs in Swift is not said to run in vector code")
    func runner() throws {
        let builder = ProgramBuilder("rows")
        let table = builder.input("table", .f32, [3, 2])
        builder.output("rows", table.take(builder.input("index", .i32, [2])))
        let kernels = try makeEngine().compile(try builder.build()).kernels
        #expect(kernels == [KernelCount(operation: "take", kernel: "swift", count: 1)])
    }

    @Test("kernels of another composite of the same name end the program; the body runs")
    func impostor() async throws {
        #expect(try run(Negation())["y"]?.floats == [-1, -2, -3, -4])
        await #expect(processExitsWith: .failure) { _ = try run(Impostor()) }
    }

    @Test("a row that is not there ends the program")
    func missingRow() async {
        await #expect(processExitsWith: .failure) {
            let builder = ProgramBuilder("rows")
            let table = builder.input("table", .f32, [3, 2])
            builder.output("row", table.take(builder.input("index", .i32, [1])))
            let program = try builder.build()
            _ = try makeEngine().run(
                program, ["table": .zeros([3, 2]), "index": Tensor(integers: [3], shape: [1])])
        }
    }
}

/// What a composite makes of [1, 2, 3, 4], as one sequence of two vectors.
private func run(_ composite: any Composite) throws -> [String: Tensor] {
    let builder = ProgramBuilder("composite")
    let x = builder.input("x", .f32, [1, 2, 1, 2])
    builder.output("y", builder.apply(composite, [x])[0])
    return try makeEngine().run(
        try builder.build(), ["x": Tensor([1, 2, 3, 4], shape: [1, 2, 1, 2])])
}

/// −x, which has no kernels.
private struct Negation: Composite {
    static let name = "negation"
    var attributes: Attributes { [:] }
    init() {}
    init(attributes: Attributes) {}
    func resultTypes(of operands: [ValueType]) -> [ValueType] { operands }
    func body(_ operands: [Value]) -> [Value] { operands.map { -$0 } }
    static let samples: [CompositeSample] = []
}

/// −x under the name of a composite that has kernels.
private struct Impostor: Composite {
    static let name = Rotary.name
    var attributes: Attributes { [:] }
    init() {}
    init(attributes: Attributes) {}
    func resultTypes(of operands: [ValueType]) -> [ValueType] { operands }
    func body(_ operands: [Value]) -> [Value] { operands.map { -$0 } }
    static let samples: [CompositeSample] = []
}
