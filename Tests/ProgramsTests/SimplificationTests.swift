import Engines
import Programs
import Tensors
import Testing

@Suite("simplification")
struct SimplificationTests {
    @Test("what is computed twice is computed once, and what nobody needs not at all")
    func counts() throws {
        let builder = ProgramBuilder("twice")
        let x = builder.input("x", .f32, [2])
        _ = builder.input("unused", .f32, [2])
        _ = x.tanh()
        let (first, second) = (x.exponential() + 1, x.exponential() + 1)
        builder.output("y", first * second)
        let program = try builder.build()
        // tanh, and twice each of exponential, constant and add, and the product.
        #expect(program.instructions.count == 8)
        #expect(try program.withoutDeadValues().instructions.count == 7)
        #expect(try program.withoutCommonSubexpressions().instructions.count == 5)
        let simplified = try program.simplified()
        #expect(simplified.instructions.count == 4)
        #expect(simplified.inputs.map(\.name) == ["x", "unused"], "inputs stay")
        #expect(simplified.types.count == 6, "no numbers are left over")
    }

    @Test("0.0 and -0.0 are different constants")
    func zeros() throws {
        let builder = ProgramBuilder("zeros")
        let x = builder.input("x", .f32, [1])
        builder.output("plus", x / builder.constant(0, [1]))
        builder.output("minus", x / builder.constant(-0.0, [1]))
        let program = try builder.build().simplified()
        #expect(program.instructions.count == 4)
        let outputs = try ReferenceEngine().run(program, ["x": Tensor([1], shape: [1])])
        #expect(outputs["plus"]?.floats == [.infinity])
        #expect(outputs["minus"]?.floats == [-.infinity])
    }

    @Test("operations on other types, with other attributes or in another order are kept apart")
    func differences() throws {
        let builder = ProgramBuilder("differences")
        let x = builder.input("x", .f32, [2, 2])
        let y = builder.input("y", .f32, [2, 2])
        builder.output("a", x - y)
        builder.output("b", y - x)
        builder.output("c", x.sum(over: [0]))
        builder.output("d", x.sum(over: [1]))
        builder.output("e", builder.apply(Rotary(base: 10), [x.reshaped([2, 1, 1, 2])])[0])
        builder.output("f", builder.apply(Rotary(base: 20), [x.reshaped([2, 1, 1, 2])])[0])
        let program = try builder.build()
        #expect(try program.simplified().instructions.count == program.instructions.count - 1)
    }

    @Test("results are the same, bit for bit", arguments: ["everything", "training"])
    func sameResults(name: String) throws {
        let program = name == "training" ? try training() : try everything()
        let inputs = inputs(of: program)
        let expected = try ReferenceEngine().run(program, inputs)
        let simplified = try program.simplified()
        #expect(simplified.instructions.count <= program.instructions.count)
        #expect(simplified.outputs.map(\.name) == program.outputs.map(\.name))
        #expect(try ReferenceEngine().run(simplified, inputs) == expected)
        #expect(try simplified.simplified() == simplified, "once is enough")
        let plain = try simplified.inlined { _ in true }
        #expect(try ReferenceEngine().run(plain, inputs) == expected)
        let isPlain = plain.instructions.allSatisfy {
            if case .primitive = $0.operation { true } else { false }
        }
        #expect(isPlain)
    }
}
