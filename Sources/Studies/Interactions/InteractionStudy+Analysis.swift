import Foundation
import OrderedCollections
public import RunTables
import Runs
import Statistics
import Sweeps

extension InteractionStudy {
    /// What runs say of the study.
    ///
    /// - Parameter read: The study's folder as read; sets of which a run has no result have no number, and effects
    ///   that need them say so.
    /// - Returns: The numbers of each set, effects and interactions.
    public func result(_ read: RunTable) -> InteractionResult {
        let runs = study.table.filled(from: read)
        let sets = (0..<1 << factors.count).map { set in
            InteractionResult.Combination(
                name: name(of: set), sizes: sizes.map { size in number(of: set, size, runs) })
        }
        let missing = runs.rows.count { $0.result == nil }
        let lost = sets.flatMap { set in
            set.sizes.enumerated().filter { $0.element.bySeed == nil }.map { index, _ in
                "\(set.name) at \(sizes[index].text)"
            }
        }
        var effects: [InteractionResult.Effect] = []
        for a in factors.indices {
            effects.append(effect(sets, .main(factors[a])) { self.sign($0, a) })
        }
        for a in factors.indices {
            for b in factors.indices where b != a {
                // Of a where b is in, and where it is not.
                effects.append(
                    effect(sets, .given(factors[a], factors[b])) { set in
                        set >> b & 1 == 1 ? self.sign(set, a) : 0
                    })
            }
        }
        for a in factors.indices {
            for b in factors.indices where b > a {
                effects.append(
                    effect(sets, .interaction(factors[a], factors[b]), scale: 2) { set in
                        self.sign(set, a) * self.sign(set, b)
                    })
            }
        }
        return InteractionResult(
            name: study.name, measure: measure, factors: factors, margin: margin,
            confidence: confidence, seeds: study.table.replicates.count, sizes: Array(sizes),
            combinations: sets, effects: effects, missing: missing, lost: lost)
    }

    /// 1 where a factor is in, −1 where it is not.
    private func sign(_ set: Int, _ factor: Int) -> Double { set >> factor & 1 == 1 ? 1 : -1 }

    private func name(of set: Int) -> String {
        let present = factors.indices.filter { set >> $0 & 1 == 1 }.map { factors[$0] }
        return present.isEmpty
            ? "none" : present.joined(separator: String(Study.factorSeparator))
    }

    /// What is measured of a set of factors at a size, by seed.
    private func number(
        of set: Int, _ size: InteractionResult.Size, _ runs: RunTable
    ) -> InteractionResult.Measured {
        let name = SettingValue.text(self.name(of: set))
        let own = runs.rows.indices.filter {
            runs.rows[$0][.key("variant")] == name && .init(runs.rows[$0]) == size
        }
        let table = runs.selecting(own)
        let points = table.points(study.table.learningRates, study.table.replicates)
        guard points.allSatisfy({ $0.missing == 0 }) else { return .init(bySeed: nil, mean: nil) }
        let bySeed = study.table.replicates.indices.map { seed -> Double? in
            switch measure {
            case .lowestLoss: return points.compactMap { $0.usableLosses[seed] }.min()
            case .sensitivity:
                return try? LearningRateSensitivity(
                    points.compactMap { point in
                        point.rows[seed]?.result.map { result in
                            .init(
                                learningRate: point.learningRate, loss: result.finiteLoss,
                                initialLoss: result.initialLoss ?? .nan)
                        }
                    }
                ).value
            }
        }.compactMap(\.self)
        guard bySeed.count == study.table.replicates.count else {
            return .init(bySeed: nil, mean: nil)
        }
        return .init(bySeed: bySeed, mean: bySeed.reduce(0, +) / Double(bySeed.count))
    }

    /// A contrast: the mean of the sets with weight 1 less that of those with −1, of each seed at each size.
    private func effect(
        _ sets: [InteractionResult.Combination], _ kind: InteractionResult.Effect.Kind,
        scale: Double = 1, weight: (Int) -> Double
    ) -> InteractionResult.Effect {
        let weights = sets.indices.map(weight)
        let half = weights.reduce(0) { $0 + $1.magnitude } / 2
        var strata: [[Double]] = []
        for size in sizes.indices {
            var sums = [Double](repeating: 0, count: study.table.replicates.count)
            for (set, weight) in zip(sets, weights) where weight != 0 {
                guard let values = set.sizes[size].bySeed else { return .init(kind) }
                for seed in values.indices { sums[seed] += weight * values[seed] }
            }
            strata.append(sums.map { scale * $0 / half })
        }
        guard let paired = PairedDifference(strata, confidence: confidence) else {
            return .init(kind)
        }
        return .init(kind, paired, margin: margin, bySize: strata)
    }
}
