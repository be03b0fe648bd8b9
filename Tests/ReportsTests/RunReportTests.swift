import Documents
import Formats
import Foundation
import Reports
import Runs
import Testing

@Suite("the report of a run")
struct RunReportTests {
    private func folder(
        _ path: String, isDone: Bool, isLost: Bool = false
    ) throws -> RunFolder {
        let folder = RunFolder(path + "/one")
        try FileManager.default.createDirectory(
            atPath: folder.path, withIntermediateDirectories: true)
        try "steps: 30\n".write(
            toFile: folder.configuration, atomically: true, encoding: .utf8)
        let writer = try EventFileWriter(folder: folder.path)
        for step in 1...20 {
            try writer.append(
                step: step, wallTime: Double(step),
                scalars: [
                    ("train/loss", 6 - Float(step) / 10), ("attn/0/max_logit", Float(step)),
                    ("optim/grad_norm", 1),
                ])
        }
        if isLost { try writer.append(step: 21, wallTime: 21, scalars: [("train/loss", .nan)]) }
        try writer.close()
        let identity = RunIdentity(
            configuration: [
                "steps": .integer(30), "data.batch": .integer(8), "model.context": .integer(64),
                "optimizer.rule": .text("adamw"), "optimizer.learning-rate": .number(0.003),
            ])
        try folder.write(
            Manifest(
                ballast: "9.9", engine: "cpu", kernels: [:], textDigest: "abcdef0123456789ff",
                trainingTokens: 1000, validationTokens: 100, weightDecayRate: 0,
                sessions: [
                    .init(
                        started: "2026-01-01T00:00:00Z", host: "there", pid: 1, fromStep: 0,
                        engine: [:], commit: "0123456789ab")
                ], identity: identity, dataNames: ["gcide"]), to: folder.manifest)
        if isDone {
            try folder.write(
                RunResult(
                    width: 16, depth: 1, heads: 2, parameters: 3000, totalParameters: 14_416,
                    qkNorm: false, learningRate: 0.003, seed: 0, dataSeed: 0, steps: 30,
                    stepsDone: 30, initialLoss: 6, finalLoss: 3.25, maxAttentionLogit: 20,
                    diverged: false, divergedStep: nil, divergedTensor: nil,
                    tokensPerSecond: 12_345), to: folder.result)
        }
        return folder
    }

    @Test("says what the run came to, what was trained, and shows its curves")
    func finished() throws {
        try withScratchFolder { path in
            let folder = try folder(path, isDone: true)
            let report = try RunReport(folder)
            for columns in [80, 120] {
                let text = report.document.text(columns: columns)
                #expect(text.hasPrefix("finished  one\nValidation loss 6.000 to 3.250 nats"))
                for part in [
                    "12,345  tokens per second", "batches of 8 x 64 tokens", "15,360 tokens",
                    "peak learning rate 3e-3", "gcide, 1,000 training tokens",
                    "SHA-256 abcdef0123456789", "ballast 9.9, commit 0123456789ab",
                ] { #expect(text.contains(part), "\(part) in \(text)") }
                #expect(text.split(separator: "\n").allSatisfy { $0.count <= columns })
            }
            _ = try report.write(to: folder.path, vegaBundle: "", python: nil)
            let page = try String(contentsOfFile: folder.path + "/report.html", encoding: .utf8)
            checkOffline(page)
            #expect(page.contains("Largest attention logit over steps"))
            #expect(!page.contains("http-equiv=\"refresh\""))
            // The figure of what it came to, then what was trained, then the rest.
            let places = [
                "Loss over steps </h2>", "What was trained </h2>",
                "Largest attention logit over steps </h2>",
            ]
            .map { page.range(of: $0)?.lowerBound }
            #expect(places.allSatisfy { $0 != nil })
            #expect(places.compactMap(\.self) == places.compactMap(\.self).sorted())
        }
    }

    @Test("a run that diverged marks the step, and counts what has no place")
    func diverged() throws {
        try withScratchFolder { path in
            let folder = try folder(path, isDone: false, isLost: true)
            try folder.write(
                RunResult(
                    width: 16, depth: 1, heads: 2, parameters: 3000, totalParameters: 14_416,
                    qkNorm: false, learningRate: 0.003, seed: 0, dataSeed: 0, steps: 30,
                    stepsDone: 21, initialLoss: 6, finalLoss: nil, maxAttentionLogit: 20,
                    diverged: true, divergedStep: 21, divergedTensor: "train/loss",
                    tokensPerSecond: 12_345), to: folder.result)
            let document = try RunReport(folder).document
            let loss = try #require(document.figures.first { $0.name == "loss" }).drawing
            #expect(loss.caption.hasSuffix("without smoothing; 1 became NaN or infinite."))
            let labels = loss.specification.layers.compactMap { $0.rows?.first?["label"] }
            #expect(labels.contains(.string("diverged at step 21")))
            #expect(document.tiles.first?.number == "NaN")
        }
    }

    @Test("a result's page finds the runs of its plan, or those beside it, and leads to each")
    func runsAbout() throws {
        try withScratchFolder { path in
            _ = try folder(path, isDone: true)
            let own = SweepContext(about: path)
            let table = try #require(own.runs)
            #expect(table.rows.count == 1 && own.facts.rows.contains { $0.name == "machine" })
            #expect(table.rows[0][0].links.first?.target == "one/")
            #expect(table.rows[0].map(\.text) == ["one", "finished", "3.250", "30"])
            let plan = SweepFolder.Plan(
                name: "study", axes: ["seed"],
                cells: [
                    .init(name: "seed=0", settings: ["seed": .number(0)], steps: 30, folder: "one"),
                    .init(
                        name: "seed=1", settings: ["seed": .number(1)], steps: 30,
                        folder: "two words"),
                ])
            try RunFolder(path).write(plan, to: SweepFolder(path).plan)
            try FileManager.default.createDirectory(
                atPath: path + "/at", withIntermediateDirectories: true)
            let beside = try #require(SweepContext(about: path + "/at").runs)
            #expect(
                beside.rows.map { $0[0].links.first?.target } == ["../one/", "../two%20words/"])
            #expect(beside.rows.map { $0[1].text } == ["finished", "missing"])
        }
    }

    @Test("of one that goes on it says the step, and the page comes again")
    func running() throws {
        try withScratchFolder { path in
            let folder = try folder(path, isDone: false)
            let lock = try FolderLock(folder)
            let document = try RunReport(folder).document
            let text = document.text(columns: 100)
            #expect(text.contains("running  one"))
            #expect(text.contains("Step 20 of 30; the training loss is 4.000 nats per token."))
            _ = try RunReport(folder).write(to: folder.path, vegaBundle: "", python: nil)
            let page = try String(contentsOfFile: folder.path + "/report.html", encoding: .utf8)
            #expect(page.contains("http-equiv=\"refresh\""))
            withExtendedLifetime(lock) {}
        }
    }
}
