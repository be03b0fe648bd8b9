import Foundation
import Testing

@Suite("spikes")
struct SpikeTests {
    private func object(_ path: String) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
                as? [String: Any])
    }

    @Test("a run prints its spikes, or that it has too few records; a sweep's report holds them")
    func spikes() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.file(
            "config.yaml",
            """
            model: {width: 16, depth: 1, context: 16, head-dimension: 8}
            optimizer: {learning-rate: 1e-2}
            data: {text: [\(scratch.path)/text.txt], batch: 4}
            steps: 60
            evaluation: {every: 0, batches: 2}
            telemetry: {every: 1}
            """)
        func train(_ name: String, _ sets: [String]) throws -> String {
            let run = try Tool.run(
                ["train", config, "--out", scratch.path + "/" + name]
                    + sets.flatMap { ["--set", $0] }, in: scratch)
            #expect(run.code == 0, "\(run.errors)")
            return run.output
        }
        // Sixty records, the last forty of which are judged.
        let long = try train("long", [])
        #expect(long.contains("% of recorded losses, "), "\(long)")
        let result = try object(scratch.path + "/long/result.json")
        let share = try #require(result["loss_spikes"] as? Double)
        #expect((0...1).contains(share) && (share * 40).rounded() == share * 40)
        // Ten records, and sixty of which every sixth is kept: no share is made up.
        for (name, set) in [("short", "steps=10"), ("sparse", "telemetry.every=6")] {
            #expect(try train(name, [set]).contains("spikes: not assessed"))
            #expect(try object("\(scratch.path)/\(name)/result.json")["loss_spikes"] == nil)
        }

        let study = try scratch.file(
            "study.yaml",
            "name: two\nbase: config.yaml\ngrid: {optimizer.learning-rate: [1e-3, 1e-2]}\n")
        let out = scratch.path + "/sweep"
        #expect(try Tool.run(["sweep", "run", study, "--out", out], in: scratch).code == 0)
        #expect(try Tool.run(["report", out], in: scratch).code == 0)
        let runs = try #require(
            try object(out + "/summary.json")["runs"] as? [[String: Any]])
        #expect(runs.count == 2 && runs.allSatisfy { $0["gradient_spikes"] is Double })
        #expect(runs.contains { $0["loss_spikes"] as? Double == share })
        let table = try String(contentsOfFile: out + "/runs.csv", encoding: .utf8)
        #expect(table.contains("loss_spikes,gradient_spikes") && table.contains(",\(share),"))
        try Tool.checkLinks(out + "/report.html")
        // Where two runs are compared, their spikes are too.
        let compared = try Tool.run(
            ["compare", scratch.path + "/long", scratch.path + "/short"], in: scratch)
        #expect(compared.output.contains("loss spikes"), "\(compared.output)")
    }
}
