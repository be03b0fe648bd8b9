import Engines
import Programs
import Tensors
import Testing

extension EngineConformance {
    /// Outputs that take over the buffers of inputs, in all the ways in which they can be in each
    /// other's way.
    public func checkDonations() throws {
        for (name, donations, outputs) in donationCases {
            let builder = ProgramBuilder(name)
            let (x, y) = (builder.input("x", .f32, [3, 3]), builder.input("y", .f32, [3, 3]))
            for (output, value) in outputs(x, y) { builder.output(output, value) }
            try checkDonation(try builder.build(), donations)
        }
    }

    /// Three runs, each from the buffers that the one before leaves, here and on the reference
    /// engine.
    private func checkDonation(_ program: Program, _ donations: [String: String]) throws {
        var state = ["x": Tensor.wave([3, 3]), "y": Tensor.wave([3, 3], phase: 1)]
        let operands = try program.inputs.map { try engine.buffer(try #require(state[$0.name])) }
        let executable = try engine.compile(program, donations: donations)
        for _ in 0..<3 {
            let results = try executable.run(operands)
            let expected = try ReferenceEngine().run(program, state)
            for (output, result) in zip(program.outputs, results) {
                let wanted = try #require(expected[output.name])
                // Sums of at most nine terms, and the roundings that both engines do differently.
                expectClose(
                    try result.tensor().floats, to: wanted.doubles, epsilons: 64,
                    of: wanted.doubles.map { max($0.magnitude, 1) },
                    "\(program.name), \(output.name)", sourceLocation: sourceLocation)
                guard let input = donations[output.name],
                    let index = program.inputs.firstIndex(where: { $0.name == input })
                else { continue }
                if result !== operands[index] {
                    record("\(program.name): \(output.name) is not in the buffer of \(input)")
                }
                // From here on from this engine's numbers, so that errors do not add up.
                state[input] = try operands[index].tensor()
            }
        }
        for (input, operand) in zip(program.inputs, operands)
        where !donations.values.contains(input.name) {
            if try operand.tensor() != state[input.name] {
                record("\(program.name) changes \(input.name), which is not given away")
            }
        }
    }

    /// The same bits from run to run, from executable to executable, when two take turns, and when a
    /// run goes on from downloaded tensors.
    public func checkRepeatability() throws {
        try checkContinuation()
        func program(_ name: String, _ factor: Double) throws -> Program {
            let builder = ProgramBuilder(name)
            let x = builder.input("x", .f32, [65, 33])
            let y = (x * factor).tanh()
            let product = y.dot(x, DotAxes(contracted: ([0], [0])))
            builder.output("product", product)
            builder.output("sum", (product * product).sum() + y.exponential().sum())
            return try builder.build()
        }
        let first = try program("first", 0.5)
        let second = try program("second", 0.25)
        let input = Tensor.wave([65, 33])
        let operand = try engine.buffer(input)
        let executables = try [first, second, first].map { try engine.compile($0) }
        func run(_ executable: any Executable) throws -> [Tensor] {
            try executable.run([operand]).map { try $0.tensor() }
        }
        let before = try executables.map(run)
        let after = try executables.reversed().map(run)
        if before != after.reversed() { record("a second run gives other bits") }
        if before[0] != before[2] { record("a second executable gives other bits") }
        if before[0] == before[1] { record("two programs give the same") }
        if try operand.tensor() != input { record("a run changes its input") }

        try operand.write(.wave([65, 33], phase: 1))
        if try run(executables[0]) == before[0] { record("a run does not see what is written") }
        try operand.write(input)
        if try run(executables[0]) != before[0] { record("what is written back gives other bits") }
    }

    /// State that stays in the engine's buffers, and state that is downloaded and uploaded between
    /// runs.
    private func checkContinuation() throws {
        let builder = ProgramBuilder("continuation")
        let x = builder.input("x", .f32, [33])
        builder.output("x", (x * 0.7).sine() + x / 3)
        let executable = try engine.compile(try builder.build(), donations: ["x": "x"])
        let kept = try engine.buffer(.wave([33]))
        var carried = Tensor.wave([33])
        for _ in 0..<3 {
            _ = try executable.run([kept])
            let fresh = try engine.buffer(carried)
            _ = try executable.run([fresh])
            carried = try fresh.tensor()
        }
        if try kept.tensor() != carried { record("a run that goes on gives other bits") }
    }

    /// What does not fit is refused, each with its own kind of error.
    public func checkRefusals() throws {
        let builder = ProgramBuilder("refusals")
        let x = builder.input("x", .f32, [2])
        let y = builder.input("y", .f32, [3])
        builder.output("a", x + 1)
        builder.output("b", y + 1)
        builder.output("c", y + 2)
        let program = try builder.build()
        let executable = try engine.compile(program)
        let (two, three) = (try engine.buffer(.wave([2])), try engine.buffer(.wave([3])))
        expectOperandsError("too few operands") { _ = try executable.run([two]) }
        expectOperandsError("operands of other shapes") { _ = try executable.run([three, two]) }
        expectOperandsError("a buffer of another engine") {
            _ = try executable.run([two, ForeignBuffer(type: three.type)])
        }
        expectOperandsError("a tensor of another shape") { try two.write(.wave([3])) }
        expectOperandsError("a tensor of another type") {
            try two.write(Tensor(integers: [1, 2], shape: [2]))
        }
        for (donations, reason) in [
            (["d": "x"], "an output that there is not"), (["a": "z"], "an input that there is not"),
            (["a": "y"], "a buffer of another shape"),
            (["b": "y", "c": "y"], "a buffer given twice"),
        ] {
            expectOperandsError(reason) {
                _ = try engine.compile(program, donations: donations)
            }
        }
        for elementType in ElementType.allCases { try checkType(elementType) }
    }

    /// An element type works or is refused.
    private func checkType(_ elementType: ElementType) throws {
        let builder = ProgramBuilder("\(elementType.rawValue) values")
        let x = builder.input("x", elementType, [2])
        builder.output("y", elementType == .bool ? x.or(x) : x + x)
        let program = try builder.build()
        let input = Tensor(rounding: [0, 1], shape: [2], elementType: elementType)
        do {
            let result = try engine.run(program, ["x": input])
            let expected: [Double] = elementType == .bool ? [0, 1] : [0, 2]
            if result["y"]?.doubles != expected {
                record("\(program.name): \(result), not \(expected)")
            }
        } catch EngineError.unsupported(_, let reason) where !elementTypes.contains(elementType) {
            if !reason.contains(elementType.rawValue) {
                record("the refusal of \(elementType.rawValue) does not name it: \(reason)")
            }
        } catch {
            record("\(program.name): \(error)")
        }
    }

    func expectOperandsError(_ what: String, _ body: () throws -> Void) {
        do {
            try body()
            record("accepts \(what)")
        } catch EngineError.operands {
        } catch {
            record("answers \(error) to \(what)")
        }
    }
}

/// Two inputs, which of them are given away to which outputs, and what the outputs are.
private let donationCases:
    [(String, [String: String], @Sendable (_ x: Value, _ y: Value) -> KeyValuePairs<String, Value>)] =
        [
            ("a swap", both, { x, y in ["a": y, "b": x] }),
            ("itself", both, { x, y in ["a": x, "b": y] }),
            ("in place", both, { x, y in ["a": x * 2 + 1, "b": y - 1] }),
            ("crossed", both, { x, y in ["a": y + 1, "b": x + 1] }),
            ("shifted", both, { x, y in ["a": x + y, "b": x] }),
            ("read later", one, { x, y in ["a": x + 1, "b": x.dot(y, matrices)] }),
            ("given and kept", one, { x, y in ["a": x + y, "b": x] }),
            ("one value, two names", one, { x, y in pair("b", "a", x + y) }),
            ("one value, two buffers", both, { x, y in pair("a", "b", x + y) }),
            ("a transpose", both, { x, y in ["a": x.transposed([1, 0]), "b": y] }),
            ("products", both, { x, y in ["a": x.dot(y, matrices), "b": y.dot(x, matrices)] }),
            ("a repeated scalar", one, { x, y in ["a": x + x.sum(), "b": y] }),
            (
                "reshapes", one,
                { x, y in ["a": (x.reshaped([9]) * 2).reshaped([3, 3]), "b": x.reshaped([9])] }
            ),
            ("a constant", both, { x, y in ["a": x.filled(with: 3), "b": y + x] }),
            (
                "an update", both,
                { x, y in
                    let mean = y * 0.9 + x * 0.1
                    return ["a": x - mean * 0.5, "b": mean, "c": (mean * mean).sum()]
                }
            ),
        ]

private let one = ["a": "x"]
private let both = ["a": "x", "b": "y"]
private let matrices = DotAxes(contracted: ([1], [0]))

private func pair(_ a: String, _ b: String, _ value: Value) -> KeyValuePairs<String, Value> {
    [a: value, b: value]
}

/// A buffer that no engine made.
private final class ForeignBuffer: Buffer {
    let type: ValueType

    init(type: ValueType) { self.type = type }

    func tensor() -> Tensor { .zeros(type.shape, type.elementType) }

    func write(_ tensor: Tensor) {}
}
