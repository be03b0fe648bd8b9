import Documents
import Foundation
import Modules
import Optimizers
import Reports
public import RunTables
import Runs
import Statistics
import Sweeps
import Tensors
import Training
import TransferStudies

extension SensitivityStudy {
    /// What runs say of the study.
    ///
    /// - Parameter read: The study's folder as read; runs without a result make a verdict
    ///   inconclusive.
    /// - Returns: Sensitivities, slopes, comparisons, caveats and the verdict.
    public func result(_ read: RunTable) -> SensitivityResult {
        let runs = table.filled(from: read)
        let lines = lines.map { analyse($0, runs.selecting($0.rows)) }
        let comparisons = variants.filter { $0 != baseline }.map { compare($0, lines) }
        let slopes = variants.compactMap { slope($0, lines, \.seedSensitivities) }
        let around = variants.compactMap { slope($0, lines) { $0.seedsAroundOptimum ?? [] } }
        return SensitivityResult(
            name: study.name,
            verdict: !comparisons.isEmpty
                ? Verdict(comparisons.map(\.verdict))
                : lines.contains { $0.sensitivity == nil } ? .inconclusive : nil,
            confidence: settings.confidence, margin: settings.margin, baseline: baseline,
            lines: lines, slopes: slopes, slopesAroundOptimum: around, comparisons: comparisons,
            scaling: scaling,
            caveats: caveats(lines))
    }

    private func analyse(_ line: Line, _ runs: RunTable) -> SensitivityResult.Line {
        // By seed, the points of all learning rates.
        var points = seeds.map { _ in [LearningRateSensitivity.Point]() }
        let rows = runs.points(learningRates, seeds).map { point in
            for (index, row) in point.rows.enumerated() {
                guard let result = row?.result else { continue }
                points[index].append(
                    .init(
                        learningRate: point.learningRate, loss: result.finiteLoss,
                        initialLoss: result.initialLoss ?? .nan))
            }
            let logits = point.rows.compactMap { $0?.result?.maxAttentionLogit }
            return SensitivityResult.Point(
                learningRate: point.learningRate, losses: point.finalLosses,
                maxAttentionLogit: logits.filter(\.isFinite).max(), missing: point.missing)
        }
        var entry = SensitivityResult.Line(
            variant: line.variant, width: line.width, depth: line.depth,
            parameters: line.parameters, points: rows, sensitivity: nil, low: nil, high: nil,
            window: [], seedSensitivities: [], clamped: nil, bestLearningRate: nil, bestLoss: nil,
            bestLosses: [], reason: nil)
        if let configuration = runs.rows.first?.configuration, let parameters = line.parameters,
            parameters > 0
        {
            entry.tokensPerParameter = Double(configuration.trainingTokens) / Double(parameters)
        }
        let missing = rows.reduce(0) { $0 + $1.missing }
        guard missing == 0 else {
            entry.reason = "\(NumberText.count(missing, "run")) still without a result"
            return entry
        }
        guard points.joined().allSatisfy({ !$0.initialLoss.isNaN }) else {
            entry.reason =
                "the loss before the first step is not known; import the runs with --initial-loss "
                + "(ln V for a vocabulary of V)"
            return entry
        }
        do throws(SensitivityError) {
            let windows = settings.windows(
                for: runs.rows[0].configuration?.decay.form)
            let (whole, window) = try smallest(points.flatMap(\.self), windows)
            aroundOptimum(points, whole.bestLearningRate, &entry)
            points = points.map { $0.filter { window.contains($0.learningRate) } }
            entry.window = [whole.grid[0], whole.grid[whole.grid.count - 1]]
            entry.sensitivity = whole.value
            entry.clamped = whole.clamped
            entry.bestLearningRate = whole.bestLearningRate
            entry.bestLoss = whole.bestLoss
            entry.seedSensitivities = points.compactMap { try? LearningRateSensitivity($0).value }
            if entry.seedSensitivities.count < seeds.count { entry.seedSensitivities = [] }
            let best = rows.first { $0.learningRate == whole.bestLearningRate }
            let known = (best?.losses ?? []).compactMap(\.self)
            if known.count == seeds.count { entry.bestLosses = known }
            let interval = Bootstrap.interval(
                seeds: seeds.count, confidence: settings.confidence, draws: 400,
                key: RandomKey(seed: 0).split("sensitivity")
            ) { draw in
                try? LearningRateSensitivity(draw.flatMap { points[$0] }).value
            }
            entry.low = interval?.lowerBound
            entry.high = interval?.upperBound
        } catch {
            entry.reason = error.description
        }
        return entry
    }

    /// S over a fixed factor about the best learning rate, which no choice of a grid moves.
    private func aroundOptimum(
        _ points: [[LearningRateSensitivity.Point]], _ best: Double,
        _ entry: inout SensitivityResult.Line
    ) {
        // Grids of three to the half decade end within a twentieth of a factor of ten.
        let factor = 1.06 * SensitivityResult.factorAroundOptimum
        let own = points.map { seed in
            seed.filter { (best / factor...best * factor).contains($0.learningRate) }
        }
        let rates = own.joined().map(\.learningRate)
        let reach = SensitivityResult.factorAroundOptimum / 1.06
        guard let low = rates.min(), let high = rates.max(), low <= best / reach,
            high >= best * reach,
            let whole = try? LearningRateSensitivity(own.flatMap(\.self))
        else { return }
        entry.aroundOptimum = whole.value
        let bySeed = own.compactMap { try? LearningRateSensitivity($0).value }
        entry.seedsAroundOptimum = bySeed.count == seeds.count ? bySeed : []
    }

    /// The smallest S over some windows, or over the whole grid without any, and its window.
    private func smallest(
        _ points: [LearningRateSensitivity.Point], _ windows: [ClosedRange<Double>]
    ) throws(SensitivityError) -> (LearningRateSensitivity, ClosedRange<Double>) {
        var found: (LearningRateSensitivity, ClosedRange<Double>)?
        var fault = SensitivityError.noFiniteLoss
        for window in windows.isEmpty ? [0...Double.infinity] : windows {
            do throws(SensitivityError) {
                let here = try LearningRateSensitivity(
                    points.filter { window.contains($0.learningRate) })
                if here.value < found?.0.value ?? .infinity { found = (here, window) }
            } catch {
                fault = error
            }
        }
        guard let found else { throw fault }
        return found
    }

    /// How S grows with N: the slope of each seed, and Student's interval over seeds.
    private func slope(
        _ variant: String, _ lines: [SensitivityResult.Line],
        _ bySeed: (SensitivityResult.Line) -> [Double]
    ) -> SensitivityResult.Slope? {
        let own = lines.filter { $0.variant == variant }
        guard own.allSatisfy({ !bySeed($0).isEmpty }) else { return nil }
        let parameters = own.compactMap(\.parameters).map(Double.init)
        guard parameters.count == own.count else { return nil }
        let exponents = seeds.indices.compactMap { seed in
            LogLogSlope.of(parameters, own.map { bySeed($0)[seed] })
        }
        guard exponents.count == seeds.count,
            let mean = PairedDifference([exponents], confidence: settings.confidence)
        else { return nil }
        return .init(
            variant: variant, exponent: mean.mean, low: mean.interval.lowerBound,
            high: mean.interval.upperBound)
    }

    private func compare(
        _ variant: String, _ lines: [SensitivityResult.Line]
    ) -> SensitivityResult.Comparison {
        let pairs = lines.filter { $0.variant == variant }.compactMap { own in
            lines.first {
                $0.variant == baseline && $0.width == own.width && $0.depth == own.depth
            }.map { (own: own, other: $0) }
        }
        var comparison = SensitivityResult.Comparison(
            variant: variant, sensitivity: nil, bestLoss: nil, claim: settings.claims[variant],
            verdict: .inconclusive, reason: nil, detectable: nil, seedsNeeded: nil)
        comparison.bestLoss = difference(
            pairs.map { zip($0.own.bestLosses, $0.other.bestLosses).map { $0 - $1 } })
        if let caveat = caveat(on: variant), caveat.isFatal {
            comparison.reason = "S does not compare: \(caveat.text) (caveat i); compare best losses"
            return comparison
        }
        guard !pairs.isEmpty else {
            comparison.reason = "no size is shared with \(baseline)"
            return comparison
        }
        if let reason = pairs.compactMap({ $0.own.reason ?? $0.other.reason }).first {
            comparison.reason = reason
            return comparison
        }
        let strata = pairs.map {
            zip($0.own.seedSensitivities, $0.other.seedSensitivities).map { $0 - $1 }
        }
        comparison.sensitivity = difference(strata)
        guard let found = comparison.sensitivity else {
            comparison.reason = "a seed of some size has no S: every run of it diverged"
            return comparison
        }
        comparison.detectable =
            DetectableDifference(
                strata: pairs.count, seeds: seeds.count, spread: found.spread,
                significance: 1 - settings.confidence)?.value
        switch (comparison.claim, found.finding) {
        case (_, .undecided):
            if let paired = PairedDifference(strata, confidence: settings.confidence) {
                let needed = [
                    SeedsNeeded(
                        .detectMargin, difference: settings.margin, after: paired,
                        strata: strata.count),
                    SeedsNeeded(
                        .excludeLimit, difference: paired.mean, after: paired,
                        strata: strata.count),
                ]
                comparison.seedsNeeded = needed
                comparison.reason =
                    "the interval crosses zero and the margin; if the spread stays, "
                    + needed.map(\.words).joined(separator: "; ")
            }
        case (nil, _): comparison.verdict = .pass
        case (let claim?, let finding): comparison.verdict = claim == finding ? .pass : .fail
        }
        return comparison
    }

    private func difference(_ strata: [[Double]]) -> SensitivityResult.Difference? {
        guard let paired = PairedDifference(strata, confidence: settings.confidence) else {
            return nil
        }
        return .init(
            mean: paired.mean, low: paired.interval.lowerBound, high: paired.interval.upperBound,
            probability: paired.probability, spread: paired.spread,
            finding: paired.finding(margin: settings.margin),
            bySize: strata.map { $0.reduce(0, +) / Double($0.count) })
    }

    /// What S does not say here (arXiv 2309.14322, appendix B).
    private func caveats(_ lines: [SensitivityResult.Line]) -> [String] {
        func rate(_ value: Double) -> String { String(format: "%.3g", value) }
        func name(_ line: SensitivityResult.Line) -> String {
            (line.variant.isEmpty ? "" : line.variant + ", ")
                + "width \(line.width.map(String.init) ?? "unknown"), "
                + "depth \(line.depth.map(String.init) ?? "unknown")"
        }
        var caveats = variants.filter { $0 != baseline }.compactMap { variant in
            caveat(on: variant).map { "\(variant) against \(baseline): \($0.text)" }
        }
        for line in lines {
            guard let best = line.bestLearningRate,
                best == line.window.first || best == line.window.last
            else { continue }
            let isLow = best == line.window.first
            let hasMore =
                isLow
                ? learningRates.first != best : learningRates.last != best
            caveats.append(
                "\(name(line)): the lowest loss, at \(rate(best)), stands at the "
                    + "\(isLow ? "lower" : "upper") end of its window, which should lie about the "
                    + "optimum; \(hasMore ? "move it" : "extend the grid") \(isLow ? "down" : "up")"
            )
        }
        for line in lines where !settings.windows.isEmpty && line.window.count == 2 {
            caveats.append(
                "\(name(line)): S and the best learning rate are over "
                    + "\(rate(line.window[0])) to \(rate(line.window[1])), those of the sweep's own "
                    + "tables over all learning rates")
        }
        for variant in variants
        where Set(lines.filter { $0.variant == variant }.map(\.window)).count > 1 {
            caveats.append(
                "\(variant): its sizes have S over different windows, and how S grows with N is "
                    + "of both")
        }
        for line in lines where line.variant != baseline {
            guard let own = line.bestLearningRate,
                let other = lines.first(where: {
                    $0.variant == baseline && $0.width == line.width && $0.depth == line.depth
                })?.bestLearningRate, max(own / other, other / own) > 3.5
            else { continue }
            caveats.append(
                "\(name(line)): its optimum, \(rate(own)), is far from the baseline's, "
                    + "\(rate(other)): no one window suits both")
        }
        let short = lines.filter {
            $0.tokensPerParameter ?? .infinity < SensitivityResult.leastTokensPerParameter
        }
        if let fewest = short.compactMap(\.tokensPerParameter).min() {
            let least = NumberText.digits(SensitivityResult.leastTokensPerParameter, 2)
            caveats.append(
                "too short for what the paper means by S: \(short.count) of \(lines.count) sizes train "
                    + "on fewer than \(least) tokens per parameter (\(NumberText.digits(fewest, 2)) at "
                    + "the least), where S is of the start of training and its growth with N may have the "
                    + "other sign; give more steps")
        }
        caveats.append(
            "S says nothing about the level of the loss: read it with the lowest losses")
        if seeds.count < SeedBootstrap.leastSeeds {
            caveats.append(
                "bootstrap intervals of S over \(seeds.count) seeds are too narrow; comparisons use "
                    + "Student's")
        }
        return caveats
    }
}
