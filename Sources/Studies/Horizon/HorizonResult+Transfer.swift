import Statistics
import Sweeps
package import TransferStudies

extension HorizonResult {
    /// What the study says of the optimal learning rate, as a transfer over steps: a size series a recipe.
    package var transfer: TransferResult {
        var settings = TransferSettings()
        settings.bound = bound
        settings.confidence = confidence
        return TransferResult(
            name: "horizon", verdict: Verdict(recipes.compactMap(\.optimum.verdict)),
            settings: settings,
            sizeSeries: recipes.filter(\.optimum.isAsked).map { entry in
                TransferResult.SizeSeries(
                    name: entry.name, axis: .steps, intervention: entry.name,
                    verdict: entry.optimum.verdict ?? .inconclusive, reason: entry.optimum.reason,
                    seeds: seeds.count, curves: entry.optimum.curves, drift: entry.optimum.drift,
                    smallestDriftBefore: entry.optimum.detectableBefore, smallestDriftAfter: nil,
                    causes: [])
            })
    }
}
