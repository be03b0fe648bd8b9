import ForecastStudies
import Foundation
import Modules
import Optimizers
import Reports
import Statistics
import Sweeps
public import Training
import TransferStudies

extension Prescription {
    /// The recipe with what is prescribed, at the target's width and depth.
    func configuration(
        _ mitigations: [Mitigation], learningRate: Double
    ) throws(ConfigurationError) -> RunConfiguration {
        var base = recipe
        base.model.width = shape.width
        base.model.depth = shape.depth
        var configuration = try base.applying(mitigations, baseWidth: plan.widths[0])
        configuration.optimizer.learningRate = learningRate
        try configuration.validate()
        return configuration
    }

    /// The recipe key by key, with the reasons.
    func lines(
        _ state: State, _ rate: PrescriptionResult.LearningRate, _ chain: inout EvidenceChain
    ) throws(ConfigurationError) -> [PrescriptionResult.Line] {
        let findings = state.kept
        let kept = state.trials.filter { $0.decision == .kept }
        let after = try recipe.applying(
            findings.variant.mitigations, baseWidth: plan.widths[0])
        var lines: [PrescriptionResult.Line] = []
        let rejected = state.trials.filter { $0.decision != .kept }.map {
            $0.decision == .notRun
                ? "\($0.mitigation.name) was not run"
                : "\($0.mitigation.name) was tried and \($0.decision.words)"
        }
        let reasons = kept.map { "\($0.mitigation.name) \(Self.why($0))" } + rejected
        var evidence: [String] = []
        for trial in kept {
            let own = state.variants.first { $0.variant.name == trial.variant.name }
            let base = state.variants.first { $0.variant.name == trial.base.name }
            evidence += chain.comparison(trial, own, base)
        }
        lines.append(
            .init(
                key: "interventions",
                value: kept.isEmpty ? "none" : kept.map(\.mitigation.name).joined(separator: ", "),
                previous: "none",
                why: reasons.isEmpty
                    ? "nothing with a known mitigation was observed or forecast at the learning rates judged"
                    : reasons.joined(separator: "; "), evidence: evidence))
        lines.append(
            .init(
                key: "optimizer.learning-rate",
                value: rate.prescribed.map(PrescriptionWords.number) ?? "none",
                previous: PrescriptionWords.number(recipe.optimizer.learningRate),
                why: why(rate), evidence: rate.evidence))
        lines.append(
            line("schedule.warmup", kept, after) { "\($0.schedule.warmup)" })
        var decay = line("optimizer.weight-decay", kept, after) { configuration in
            let decay = configuration.optimizer.weightDecay
            return decay.form == .none
                ? "none" : "\(decay.form.rawValue) \(PrescriptionWords.number(decay.rate))"
        }
        decay.why += standing("weight-rms", findings)
        decay.evidence = chain.growth("weight-rms", at: findings.nearest, in: findings)
        lines.append(decay)
        if recipe.optimizer["epsilon"] != nil {
            var epsilon = line("optimizer.epsilon", kept, after) { configuration in
                guard case .number(let value)? = configuration.optimizer["epsilon"] else {
                    return "-"
                }
                return PrescriptionWords.number(value)
            }
            epsilon.why += standing("gradient-rms", findings)
            epsilon.evidence = chain.growth("gradient-rms", at: findings.nearest, in: findings)
            lines.append(epsilon)
        }
        var zLoss = line("loss.z-loss", kept, after) {
            PrescriptionWords.number($0.loss.zLoss)
        }
        zLoss.why += standing("output-logz", findings)
        zLoss.evidence = chain.growth("output-logz", at: findings.nearest, in: findings)
        lines.append(zLoss)
        lines.append(
            line("parametrization.kind", kept, after) { $0.parametrization.kind.rawValue })
        return lines
    }

    /// A key that a mitigation may have changed.
    private func line(
        _ key: String, _ kept: [MitigationTrial], _ after: RunConfiguration,
        _ value: (RunConfiguration) -> String
    ) -> PrescriptionResult.Line {
        let (new, old) = (value(after), value(recipe))
        let cause = kept.first { trial in
            let with = try? recipe.applying(trial.variant.mitigations, baseWidth: plan.widths[0])
            let without = try? recipe.applying(trial.base.mitigations, baseWidth: plan.widths[0])
            return with.map(value) != without.map(value)
        }
        return .init(
            key: key, value: new, previous: old,
            why: cause.map { "set by \($0.mitigation.name)" } ?? "as in the recipe, not varied",
            evidence: [])
    }

    /// What the learning rate follows from, in a clause.
    private func why(_ rate: PrescriptionResult.LearningRate) -> String {
        func number(_ value: Double) -> String { PrescriptionWords.number(value) }
        if let low = rate.low, let high = rate.high {
            return "the fit of the proxies' optima at the target, \(number(low)) to "
                + "\(number(high)) for one run; \(rate.status)"
        }
        if let largest = rate.largestProxy, let factor = rate.ruleFactor, rate.basis == .rule {
            return "\(number(largest)), the optimum of the largest proxy, times "
                + "\(number(factor)), by \(rate.rule.words); \(rate.status)"
        }
        return rate.reason ?? rate.status
    }

    /// Where a signal stands at the learning rate that is judged, as a clause that follows another.
    private func standing(_ failureMode: String, _ findings: VariantFindings) -> String {
        let line = findings.forecast?.signals.first { $0.name == failureMode }?.lines.first {
            $0.learningRate == findings.nearest
        }
        guard let line, let largest = line.points.last(where: { !$0.values.isEmpty }),
            let mean = Descriptive.mean(of: largest.values)
        else { return "; \(failureMode) was not forecast" }
        func number(_ value: Double) -> String { PrescriptionWords.number(value) }
        let start = "; \(failureMode) is \(number(mean)) at width \(largest.width)"
        if let value = line.value, let low = line.low, let high = line.high {
            return start + ", \(number(value)) (\(number(low)) to \(number(high))) at the target"
        }
        return start + (line.direction.map { ", \($0), not validated" } ?? ", no forecast")
    }

    /// The recipe as a configuration file of the target: every key, with what changed and why, and what
    /// is not known, in its first lines.
    ///
    /// - Parameter result: What was prescribed.
    /// - Returns: YAML that `ballast config` and `ballast train` read; nil where there is no learning rate
    ///   to write.
    /// - Throws: `ConfigurationError` for a recipe that its mitigations do not fit.
    public func layer(_ result: PrescriptionResult) throws(ConfigurationError) -> String? {
        guard let rate = result.learningRate.prescribed else { return nil }
        let kept = result.trials.filter { $0.decision == .kept }.compactMap { trial in
            MitigationTable.all.first {
                $0.name == trial.mitigation && $0.failureMode == trial.failureMode
            }
        }
        let configuration = try configuration(kept, learningRate: rate)
        var head = [
            "Prescribed for \(target.text) by ballast prescribe: \(result.verdict.rawValue)",
            "optimizer.learning-rate \(PrescriptionWords.number(rate)): \(result.learningRate.status)",
        ]
        let count = PrescriptionWords.size(Double(configuration.model.matrixParameters))
        if target.shape == nil {
            head.append(
                "Not known: the shape of \(target.text). Width \(shape.width) at the recipe's depth "
                    + "of \(shape.depth) has \(count) parameters without embedding and head, and the "
                    + "learning rate is for that width: set model.width and model.depth before it where "
                    + "they differ.")
        }
        head.append(
            "Not known: steps, batch and context of the target; data.batch \(recipe.data.batch), steps "
                + "\(recipe.steps) and model.context \(recipe.model.context) are the recipe's.")
        head += result.recipe.filter { $0.value != $0.previous }.map {
            "\($0.key): \($0.previous) -> \($0.value): \($0.why)"
        }
        let comments = head.map { "# " + $0.replacing("\n", with: " ") }
        return comments.joined(separator: "\n") + "\n" + ConfigurationFile.text(of: configuration)
    }
}

extension MitigationDecision {
    /// The decision as a predicate.
    public var words: String {
        switch self {
        case .kept: "kept"
        case .noHelp: "does not help"
        case .costsLoss: "costs loss"
        case .undecided: "is undecided"
        case .notRun: "was not run"
        }
    }
}
