import Formats
import Foundation
import OrderedCollections
import RunTables
import Runs
import Telemetry
import Testing
import Training

@Suite("tables of runs")
struct RunTableTests {
    /// A folder that is removed with the value's last use.
    private final class Scratch {
        let path = NSTemporaryDirectory() + "ballast-table-\(UUID().uuidString)"
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    /// A sweep over two learning rates of which one run has begun, and logged some losses.
    private func sweep(_ scratch: Scratch, begun rate: Double, points: Int = 3) throws
        -> SweepFolder
    {
        let folder = SweepFolder(scratch.path)
        for name in ["a", "b"] {
            try FileManager.default.createDirectory(
                atPath: folder.cell(name).path, withIntermediateDirectories: true)
        }
        let plan = SweepFolder.Plan(
            name: "sample", axes: ["optimizer.learning-rate"],
            cells: [("a", 0.1), ("b", 0.2)].map {
                .init(name: $0, settings: ["optimizer.learning-rate": .number($1)], steps: 4)
            })
        try RunFolder(scratch.path).write(plan, to: folder.plan)
        var configuration = RunConfiguration()
        configuration.optimizer.learningRate = rate
        configuration.seed = 7
        try AtomicFile.write(
            ConfigurationFile.text(of: configuration), to: folder.cell("a").configuration)
        let events = try EventFileWriter(folder: folder.cell("a").path)
        for step in 1...points {
            try events.append(
                step: step, wallTime: Date().timeIntervalSince1970 + Double(1000 * step),
                scalars: [(tag: Metric.trainLoss.tag, value: Float(step))])
        }
        try events.close()
        return folder
    }

    @Test("the configuration of a run that has begun wins over sweep.json")
    func configurationWins() throws {
        let scratch = Scratch()
        let table = try sweep(scratch, begun: 0.3).read()
        let (begun, planned) = (table.rows[0], table.rows[1])
        #expect(begun.learningRate == 0.3)
        #expect(begun[.key("optimizer.learning-rate")] == .number(0.3))
        #expect(begun.replicate.seed == 7)
        #expect(begun.state == .interrupted)
        // What is not swept is asked of all.
        #expect(planned.learningRate == 0.2 && planned.state == .missing)
        #expect(planned.replicate.seed == 7 && planned.width == begun.width)
        #expect(planned.parameters == begun.parameters && planned.parameters != nil)
    }

    @Test("what runs logged is read when it is asked for, and is what stands there")
    func series() throws {
        let scratch = Scratch()
        let folder = try sweep(scratch, begun: 0.1)
        let table = try folder.read()
        #expect(table.rows[0].series[.trainLoss]?.map(\.value) == [1, 2, 3])
        #expect(table.rows[0].series[.validationLoss] == nil)
        #expect(table.rows[1].series.all.isEmpty)
        #expect(table.rows[0].series.lastStep == 3)
        // From the start of the file to the last of three records, a thousand seconds apart.
        #expect((table.wallSeconds - 3000).magnitude < 100)
        try table.requireReadable()
    }

    @Test("no more is kept than a bound, and what was let go is read again")
    func bounded() throws {
        let scratches = (0..<4).map { _ in Scratch() }
        let store = SeriesStore(limit: 7)
        let rows = try scratches.map { scratch in
            let folder = try sweep(scratch, begun: 0.1)
            return RunSeries(folder: folder.cell("a").path, store)
        }
        for _ in 0..<2 {
            for series in rows {
                #expect(series[.trainLoss]?.map(\.value) == [1, 2, 3])
                #expect(store.points <= 7)
            }
        }
        // The broken twin: without a bound all is kept.
        let greedy = SeriesStore(limit: .max)
        for scratch in scratches {
            let path = SweepFolder(scratch.path).cell("a").path
            #expect(RunSeries(folder: path, greedy).lastStep == 3)
        }
        #expect(greedy.points == 12)
    }

    @Test("a log that cannot be read is said, and is not taken for an empty one")
    func unreadable() throws {
        let scratch = Scratch()
        let folder = try sweep(scratch, begun: 0.1)
        let table = try folder.read()
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.cell("a").path)
        let log = try #require(names.first { $0.hasPrefix("events.") })
        let path = folder.cell("a").path + "/" + log
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        #expect(table.rows[0].series.all.isEmpty)
        #expect(throws: FormatError.self) { try table.requireReadable() }
    }

    @Test("groups and points keep the order of the grid, and say what is not there")
    func groups() throws {
        var rows: [RunRow] = []
        for (width, rate, seed, loss) in [
            (32.0, 0.1, 0.0, 2.0), (32, 0.1, 1, 3), (32, 0.2, 0, .nan), (64, 0.1, 0, 9),
            (64, 0.1, 1, 1),
        ] {
            rows.append(
                RunRow(
                    name: "\(rows.count)",
                    settings: [
                        "model.width": .number(width), "optimizer.learning-rate": .number(rate),
                        "seed": .number(seed),
                    ], state: loss.isNaN ? .diverged : .finished,
                    result: RunResult(
                        width: nil, depth: nil, heads: nil, parameters: nil, totalParameters: nil,
                        qkNorm: nil, learningRate: nil, seed: nil, dataSeed: nil, steps: 10,
                        stepsDone: 10, initialLoss: 5, finalLoss: loss.isNaN ? nil : loss,
                        maxAttentionLogit: nil, diverged: loss.isNaN, divergedStep: nil,
                        divergedTensor: nil, tokensPerSecond: nil)))
        }
        let table = RunTable(
            name: "s", axes: ["model.width", "optimizer.learning-rate", "seed"], rows: rows)
        #expect(table.replicates == [Replicate(seed: 0), Replicate(seed: 1)])
        let groups = table.grouped(by: .width)
        #expect(groups.keys.map { $0[0] } == [.number(32), .number(64)])
        let narrow = groups.values[0].points(table.learningRates, table.replicates)
        #expect(narrow.map(\.usableLosses) == [[2, 3], [nil, nil]])
        #expect(narrow.map(\.missing) == [0, 1] && narrow.map(\.diverged) == [0, 1])
        // A loss above that of the start is one that nothing was learnt by.
        let wide = groups.values[1].points(table.learningRates, table.replicates)
        #expect(wide[0].usableLosses == [nil, 1] && wide[0].finalLosses == [9, 1])
        #expect(wide[1].missing == 2)
        // The plan gives what is asked, what was read how it ended.
        let filled = table.filled(
            from: RunTable(name: "s", axes: [], rows: [RunRow(name: "3", settings: [:])]))
        #expect(filled.rows[3].result == nil && filled.rows[3].width == 64)
        #expect(filled.rows[4].result != nil)
    }
}
