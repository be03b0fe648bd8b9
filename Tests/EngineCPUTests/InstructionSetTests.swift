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
