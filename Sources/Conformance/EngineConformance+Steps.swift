import Engines
import Programs
import Tensors
import Testing

extension EngineConformance {
    /// Runs of several steps against the same steps one by one on the reference engine, and what must
    /// be refused.
    public func checkSteps() throws {
        let builder = ProgramBuilder("steps")
        let x = builder.input("x", .f32, [2, 3])
        let tokens = builder.input("tokens", .i32, [2])
        let table = builder.input("table", .f32, [5, 3])
        let rate = builder.input("rate", .f32, [])
        let next = x * 0.9 + table.take(tokens) * rate
        builder.output("sum", next.sum())
        builder.output("x", next)
        builder.output("rows", next.sum(over: [1]))
        let program = try builder.build()
        let executable = try engine.compileSteps(
            program, donations: ["x": "x"], feeding: ["rate", "tokens"], limit: 4)
        if executable.reported != ["sum", "rows"] {
            record("steps report \(executable.reported), not sum and rows")
        }
        var expected: [String: Tensor] = ["x": .wave([2, 3]), "table": .wave([5, 3], phase: 1)]
        let state = try engine.buffer(.wave([2, 3]))
        let shared = try engine.buffer(.wave([5, 3], phase: 1))
        var number = 0
        for count in [1, 4, 2] {
            let steps = (0..<count).map { step in
                [
                    Tensor(scalar: 0.5 + Float(number + step)),
                    Tensor(integers: [Int32((number + step) % 5), 3], shape: [2]),
                ]
            }
            number += count
            let rows = try executable.run([state, shared], feeding: steps)
            if rows.count != count { record("\(count) steps report \(rows.count) times") }
            for (row, step) in zip(rows, steps) {
                expected["rate"] = step[0]
                expected["tokens"] = step[1]
                let wanted = try ReferenceEngine().run(program, expected)
                expected["x"] = wanted["x"]
                for (name, tensor) in zip(executable.reported, row) {
                    let numbers = try #require(wanted[name]).doubles
                    // Sums of at most six terms, of state that a few steps have rounded.
                    expectClose(
                        tensor.floats, to: numbers, epsilons: 16,
                        of: numbers.map { _ in 10 }, "steps, \(name)",
                        sourceLocation: sourceLocation)
                }
            }
            let numbers = try #require(expected["x"]).doubles
            expectClose(
                try state.tensor().floats, to: numbers, epsilons: 16, of: numbers.map { _ in 10 },
                "the state after steps", sourceLocation: sourceLocation)
        }
        let feed = [Tensor(scalar: 1), Tensor(integers: [0, 1], shape: [2])]
        expectOperandsError("too many steps") {
            _ = try executable.run([state, shared], feeding: [feed, feed, feed, feed, feed])
        }
        expectOperandsError("a feed that is missing") {
            _ = try executable.run([state, shared], feeding: [[feed[0]]])
        }
        expectOperandsError("a feed of another type") {
            _ = try executable.run([state, shared], feeding: [[feed[1], feed[0]]])
        }
        expectOperandsError("too few operands") {
            _ = try executable.run([state], feeding: [feed])
        }
        for (fed, reason) in [
            (["nothing"], "an input that there is not"), (["x"], "what is also given away"),
            (["rate", "rate"], "an input twice"),
        ] {
            expectOperandsError("feeding \(reason)") {
                _ = try engine.compileSteps(
                    program, donations: ["x": "x"], feeding: fed, limit: 2)
            }
        }
    }
}
