import Foundation
import Runs
import Testing

@Suite("sweeps", .serialized)
struct SweepTests {
    private func study(_ scratch: Tool.Scratch, more: String = "") throws -> String {
        try scratch.file(
            "study.yaml",
            """
            name: small
            base:
              model: {depth: 1, context: 16}
              data: {text: [\(scratch.path)/text.txt], batch: 4}
              steps: 30
              evaluation: {every: 0, batches: 2}
              checkpoints: {every: 10}
            grid:
              model.width: [16, 32]
              optimizer.learning-rate: [1e-3, 1e-2]\(more)
            """)
    }

    private func states(_ scratch: Tool.Scratch) throws -> [String] {
        let outcome = try Tool.run(
            ["sweep", "status", scratch.path + "/sweep", "--json"], in: scratch)
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        let cells = (object as? [String: Any])?["cells"] as? [[String: String]] ?? []
        return cells.compactMap { $0["state"] }
    }

    @Test("trains the grid, prints the table, writes report and summary")
    func whole() throws {
        let scratch = try Tool.Scratch()
        let outcome = try Tool.run(
            ["sweep", "run", try study(scratch), "--out", scratch.path + "/sweep"], in: scratch)
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("LR sens."), "\(outcome.output)")
        #expect(try states(scratch) == ["finished", "finished", "finished", "finished"])
        #expect(try Tool.run(["report", scratch.path + "/sweep"], in: scratch).code == 0)
        let data = try Data(contentsOf: URL(fileURLWithPath: scratch.path + "/sweep/summary.json"))
        let summary = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        #expect((summary?["runs"] as? [Any])?.count == 4)
        #expect((summary?["lr_sensitivity"] as? [Any])?.count == 2)
        #expect(summary?["wall_seconds"] is Double)
        #expect(FileManager.default.fileExists(atPath: scratch.path + "/sweep/report.html"))
    }

    @Test("a failed cell stops no other, and the next run fills exactly what is missing")
    func failure() throws {
        let scratch = try Tool.Scratch()
        // A file where a cell's folder should hold its checkpoints makes that cell fail.
        let bad = scratch.path + "/sweep/cells/width=16,learning-rate=1e-3"
        try FileManager.default.createDirectory(atPath: bad, withIntermediateDirectories: true)
        try "".write(toFile: bad + "/checkpoints", atomically: true, encoding: .utf8)
        let command = ["sweep", "run", try study(scratch), "--out", scratch.path + "/sweep"]
        let first = try Tool.run(command, in: scratch)
        #expect(first.code == 1)
        #expect(first.errors.contains("width=16,learning-rate=1e-3"))
        #expect(try states(scratch).sorted() == ["failed", "finished", "finished", "finished"])

        let done = RunFolder(scratch.path + "/sweep/cells/width=32,learning-rate=1e-2")
        let before =
            try FileManager.default.attributesOfItem(atPath: done.result)[.modificationDate]
            as? Date
        try FileManager.default.removeItem(atPath: bad + "/checkpoints")
        #expect(try Tool.run(command, in: scratch).code == 0)
        #expect(Set(try states(scratch)) == ["finished"])
        let after =
            try FileManager.default.attributesOfItem(atPath: done.result)[.modificationDate]
            as? Date
        #expect(before == after)
    }

    @Test("killed with its cells, a sweep goes on and ends with the same bits")
    func killed() throws {
        let scratch = try Tool.Scratch()
        let study = try study(scratch)
        let whole = scratch.path + "/whole"
        #expect(try Tool.run(["sweep", "run", study, "--out", whole], in: scratch).code == 0)
        let folder = scratch.path + "/sweep"
        let (process, _, _) = try Tool.start(["sweep", "run", study, "--out", folder], in: scratch)
        Thread.sleep(forTimeInterval: 0.4)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        // What the sweep had started ends with it, or is waited for: once is enough.
        let again = try Tool.run(["sweep", "run", study, "--out", folder], in: scratch)
        #expect(again.code == 0, "\(again.errors)")
        #expect(Set(try states(scratch)) == ["finished"])
        for cell in try SweepFolder(whole).readPlan().cells {
            let outcome = try Tool.run(
                [
                    "compare", SweepFolder(whole).cell(cell.name).path,
                    SweepFolder(folder).cell(cell.name).path, "--exact",
                ], in: scratch)
            #expect(outcome.code == 0, "\(cell.name): \(outcome.output)\(outcome.errors)")
        }
    }

    @Test("a study with an unknown key, or that the folder does not hold")
    func badStudies() throws {
        let scratch = try Tool.Scratch()
        let unknown = try Tool.run(
            ["sweep", "run", study(scratch, more: "\nseed: [1]"), "--out", scratch.path + "/a"],
            in: scratch)
        #expect(unknown.code == 64)
        #expect(unknown.errors.contains("unknown key seed"))
        let sweep = [
            "sweep", "run", try study(scratch), "--out", scratch.path + "/b", "--set", "steps=2",
        ]
        #expect(try Tool.run(sweep, in: scratch).code == 0)
        let other = try Tool.run(
            ["sweep", "run", study(scratch), "--out", scratch.path + "/b", "--set", "steps=3"],
            in: scratch)
        #expect(other.code == 1)
        #expect(other.errors.contains("steps: 2 there, 3 asked for"))
    }
}
