import Conformance
import EngineXLA
import Engines
import Programs
import Tensors
import Testing

@Suite("several steps in one run", .enabled(if: pluginPath != nil, noPlugin))
struct StepTests {
    @Test("the suite for engines") func suite() throws {
        try EngineConformance(try makeEngine()).checkSteps()
    }

    @Test("steps have the same bits however they are grouped")
    func groups() throws {
        let engine = try makeEngine()
        let builder = ProgramBuilder("groups")
        let x = builder.input("x", .f32, [33])
        let rate = builder.input("rate", .f32, [])
        let next = x - (x * 3).sine() * rate
        builder.output("x", next)
        builder.output("size", (next * next).sum())
        let program = try builder.build()
        let rates = (1...12).map { [Tensor(scalar: 0.1 / Float($0))] }
        func run(_ sizes: [Int]) throws -> ([Tensor], Tensor) {
            let executable = try engine.compileSteps(
                program, donations: ["x": "x"], feeding: ["rate"], limit: 12)
            let state = try engine.buffer(.wave([33]))
            var rest = rates[...]
            var sums: [Tensor] = []
            for size in sizes {
                sums += try executable.run([state], feeding: Array(rest.prefix(size))).map {
                    $0[0]
                }
                rest = rest.dropFirst(size)
            }
            return (sums, try state.tensor())
        }
        let whole = try run([12])
        #expect(whole.0.count == 12)
        for sizes in [[1, 11], [5, 7], [3, 3, 3, 3], [Int](repeating: 1, count: 12)] {
            let parts = try run(sizes)
            #expect(parts.0 == whole.0 && parts.1 == whole.1, "\(sizes)")
        }
    }
}
