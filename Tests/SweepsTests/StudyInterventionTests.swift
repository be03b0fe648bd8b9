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
        #expect(keys.keyed.cells[1].folder == axis.keyed.cells[2].folder)
        #expect(keys.keyed.cells[0].folder == axis.keyed.cells[0].folder)
        let folders = axis.keyed.cells.map(\.folder)
        withKnownIssue { #expect(keys.keyed.cells[1].folder == folders[4]) }
    }

    @Test("an axis beside one of its interventions' keys is an error")
    func conflict() throws {
        let error = try #require(throws: ConfigurationError.self) {
            try study("grid: {interventions: [qk-norm], model.qk-norm: [true, false]}")
        }
        #expect(error.description.contains("qk-norm sets model.qk-norm to true, and --set sets it"))
        #expect(throws: ConfigurationError.self) {
            try study("grid: {steps: [[1, 2]]}")
        }
    }
}
