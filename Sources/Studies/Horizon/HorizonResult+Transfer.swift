import Statistics
import Sweeps
package import TransferStudies

extension HorizonResult {
    /// What the study says of the optimal learning rate, as a transfer over steps: a ladder a recipe.
    package var transfer: TransferResult {
        var settings = TransferSettings()
        settings.bound = bound
        settings.confidence = confidence
        return TransferResult(
            name: "horizon", verdict: Verdict(recipes.compactMap(\.optimum.verdict)),
            settings: settings,
            ladders: recipes.filter(\.optimum.isAsked).map { entry in
                TransferResult.Ladder(
                    name: entry.name, axis: .steps, intervention: entry.name,
                    verdict: entry.optimum.verdict ?? .inconclusive, reason: entry.optimum.reason,
                    seeds: seeds.count, curves: entry.optimum.curves, drift: entry.optimum.drift,
                    smallestDriftBefore: entry.optimum.sightBefore, smallestDriftAfter: nil,
                    causes: [])
            })
    }
}
