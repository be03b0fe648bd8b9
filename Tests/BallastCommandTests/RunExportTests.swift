import Foundation
import Testing

@Suite("a run's weights and log, taken out and in again")
struct RunExportTests {
    private static let features = """
        model: {width: 32, depth: 2, context: 32, head-dimension: 16, normalization: rms-norm, mlp: swiglu,
                qk-norm: true}
        optimizer: {learning-rate: 1e-2}
        steps: 12
        evaluation: {every: 6, batches: 3}
        telemetry: {every: 4}
        """

    private func loss(_ arguments: [String], _ scratch: Tool.Scratch) throws -> [String: Any] {
        let run = try Tool.run(["evaluate"] + arguments + ["--json"], in: scratch)
        #expect(run.code == 0, "\(run.errors)")
        return try #require(
            try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    }

    @Test("evaluate gives the final loss again, and a model that goes out and in has the same loss")
    func whole() throws {
        let scratch = try Tool.Scratch()
        let text = scratch.path + "/text.txt"
        let config = try scratch.file(
            "run.yaml", Self.features + "\ndata: {text: [\(text)], batch: 16}\n")
        let run = scratch.path + "/run"
        let trained = try Tool.run(["train", config, "--out", run, "--quiet"], in: scratch)
        #expect(trained.code == 0, "\(trained.errors)")
        let result = try #require(
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: URL(fileURLWithPath: run + "/result.json")))
                as? [String: Any])
        let own = try loss([run], scratch)
        #expect(own["loss"] as? Double == result["final_loss"] as? Double)
        #expect(own["step"] as? Int == 12 && own["tokens"] as? Int == 3 * 16 * 32)
        #expect(own["is_own_text"] as? Bool == true)

        // Another text: what is told of it, and what a person reads.
        let other = try scratch.file("other.txt", Tool.text(bytes: 9_000))
        let printed = try Tool.run(["evaluate", run, "--text", other], in: scratch)
        #expect(printed.output.contains("nats per token"))
        #expect(printed.output.contains("step 12, 8704 tokens of 90"))

        let model = scratch.path + "/model"
        let written = try Tool.run(
            ["export", run, "--format", "huggingface", "--out", model], in: scratch)
        #expect(written.code == 0, "\(written.errors)")
        #expect(written.output.contains("qwen3 of step 12 in"))
        let back = scratch.path + "/back"
        let taken = try Tool.run(["import", model, "--out", back], in: scratch)
        #expect(taken.code == 0, "\(taken.errors)")
        #expect(taken.output.contains("next: ballast evaluate"))
        let (before, after) = (
            try loss([run, "--text", other], scratch)["loss"] as? Double,
            try loss([back, "--text", other], scratch)["loss"] as? Double
        )
        #expect(before != nil && before == after)
        let silent = try Tool.run(["evaluate", back], in: scratch)
        #expect(silent.code == 64)
        #expect(
            silent.errors.contains("does not say on what text it was trained; give --text FILE"))
        let missing = try Tool.run(["evaluate", run, "--checkpoint", "7"], in: scratch)
        #expect(missing.code == 64 && missing.errors.contains("has none of step 7; there are"))
        let again = try Tool.run(["import", model, "--out", back], in: scratch)
        #expect(again.code == 64 && again.errors.contains("holds a run already"))

        try telemetry(run, scratch)

        // A text of the same name that is another has no part that the run held out.
        _ = try scratch.file("text.txt", Tool.text(bytes: 40_000) + "and more")
        let changed = try Tool.run(["evaluate", run], in: scratch)
        #expect(changed.code == 64)
        #expect(changed.errors.contains("what it held out is not known; restore the text"))
    }

    /// The log as a table, a row a step and metric.
    private func telemetry(_ run: String, _ scratch: Tool.Scratch) throws {
        let csv = try Tool.run(["export", run, "--format", "csv"], in: scratch)
        let lines = csv.output.split(separator: "\n")
        #expect(lines.first == "run,step,metric,unit,value")
        #expect(lines.contains { $0.hasPrefix("run,12,val/loss,nats,") })
        #expect(lines.contains { $0.hasPrefix("run,8,norm/weight/head/rms,rms,") })
        let places = lines.dropFirst().map {
            $0.split(separator: ",")[0...2].joined(separator: ",")
        }
        #expect(Set(places).count == places.count)
        let file = scratch.path + "/log.jsonl"
        let json = try Tool.run(
            ["export", run, "--format", "jsonl", "--out", file], in: scratch)
        #expect(json.output.contains("\(lines.count - 1) rows in"))
        let rows = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        #expect(rows.count == lines.count - 1)
        let row = try #require(
            try JSONSerialization.jsonObject(with: Data(rows[0].utf8)) as? [String: Any])
        #expect(row["metric"] is String && row["value"] is Double && row["step"] as? Int == 0)
        let none = try Tool.run(["export", scratch.path + "/no", "--format", "csv"], in: scratch)
        #expect(none.code == 1)
    }

    @Test("what stands in the way of an export is named, and probes are printed")
    func refusals() throws {
        let scratch = try Tool.Scratch()
        let config = try scratch.configuration("")
        let run = scratch.path + "/run"
        _ = try Tool.run(
            ["train", config, "--out", run, "--quiet", "--set", "steps=2"], in: scratch)
        let layer = try Tool.run(
            ["export", run, "--format", "huggingface", "--out", run + "-model"], in: scratch)
        #expect(layer.code == 64)
        #expect(layer.errors.contains("model.normalization: layer-norm cannot be exported"))
        let nowhere = try Tool.run(["export", run, "--format", "huggingface"], in: scratch)
        #expect(nowhere.code == 64 && nowhere.errors.contains("give --out FOLDER"))

        let printed = try Tool.run(["probe", "pytorch"], in: scratch)
        #expect(printed.code == 0 && printed.output.contains("class Probe:"))
        let file = scratch.path + "/ballast_probe.py"
        let written = try Tool.run(["probe", "jax", "--out", file], in: scratch)
        #expect(written.code == 0)
        #expect(try String(contentsOfFile: file, encoding: .utf8).contains("def watch("))
        let other = try Tool.run(["probe", "mxnet"], in: scratch)
        #expect(other.code == 64 && other.errors.contains("there are pytorch, jax"))
    }
}
