import Dashboard
import Formats
import Foundation
import Runs
import Testing

/// A folder of runs, as training leaves them.
final class Lab {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "ballast-lab-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String) throws {
        let file = path + "/" + name
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true)
        try text.write(toFile: file, atomically: true, encoding: .utf8)
    }

    /// A run with its configuration, and what writes its log.
    func begin(_ name: String, rate: Double) throws -> EventFileWriter {
        try write(name + "/config.yaml", "optimizer: {learning-rate: \(rate)}\nsteps: 100\n")
        try write(name + "/lock", "")
        return try EventFileWriter(folder: path + "/" + name)
    }

    func log(_ writer: EventFileWriter, _ steps: ClosedRange<Int>, value: Float = 5) throws {
        for step in steps {
            try writer.append(
                step: step, wallTime: Double(step) / 10,
                scalars: [("train/loss", value), ("attn/0/max_logit", Float(step))])
        }
        try writer.flush()
    }

    func finish(_ name: String, loss: Double?) throws {
        let folder = RunFolder(path + "/" + name)
        try folder.write(
            RunResult(
                width: 16, depth: 1, heads: 1, parameters: 1, totalParameters: 1, qkNorm: false,
                learningRate: 0.01, seed: 0, dataSeed: 0, steps: 100, stepsDone: 100,
                initialLoss: 6, finalLoss: loss, maxAttentionLogit: 3, diverged: loss == nil,
                divergedStep: loss == nil ? 7 : nil, divergedTensor: loss == nil ? "head" : nil,
                tokensPerSecond: 1), to: folder.result)
    }

    /// Reads until nothing is left to read.
    func settle(_ model: DashboardModel) async {
        for _ in 0..<200 where await !model.refresh() {}
    }
}

@Suite("what the dashboard knows of a folder")
struct ModelTests {
    @Test("a sweep fills in while it runs, and a run's log is read from where it was left")
    func sweep() async throws {
        let lab = try Lab()
        let plan = SweepFolder.Plan(
            name: "grid", axes: ["optimizer.learning-rate"],
            cells: [0.01, 0.1].map {
                .init(
                    name: "learning-rate=\($0)", settings: ["optimizer.learning-rate": .number($0)],
                    steps: 100)
            })
        try RunFolder(lab.path).write(plan, to: lab.path + "/sweep.json")
        let model = DashboardModel(root: lab.path)
        await lab.settle(model)
        var study = try #require(await model.overview().studies.first)
        #expect(study.title == "grid" && study.cells.map(\.run) == [nil, nil])
        #expect(study.cells.map { $0.settings["optimizer.learning-rate"] } == ["1e-2", "1e-1"])

        let writer = try lab.begin("cells/learning-rate=0.01", rate: 0.01)
        let lock = try FolderLock(RunFolder(lab.path + "/cells/learning-rate=0.01"))
        try lab.log(writer, 1...20)
        try await Task.sleep(for: .milliseconds(1100))
        await lab.settle(model)
        study = try #require(await model.overview().studies.first)
        let id = try #require(study.cells[0].run)
        var run = try #require(await model.overview().runs.first)
        #expect(run.id == id && run.state == "running" && run.step == 20 && run.loss == 5)
        #expect(await model.curve("train/loss", of: id)?.count == 20)
        let version = run.version

        try lab.log(writer, 21...30, value: 4)
        await lab.settle(model)
        run = try #require(await model.overview().runs.first)
        #expect(run.step == 30 && run.loss == 4 && run.version > version)
        #expect(await model.curve("train/loss", of: id)?.epoch == 0)

        try lab.finish("cells/learning-rate=0.01", loss: 3.5)
        withExtendedLifetime(lock) {}
        await lab.settle(model)
        run = try #require(await model.overview().runs.first)
        #expect(run.state == "finished" && run.finalLoss == 3.5 && run.left == nil)
    }

    @Test("a session that resumes voids what it takes anew")
    func resumed() async throws {
        let lab = try Lab()
        let first = try lab.begin("run", rate: 0.01)
        try lab.log(first, 1...20, value: 5)
        try first.close()
        let model = DashboardModel(root: lab.path)
        await lab.settle(model)
        let second = try EventFileWriter(folder: lab.path + "/run", resumingAt: 11)
        try lab.log(second, 11...15, value: 2)
        // Folders are walked once a second.
        try await Task.sleep(for: .milliseconds(1100))
        await lab.settle(model)
        let curve = try #require(await model.curve("train/loss", of: 0))
        #expect(curve.steps == Array(1...15) && curve.epoch == 1)
        #expect(curve.values[9] == 5 && curve.values[10] == 2)
    }

    @Test("states, settings that differ, alarms, logs of other tools, and none of the rest")
    func folder() async throws {
        let lab = try Lab()
        let wild = try lab.begin("wild", rate: 0.1)
        for step in 1...100 {
            try wild.append(
                step: step, wallTime: 0,
                scalars: [("train/loss", 5), ("attn/0/max_logit", exp(Float(step) / 8))])
        }
        try wild.close()
        try lab.finish("wild", loss: nil)
        let calm = try lab.begin("calm", rate: 0.01)
        for step in 1...100 {
            try calm.append(
                step: step, wallTime: 0,
                scalars: [
                    ("train/loss", 5 - Float(step) / 50), ("attn/0/max_logit", Float(step)),
                ])
        }
        try calm.close()
        try lab.finish("calm", loss: 3)
        try lab.log(try lab.begin("stopped", rate: 0.01), 1...3)
        try lab.log(try lab.begin("broken", rate: 0.01), 1...3)
        try lab.write("broken/failed.txt", "no memory")
        try FileManager.default.createDirectory(
            atPath: lab.path + "/board", withIntermediateDirectories: true)
        try lab.log(try EventFileWriter(folder: lab.path + "/board"), 1...5)
        try lab.write("other/log.csv", "step,loss,lr\n1,5,0.1\n2,4,0.1\n3,3,0.1\n")
        try lab.write("other/notes.csv", "name,colour\na,b\n")
        try lab.write(".hidden/log.csv", "step,loss\n1,5\n2,4\n")
        let elsewhere = try Lab()
        try elsewhere.log(try elsewhere.begin("run", rate: 1), 1...5)
        try FileManager.default.createSymbolicLink(
            atPath: lab.path + "/link", withDestinationPath: elsewhere.path)

        let model = DashboardModel(root: lab.path)
        await lab.settle(model)
        let overview = await model.overview()
        let states = Dictionary(uniqueKeysWithValues: overview.runs.map { ($0.name, $0.state) })
        #expect(
            states == [
                "wild": "diverged", "calm": "finished", "stopped": "interrupted",
                "broken": "failed", "board": "logged", "other/log.csv": "logged",
            ])
        #expect(overview.keys.contains("optimizer.learning-rate") && overview.isRead)
        let sick = try #require(overview.runs.first { $0.name == "wild" })
        #expect(sick.settings["optimizer.learning-rate"] == "1e-1")
        #expect(sick.alarms.first?.name == "attention_logit_growth")
        #expect(sick.diverged == "step 7, head")
        #expect(overview.runs.first { $0.name == "calm" }?.alarms.isEmpty == true)
        let log = try #require(overview.runs.first { $0.name == "other/log.csv" })
        #expect(log.step == 3 && log.loss == 3)
        #expect(await model.tags().first == "train/loss")
        // What the page asks for by number cannot be outside.
        #expect(await model.run(99) == nil)
        #expect(await model.run(-1) == nil)

        let before = try Set(FileManager.default.subpathsOfDirectory(atPath: lab.path))
        await lab.settle(model)
        #expect(try Set(FileManager.default.subpathsOfDirectory(atPath: lab.path)) == before)
    }

    @Test("a run can begin while the dashboard looks at its lock")
    func locks() async throws {
        let lab = try Lab()
        _ = try lab.begin("run", rate: 0.01)
        let model = DashboardModel(root: lab.path)
        let looking = Task {
            while !Task.isCancelled { await model.refresh() }
        }
        for _ in 0..<200 {
            let lock = try FolderLock(RunFolder(lab.path + "/run"))
            withExtendedLifetime(lock) {}
        }
        looking.cancel()
    }
}
