import Foundation
import Runs
import Testing

/// What stands in a sweep's folder is taken where it is equal, and refused where it is not.
@Suite("the identity of a sweep's cells", .serialized)
struct SweepIdentityTests {
    private func study(
        _ scratch: Tool.Scratch, rates: String = "[1e-3, 1e-2]", batch: Int = 2,
        text: String = "text.txt", grid: String = "", more: String = ""
    ) throws -> String {
        try scratch.file(
            "study-\(UUID().uuidString).yaml",
            """
            name: small
            base:
              model: {width: 16, depth: 1, context: 16, head-dimension: 8}
              data: {text: [\(text)], batch: \(batch)}
              steps: 20
              evaluation: {every: 0, batches: 1}
            grid:
              optimizer.learning-rate: \(rates)\(grid.isEmpty ? "" : "\n  " + grid)
            \(more)
            """)
    }

    private func sweep(
        _ study: String, _ name: String, _ scratch: Tool.Scratch, _ more: [String] = []
    ) throws -> Tool.Outcome {
        try Tool.run(
            ["sweep", "run", study, "--out", "\(scratch.path)/\(name)", "--json"] + more,
            in: scratch)
    }

    /// When each run's result was written, by the folder's name.
    private func times(_ folder: String) throws -> [String: Date] {
        var times: [String: Date] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder + "/cells") {
            let result = RunFolder("\(folder)/cells/\(name)").result
            times[name] =
                try FileManager.default.attributesOfItem(atPath: result)[.modificationDate] as? Date
        }
        return times
    }

    private func runs(_ outcome: Tool.Outcome) throws -> Int {
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        return ((object as? [String: Any])?["runs"] as? [Any])?.count ?? 0
    }

    @Test("another base under the same grid, by the file or by --set, is refused with what differs")
    func otherBase() throws {
        let scratch = try Tool.Scratch()
        let first = try study(scratch)
        #expect(try sweep(first, "sweep", scratch).code == 0)
        let before = try times(scratch.path + "/sweep")
        func refused(_ outcome: Tool.Outcome) {
            #expect(outcome.code == 1 && outcome.output.isEmpty, "\(outcome.output)")
            #expect(
                outcome.errors.contains(
                    "cells/learning-rate=1e-3: holds a run of another configuration (data.batch: 2 "
                        + "there, 4 asked for), and so does 1 other run; choose another --out"),
                "\(outcome.errors)")
        }
        refused(try sweep(study(scratch, batch: 4), "sweep", scratch))
        refused(try sweep(first, "sweep", scratch, ["--set", "data.batch=4"]))
        // One deleted cell makes no table of two recipes.
        try FileManager.default.removeItem(
            atPath: scratch.path + "/sweep/cells/learning-rate=1e-2")
        let mixed = try sweep(study(scratch, batch: 4), "sweep", scratch)
        #expect(mixed.code == 1 && mixed.output.isEmpty)
        #expect(try times(scratch.path + "/sweep").count == 1)
        #expect(try sweep(first, "sweep", scratch).code == 0)
        #expect(
            try times(scratch.path + "/sweep")["learning-rate=1e-3"] == before["learning-rate=1e-3"]
        )
    }

    @Test("other data under the same name is refused, also in studies that share runs")
    func otherData() throws {
        let scratch = try Tool.Scratch()
        let first = try study(scratch)
        #expect(try sweep(first, "sweep", scratch).code == 0)
        // Runs that studies share are kept by what they train on: another text has its own.
        let shared = try study(
            scratch, rates: "[1e-3, 1e-2, 1e-1]", grid: "model.width: [16, 32]",
            more: "seeds: [0, 1]\nsensitivity: {}")
        let sensitivity = ["sensitivity", shared, "--out", scratch.path + "/s", "--json"]
        let known = try Tool.run(sensitivity, in: scratch)
        let json = try JSONSerialization.jsonObject(with: Data(known.output.utf8))
        // Nothing is compared, so that without a verdict it ends well.
        #expect(
            known.code == Tool.exitCode((json as? [String: Any])?["verdict"]) ?? 0,
            "\(known.errors)")
        let cells = scratch.path + "/s/cells"
        let before = Set(try FileManager.default.contentsOfDirectory(atPath: cells))
        _ = try scratch.file("text.txt", String(Tool.text(bytes: 290_000).reversed()))
        let outcome = try sweep(first, "sweep", scratch)
        #expect(outcome.code == 1 && outcome.errors.contains("other data"), "\(outcome.errors)")
        #expect(try Tool.run(sensitivity, in: scratch).output != known.output)
        let after = Set(try FileManager.default.contentsOfDirectory(atPath: cells))
        #expect(after.count == 2 * before.count && after.isSuperset(of: before))
    }

    @Test("a larger grid, a smaller one, in a folder that moved, from another folder")
    func extended() throws {
        let scratch = try Tool.Scratch()
        #expect(try sweep(study(scratch), "sweep", scratch).code == 0)
        let before = try times(scratch.path + "/sweep")
        // Another spelling of the text and of the rates, a further axis: other names, equal runs.
        try FileManager.default.moveItem(
            atPath: scratch.path + "/sweep", toPath: scratch.path + "/moved")
        let larger = try study(
            scratch, rates: "[0.001, 0.01, 0.1]", text: "\(scratch.path)/./text.txt",
            grid: "model.width: [16, 32]")
        let outcome = try sweep(larger, "moved", scratch)
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(try runs(outcome) == 6)
        let after = try times(scratch.path + "/moved")
        #expect(after.count == 6)
        for (name, time) in before { #expect(after[name] == time, "\(name) trained again") }
        let status = try Tool.run(["sweep", "status", scratch.path + "/moved"], in: scratch)
        #expect(status.output.contains("6 of 6 runs done"), "\(status.output)")
        #expect(try Tool.run(["report", scratch.path + "/moved"], in: scratch).code == 0)

        let smaller = try Tool.run(
            ["sweep", "run", study(scratch, rates: "[1e-2]"), "--out", scratch.path + "/moved"],
            in: scratch)
        #expect(smaller.code == 0)
        #expect(
            smaller.errors.contains(
                "cells holds 5 runs of an earlier grid that this one leaves as they are"),
            "\(smaller.errors)")
        #expect(try times(scratch.path + "/moved") == after)
        #expect(
            try Tool.run(["sweep", "status", scratch.path + "/moved"], in: scratch).output
                .contains("1 of 1 run"))
    }

    @Test("values that resolve to one run are one run")
    func distinctness() throws {
        let scratch = try Tool.Scratch()
        let outcome = try sweep(study(scratch, rates: "[1e-3, 0.001]"), "sweep", scratch)
        #expect(outcome.code == 64)
        #expect(
            outcome.errors.contains(
                "learning-rate=1e-3 appears twice; take one value away"),
            "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/sweep/sweep.json"))
    }

    @Test("a folder of two texts, as an earlier version left it, is reported with a warning")
    func mixture() throws {
        let scratch = try Tool.Scratch()
        #expect(try sweep(study(scratch), "sweep", scratch).code == 0)
        let folder = scratch.path + "/sweep"
        #expect(!(try Tool.run(["report", folder], in: scratch).errors.contains("warning:")))
        let run = RunFolder(folder + "/cells/learning-rate=1e-2")
        var manifest = try #require(try run.readManifest())
        manifest.identity = nil
        manifest.textDigest = String(repeating: "0", count: 64)
        try run.write(manifest, to: run.manifest)
        let report = try Tool.run(["report", folder], in: scratch)
        #expect(report.code == 0)
        #expect(
            report.errors.contains(
                "warning: runs that no grid tells apart differ: text digest is "),
            "\(report.errors)")
        #expect(report.errors.contains("0000000000000000 in learning-rate=1e-2"))
        #expect(try sweep(study(scratch), "sweep", scratch).errors.contains("other data"))
    }
}
