import OrderedCollections
import Reports
import RunTables
import Runs
public import Statistics
public import Sweeps

extension ForecastResult {
    /// The boundary of stability of a size.
    public struct StableSize: Sendable, Hashable, Codable {
        /// Parameters without the embedding and the head.
        public var parameters: Double
        /// The boundary of each seed that has one.
        public var values: [Double]
        /// What ends stability, for each of these.
        public var limits: [StabilityBoundary.Limit]
        /// Seeds that are stable at every learning rate above the best: their boundary lies beyond.
        public var open: Int
        /// The highest learning rate that all seeds are stable at; nil where there is none.
        @NullWhenNil public var highestStable: Double?
    }
}

extension ForecastStudy {
    /// The boundaries of a size, seed by seed.
    static func stability(
        _ parameters: Double, _ lines: [Line], _ criteria: StabilityBoundary.Criteria
    ) -> ForecastResult.StableSize {
        let bySeed = OrderedDictionary(grouping: rows(parameters, lines), by: \.replicate)
        let boundaries = bySeed.values.map { runs in
            StabilityBoundary(
                runs.compactMap { run in
                    run.learningRate.map { rate in
                        .init(
                            learningRate: rate, loss: run.usableLoss,
                            logit: run.result?.maxAttentionLogit)
                    }
                }, criteria)
        }
        let known = boundaries.filter { $0.learningRate != nil }
        let stable = boundaries.map(\.highestStable)
        return .init(
            parameters: parameters, values: known.compactMap(\.learningRate),
            limits: known.compactMap(\.limit),
            open: boundaries.count { $0.limit == nil && $0.highestStable != nil },
            highestStable: stable.contains(nil) ? nil : stable.compactMap(\.self).min())
    }

    /// Why a boundary is not carried to the target.
    static func stabilityLack(_ sizes: [ForecastResult.StableSize]) -> String {
        if let open = sizes.last(where: { $0.open > 0 }), let rate = open.highestStable {
            return
                "cannot say: at \(PrescriptionWords.size(open.parameters)) parameters runs are stable "
                + "up to \(PrescriptionWords.number(rate)), the highest learning rate that ran; add higher "
                + "ones"
        }
        let known = sizes.count { !$0.values.isEmpty && $0.open == 0 }
        return
            "cannot say: \(known) of \(sizes.count) sizes have a boundary between two learning rates, "
            + "and a forecast needs \(leastSizes) and the largest among them"
    }

    /// The runs of a size, at all learning rates and under all seeds.
    static func rows(_ parameters: Double, _ lines: [Line]) -> [RunRow] {
        lines.flatMap { $0.sizes.first { $0.parameters == parameters }?.runs ?? [] }
    }
}
