import Foundation
import OrderedCollections
import Statistics
import Sweeps

extension HorizonStudy {
    /// How much each group of matrices drifts, and the optimum.
    ///
    /// - Parameters:
    ///   - tensors: The parameters of a recipe.
    ///   - optimum: Its optimum.
    /// - Returns: All matrices, each role that there is, and the optimum where it has slopes.
    func drifts(
        _ tensors: [HorizonResult.Tensor], _ optimum: HorizonResult.Optimum
    ) -> [HorizonResult.Drift] {
        let matrices = tensors.filter(\.isMatrix)
        let roles = OrderedSet(matrices.map(\.role))
        var drifts = [drift("all", matrices)]
        drifts += roles.map { role in drift(role, matrices.filter { $0.role == role }) }
        if let verdict = optimum.verdict, !optimum.slopes.isEmpty {
            drifts.append(drift("optimum", verdict, optimum.slopes.map(\.magnitude)))
        }
        return drifts
    }

    private func drift(
        _ group: String, _ matrices: [HorizonResult.Tensor]
    ) -> HorizonResult.Drift {
        let bySeed = seeds.indices.compactMap { seed -> Double? in
            let exponents = matrices.compactMap { $0.weight.bySeed[seed]?.magnitude }
            return exponents.count == matrices.count ? Descriptive.mean(of: exponents) : nil
        }
        return drift(
            group, Verdict(matrices.compactMap(\.verdict)),
            bySeed.count == seeds.count ? bySeed : [])
    }

    private func drift(
        _ group: String, _ verdict: Verdict, _ bySeed: [Double]
    ) -> HorizonResult.Drift {
        let interval = PairedDifference([bySeed], confidence: confidence)
        return HorizonResult.Drift(
            group: group, verdict: verdict, bySeed: bySeed, mean: interval?.mean,
            low: interval?.interval.lowerBound, high: interval?.interval.upperBound,
            difference: nil, differenceLow: nil, differenceHigh: nil, finding: nil)
    }

    /// A drift beside that of the recipe, seed by seed.
    ///
    /// - Parameters:
    ///   - drift: That of an intervention.
    ///   - base: The recipe.
    /// - Returns: The drift with its difference and what the intervention makes of it.
    func compare(
        _ drift: HorizonResult.Drift, with base: HorizonResult.Entry
    ) -> HorizonResult.Drift {
        var drift = drift
        drift.finding = .undecided
        guard let other = base.drifts.first(where: { $0.group == drift.group }),
            other.bySeed.count == drift.bySeed.count,
            let difference = PairedDifference(
                [zip(drift.bySeed, other.bySeed).map { $0 - $1 }], confidence: confidence)
        else { return drift }
        drift.difference = difference.mean
        drift.differenceLow = difference.interval.lowerBound
        drift.differenceHigh = difference.interval.upperBound
        let doublings = Double(design.horizons.count - 1)
        let widest = drift.group == "optimum" ? log2(bound) / doublings : band
        drift.finding = Self.finding(
            drift.verdict, other.verdict, difference.finding(margin: widest / 10))
        return drift
    }

    /// What an intervention makes of a drift.
    ///
    /// - Parameters:
    ///   - own: Whether it passes with the intervention.
    ///   - base: Whether it passes without.
    ///   - difference: What became of its size.
    /// - Returns: A removal only where a drift was shown before and its absence after.
    static func finding(
        _ own: Verdict, _ base: Verdict, _ difference: DifferenceFinding
    ) -> HorizonResult.Finding {
        if own == .pass, base == .fail { return .removes }
        if own == .pass, base == .pass { return .nothingToRemove }
        return switch difference {
        case .lower: .reduces
        case .higher: .raises
        case .same: .doesNot
        case .undecided: .undecided
        }
    }
}
