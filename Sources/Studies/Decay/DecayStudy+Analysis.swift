import Documents
import Foundation
import Optimizers
import Reports
import Statistics
package import Training

extension DecayStudy {
    /// The factor about the law that passes.
    public static let bound = 1.25
    /// Σ ηλ from which on the start is forgotten: squared norms by all but exp(−2 · 1.5) = 5%.
    public static let settled = 1.5

    /// Compares runs with the law.
    ///
    /// - Parameters:
    ///   - records: The runs by name; those that are missing make the study inconclusive.
    ///   - confidence: The share of intervals that are to hold.
    /// - Returns: Ratios, norms and losses through the schedule, and the verdict.
    public func result(
        _ records: [String: DecayRecord], confidence: Double = 0.95
    ) -> DecayResult {
        let results = variants.enumerated().map { index, variant in
            let own = runs.filter { $0.variant == index }.map { records[$0.name] }
            return self.variant(variant, own, confidence)
        }
        let verdict = Verdict(results.map(\.verdict))
        let reasons = results.compactMap { variant in
            variant.reason.map { "\(variant.name): \($0)" }
        }
        return DecayResult(
            name: name, verdict: verdict,
            reason: verdict == .inconclusive ? reasons.joined(separator: "; ") : nil,
            bound: Self.bound, settled: Self.settled, confidence: confidence, variants: results)
    }

    private func variant(
        _ variant: Variant, _ records: [DecayRecord?], _ confidence: Double
    ) -> DecayResult.Variant {
        let configuration = variant.configurations[0]
        let finished = records.compactMap { $0 }.filter { $0.divergedStep == nil }
        let whole = finished.filter { record in finished.allSatisfy(record.matches) }
        let windows = windows(configuration, whole)
        let layers = layers(whole, windows, confidence)
        let total = windows.last?.timeConstants ?? timeConstants(configuration).last ?? 0
        let sums = timeConstants(configuration)
        var (verdict, reason): (Verdict, String?) = (
            Verdict(layers.compactMap(\.verdict)), nil
        )
        let unlike = finished.count - whole.count
        let missing = records.count { $0 == nil } + unlike
        let diverged = records.count - missing - whole.count
        if missing > 0 || diverged > 0 {
            verdict = .inconclusive
            reason =
                missing > 0
                ? "\(NumberText.count(missing, "run")) still missing; run the same command again"
                : "\(diverged) of \(records.count) seeds diverged; lower the learning rate"
        } else if total < Self.settled {
            verdict = .inconclusive
            reason =
                "never settled: the sum of learning rate times decay is \(Self.text(total)), and settling needs "
                + "\(Self.text(Self.settled)); train \(Self.text(Self.settled / max(total, 1e-9))) times "
                + "as many steps, or raise the decay"
        } else if layers.allSatisfy({ !$0.isInvariant }) {
            verdict = .inconclusive
            reason =
                "no matrix is scale invariant, so nothing is predicted for any; set model.qk-norm: true"
        } else if let path = vanished(whole, windows) {
            verdict = .inconclusive
            reason =
                "the gradient of \(path) vanished, so it has no ratio: under some seed the network "
                + "gives the same output for every input; lower the decay or the learning rate"
        } else if verdict == .inconclusive {
            reason =
                windows.contains(where: \.isJudged)
                ? "the interval over seeds crosses the bound; add seeds"
                : "it settled only when the learning rate had fallen below half its peak; train longer"
        }
        return DecayResult.Variant(
            name: variant.name, rule: configuration.optimizer.rule,
            decayForm: configuration.optimizer.weightDecay.form.rawValue,
            law: Self.law(configuration), verdict: verdict, reason: reason, timeConstants: total,
            settledStep: sums.firstIndex { $0 >= Self.settled }.map { $0 + 1 },
            gradientRise: whole.compactMap(Self.rise), loss: whole.compactMap(\.loss.last),
            heldOutLoss: whole.map(\.heldOutLoss), diverged: diverged, windows: windows,
            layers: layers, guide: guide(configuration))
    }

    /// A scale-invariant matrix whose gradient is nothing in a judged window under some seed.
    private func vanished(
        _ records: [DecayRecord], _ windows: [DecayResult.Window]
    ) -> String? {
        let judged = windows.indices.filter { windows[$0].isJudged }
        return records.flatMap(\.layers).first { layer in
            layer.isInvariant
                && judged.contains { layer.ratio[$0] == 0 || !layer.ratio[$0].isFinite }
        }?.path
    }

    /// Which law a recipe's momentum and decay have.
    static func law(_ configuration: RunConfiguration) -> GradientLaw {
        if configuration.optimizer.rule.hasPrefix("adam") { return .preconditioned }
        return configuration.optimizer.weightDecay.form == .coupled
            ? .heavyBallCoupled : .heavyBall
    }

    /// The decay of a step per unit of learning rate.
    private static func decay(_ configuration: RunConfiguration, _ step: Int) -> Double {
        let size = configuration.stepSize(step)
        let decay = configuration.decay
        if decay.form == .coupled { return decay.rate }
        return size.learningRate > 0 ? decay.factor(at: size) / size.learningRate : decay.rate
    }

    /// The law's ratio at a step.
    static func ratio(_ configuration: RunConfiguration, at step: Int) -> Double {
        var momentum = 0.0
        if case .number(let value)? = configuration.optimizer["momentum"] { momentum = value }
        let form: GradientRatio =
            switch law(configuration) {
            case .heavyBallCoupled: .heavyBallCoupled
            case .heavyBall: .heavyBall
            case .preconditioned: .average
            }
        return form.steadyState(
            learningRate: configuration.stepSize(step).learningRate,
            decay: decay(configuration, step), momentum: momentum)
    }

    /// Σ ηλ up to each step; under coupled heavy ball the gradient's decay moves weights 1/(1 − μ) times.
    private func timeConstants(_ configuration: RunConfiguration) -> [Double] {
        var factor = 1.0
        if Self.law(configuration) == .heavyBallCoupled,
            case .number(let momentum)? = configuration.optimizer["momentum"]
        {
            factor = 1 / (1 - momentum)
        }
        var sum = 0.0
        return (1...configuration.steps).map { step in
            sum +=
                factor * configuration.stepSize(step).learningRate
                * Self.decay(configuration, step)
            return sum
        }
    }

    package func windows(
        _ configuration: RunConfiguration, _ records: [DecayRecord]
    ) -> [DecayResult.Window] {
        guard let first = records.first else { return [] }
        let sums = timeConstants(configuration)
        let peak = configuration.optimizer.learningRate
        return first.steps.enumerated().map { index, step in
            let before = index == 0 ? 0 : first.steps[index - 1]
            let middle = max((before + step) / 2, 1)
            let rate = configuration.stepSize(middle).learningRate
            return DecayResult.Window(
                step: step, learningRate: rate, law: Self.ratio(configuration, at: middle),
                timeConstants: sums[step - 1],
                gradientNorm: Descriptive.mean(of: records.map { $0.gradientNorm[index] }) ?? 0,
                loss: Descriptive.mean(of: records.map { $0.loss[index] }) ?? 0,
                isJudged: sums[max(before - 1, 0)] >= Self.settled && rate >= 0.5 * peak)
        }
    }

    private func layers(
        _ records: [DecayRecord], _ windows: [DecayResult.Window], _ confidence: Double
    ) -> [DecayResult.Layer] {
        guard let first = records.first else { return [] }
        return first.layers.indices.map { place in
            func mean(_ series: KeyPath<DecayRecord.Layer, [Double]>) -> [Double] {
                windows.indices.map { index in
                    let values = records.map { $0.layers[place][keyPath: series][index] }
                    return Descriptive.mean(of: values) ?? 0
                }
            }
            var layer = DecayResult.Layer(
                path: first.layers[place].path, isInvariant: first.layers[place].isInvariant,
                ratio: mean(\.ratio), weight: mean(\.weight), update: mean(\.update),
                angle: mean(\.angle), cosine: mean(\.cosine), overLaw: nil, low: nil, high: nil,
                verdict: nil)
            let distances = records.compactMap { record -> Double? in
                let ratio = record.layers[place].ratio
                return Descriptive.mean(
                    of: windows.indices.filter { windows[$0].isJudged }.map {
                        log(ratio[$0] / windows[$0].law)
                    })
            }.filter(\.isFinite)
            if layer.isInvariant { layer.verdict = .inconclusive }
            guard distances.count == records.count,
                let centre = Descriptive.mean(of: distances),
                let deviation = Descriptive.standardDeviation(of: distances)
            else { return layer }
            let student = StudentDistribution(degreesOfFreedom: Double(distances.count - 1))
            let half =
                student.quantile((1 + confidence) / 2) * deviation
                / Double(distances.count).squareRoot()
            layer.overLaw = exp(centre)
            layer.low = exp(centre - half)
            layer.high = exp(centre + half)
            if layer.isInvariant {
                layer.verdict = Verdict(
                    centre - half...centre + half, within: -log(Self.bound)...log(Self.bound))
            }
            return layer
        }
    }

    /// The norm of the gradient in the last twentieth of the steps over that in the middle tenth.
    package static func rise(_ record: DecayRecord) -> Double? {
        let norms = record.gradientNorm
        let middle = norms[norms.count * 9 / 20..<norms.count * 11 / 20]
        guard let late = Descriptive.mean(of: Array(norms.suffix(max(norms.count / 20, 1)))),
            let before = Descriptive.mean(of: Array(middle)), before > 0
        else { return nil }
        return late / before
    }

    private func guide(_ configuration: RunConfiguration) -> DecayResult.Guide? {
        guard Self.law(configuration) == .preconditioned,
            case .number(let beta1)? = configuration.optimizer["beta1"]
        else { return nil }
        let warmupSteps = Int(
            (configuration.schedule.warmup * Double(configuration.steps)).rounded())
        let rate = configuration.optimizer.learningRate
        let decay = rate * Self.decay(configuration, max(warmupSteps, 1))
        return Equilibrium(rate: rate, decay: decay, beta1: beta1).map { rest in
            DecayResult.Guide(
                weight: rest.weight, update: Equilibrium.directionRootMeanSquare(beta1: beta1),
                angle: rest.angle, cosine: rest.cosine)
        }
    }

    private static func text(_ value: Double) -> String { NumberText.short(value) }
}
