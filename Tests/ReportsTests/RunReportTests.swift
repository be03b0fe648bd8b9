import Documents
import Formats
import Foundation
import Reports
import Runs
import Testing

@Suite("the report of a run")
struct RunReportTests {
    private func folder(_ path: String, isDone: Bool) throws -> RunFolder {
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
                        engine: [:])
                ], identity: identity), to: folder.manifest)
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
                    "peak learning rate 3e-3", "SHA-256 abcdef0123456789", "ballast 9.9",
                ] { #expect(text.contains(part), "\(part) in \(text)") }
                #expect(text.split(separator: "\n").allSatisfy { $0.count <= columns })
            }
            _ = try report.write(to: folder.path, vegaBundle: "", python: nil)
            let page = try String(contentsOfFile: folder.path + "/report.html", encoding: .utf8)
            checkOffline(page)
            #expect(page.contains("Largest attention logit over steps"))
            #expect(!page.contains("http-equiv=\"refresh\""))
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
