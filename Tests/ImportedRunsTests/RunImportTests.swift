import Foundation
import Import
import ImportedRuns
import OrderedCollections
import RunTables
import Runs
import Telemetry
import Testing
import Training

/// A log of a run whose loss falls from 5 to an end.
private func log(
    _ name: String, _ settings: [(String, Double)] = [], words: [(String, String)] = [],
    end: Double = 2, steps: Int = 100, logit: Double? = nil
) -> LoggedRun {
    var run = LoggedRun(name: name, sources: [name + ".csv"])
    for (key, value) in settings { run.settings[key] = value }
    for (key, value) in words { run.words[key] = value }
    for step in stride(from: 0, through: steps, by: 10) {
        let share = Double(step) / Double(steps)
        run.add("eval/loss", step: step, value: 5 + (end - 5) * share)
        if let logit { run.add("attn/0/max_logit", step: step, value: logit * share) }
    }
    return run
}

@Suite("runs of other tools as rows")
struct RunImportTests {
    private final class Scratch {
        let path = NSTemporaryDirectory() + "ballast-import-\(UUID().uuidString)"
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    @Test("settings of the log, of its name and of a column become rows that a folder keeps")
    func rows() throws {
        var options = RunImport.Options()
        options.columns = [("parameters", "model/size")]
        let logs = [1e-3, 1e-2].flatMap { rate in
            [64.0, 128].map { width in
                log(
                    "lr=\(rate)_w=\(Int(width))", [("model/size", 12 * width), ("dropout", 0)],
                    end: 2 + rate, logit: width)
            }
        }
        let runs = try RunImport(logs, options: options)
        #expect(runs.axes == ["optimizer.learning-rate", "model.width"])
        #expect(runs.loss == .validationLoss)
        let scratch = Scratch()
        try runs.write(to: scratch.path)
        let table = try SweepFolder(scratch.path).read()
        #expect(table.rows.map(\.learningRate) == [1e-3, 1e-3, 1e-2, 1e-2])
        #expect(table.rows.map(\.width) == [64, 128, 64, 128])
        #expect(table.rows.map(\.parameters) == [768, 1536, 768, 1536])
        // What no log says is not known.
        #expect(table.rows.allSatisfy { $0.configuration == nil && $0.depth == nil })
        #expect(table.rows.allSatisfy { $0.replicate.seed == nil && $0.state == .finished })
        #expect(table.rows[2].finalLoss == 2.01 && table.rows[2].result?.initialLoss == 5)
        #expect(table.rows[1].result?.maxAttentionLogit == 128)
        #expect(table.rows[1].series[.maxAttentionLogit(0)]?.last?.value == 128)
        #expect(table.rows[1].series[.validationLoss]?.count == 11)
        #expect(table.wallSeconds == 0)
        // A folder that holds runs is not written over.
        #expect(throws: ConfigurationError.self) { try runs.write(to: scratch.path) }
    }

    @Test("runs that did not end are left out and named, and steps that go back are said")
    func failures() throws {
        var resumed = log("b", [("lr", 0.2)])
        resumed.add("eval/loss", step: 50, value: 3)
        let logs = [
            log("a", [("lr", 0.1)]), resumed,
            log("c", [("lr", 0.3)], words: [("State", "crashed")], end: 0),
        ]
        let runs = try RunImport(logs)
        #expect(runs.runs.map(\.name) == ["a", "b"])
        #expect(runs.notes.contains { $0.contains("did not end: c (crashed)") })
        #expect(runs.notes.contains { $0.hasPrefix("b: steps go back once") })
        // Where none ended there is nothing else to read.
        #expect(try RunImport([logs[2]]).runs.count == 1)
    }

    @Test("a setting that tells runs apart is an axis; one that follows, or names a run, is not")
    func axes() throws {
        let logs = [0.1, 0.2].flatMap { rate in
            ["adamw", "muon"].flatMap { rule in
                [0.0, 1].map { seed in
                    log(
                        "\(rule)-\(rate)-\(Int(seed))",
                        [
                            ("lr", rate), ("min_lr", rate / 10), ("seed", seed),
                            ("time", rate + seed),
                        ],
                        words: [("optimizer", rule), ("id", "\(rule)\(rate)\(seed)")])
                }
            }
        }
        let runs = try RunImport(logs)
        #expect(runs.axes == ["optimizer", "optimizer.learning-rate", "seed"])
        #expect(
            runs.notes.contains("min_lr has 2 values and is not taken: it follows from what is"))
        #expect(
            runs.notes.contains("id has 8 values and is not taken: it is different in every run"))
        let scratch = Scratch()
        try runs.write(to: scratch.path)
        let table = try SweepFolder(scratch.path).read()
        #expect(table.interventions == [.key("optimizer")])
        #expect(table.rows[2].label(table.interventions) == "optimizer=muon")
    }

    @Test("runs that agree in all that is known are repetitions, and it is said")
    func repetitions() throws {
        let runs = try RunImport([log("a", [("lr", 0.1)]), log("b", [("lr", 0.1)])])
        #expect(runs.axes == ["seed"])
        #expect(runs.runs.map { $0.settings["seed"]?.value } == [.number(0), .number(1)])
        #expect(runs.notes.contains { $0.contains("taken for repetitions") })
        let known = try RunImport([
            log("a", [("lr", 0.1), ("seed", 3)]), log("b", [("lr", 0.1), ("seed", 3)]),
        ])
        #expect(known.notes.contains { $0.contains("a, b agree in all that is known, seeds too") })
    }

    @Test("what is said twice and differently is not taken")
    func conflict() throws {
        let runs = try RunImport([log("lr=0.1", [("optimizer.lr", 0.2)]), log("lr=0.3")])
        #expect(runs.runs[0].settings["optimizer.learning-rate"] == nil)
        #expect(
            runs.notes.contains {
                $0.contains(
                    "lr=0.1: optimizer.learning-rate is 0.2 by optimizer.lr (log) and 0.1 by lr "
                        + "(name of the run); neither is taken; choose with --column")
            })
        var options = RunImport.Options()
        options.columns = [("optimizer.learning-rate", "optimizer.lr")]
        let chosen = try RunImport([log("lr=0.1", [("optimizer.lr", 0.2)])], options: options)
        #expect(
            chosen.runs[0].settings["optimizer.learning-rate"]?.value == .number(0.2))
    }

    @Test("a log that ends early is unfinished, one that ends in NaN diverged")
    func ends() throws {
        var lost = log("lost", [("lr", 1), ("max_steps", 200)], steps: 100)
        lost.add("train_loss", step: 100, value: 3)
        var diverged = log("diverged", [("lr", 2), ("max_steps", 200)], steps: 100)
        diverged.add("eval/loss", step: 110, value: .nan)
        let runs = try RunImport([
            lost, diverged, log("whole", [("lr", 3), ("max_steps", 200)], steps: 200),
        ])
        let results = runs.runs.map { runs.result(of: $0) }
        #expect(results[0] == nil)
        #expect(results[1]?.diverged == true && results[1]?.finalLoss == nil)
        #expect(results[1]?.divergedStep == 110)
        #expect(results[2]?.finalLoss == 2 && results[2]?.diverged == false)
        let scratch = Scratch()
        try runs.write(to: scratch.path)
        let table = try SweepFolder(scratch.path).read()
        #expect(table.rows.map(\.state) == [.interrupted, .diverged, .finished])
        #expect(table.rows[0].series.lastStep == 100)
    }

    @Test("a loss that not all have, and a column that none has, are refused by name")
    func refusals() throws {
        var other = LoggedRun(name: "odd", sources: [])
        other.add("reward", step: 1, value: 1)
        func message(_ body: () throws -> Void) -> String {
            do {
                try body()
                return "nothing"
            } catch {
                return "\(error)"
            }
        }
        #expect(
            message { _ = try RunImport([log("a"), other]) }.contains(
                "the runs have no loss in common (val/loss, train/loss, val/bits_per_byte); odd has reward"
            ))
        var options = RunImport.Options()
        options.columns = [("model.width", "breadth")]
        #expect(
            message { _ = try RunImport([log("a", [("d", 3)])], options: options) }.contains(
                "no run says breadth; they say d"))
    }

    @Test("the peak of the logged learning rate is taken where no setting says one")
    func peak() throws {
        var run = log("a")
        for (step, rate) in [(0, 0.0), (50, 0.03), (100, 0.001)] {
            run.add("train/learning_rate", step: step, value: rate)
        }
        let runs = try RunImport([run])
        let setting = try #require(runs.runs[0].settings["optimizer.learning-rate"])
        #expect(setting.value == .number(0.03) && setting.source == "largest logged learning rate")
    }
}
