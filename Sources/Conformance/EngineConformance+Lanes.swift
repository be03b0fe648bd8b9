import Engines
import Programs
import Tensors
import Testing

extension EngineConformance {
    /// Lanes of a program: what each computes is what it computes by itself, whatever the others do; one that
    /// stands still keeps its state, a place may be free, and what does not fit is refused.
    public func checkLanes() throws {
        let builder = ProgramBuilder("lanes")
        let x = builder.input("x", .f32, [2, 3])
        let table = builder.input("table", .f32, [5, 3])
        let tokens = builder.input("tokens", .i32, [2])
        let rate = builder.input("rate", .f32, [])
        let next = x * 0.9 + table.take(tokens) * rate
        builder.output("x", next)
        builder.output("sum", next.sum())
        builder.output("rows", next.sum(over: [1]))
        let program = try builder.build()
        let (donations, fed) = (["x": "x"], ["rate", "tokens"])
        let lanes = try engine.compileLanes(
            program, donations: donations, feeding: fed, limit: 3, lanes: 3)
        if lanes.reported != ["sum", "rows"] || lanes.lanes != 3 || lanes.limit != 3 {
            record("\(lanes.lanes) lanes of \(lanes.limit) steps report \(lanes.reported)")
        }
        let single = try engine.compileSteps(
            program, donations: donations, feeding: fed, limit: 3)
        func operands(_ lane: Int) throws -> [any Buffer] {
            [
                try engine.buffer(.wave([2, 3], phase: lane)),
                try engine.buffer(.wave([5, 3], phase: lane + 5)),
            ]
        }
        func feed(_ lane: Int, _ step: Int) -> [Tensor] {
            [
                Tensor(scalar: 0.5 + Float(lane + step)),
                Tensor(integers: [Int32((lane + step) % 5), 3], shape: [2]),
            ]
        }
        let (own, others) = (try (0..<3).map(operands), try (0..<3).map(operands))
        // Lane 1 comes later, stands still for a while, and leaves before the others.
        for counts in [[2, nil, 1], [1, 3, 3], [3, 0, 0], [1, nil, 2]] as [[Int?]] {
            let steps = counts.enumerated().map { lane, count in
                (0..<(count ?? 0)).map { feed(lane, $0) }
            }
            let rows = try lanes.run(
                counts.enumerated().map { lane, count in
                    count.map { _ in LaneSteps(operands: own[lane], steps: steps[lane]) }
                })
            for lane in 0..<3 {
                let expected = try single.run(others[lane], feeding: steps[lane])
                try expectSame(rows[lane].flatMap(\.self), expected.flatMap(\.self), "lane \(lane)")
                guard counts[lane] != nil else { continue }
                try expectSame(
                    [own[lane][0].tensor()], [others[lane][0].tensor()],
                    "the state of lane \(lane)")
            }
        }
        expectOperandsError("too few lanes") {
            _ = try lanes.run([LaneSteps(operands: own[0], steps: [])])
        }
        expectOperandsError("too many steps") {
            let steps = (0..<4).map { feed(0, $0) }
            _ = try lanes.run([LaneSteps(operands: own[0], steps: steps), nil, nil])
        }
        expectOperandsError("too few operands of a lane") {
            let lane = LaneSteps(operands: [own[0][0]], steps: [feed(0, 0)])
            _ = try lanes.run([lane, nil, nil])
        }
    }

    /// Sums of at most six terms, of state that a few steps have rounded.
    private func expectSame(_ found: [Tensor], _ expected: [Tensor], _ what: String) throws {
        if found.count != expected.count {
            record("\(what): \(found.count) tensors, not \(expected.count)")
        }
        for (tensor, wanted) in zip(found, expected) {
            expectClose(
                tensor.floats, to: wanted.doubles, epsilons: 16,
                of: wanted.doubles.map { _ in 10 }, what, sourceLocation: sourceLocation)
        }
    }
}
