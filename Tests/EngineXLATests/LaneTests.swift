import Conformance
import EngineXLA
import Engines
import Modules
import Optimizers
import OrderedCollections
import Programs
import Tensors
import Testing
import Training

/// A step of a small model, and what lanes of it are fed; each of its programs is compiled once.
private final class Model {
    let configuration: RunConfiguration
    let step: TrainingProgram
    let engine: XLAEngine
    /// Another with several devices, for lanes alone.
    let spread: XLAEngine
    static let limit = 4
    private var singles: (any StepExecutable)?
    private var programs: [Int: any LaneExecutable] = [:]
    private var known: [Lane: Outcome] = [:]

    init(depth: Int = 1, spread: XLAEngine? = nil) throws {
        engine = try makeEngine()
        self.spread = spread ?? engine
        var configuration = RunConfiguration()
        configuration.model.width = 16
        configuration.model.depth = depth
        configuration.model.headDimension = 8
        configuration.model.context = 8
        configuration.model.vocabulary = 23
        configuration.model.qkNorm = true
        configuration.data.batch = 3
        configuration.optimizer.clip = 1
        self.configuration = configuration
        step = try TrainingProgram(configuration)
    }

    /// What a lane differs in.
    struct Lane: Hashable {
        var seed: UInt64
        var rate = 1e-2
        var steps = 7
        var hasNaN = false
    }

    /// State as the lane's seed makes it.
    func operands(_ lane: Lane, on engine: any Engine) throws -> [any Buffer] {
        var start = step.start(seed: lane.seed)
        if lane.hasNaN, let name = start.keys.first(where: { $0.hasPrefix("parameter/") }) {
            start[name] = start[name].map {
                Tensor([Float](repeating: .nan, count: $0.shape.count), shape: $0.shape)
            }
        }
        let fed = Set(step.fedNames)
        return try step.program.inputs.filter { !fed.contains($0.name) }.map {
            try engine.buffer(try #require(start[$0.name]))
        }
    }

    /// What a step of the lane is fed.
    func feed(_ lane: Lane, _ index: Int) throws -> [Tensor] {
        let key = RandomKey(seed: lane.seed).split(index)
        func tokens(_ part: Int) -> Tensor {
            let words = (0..<24).map { Int32(key.words(at: UInt64($0 + 24 * part))[0] % 23) }
            return Tensor(integers: words, shape: [3, 8])
        }
        var configuration = configuration
        configuration.optimizer.learningRate = lane.rate
        let scalars = step.rule.scalars(at: configuration.stepSize(index + 1))
        return try [tokens(0), tokens(1)]
            + step.rule.stepScalars.map { Tensor(scalar: Float(try #require(scalars[$0]))) }
    }

    /// What a lane leaves, to the bit: nans of all kinds are equal where their bits are.
    struct Outcome: Equatable {
        var rows: [[[UInt8]]] = []
        var state: [[UInt8]] = []
    }

    /// A lane by itself, in runs of four and three steps.
    func single(_ lane: Lane) throws -> Outcome {
        if let outcome = known[lane] { return outcome }
        let executable =
            try singles
            ?? engine.compileSteps(
                step.program, donations: step.donations, feeding: step.fedNames,
                limit: Self.limit)
        singles = executable
        let operands = try operands(lane, on: engine)
        var outcome = Outcome()
        for start in stride(from: 0, to: lane.steps, by: Self.limit) {
            let feeds = try (start..<min(start + Self.limit, lane.steps)).map { try feed(lane, $0) }
            outcome.rows += try executable.run(operands, feeding: feeds).map { $0.map(\.bytes) }
        }
        outcome.state = try operands.map { try $0.tensor().bytes }
        known[lane] = outcome
        return outcome
    }

    /// Lanes in one program, in the places where they stand; nil for a free one.
    func together(_ lanes: [Lane?]) throws -> [Outcome?] {
        let executable =
            try programs[lanes.count]
            ?? spread.compileLanes(
                step.program, donations: step.donations, feeding: step.fedNames,
                limit: Self.limit, lanes: lanes.count)
        programs[lanes.count] = executable
        let operands = try lanes.map { lane in try lane.map { try self.operands($0, on: spread) } }
        var outcomes = lanes.map { lane in lane.map { _ in Outcome() } }
        let most = lanes.compactMap { $0?.steps }.max() ?? 0
        for start in stride(from: 0, to: most, by: Self.limit) {
            let given = try zip(lanes, operands).map { lane, operands -> LaneSteps? in
                guard let lane, let operands else { return nil }
                let end = min(start + Self.limit, lane.steps)
                return LaneSteps(
                    operands: operands,
                    steps: try start < end ? (start..<end).map { try feed(lane, $0) } : [])
            }
            for (place, rows) in try executable.run(given).enumerated() {
                outcomes[place]?.rows += rows.map { $0.map(\.bytes) }
            }
        }
        for (place, buffers) in operands.enumerated() {
            outcomes[place]?.state = try (buffers ?? []).map { try $0.tensor().bytes }
        }
        return outcomes
    }
}

@Suite(
    "lanes of one program have the bits of single runs", .enabled(if: pluginPath != nil, noPlugin))
struct LaneTests {
    @Test("the suite for engines") func suite() throws {
        try EngineConformance(try makeEngine()).checkLanes()
    }

    /// Checks lanes, and gives what each leaves.
    @discardableResult
    private func expectSingles(
        _ lanes: [Model.Lane?], _ model: Model
    ) throws -> [Model.Outcome?] {
        let outcomes = try model.together(lanes)
        for (lane, outcome) in zip(lanes, outcomes) {
            guard let lane else { continue }
            let single = try model.single(lane)
            #expect(outcome?.rows.count == lane.steps)
            let isSame = (outcome?.rows == single.rows, outcome?.state == single.state)
            #expect(isSame.0 && isSame.1, "\(isSame): \(lane) of \(lanes.count)")
        }
        return outcomes
    }

    @Test("one, three and eight lanes")
    func counts() throws {
        let model = try Model()
        for count in [1, 3, 8] {
            let lanes = (0..<count).map {
                Model.Lane(seed: UInt64($0 + 1), rate: 1e-2 / Double($0 + 1))
            }
            try expectSingles(lanes, model)
        }
    }

    @Test("other order and neighbours, a free place, fewer steps, nans, an infinite rate")
    func neighbours() throws {
        let model = try Model()
        let lanes = [
            Model.Lane(seed: 4, rate: 3e-2), nil, Model.Lane(seed: 1, steps: 2),
            Model.Lane(seed: 2, rate: 5e-3, steps: 4), Model.Lane(seed: 9, steps: 0),
        ]
        try expectSingles(lanes, model)
        try expectSingles(lanes.reversed(), model)
        let sick = [
            Model.Lane(seed: 4, rate: 3e-2), Model.Lane(seed: 2, hasNaN: true),
            Model.Lane(seed: 3, rate: .infinity), Model.Lane(seed: 1, steps: 2), nil,
        ]
        let outcomes = try expectSingles(sick, model)
        func isFinite(_ place: Int) throws -> Bool {
            let rows = try #require(outcomes[place]).rows
            return rows.joined().allSatisfy { bytes in
                bytes.count != 4
                    || Tensor(bytes: bytes, shape: .scalar, elementType: .f32).floats[0].isFinite
            }
        }
        #expect(try (0..<4).map(isFinite) == [true, false, false, true])

        // What a lane is fed counts: another rate, seed or step gives other bits.
        let outcome = outcomes[0]
        for other in [
            Model.Lane(seed: 5, rate: 3e-2), Model.Lane(seed: 4, rate: 3.01e-2),
            Model.Lane(seed: 4, rate: 3e-2, steps: 6),
        ] {
            let isOther = try model.single(other) != outcome
            #expect(isOther, "\(other)")
        }
    }

    @Test("blocks that are loops, whose state stands in stacks of stacks")
    func loops() throws {
        let model = try Model(depth: StableHLOModule.leastRepetitions)
        let lanes = [Model.Lane(seed: 1), nil, Model.Lane(seed: 2, rate: 3e-2, steps: 5)]
        try expectSingles(lanes, model)
    }

    @Test("lanes that are spread over devices")
    func devices() throws {
        let engine = try XLAEngine(plugin: try #require(pluginPath), threads: 2, devices: 2)
        try EngineConformance(engine).checkLanes()
        let model = try Model(spread: engine)
        let lanes = [
            Model.Lane(seed: 1), Model.Lane(seed: 2, steps: 3), nil,
            Model.Lane(seed: 4, rate: 3e-2),
            Model.Lane(seed: 5, hasNaN: true),
        ]
        try expectSingles(lanes, model)
        // Fewer lanes than devices.
        try expectSingles([Model.Lane(seed: 1)], model)
    }

    @Test("the text grows neither with lanes nor with steps")
    func text() throws {
        let step = try Model().step
        let donated = try step.program.donatedInputs(step.donations)
        let fed = try step.program.fedInputs(step.fedNames, donations: step.donations)
        func lines(_ lanes: Int?) throws -> Int {
            try StableHLOModule(
                step.program, donated: donated, steps: .init(fed: fed, limit: 4, lanes: lanes)
            ).text.split(separator: "\n").count
        }
        #expect(try lines(2) == lines(64))
        #expect(try Double(lines(2)) < 1.5 * Double(lines(nil)))
    }
}
