import Documents
import Foundation
import OrderedCollections
public import RunTables
import Runs
import Statistics
import Sweeps
import Tensors
import Training

extension TransferStudy {
    /// What runs say of the study.
    ///
    /// - Parameters:
    ///   - read: The study's folder as read; runs without a result make a verdict inconclusive.
    ///   - coordinateCheck: A coordinate check of the recipe, if one was made.
    /// - Returns: Optima, drifts, verdicts and causes.
    public func result(
        _ read: RunTable, coordinateCheck: ActivationSlopes? = nil
    ) -> TransferResult {
        let runs = table.filled(from: read)
        let sizeSeries = sizeSeries.map {
            analyse($0, runs.selecting($0.rows), coordinateCheck)
        }
        return TransferResult(
            name: study.name, verdict: Verdict(sizeSeries.map(\.verdict)), settings: settings,
            sizeSeries: sizeSeries)
    }

    private func analyse(
        _ series: SizeSeries, _ runs: RunTable, _ coordinateCheck: ActivationSlopes?
    ) -> TransferResult.SizeSeries {
        let bySize = runs.grouped(by: series.axis.axis)
        let points = series.extents.map { extent in
            (bySize[[.number(Double(extent))]]?.points(series.learningRates, series.seeds) ?? [])
                .map(TransferResult.Point.init)
        }
        let curves = points.map { row in
            LossCurve(row.map { .init(learningRate: $0.learningRate, losses: $0.losses) })
        }
        let optima = curves.map { curve in
            Swift.Result { () throws(OptimumError) in try Optimum(curve) }
        }
        let missing = points.flatMap(\.self).reduce(0) { $0 + $1.missing }
        let known = zip(series.extents, optima).compactMap { extent, optimum in
            (try? optimum.get()).map { (extent: Double(extent), optimum: $0) }
        }
        let fit = DriftFit(
            known.map { extent, optimum in
                .init(extent: extent, optima: optimum.deviations.map { optimum.log2 + $0 })
            }, confidence: settings.confidence)
        let (verdict, reason) = judge(
            fit, missing: missing, lost: optima.count - known.count, series)
        let half = fit?.halfWidth(ofOptimumOver: series.seeds.count)
        let curveResults = zip(zip(series.extents, points), optima).map { pair, optimum in
            curve(pair.0, pair.1, optimum, half)
        }
        let drift = fit.map { fit in
            self.drift(
                fit, known.count,
                zip(series.extents, curves).filter { extent, _ in
                    known.contains { $0.extent == Double(extent) }
                }.map { (extent: Double($0), curve: $1) }, seeds: series.seeds.count)
        }
        var result = TransferResult.SizeSeries(
            name: series.name, axis: series.axis, intervention: series.intervention,
            verdict: verdict, reason: reason, seeds: series.seeds.count, curves: curveResults,
            drift: drift,
            smallestDriftBefore: smallestDrift(of: series).map {
                .init($0, spread: settings.spread)
            },
            smallestDriftAfter: fit.flatMap { fit in
                SmallestDrift(
                    extents: known.map(\.extent), seeds: series.seeds.count, spread: fit.spread,
                    confidence: settings.confidence
                ).map { .init($0, spread: fit.spread) }
            }, causes: [])
        if verdict != .pass, missing == 0 {
            result.causes = CauseCatalog.ranked(
                TransferEvidence(
                    axis: series.axis, curves: curveResults, rows: runs.rows,
                    coordinateCheck: coordinateCheck))
        }
        return result
    }

    private func curve(
        _ extent: Int, _ points: [TransferResult.Point],
        _ optimum: Swift.Result<Optimum, OptimumError>,
        _ half: Double?
    ) -> TransferResult.Curve {
        switch optimum {
        case .success(let optimum):
            let place = TransferResult.Optimum(optimum, halfWidth: half)
            return .init(extent: extent, points: points, optimum: place, reason: nil)
        case .failure(let error):
            let missing = points.reduce(0) { $0 + $1.missing }
            return .init(
                extent: extent, points: points, optimum: nil,
                reason: missing > 0 ? "\(missing) runs without a result" : error.description)
        }
    }

    private func judge(
        _ fit: DriftFit?, missing: Int, lost: Int, _ series: SizeSeries
    ) -> (Verdict, String?) {
        guard missing == 0 else {
            return (
                .inconclusive,
                "\(NumberText.count(missing, "run")) still without a result; the same command trains "
                    + "what is missing"
            )
        }
        guard let fit else {
            return (
                .inconclusive,
                "only \(series.extents.count - lost) of \(series.extents.count) sizes have an "
                    + "optimum, and a drift needs three; see why each of the others has none"
            )
        }
        guard fit.doublings >= settings.leastDoublings - 1e-9 else {
            return (
                .inconclusive,
                "the sizes that have an optimum span \(Self.text(fit.doublings)) doublings, and a "
                    + "verdict needs \(Self.text(settings.leastDoublings))"
            )
        }
        let span = log2(Double(series.extents.last ?? 1) / Double(series.extents.first ?? 1))
        switch fit.verdict(bound: settings.bound, over: span) {
        case .pass: return (.pass, nil)
        case .fail: return (.fail, nil)
        case .inconclusive where fit.verdict(bound: settings.bound) == .pass:
            return (
                .inconclusive,
                "the sizes that have an optimum span \(Self.text(fit.doublings)) of "
                    + "\(Self.text(span)) doublings, and over all of them the drift may be "
                    + "\(Self.factor(fit.slopeInterval.lowerBound * span)) to "
                    + "\(Self.factor(fit.slopeInterval.upperBound * span)), which crosses the bound; see "
                    + "what each of the others lacks"
            )
        case .inconclusive:
            let next =
                fit.isBent
                ? "the optima do not lie on a line: take more sizes" : "add seeds (--seeds N)"
            return (
                .inconclusive,
                "the interval of the total drift, \(Self.factor(fit.totalInterval.lowerBound)) to "
                    + "\(Self.factor(fit.totalInterval.upperBound)), crosses the bound; \(next)"
            )
        }
    }

    private static func text(_ value: Double) -> String { NumberText.short(value) }
    private static func factor(_ octaves: Double) -> String {
        String(format: "%.2fx", exp2(octaves))
    }

    private func drift(
        _ fit: DriftFit, _ sizes: Int, _ curves: [(extent: Double, curve: LossCurve)], seeds: Int
    ) -> TransferResult.Drift {
        let bootstrap =
            seeds < SeedBootstrap.leastSeeds
            ? nil
            : SeedBootstrap(curves, key: RandomKey(seed: 0).split("transfer")).interval(
                confidence: settings.confidence)
        return TransferResult.Drift(
            perDoubling: exp2(fit.slope), perDoublingLow: exp2(fit.slopeInterval.lowerBound),
            perDoublingHigh: exp2(fit.slopeInterval.upperBound), total: exp2(fit.total),
            totalLow: exp2(fit.totalInterval.lowerBound),
            totalHigh: exp2(fit.totalInterval.upperBound), doublings: fit.doublings,
            sizes: sizes, spreadOctaves: fit.spread, degreesOfFreedom: fit.degreesOfFreedom,
            lackOfFit: fit.lackOfFit, bootstrapLow: bootstrap.map { exp2($0.lowerBound) },
            bootstrapHigh: bootstrap.map { exp2($0.upperBound) })
    }
}

extension TransferResult.Point {
    /// The runs of one learning rate of one size: one that ended above its start learnt nothing that a curve
    /// could show.
    fileprivate init(_ point: RunTable.RatePoint) {
        self.init(
            learningRate: point.learningRate, losses: point.usableLosses,
            diverged: point.diverged, missing: point.missing)
    }
}
