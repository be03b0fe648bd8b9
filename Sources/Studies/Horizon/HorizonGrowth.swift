import Foundation
import Statistics
import Sweeps
import Tensors

extension HorizonResult.Growth {
    /// Fits an exponent to each seed.
    ///
    /// - Parameters:
    ///   - table: What was measured, by seed and then by horizon; nil where a run is missing.
    ///   - horizons: The horizons, as many as each row has values.
    ///   - confidence: The share of intervals that are to hold.
    init(_ table: [[Double?]], horizons: [Int], confidence: Double) {
        let places = horizons.map(Double.init)
        let means: [Double?] = horizons.indices.map { column in
            let known = table.compactMap { $0[column] }
            guard known.count == table.count else { return nil }
            guard known.allSatisfy({ $0 > 0 }) else { return Descriptive.mean(of: known) }
            return Descriptive.mean(of: known.map { log($0) }).map { exp($0) }
        }
        values = means
        func ends(_ end: ([Double]) -> Double?) -> [Double?] {
            horizons.indices.map { column in
                means[column] == nil ? nil : end(table.compactMap { $0[column] })
            }
        }
        func slopes(_ columns: Range<Int>) -> [Double?] {
            table.map { row in
                let known = row[columns].compactMap(\.self)
                guard known.count == columns.count else { return nil }
                return LogLogSlope.of(Array(places[columns]), known)
            }
        }
        bySeed = slopes(0..<horizons.count)
        lowest = ends { $0.min() }
        highest = ends { $0.max() }
        let known = bySeed.compactMap(\.self)
        let isWhole = !known.isEmpty && known.count == table.count
        let interval = isWhole ? PairedDifference([known], confidence: confidence) : nil
        exponent = isWhole ? Descriptive.mean(of: known) : nil
        low = interval?.interval.lowerBound
        high = interval?.interval.upperBound
        let drawn =
            isWhole && known.count >= SeedBootstrap.leastSeeds
            ? Bootstrap.interval(
                seeds: known.count, confidence: confidence,
                key: RandomKey(seed: 0).split("horizon")
            ) { draw in Descriptive.mean(of: draw.map { known[$0] }) } : nil
        bootstrapLow = drawn?.lowerBound
        bootstrapHigh = drawn?.upperBound
        let last =
            horizons.count > 1
            ? slopes(horizons.count - 2..<horizons.count).compactMap(\.self) : []
        lastDoubling = last.count == table.count ? Descriptive.mean(of: last) : nil
    }

    /// What the interval says of a band about zero; inconclusive without one.
    func verdict(band: Double) -> Verdict {
        guard let low, let high else { return .inconclusive }
        return Verdict(low...high, within: -band...band)
    }
}
