import Documents
import Foundation
import Statistics
import Sweeps
import Tensors
import TransferStudies

extension HorizonStudy {
    /// How the optimal learning rate of a recipe goes with the horizon.
    ///
    /// - Parameters:
    ///   - index: The place of the recipe.
    ///   - readings: Its runs, by learning rate.
    /// - Returns: Curves, drift and verdict.
    func optimum(_ index: Int, _ readings: [HorizonReadings]) -> HorizonResult.Optimum {
        guard rates > 1 else {
            return .init(
                isAsked: false, verdict: nil,
                reason: "not estimated: it takes several learning rates",
                curves: [], drift: nil, slopes: [], detectableBefore: nil)
        }
        let points = design.horizons.indices.map { horizon in
            zip(learningRates(of: index), readings).map { rate, readings in
                Self.point(rate, readings.ends(horizon: horizon))
            }
        }
        let curves = points.map { row in
            LossCurve(row.map { .init(learningRate: $0.learningRate, losses: $0.losses) })
        }
        let optima = curves.map { curve in
            Swift.Result { () throws(OptimumError) in try Optimum(curve) }
        }
        let known = zip(zip(design.horizons, curves), optima).compactMap { pair, optimum in
            (try? optimum.get()).map {
                (extent: Double(pair.0), curve: pair.1, optimum: $0)
            }
        }
        let fit = DriftFit(
            known.map { known in
                .init(
                    extent: known.extent,
                    optima: known.optimum.deviations.map { known.optimum.log2 + $0 })
            }, confidence: confidence)
        let half = fit?.halfWidth(ofOptimumOver: seeds.count)
        let missing = points.joined().reduce(0) { $0 + $1.missing }
        let (verdict, reason) = judge(fit, missing: missing, known: known.count)
        let spread = TransferSettings().spread
        return HorizonResult.Optimum(
            isAsked: true, verdict: verdict, reason: reason,
            curves: zip(zip(design.horizons, points), optima).map { pair, optimum in
                Self.curve(pair.0, pair.1, optimum, half)
            },
            drift: fit.map { drift($0, known.map { ($0.extent, $0.curve) }) },
            slopes: fit == nil ? [] : slopes(known.map { ($0.extent, $0.optimum) }),
            detectableBefore: detectable.optimum.map { .init($0, spread: spread) })
    }

    private static func point(
        _ rate: Double, _ ends: [HorizonReadings.End]
    ) -> TransferResult.Point {
        var losses: [Double?] = []
        var (diverged, missing) = (0, 0)
        for end in ends {
            switch end {
            case .loss(let loss): losses.append(loss)
            case .diverged:
                diverged += 1
                losses.append(nil)
            case .missing:
                missing += 1
                losses.append(nil)
            }
        }
        return TransferResult.Point(
            learningRate: rate, losses: losses, diverged: diverged, missing: missing)
    }

    private static func curve(
        _ horizon: Int, _ points: [TransferResult.Point],
        _ optimum: Swift.Result<Optimum, OptimumError>, _ half: Double?
    ) -> TransferResult.Curve {
        switch optimum {
        case .success(let optimum):
            let place = TransferResult.Optimum(optimum, halfWidth: half)
            return .init(extent: horizon, points: points, optimum: place, reason: nil)
        case .failure(let error):
            return .init(
                extent: horizon, points: points, optimum: nil, reason: error.description)
        }
    }

    private func judge(_ fit: DriftFit?, missing: Int, known: Int) -> (Verdict, String?) {
        guard missing == 0 else {
            return (.inconclusive, "\(NumberText.count(missing, "run")) still without a result")
        }
        guard let fit, known == design.horizons.count else {
            return (
                .inconclusive,
                "\(known) of \(design.horizons.count) horizons have an optimum within the grid; "
                    + "see why each of the others has none, and give more --rates"
            )
        }
        let verdict = fit.verdict(bound: bound)
        guard verdict == .inconclusive else { return (verdict, nil) }
        let ends = [fit.totalInterval.lowerBound, fit.totalInterval.upperBound].map {
            String(format: "%.2fx", exp2($0))
        }
        return (
            .inconclusive,
            "the interval of its total drift, \(ends[0]) to \(ends[1]), crosses the bound of "
                + "\(Self.text(bound))x; "
                + (fit.isBent ? "the optima lie on no line: give more --horizons" : "add --seeds")
        )
    }

    private func drift(
        _ fit: DriftFit, _ curves: [(extent: Double, curve: LossCurve)]
    ) -> TransferResult.Drift {
        let bootstrap =
            seeds.count < SeedBootstrap.leastSeeds
            ? nil
            : SeedBootstrap(curves, key: RandomKey(seed: 0).split("horizon optimum")).interval(
                confidence: confidence)
        return TransferResult.Drift(
            perDoubling: exp2(fit.slope), perDoublingLow: exp2(fit.slopeInterval.lowerBound),
            perDoublingHigh: exp2(fit.slopeInterval.upperBound), total: exp2(fit.total),
            totalLow: exp2(fit.totalInterval.lowerBound),
            totalHigh: exp2(fit.totalInterval.upperBound), doublings: fit.doublings,
            sizes: curves.count, spreadOctaves: fit.spread,
            degreesOfFreedom: fit.degreesOfFreedom, lackOfFit: fit.lackOfFit,
            bootstrapLow: bootstrap.map { exp2($0.lowerBound) },
            bootstrapHigh: bootstrap.map { exp2($0.upperBound) })
    }

    /// For each seed the slope of its optima, to first order.
    private func slopes(_ optima: [(extent: Double, optimum: Optimum)]) -> [Double] {
        seeds.indices.compactMap { seed in
            LogLogSlope.of(
                optima.map(\.extent),
                optima.map { exp2($0.optimum.log2 + $0.optimum.deviations[seed]) })
        }
    }
}
