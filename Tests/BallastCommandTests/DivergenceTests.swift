import Foundation
import RunTables
import Runs
import Testing

@Suite("a number that is not finite ends a run, not a sweep")
struct DivergenceTests {
    @Test("the step and the first tensor are recorded, and the sweep goes on")
    func divergence() throws {
        let scratch = try Tool.Scratch()
        let study = try scratch.file(
            "study.yaml",
            """
            base:
              model: {width: 16, depth: 1, context: 16}
              data: {text: [\(scratch.path)/text.txt], batch: 4}
              steps: 20
              evaluation: {every: 0, batches: 2}
            grid:
              optimizer.learning-rate: [1e17, 1e-2, 3e-2]
            """)
        let folder = scratch.path + "/sweep"
        let outcome = try Tool.run(["sweep", "run", study, "--out", folder], in: scratch)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let sweep = try SweepFolder(folder).read()
        #expect(sweep.rows.map(\.state) == [.diverged, .finished, .finished])
        let result = try #require(sweep.rows[0].result)
        #expect(result.diverged && result.finalLoss == nil)
        // The first step moves weights and gains by 1e17; the second meets them in the first block.
        #expect(result.divergedStep == 2)
        #expect(result.divergedTensor == "attn/0/max_logit", "\(result.divergedTensor ?? "")")
        #expect(result.initialLoss?.isFinite == true)
        let again = try Tool.run(["sweep", "run", study, "--out", folder], in: scratch)
        #expect(again.code == 0)
        #expect(try Tool.run(["report", folder], in: scratch).code == 0)
    }
}
