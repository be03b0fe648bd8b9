import ForecastStudies
import Foundation
import Modules
import Reports
import RunTables
import Runs
import Statistics
import Sweeps
import Tensors
import Training
import TransferStudies

/// The recipe with some mitigations, over widths, learning rates and seeds.
struct PrescriptionVariant: Sendable, Hashable {
    /// What is changed, in order; none for the recipe itself.
    var mitigations: [Mitigation]
    /// The learning rates, ascending.
    var rates: [Double]

    /// `recipe`, or the mitigations joined by `+`.
    var name: String {
        mitigations.isEmpty ? "recipe" : mitigations.map(\.name).joined(separator: "+")
    }
}

/// What the runs of a variant say.
struct VariantFindings: Sendable {
    /// The variant.
    let variant: PrescriptionVariant
    /// The runs that have a result.
    let runs: [RunRow]
    /// Cells of the variant, with a result or without.
    let cells: Int
    /// Forecasts of its signals; nil for ``forecastReason``.
    let forecast: ForecastResult?
    /// Why there are none.
    let forecastReason: String?
    /// The best learning rate of each size, and at the target.
    let optimum: OptimumForecast
    /// The learning rate at the target, and what it follows from.
    let rate: TargetLearningRate
    /// The rule that a rate beyond the validated extrapolation follows from.
    let rule: WidthRule
    /// The learning rate that ran nearest to that at the target, or to the best of the largest size where
    /// there is none: signals are read there.
    let nearest: Double
    /// The recipe's own learning rate.
    let own: Double

    /// The largest total drift of the optimum that does not matter, as of ``TransferSettings``.
    static let bound = TransferSettings().bound

    init(
        _ variant: PrescriptionVariant, _ runs: [RunRow], cells: Int,
        seeds: [UInt64], target: ForecastTarget, width targetWidth: Int, own: Double,
        confidence: Double, draws: Int
    ) {
        self.variant = variant
        self.runs = runs
        self.cells = cells
        self.own = own
        let table = RunTable(
            name: variant.name,
            axes: ["model.width", "optimizer.learning-rate", "seed"], rows: runs, wallSeconds: 0)
        let bySize = Dictionary(grouping: runs.indices) { Double(runs[$0].parameters ?? 0) }
        let sizes = bySize.sorted { $0.key < $1.key }.map { size, rows in
            let whole = table.selecting(rows).points(variant.rates).filter {
                $0.missing == 0 && $0.rows.count == seeds.count
            }
            return OptimumForecast.Size(
                extent: size,
                curve: LossCurve(
                    whole.map { .init(learningRate: $0.learningRate, losses: $0.usableLosses) }))
        }
        optimum = OptimumForecast(
            sizes, at: target.parameters, confidence: confidence, draws: draws,
            key: OptimumForecast.key(variant.name))
        let largest = runs.max { ($0.parameters ?? 0) < ($1.parameters ?? 0) }?.configuration
        let rule = largest.map(WidthRule.init) ?? .none
        let rate = TargetLearningRate(
            optimum,
            factor: largest.flatMap { rule.factor(from: $0.model.width, to: targetWidth) })
        (self.rule, self.rate) = (rule, rate)
        nearest = Self.nearest(variant, rate, sizes.last?.curve, own)
        do throws(ConfigurationError) {
            let study = try ForecastStudy(table, folder: variant.name)
            forecast = study.result(
                for: target, learningRate: nearest, confidence: confidence, draws: draws)
            forecastReason = nil
        } catch {
            forecast = nil
            forecastReason = error.description
        }
    }

    /// The learning rate of the grid nearest to that at the target, or to the best one known.
    private static func nearest(
        _ variant: PrescriptionVariant, _ rate: TargetLearningRate, _ largest: LossCurve?,
        _ own: Double
    ) -> Double {
        let lowest = largest?.points.filter { $0.mean != nil }.min {
            ($0.mean ?? .infinity) < ($1.mean ?? .infinity)
        }
        let best = rate.value ?? rate.largest ?? lowest?.learningRate ?? own
        return variant.rates.min {
            log($0 / best).magnitude < log($1 / best).magnitude
        } ?? own
    }

    /// The learning rates at which the recipe is judged: the nearest to that at the target, and the
    /// recipe's own.
    var judged: [Double] {
        nearest == own || !variant.rates.contains(own) ? [nearest] : [nearest, own]
    }

    /// What threatens at those learning rates, the surest first.
    var risks: [Risk] {
        var risks = judged.flatMap(signalRisks)
        risks += judged.compactMap(divergence)
        if let drift = driftRisk { risks.append(drift) }
        // Sorted without losing the order of equals.
        return risks.enumerated().sorted { a, b in
            if Risk.precedes(a.element, b.element) { return true }
            if Risk.precedes(b.element, a.element) { return false }
            return a.offset < b.offset
        }.map(\.element)
    }

    /// Whether a failure mode, as bad as a risk or worse, is gone at its learning rate; nil where the runs do
    /// not say.
    ///
    /// - Parameter risk: What threatened another variant.
    /// - Returns: Nil too where the learning rate was not run.
    func isRid(of risk: Risk) -> Bool? {
        let here = runs.filter { $0.learningRate == risk.learningRate }
        switch risk.failureMode {
        case FailureMode.drift:
            switch optimum.driftVerdict(bound: Self.bound) {
            case .pass?: return true
            case .fail?: return false
            case .inconclusive?, nil: return nil
            }
        case FailureMode.divergence:
            return here.isEmpty ? nil : divergence(risk.learningRate) == nil
        default:
            guard
                let line = forecast?.signals.first(where: { $0.name == risk.failureMode })?.lines
                    .first(where: { $0.learningRate == risk.learningRate }),
                line.model != nil, line.points.count == sizes.count,
                line.points.allSatisfy({ !$0.values.isEmpty })
            else { return nil }
            return !signalRisks(risk.learningRate).contains {
                $0.failureMode == risk.failureMode && $0.isAsSevere(as: risk)
            }
        }
    }

    /// What is forecast at a learning rate, and attention logits that some step of a proxy had: forecasts
    /// read them early, and runs suffer whenever they come.
    private func signalRisks(_ rate: Double) -> [Risk] {
        var risks = forecast?.risks(at: rate) ?? []
        guard let seen = attentionRisk(rate) else { return risks }
        if let place = risks.firstIndex(where: { $0.failureMode == seen.failureMode }) {
            if Risk.precedes(seen, risks[place]) { risks[place] = seen }
        } else {
            risks.insert(seen, at: 0)
        }
        return risks
    }

    private func attentionRisk(_ rate: Double) -> Risk? {
        let signal = AttentionLogitSignal()
        let worst = runs.filter { $0.learningRate == rate }
            .max { $0.largestLogit < $1.largestLogit }
        guard let worst else { return nil }
        let crossed = signal.thresholds(worst.configuration).filter {
            $0.isCrossed(by: worst.largestLogit)
        }
        guard let line = crossed.max(by: { $0.value < $1.value }) else { return nil }
        return Risk(
            failureMode: signal.name, learningRate: rate, certainty: .measured, level: line.level,
            text: "\(signal.name) above \(PrescriptionWords.number(line.value)) (\(line.name)): "
                + "\(PrescriptionWords.number(worst.largestLogit)) in some step at width "
                + "\(worst.width ?? 0)")
    }

    private func divergence(_ rate: Double) -> Risk? {
        let here = runs.filter { $0.learningRate == rate }
        let lost = here.count { $0.usableLoss == nil }
        guard lost > 0 else { return nil }
        return Risk(
            failureMode: FailureMode.divergence, learningRate: rate, certainty: .measured,
            level: .alarm,
            text: "\(lost) of \(here.count) runs became NaN or infinite, or ended above their start"
        )
    }

    /// An optimum that moves, where it cannot be forecast.
    private var driftRisk: Risk? {
        guard !optimum.isValidated, let drift = optimum.drift,
            optimum.driftVerdict(bound: Self.bound) == .fail
        else { return nil }
        func factor(_ octaves: Double) -> String { PrescriptionWords.number(exp2(octaves)) }
        let interval = drift.totalInterval
        return Risk(
            failureMode: FailureMode.drift, learningRate: nearest, certainty: .measured,
            level: .warning,
            text: "the best learning rate moved by a factor of \(factor(drift.total)) "
                + "(\(factor(interval.lowerBound)) to \(factor(interval.upperBound))) over the proxies, "
                + "and where it goes on to is not validated")
    }

    /// The widths, ascending; mitigations that add gains change the parameters of a width.
    var widths: [Int] { Set(runs.compactMap(\.width)).sorted() }

    /// The losses of each seed at a width and a learning rate.
    private func losses(_ width: Int, _ rate: Double, _ seeds: [UInt64]) -> [Double?]? {
        let here = runs.filter { $0.width == width && $0.learningRate == rate }
        let bySeed = seeds.compactMap { seed in here.first { $0.replicate.seed == seed } }
        return bySeed.count == seeds.count ? bySeed.map(\.usableLoss) : nil
    }

    /// The sizes, ascending.
    var sizes: [Double] { optimum.places.map(\.extent) }

    /// S of each seed of a width over learning rates; nil where one has no S.
    func sensitivities(
        _ width: Int, _ rates: [Double], _ seeds: [UInt64]
    ) -> [Double]? {
        let values = seeds.compactMap { seed -> Double? in
            let points = runs.filter {
                $0.width == width && $0.replicate.seed == seed
                    && rates.contains($0.learningRate ?? .nan)
            }.compactMap { run -> LearningRateSensitivity.Point? in
                guard let rate = run.learningRate, let start = run.result?.initialLoss else {
                    return nil
                }
                return .init(learningRate: rate, loss: run.finalLoss, initialLoss: start)
            }
            guard points.count == rates.count else { return nil }
            return try? LearningRateSensitivity(points).value
        }
        return values.count == seeds.count ? values : nil
    }

    /// The losses of each seed of a width at the learning rate of its lowest mean; nil where every
    /// learning rate lost a run.
    func bestLosses(
        _ width: Int, _ rates: [Double], _ seeds: [UInt64]
    ) -> [Double]? {
        let whole = rates.compactMap { rate -> [Double]? in
            let losses = losses(width, rate, seeds)
            let known = (losses ?? []).compactMap(\.self)
            return known.count == seeds.count ? known : nil
        }
        return whole.min { ($0.reduce(0, +)) < ($1.reduce(0, +)) }
    }
}

extension RunRow {
    /// The largest attention logit of all steps and blocks; 0 where none was recorded.
    var largestLogit: Double { result?.maxAttentionLogit ?? 0 }
}
