import Datasets
import EngineCPU
import Engines
import Formats
import Foundation
import Modules
import OrderedCollections
import Runs
import Telemetry
import Testing
import Training

@Suite("log and checkpoint are one at both ends of a run")
struct ResumeTests {
    /// A folder with a text, and a short run there.
    private final class Place {
        let path = NSTemporaryDirectory() + "ballast-\(UUID().uuidString)"
        var configuration = RunConfiguration()

        init() throws {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
            var state: UInt64 = 1
            let words = ["the ", "ship ", "keeps ", "its ", "weight ", "low ", "and ", "rights\n"]
            let text = (0..<4000).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return words[Int(state >> 61)]
            }
            try text.joined().write(
                toFile: path + "/text.txt", atomically: true, encoding: .utf8)
            configuration.model.width = 16
            configuration.model.headDimension = 8
            configuration.model.depth = 1
            configuration.model.context = 16
            configuration.data.text = [path + "/text.txt"]
            configuration.data.batch = 2
            configuration.steps = 30
            configuration.telemetry.every = 1
            configuration.evaluation.every = 10
            configuration.evaluation.batches = 1
            configuration.checkpoints.every = 10
            configuration.optimizer.learningRate = 1e-2
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func run(_ name: String) -> Run {
            Run(configuration, in: RunFolder(path + "/" + name))
        }

        /// Trains to the end, or to a step.
        @discardableResult
        func train(
            _ name: String, to step: Int? = nil, note: (String) -> Void = { _ in }
        ) throws -> TrainingOutcome {
            var run = run(name)
            run.stopAfter = step
            return try run.train(on: makeCPUEngine(), note: note)
        }
    }

    /// Every scalar that the event files hold, those that later sessions void left out, as TensorBoard reads
    /// them: a session voids from its start, and nothing else does.
    private func logged(_ folder: String) throws -> [String] {
        var values: [(step: Int, text: String)] = []
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        for name in names where name.hasPrefix("events.") {
            var reader = try EventFileReader(path: folder + "/" + name)
            while let event = try reader.next() {
                switch event.content {
                case .sessionStart: values.removeAll { $0.step >= event.step }
                case .scalars(let scalars):
                    for scalar in scalars where scalar.tag != Metric.tokensPerSecond.tag {
                        let text = "\(event.step) \(scalar.tag) \(scalar.value.bitPattern)"
                        values.append((event.step, text))
                    }
                default: break
                }
            }
        }
        return values.map(\.text)
    }

    private func result(_ folder: RunFolder) throws -> RunResult {
        var result = try #require(try folder.readResult())
        result.tokensPerSecond = 0
        return result
    }

    /// Checks that two runs left the same log, result and checkpoints.
    private func expectEqual(_ a: Run, _ b: Run) throws {
        let log = try logged(a.folder.path)
        #expect(log == (try logged(b.folder.path)))
        #expect(Set(log).count == log.count)
        #expect(try result(a.folder) == result(b.folder))
        let steps = try a.folder.listCheckpoints()
        #expect(steps == (try b.folder.listCheckpoints()))
        for step in steps {
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: a.folder.checkpoint(step)))
                    == Data(contentsOf: URL(fileURLWithPath: b.folder.checkpoint(step))))
        }
    }

    @Test("all checkpoints deleted: the log begins anew")
    func noCheckpoint() throws {
        let place = try Place()
        try place.train("whole")
        try place.train("cut", to: 17)
        for step in try place.run("cut").folder.listCheckpoints() {
            try FileManager.default.removeItem(atPath: place.run("cut").folder.checkpoint(step))
        }
        try place.train("cut")
        try expectEqual(place.run("whole"), place.run("cut"))
        let manifest = try #require(try place.run("cut").folder.readManifest())
        #expect(manifest.sessions.map(\.fromStep) == [0, 0])
    }

    @Test("a log that is removed while the run goes on ends it; then the same command has the run")
    func removedLog() throws {
        let place = try Place()
        try place.train("whole")
        let folder = place.run("cut").folder
        func removeLog() {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            for name in names where name.hasPrefix("events.") {
                try? FileManager.default.removeItem(atPath: folder.path + "/" + name)
            }
        }
        // Before a checkpoint, and before the result.
        for step in [7, 30] {
            try? FileManager.default.removeItem(atPath: folder.path)
            #expect {
                _ = try place.run("cut").train(
                    on: makeCPUEngine(), progress: { if $0.step == step { removeLog() } })
            } throws: {
                "\($0)".contains("it was removed while the run went on")
            }
            #expect(try folder.readResult() == nil)
            try FileManager.default.removeItem(atPath: folder.path)
            try place.train("cut")
            try expectEqual(place.run("whole"), place.run("cut"))
        }
    }

    @Test("ended between the last checkpoint and the result: the final loss stands once")
    func noResult() throws {
        let place = try Place()
        try place.train("whole")
        try place.train("cut")
        for _ in 0..<2 {
            try FileManager.default.removeItem(atPath: place.run("cut").folder.result)
            try place.train("cut")
        }
        try expectEqual(place.run("whole"), place.run("cut"))
    }

    @Test("saved before the first step: the first loss stands once")
    func savedAtOnce() throws {
        let place = try Place()
        place.configuration.checkpoints.keep = 10
        try place.train("whole")
        var run = place.run("cut")
        _ = try run.train(on: makeCPUEngine(), request: { .stop })
        run = place.run("cut")
        try place.train("cut")
        try FileManager.default.removeItem(atPath: run.folder.checkpoint(0))
        #expect(try logged(place.run("whole").folder.path) == logged(run.folder.path))
    }

    @Test("a damaged newest checkpoint gives way to the one before it, and a note says so")
    func damaged() throws {
        let place = try Place()
        place.configuration.checkpoints.keep = 10
        try place.train("whole")
        try place.train("cut", to: 25)
        let file = place.run("cut").folder.checkpoint(25)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        bytes[bytes.count - 5] ^= 4
        try bytes.write(to: URL(fileURLWithPath: file))
        var notes: [String] = []
        try place.train("cut", note: { notes.append($0) })
        #expect(notes == ["\(file) is damaged; going on from the checkpoint of step 20"])
        try FileManager.default.removeItem(atPath: file)
        try expectEqual(place.run("whole"), place.run("cut"))
    }

    @Test("no checkpoint that is whole is an error, not a new beginning")
    func allDamaged() throws {
        let place = try Place()
        try place.train("cut", to: 5)
        let file = place.run("cut").folder.checkpoint(5)
        try Data("{".utf8).write(to: URL(fileURLWithPath: file))
        #expect(throws: FormatError.self) { try place.train("cut") }
        #expect(FileManager.default.fileExists(atPath: file))
    }

    @Test(
        "a checkpoint is of the step that its name says, in a run of that length",
        arguments: ["-1", "4", "13", "nan", "inf", "1e300"])
    func step(step: String) throws {
        let place = try Place()
        try place.train("cut", to: 5)
        let path = place.run("cut").folder.checkpoint(5)
        let file = try SafetensorsFile(path: path)
        var metadata = file.metadata
        metadata["step"] = step
        try Safetensors.write(
            file.tensors(),
            metadata: metadata.filter { !$0.key.hasPrefix("sha256") }, to: path)
        #expect(throws: (any Error).self) { try place.train("cut") }
    }

    @Test("checkpoints that cannot be listed are not taken for none")
    func unlistable() throws {
        let place = try Place()
        try place.train("cut", to: 5)
        let folder = place.run("cut").folder
        try FileManager.default.removeItem(atPath: folder.checkpoints)
        try "".write(toFile: folder.checkpoints, atomically: true, encoding: .utf8)
        let error = #expect(throws: FormatError.self) { try place.train("cut") }
        #expect("\(try #require(error))".contains("Not a directory"))
    }

    @Test("a start that is not finite is divergence at step 0, with the tensor")
    func divergedAtStart() throws {
        let place = try Place()
        place.configuration.model.initGain.head = 1e38
        guard case .finished(let result) = try place.train("cut") else {
            Issue.record("not finished")
            return
        }
        #expect(result.diverged && result.divergedStep == 0 && result.stepsDone == 0)
        #expect(result.divergedTensor?.isEmpty == false)
        #expect(result.finalLoss == nil)
        let read = try #require(try place.run("cut").folder.readResult())
        #expect(read.initialLoss == nil && read.divergedStep == 0)
    }
}
