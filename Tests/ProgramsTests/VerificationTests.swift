import Programs
import Tensors
import Testing

@Suite("verification")
struct VerificationTests {
    private func program() throws -> Program {
        try Program(
            text: """
                program p
                %0 = input x : f32[2]
                %1 = input y : f32[2]
                %2 = add %0 %1 : f32[2]
                %3 = negate %2 : f32[2]
                output z = %3
                """)
    }

    /// Checks the message for a change of a program that is well formed.
    private func expect(
        _ reason: String, sourceLocation: SourceLocation = #_sourceLocation,
        change: (inout Program) -> Void
    ) throws {
        var program = try program()
        change(&program)
        #expect(throws: ProgramError.malformed(reason), sourceLocation: sourceLocation) {
            try program.verify()
        }
    }

    @Test("a value is defined before it is used")
    func order() throws {
        try expect("negate uses %2 before it is defined") { $0.instructions.swapAt(0, 1) }
        try expect("output z uses %3 before it is defined") { $0.instructions.removeLast() }
        try expect("add uses %9 before it is defined") { $0.instructions[0].operands[0] = 9 }
        try expect("add uses %-1 before it is defined") { $0.instructions[0].operands[0] = -1 }
    }

    @Test("a value is defined once, and has a type")
    func definitions() throws {
        try expect("input y defines %0 again") { $0.inputs[1].value = 0 }
        try expect("negate defines %2 again") { $0.instructions[1].results = [2] }
        try expect("negate defines %4, which has no type") { $0.instructions[1].results = [4] }
        try expect("negate makes 1 values, not 2") { $0.instructions[1].results = [3, 4] }
    }

    @Test("types are as declared")
    func types() throws {
        try expect("negate makes f32[2], and %3 is declared f32[3]") {
            $0.types[3] = ValueType(.f32, [3])
        }
    }

    @Test("names are unique words that text can hold")
    func names() throws {
        try expect("two inputs are called x") { $0.inputs[1].name = "x" }
        try expect("two outputs are called z") { $0.outputs.append(.init(name: "z", value: 0)) }
        for name in ["", "a b", "a\nb", "a=b", "a:b", "a,b", "a[b", "a]b", "a{b", "a}b"] {
            try expect(
                "input name \"\(name)\" is empty or has white space or one of , = : { } [ ]"
            ) { $0.inputs[0].name = name }
        }
    }

    @Test("constraints of operations are checked")
    func constraints() throws {
        var program = try program()
        program.instructions[1].operation = .primitive(.unary(.not))
        #expect(throws: ProgramError.constraint("C2", of: "not", found: "operand is f32, not bool"))
        {
            try program.verify()
        }
    }

    @Test("a value of another builder is refused")
    func builders() {
        let (one, two) = (ProgramBuilder("one"), ProgramBuilder("two"))
        let x = one.input("x", .f32, [2])
        one.output("y", x + two.input("x", .f32, [2]))
        #expect(throws: ProgramError.malformed("add mixes values of two builders")) {
            try one.build()
        }
    }
}
