import Foundation
import Modules
import Sweeps
import Testing
import Training

@Suite("studies over interventions")
struct StudyInterventionTests {
    private func study(_ text: String) throws -> Study {
        let path = NSTemporaryDirectory() + "ballast-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return try Study(path: path)
    }

    @Test("names and lists of them are an axis, whose cells are known by what they resolve to")
    func axis() throws {
        let axis = try study(
            """
            base: {loss: {z-loss: 0}}
            grid: {interventions: [none, qk-norm, [qk-norm, z-loss]], steps: [20, 40]}
            """)
        #expect(
            axis.cells.map(\.name) == [
                "interventions=none,steps=20", "interventions=none,steps=40",
                "interventions=qk-norm,steps=20", "interventions=qk-norm,steps=40",
                "interventions=qk-norm+z-loss,steps=20", "interventions=qk-norm+z-loss,steps=40",
            ])
        let both = axis.cells[4].configuration
        #expect(both.model.qkNorm && both.loss.zLoss == 1e-4)
        #expect(!axis.cells[0].configuration.model.qkNorm)
        // Keys that say the same are the same run.
        let keys = try study(
            """
            base: {loss: {z-loss: 0}, steps: 20}
            grid: {model.qk-norm: [false, true]}
            """)
        #expect(keys.contentAddressed.cells[1].folder == axis.contentAddressed.cells[2].folder)
        #expect(keys.contentAddressed.cells[0].folder == axis.contentAddressed.cells[0].folder)
        let folders = axis.contentAddressed.cells.map(\.folder)
        withKnownIssue { #expect(keys.contentAddressed.cells[1].folder == folders[4]) }
    }

    @Test("an axis beside one of its interventions' keys is an error")
    func conflict() throws {
        let error = try #require(throws: ConfigurationError.self) {
            try study("grid: {interventions: [qk-norm], model.qk-norm: [true, false]}")
        }
        #expect(error.description.contains("qk-norm sets model.qk-norm to true, and "))
        #expect(throws: ConfigurationError.self) {
            try study("grid: {steps: [[1, 2]]}")
        }
    }

    @Test("a variant takes a list of interventions")
    func variants() throws {
        let study = try study(
            """
            base: {loss: {z-loss: 0}}
            variants: {both: {interventions: [qk-norm, z-loss]}, one: {interventions: qk-norm}}
            """)
        let (both, one) = (study.cells[0].configuration, study.cells[1].configuration)
        #expect(both.model.qkNorm && both.loss.zLoss == 1e-4)
        #expect(one.model.qkNorm && one.loss.zLoss == 0)
    }

    @Test("an override that some points leave alone is theirs")
    func partly() throws {
        let path = NSTemporaryDirectory() + "ballast-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "variants: {a: {steps: 20}, b: {model.qk-norm: true}}".write(
            toFile: path, atomically: true, encoding: .utf8)
        let study = try Study(path: path, overrides: ["steps=40"])
        #expect(study.cells.map(\.configuration.steps) == [20, 40])
    }

    @Test(
        "what says nothing or cannot be is refused by its key",
        arguments: [
            (
                "grid: {model.width: [32, 64]}", ["model.width=16"],
                "model.width: has a value of its own in every run"
            ),
            ("seeds: [0, 1]", ["seed=3"], "change the study, or give --seeds N"),
            (
                "variants: {a: {steps: 2}, b: {steps: 3}}", ["steps=4"],
                "steps: has a value of its own in every run"
            ),
            ("name: cells", [], "name: \"cells\" names no folder"),
            ("name: ''", [], "names no folder"), ("seeds: 3", [], "seeds: is not a list"),
            ("grid: {model.witdh: [1, 2]}", [], ".yaml: unknown key model.witdh"),
            ("grid: {model.width: [32, 32]}", [], "grid: width=32 appears twice"),
            ("variants: {a: {model: {width: 1}}}", [], "variants.a.model: is not a word"),
        ])
    func refused(text: String, overrides: [String], reason: String) throws {
        let path = NSTemporaryDirectory() + "ballast-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let error = try #require(throws: ConfigurationError.self) {
            try Study(path: path, overrides: overrides)
        }
        #expect(error.description.contains(reason), "\(error)")
        #expect(error.description.contains(path))
    }
}
