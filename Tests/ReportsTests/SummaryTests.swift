import Foundation
import Reports
import RunTables
import Runs
import Testing

/// Facts that the text of a `summary.json` holds to.
private func checkSchema(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let read = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let summary = try #require(read, sourceLocation: sourceLocation)
    #expect(
        Set(summary.keys) == ["name", "wall_seconds", "runs", "lr_sensitivity"],
        sourceLocation: sourceLocation)
    #expect(summary["wall_seconds"] is Double, sourceLocation: sourceLocation)
    let runs = try #require(summary["runs"] as? [[String: Any]], sourceLocation: sourceLocation)
    for run in runs {
        #expect(
            Set(run.keys) == [
                "name", "state", "width", "depth", "parameters", "qk_norm", "learning_rate", "seed",
                "final_loss", "initial_loss", "max_attention_logit", "loss_spikes",
                "gradient_spikes", "diverged",
            ], sourceLocation: sourceLocation)
        if run["diverged"] as? Bool == true {
            #expect(run["final_loss"] is NSNull, sourceLocation: sourceLocation)
        }
    }
    let lines = try #require(
        summary["lr_sensitivity"] as? [[String: Any]], sourceLocation: sourceLocation)
    for line in lines {
        #expect(
            Set(line.keys) == [
                "intervention", "width", "depth", "parameters", "qk_norm", "value", "grid",
                "missing", "clamped", "best_learning_rate", "best_loss", "reason",
            ], sourceLocation: sourceLocation)
        #expect(
            (line["value"] is NSNull) != (line["reason"] is NSNull), sourceLocation: sourceLocation)
    }
}

/// The summary's text with sorted keys, so that the order of an encoder's keys decides nothing here.
private func text(_ record: RunTable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(SweepReport(record).summary()), as: UTF8.self)
}

@Suite("summary.json")
struct SummaryTests {
    @Test(
        "has every key, with null for what is not known", arguments: SampleSweeps.edges.map(\.name))
    func schema(name: String) throws {
        let sweep = try #require(SampleSweeps.edges.first { $0.name == name }?.sweep)
        try checkSchema(text(sweep))
        try checkSchema(text(SampleSweeps.realistic(steps: 4)))
    }

    @Test("the check can fail: a key left out, and a diverged run with a loss")
    func negativeControl() throws {
        let good = try text(SampleSweeps.realistic(steps: 4))
        withKnownIssue {
            try checkSchema(good.replacing("\"final_loss\":null,", with: ""))
        }
        withKnownIssue {
            try checkSchema(good.replacing("\"final_loss\":null,", with: "\"final_loss\":9,"))
        }
    }

    @Test("spikes are those of the results")
    func spikes() throws {
        var sweep = SampleSweeps.realistic(steps: 4)
        sweep.rows[1].result?.lossSpikes = 0.5
        sweep.rows[1].result?.gradientSpikes = 0.25
        let runs = SweepReport(sweep).summary().runs
        #expect(runs[1].lossSpikes == 0.5 && runs[1].gradientSpikes == 0.25)
        #expect(runs[0].lossSpikes == nil && runs[0].gradientSpikes == nil)
        try checkSchema(text(sweep))
    }

    @Test("reads back as it was written")
    func roundTrip() throws {
        let summary = SweepReport(SampleSweeps.halfDone).summary()
        let data = try JSONEncoder().encode(summary)
        #expect(try JSONDecoder().decode(SummaryDocument.self, from: data) == summary)
    }

    @Test("the sensitivities are those of the phenomenon check")
    func sensitivities() throws {
        let lines = SweepReport(SampleSweeps.realistic(steps: 4)).summary().learningRateSensitivity
        #expect(lines.map(\.width) == [32, 32, 64, 64])
        #expect(lines.map(\.qkNorm) == [false, true, false, true])
        #expect(
            lines.map(\.intervention) == [
                "without qk-norm", "qk-norm", "without qk-norm", "qk-norm",
            ])
        #expect(lines.allSatisfy { $0.grid == SampleSweeps.rates && $0.missing.isEmpty })
        let stable = try #require(lines[3].value)
        // The losses are given to three decimals.
        #expect(abs(stable - 0.0995) < 1e-3)
        #expect(lines[2].clamped == 1)
        #expect(lines[3].bestLearningRate == 1e-2)
        #expect(lines[3].bestLoss == 1.525)
    }

    @Test("cells without a result are listed with their settings and their size")
    func openCells() throws {
        var sweep = SampleSweeps.realistic(steps: 4)
        sweep.rows[23].result = nil
        sweep.rows[23].state = .missing
        let summary = SweepReport(sweep).summary()
        let run = try #require(summary.runs.last)
        #expect(run.state == "missing")
        #expect(run.width == 64)
        #expect(run.depth == 3)
        #expect(run.learningRate == 0.3)
        #expect(!run.diverged)
        #expect(summary.learningRateSensitivity.count == 4)
        #expect(summary.learningRateSensitivity[3].missing == [0.3])
    }

    @Test("a line is named by what was swept, and by nothing else")
    func labels() {
        var cells: [RunRow] = []
        for decay in ["corrected", "independent"] {
            for rate in [1e-3, 1e-2] {
                var cell = SampleSweeps.cell(rate: rate, loss: 2)
                cell.settings = [
                    "optimizer.learning-rate": .number(rate), "optimizer.decay": .text(decay),
                    "loss.z": .number(1e-4), "data.z": .number(rate > 5e-3 ? 2 : 1),
                ]
                cells.append(cell)
            }
        }
        let sweep = SweepGrid(
            RunTable(
                name: "labels",
                axes: ["optimizer.decay", "optimizer.learning-rate", "loss.z", "data.z"],
                rows: cells, wallSeconds: 1))
        #expect(
            sweep.interventions == [
                "decay corrected, z 1", "decay corrected, z 2", "decay independent, z 1",
                "decay independent, z 2",
            ])
    }
}
