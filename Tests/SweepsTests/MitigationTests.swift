import ForecastStudies
import Optimizers
import PrescriptionStudies
import Statistics
import Sweeps
import Testing
import Training

@Suite("mitigations")
struct MitigationTests {
    /// Recipes that lack different things.
    private static let recipes: [RunConfiguration] = {
        var bare = RunConfiguration()
        bare.loss.zLoss = 0
        bare.optimizer.clip = 0
        bare.optimizer.weightDecay.form = .none
        return [bare]
    }()

    private func isComplete(_ mitigation: Mitigation) -> Bool {
        let signals = ForecastCatalog.all.map(\.name) + [FailureMode.divergence, FailureMode.drift]
        return signals.contains(mitigation.failureMode) && !mitigation.source.isEmpty
            && !mitigation.finding.isEmpty
            && (mitigation.settings.isEmpty
                ? mitigation.intervention != nil : mitigation.intervention == nil)
    }

    @Test("each names a failure mode that is looked for and an intervention of the catalog")
    func table() {
        for mitigation in MitigationTable.all {
            #expect(isComplete(mitigation), "\(mitigation.failureMode): \(mitigation.name)")
        }
        #expect(
            Set(MitigationTable.all.map { $0.failureMode + $0.name }).count
                == MitigationTable.all.count)
        // The broken twins: a failure mode that nobody looks for, a name that is not there.
        for (failureMode, name) in [
            ("attention-logits", "qk-norm"), ("attention-logit", "qk-nrom"),
        ] {
            var mitigation = MitigationTable.all[0]
            mitigation.failureMode = failureMode
            mitigation.name = name
            withKnownIssue { #expect(isComplete(mitigation)) }
        }
    }

    @Test("each signal, divergence and drift have a mitigation")
    func signals() {
        for failureMode in ForecastCatalog.all.map(\.name) + [
            FailureMode.divergence, FailureMode.drift,
        ] {
            #expect(!MitigationTable.mitigations(of: failureMode).isEmpty, "\(failureMode)")
        }
        #expect(MitigationTable.mitigations(of: "attention-logit").first?.name == "qk-norm")
        #expect(MitigationTable.mitigations(of: "nothing").isEmpty)
    }

    @Test("each changes a recipe that lacks it", arguments: MitigationTable.all)
    func applies(_ mitigation: Mitigation) throws {
        let overrides =
            mitigation.settings.isEmpty
            ? ["interventions=[\(mitigation.name)]"] : mitigation.settings
        let changed = try Self.recipes.contains { recipe in
            try ConfigurationFile.configuration(recipe, overrides: overrides) != recipe
        }
        #expect(changed)
    }

    @Test("a mitigation is kept where it helps at no cost that the design sees, and nowhere else")
    func decision() throws {
        let none = try #require(PairedDifference([[0.01, -0.01], [0.012, -0.008]]))
        let dear = try #require(PairedDifference([[0.21, 0.19], [0.212, 0.192]]))
        let lower = try #require(PairedDifference([[-0.21, -0.19], [-0.212, -0.192]]))
        func decide(
            _ removes: Bool?, _ loss: PairedDifference?, sensitivity: PairedDifference? = nil,
            detectable: Double? = 0.05
        ) -> MitigationDecision {
            MitigationDecision(
                removes: removes, sensitivity: sensitivity, loss: loss, detectable: detectable)
        }
        #expect(decide(true, none) == .kept)
        #expect(decide(false, none) == .noHelp)
        #expect(decide(nil, none) == .undecided)
        #expect(decide(true, dear) == .costsLoss)
        #expect(decide(true, dear, detectable: 0.3) == .kept)
        #expect(decide(false, none, sensitivity: lower) == .kept)
        #expect(decide(false, none, sensitivity: none) == .noHelp)
        #expect(decide(false, none, sensitivity: dear) == .noHelp)
        #expect(decide(true, nil) == .undecided)
        #expect(decide(true, none, detectable: nil) == .undecided)
        #expect(decide(nil, dear, sensitivity: lower) == .costsLoss)
    }
}
