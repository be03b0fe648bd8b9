import Digests
import EngineCPU
import EngineXLA
import Engines
import Formats
import Foundation
import Modules
import Optimizers
import OrderedCollections
import Runs
import Telemetry
import Testing
import Training
import TrainingLanes

/// A folder with a text, where runs stand.
private final class Place {
    let path = NSTemporaryDirectory() + "ballast-\(UUID().uuidString)"
    let engine: any Engine

    init(_ engine: any Engine) throws {
        self.engine = engine
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        var state: UInt64 = 1
        let words = ["the ", "ship ", "keeps ", "its ", "weight ", "low ", "and ", "rights\n"]
        let text = (0..<4000).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return words[Int(state >> 61)]
        }
        try text.joined().write(toFile: path + "/text.txt", atomically: true, encoding: .utf8)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A run in a folder of this name.
    func run(_ name: String, _ change: (inout RunConfiguration) -> Void = { _ in }) -> Run {
        var configuration = RunConfiguration()
        configuration.model.width = 16
        configuration.model.headDimension = 8
        configuration.model.depth = 1
        configuration.model.context = 16
        configuration.data.text = [path + "/text.txt"]
        configuration.data.batch = 2
        configuration.steps = 24
        configuration.telemetry.every = 3
        configuration.evaluation.every = 10
        configuration.evaluation.batches = 1
        configuration.checkpoints.every = 5
        configuration.optimizer.learningRate = 1e-2
        change(&configuration)
        return Run(configuration, in: RunFolder(path + "/" + name), stepsPerRun: 4)
    }

    /// Runs that differ in all that lanes may differ in; fewer where each takes seconds to compile by itself.
    func varied(_ name: String) -> [Run] {
        let all = [
            run(name + "0"), run(name + "1") { $0.optimizer.learningRate = 3e-3 },
            run(name + "2") { $0.seed = 1 }, run(name + "3") { $0.data.dataSeed = 2 },
            run(name + "4") { $0.steps = 13 }, run(name + "5") { $0.optimizer.learningRate = 1e20 },
            run(name + "6") { $0.schedule.warmup = 0.5 },
            run(name + "7") { $0.optimizer.weightDecay.rate = 0.02 },
        ]
        return engine.name == "xla" ? [0, 2, 4, 5].map { all[$0] } : all
    }

    private func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// What a run has left, without times and speeds.
    func left(_ folder: RunFolder) throws -> [String] {
        var lines: [String] = []
        for (tag, points) in try EventLog.read(folder: folder.path).series
        where tag != Metric.tokensPerSecond.tag {
            lines += points.map { "\(tag) \($0.step) \($0.value.bitPattern)" }
        }
        var result = try #require(try folder.readResult(), "\(folder.path)")
        result.tokensPerSecond = 0
        lines.append(try json(result))
        var manifest = try #require(try folder.readManifest())
        manifest.sessions = manifest.sessions.prefix(1).map {
            var session = $0
            (session.started, session.pid) = ("", 0)
            return session
        }
        lines.append(try json(manifest))
        for step in try folder.listCheckpoints() {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.checkpoint(step)))
            lines.append("\(step) \(SHA256.digest(of: [UInt8](bytes)).hexadecimal)")
        }
        lines.append(try String(contentsOfFile: folder.configuration, encoding: .utf8))
        return lines
    }

    func expectEqual(_ runs: [Run], _ others: [Run]) throws {
        for (run, other) in zip(runs, others) {
            expectSame(try left(run.folder), try left(other.folder), run.folder.path)
        }
    }

    /// Checks lines, the first difference of which is shown alone.
    func expectSame(_ own: [String], _ wanted: [String], _ what: String) {
        #expect(own.count == wanted.count, "\(what)")
        let other = zip(own, wanted).first { $0 != $1 }
        #expect(other == nil, "\(what)")
    }

    /// Trains runs one by one.
    func single(_ runs: [Run]) throws {
        for run in runs { _ = try run.train(on: engine) }
    }
}

@Suite("runs as lanes leave the folders of single runs", .serialized)
struct LaneRunTests {
    /// The engines there are.
    enum Kind: String, CaseIterable {
        case cpu, xla

        /// XLA compiles for minutes: it is there in `scripts/test-slow.sh xla`.
        static var there: [Kind] {
            let isSlow = ProcessInfo.processInfo.environment["BALLAST_SLOW_TESTS"] != nil
            return pluginPath != nil && isSlow ? allCases : [.cpu]
        }

        var engine: any Engine {
            get throws { self == .cpu ? try CPUEngine(threads: 1) : try makeEngine() }
        }
    }

    @Test(
        "rates, seeds, data, lengths, schedules, decays, one that diverges", arguments: Kind.there)
    func folders(kind: Kind) throws {
        let place = try Place(kind.engine)
        let (singles, lanes) = (place.varied("single"), place.varied("lane"))
        try place.single(singles)
        var reported: [Int: Int] = [:]
        let outcomes = RunLanes(lanes).train(
            on: place.engine, progress: { lane, report in reported[lane] = report.step })
        try place.expectEqual(lanes, singles)
        for (index, outcome) in outcomes.enumerated() {
            guard case .finished(let result) = try outcome.get() else {
                Issue.record("lane \(index) has not ended")
                continue
            }
            let configuration = lanes[index].configuration
            #expect(result.diverged == (configuration.optimizer.learningRate > 1))
            #expect(reported[index] == result.divergedStep ?? configuration.steps)
        }
        // The oracle of this comparison: another rate is another folder.
        let isOther = try place.left(lanes[0].folder) != place.left(lanes[1].folder)
        #expect(isOther)
    }

    @Test("stopped and resumed in any mixture of lanes", arguments: Kind.there)
    func mixtures(kind: Kind) throws {
        let place = try Place(kind.engine)
        let (singles, lanes) = (place.varied("single"), place.varied("lane"))
        try place.single(singles)
        func train(_ places: [Int], stopping rounds: Int?) throws {
            var asked = 0
            let outcomes = RunLanes(places.map { lanes[$0] }).train(
                on: place.engine,
                request: {
                    asked += 1
                    return asked > rounds ?? .max ? .stop : asked == 2 ? .save : .proceed
                })
            for outcome in outcomes { _ = try outcome.get() }
        }
        let last = lanes.count - 1
        try train([0, 1, last], stopping: 3)
        _ = try lanes[1].train(on: place.engine)
        try train([2, 0], stopping: 2)
        try train(lanes.indices.reversed(), stopping: nil)
        // Sessions that saved where no checkpoint was due left one there that a single session has not.
        for (lane, single) in zip(lanes, singles) {
            place.expectSame(
                try place.left(lane.folder).filter { $0.first?.isNumber != true },
                try place.left(single.folder).filter { $0.first?.isNumber != true },
                lane.folder.path)
            guard let last = try single.folder.listCheckpoints().last else {
                // It diverged before the first.
                #expect(try single.folder.readResult()?.diverged == true)
                continue
            }
            let ends = try [lane, single].map {
                try Data(contentsOf: URL(fileURLWithPath: $0.folder.checkpoint(last)))
            }
            let isSame = ends[0] == ends[1]
            #expect(isSame, "\(lane.folder.path), step \(last)")
        }
    }

    @Test("probes and spectral norms are those of single runs", arguments: Kind.there)
    func probes(kind: Kind) throws {
        let place = try Place(kind.engine)
        func runs(_ name: String) -> [Run] {
            (0..<2).map { seed in
                place.run("\(name)\(seed)") {
                    $0.seed = UInt64(seed)
                    $0.telemetry.attention = true
                    $0.telemetry.ratios = true
                    $0.telemetry.spectralEvery = 6
                }
            }
        }
        let (singles, lanes) = (runs("single"), runs("lane"))
        try place.single(singles)
        for outcome in RunLanes(lanes).train(on: place.engine) { _ = try outcome.get() }
        try place.expectEqual(lanes, singles)
    }

    @Test("one that fails leaves, and says why; the others are as if it had not been there")
    func failures() throws {
        let place = try Place(CPUEngine(threads: 1))
        let lanes = [
            place.run("a"), place.run("wide") { $0.model.width = 32 },
            place.run("lost") { $0.data.text = [place.path + "/nothing.txt"] },
            place.run("b") { $0.seed = 1 },
        ]
        let outcomes = RunLanes(lanes).train(on: place.engine)
        #expect(throws: TrainingError.lane(folder: lanes[1].folder.path)) {
            try outcomes[1].get()
        }
        #expect(throws: (any Error).self) { try outcomes[2].get() }
        let singles = [place.run("single-a"), place.run("single-b") { $0.seed = 1 }]
        try place.single(singles)
        try place.expectEqual([lanes[0], lanes[3]], singles)
    }

    @Test("what is fed makes no other lane; what is a constant does")
    func lane() throws {
        let place = try Place(CPUEngine(threads: 1))
        let runs = place.varied("any")
        #expect(try Set(runs.map { try $0.lane }).count == 1)
        let others = [
            place.run("epsilon") { $0.optimizer["epsilon"] = .number(1e-6) },
            place.run("clip") { $0.optimizer.clip = 0.5 },
            place.run("z") { $0.loss.zLoss = 1e-3 }, place.run("deep") { $0.model.depth = 2 },
            place.run("often") { $0.evaluation.every = 2 },
        ]
        #expect(try Set((runs + others).map { try $0.lane }).count == 1 + others.count)
    }
}
