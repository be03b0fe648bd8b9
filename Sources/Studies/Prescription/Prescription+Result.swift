import Documents
public import ForecastStudies
import Foundation
import Reports
public import RunTables
import Runs
import Statistics
import Sweeps
public import Training
import TransferStudies

extension Prescription {
    /// The forecasts of each variant that has any, by its name.
    ///
    /// - Parameter record: The folder of runs as read; nil where there is none yet.
    /// - Returns: Names, as folders may be called, and forecasts.
    /// - Throws: `ConfigurationError` for a proxy that cannot be built.
    public func forecasts(
        _ record: RunTable?
    ) throws(ConfigurationError) -> [(name: String, forecast: ForecastResult)] {
        let state = try state(record)
        return (state.variants.isEmpty ? [state.base] : state.variants).compactMap { findings in
            findings.forecast.map { (name: findings.variant.name, forecast: $0) }
        }
    }

    /// What the runs come to.
    ///
    /// - Parameters:
    ///   - record: The folder of runs as read; nil where there is none yet.
    ///   - budget: Seconds that were allowed.
    ///   - spent: Seconds during which a proxy was in training.
    /// - Returns: The recipe with what it rests on; equal folders give equal results.
    /// - Throws: `ConfigurationError` for a recipe that its mitigations do not fit.
    public func result(
        _ record: RunTable?, budget: Double, spent: Double
    ) throws(ConfigurationError) -> PrescriptionResult {
        let state = try state(record)
        let results = (record?.byName ?? [:]).mapValues(\.result)
        let known = state.cells.compactMap { results[$0.name].flatMap(\.self) }
        let largest = state.kept.sizes.last ?? 0
        var chain = EvidenceChain(target: target) {
            "../cells/" + ($0.configuration?.digest ?? $0.name)
        }
        let rate = learningRate(state.kept, &chain)
        let trials = state.trials.map { self.trial($0, state, &chain) }
        let lines = try lines(state, rate, &chain)
        let warnings = warnings(state, &chain)
        let (verdict, reason) = judge(state, rate, missing: state.cells.count - known.count)
        return PrescriptionResult(
            verdict: verdict, reason: reason, target: target.text,
            targetParameters: target.parameters, largestParameters: largest,
            extrapolationFactor: largest > 0 ? target.parameters / largest : nil,
            confidence: Self.confidence,
            budgetSeconds: budget, spentSeconds: (1000 * spent).rounded() / 1000,
            runs: state.cells.count, missing: state.cells.count - known.count,
            diverged: known.count { $0.diverged }, plan: plan,
            proxyChanges: plan.changes(of: recipe), targetWidth: shape.width,
            targetDepth: shape.depth, recipe: lines,
            learningRate: rate, warnings: warnings, trials: trials,
            sensitivities: sensitivities(state.base)
                + (state.kept.variant == state.base.variant ? [] : sensitivities(state.kept)),
            notTested: Gaps(recipe: recipe, plan: plan, target: target, largest: largest).all
                + trialGaps(state),
            evidence: chain.entries, forecasts: try forecasts(record).map(\.name))
    }

    /// Mitigations that nothing was learnt of.
    private func trialGaps(_ state: State) -> [PrescriptionResult.Gap] {
        state.trials.filter { $0.decision == .notRun }.map { trial in
            PrescriptionResult.Gap(
                what: trial.mitigation.name,
                detail:
                    "the budget did not reach this mitigation of \(trial.mitigation.failureMode)")
        }
    }

    // MARK: The learning rate

    private func learningRate(
        _ findings: VariantFindings, _ chain: inout EvidenceChain
    ) -> PrescriptionResult.LearningRate {
        let optimum = findings.optimum
        let rate = findings.rate
        let places = optimum.places.map { place in
            PrescriptionResult.Place(
                parameters: place.extent, learningRate: place.optimum?.learningRate,
                seeds: place.optimum.map { own in own.deviations.map { exp2(own.log2 + $0) } }
                    ?? [],
                loss: place.optimum?.loss, reason: place.reason?.description)
        }
        let drift = optimum.drift.map { drift in
            PrescriptionResult.Range(
                value: exp2(drift.slope), low: exp2(drift.slopeInterval.lowerBound),
                high: exp2(drift.slopeInterval.upperBound))
        }
        return PrescriptionResult.LearningRate(
            prescribed: rate.value, basis: rate.basis, status: rate.status,
            low: rate.interval?.lowerBound, high: rate.interval?.upperBound,
            isValidated: rate.basis == .fit, extrapolation: rate.extrapolation,
            validatedExtrapolation: rate.validated, largestProxy: rate.largest,
            rule: findings.rule, ruleFactor: rate.factor, ruled: rate.ruled,
            fitted: rate.fitted.map {
                .init(
                    value: $0.value, low: $0.interval.lowerBound, high: $0.interval.upperBound)
            }, atLeast: rate.bounds?.low, atMost: rate.bounds?.high, judgedAt: findings.nearest,
            direction: optimum.direction,
            reason: rate.reason(
                findings.rule, optimum, more: "a larger --budget gives seeds and sizes"),
            drift: drift, optima: places,
            evidence: chain.optimum(findings))
    }

    // MARK: Mitigations

    private func range(_ difference: PairedDifference?) -> PrescriptionResult.Range? {
        difference.map {
            .init(value: $0.mean, low: $0.interval.lowerBound, high: $0.interval.upperBound)
        }
    }

    private func findings(of variant: PrescriptionVariant, _ state: State) -> VariantFindings? {
        state.variants.first { $0.variant.name == variant.name }
    }

    private func trial(
        _ trial: MitigationTrial, _ state: State, _ chain: inout EvidenceChain
    ) -> PrescriptionResult.Trial {
        let own = findings(of: trial.variant, state)
        let base = findings(of: trial.base, state)
        var evidence: [String] = []
        for risk in trial.risks {
            for findings in [base, own].compactMap(\.self) {
                evidence += chain.growth(risk.failureMode, at: risk.learningRate, in: findings)
            }
        }
        evidence += chain.comparison(trial, own, base)
        return PrescriptionResult.Trial(
            mitigation: trial.mitigation.name, base: trial.base.name,
            failureMode: trial.mitigation.failureMode,
            decision: trial.decision, why: Self.why(trial), removes: trial.removes,
            sensitivity: range(trial.sensitivity), loss: range(trial.loss),
            detectable: trial.detectable, learningRates: trial.rates,
            source: trial.mitigation.source, evidence: evidence)
    }

    /// What a mitigation did, in a clause.
    static func why(_ trial: MitigationTrial) -> String {
        if trial.decision == .notRun {
            return "the budget did not reach it; the same command with a larger --budget runs it"
        }
        let rates = trial.risks.map { PrescriptionWords.number($0.learningRate) }
        let place =
            trial.mitigation.failureMode == FailureMode.drift
            ? "" : " at learning rate \(PrescriptionWords.list(rates))"
        let verb =
            switch trial.removes {
            case true?: "removes"
            case false?: "does not remove"
            case nil: "is not shown to remove"
            }
        var parts = ["\(verb) \(trial.mitigation.failureMode)\(place)"]
        func interval(_ difference: PairedDifference) -> String {
            PrescriptionWords.nats(
                difference.mean, difference.interval.lowerBound, difference.interval.upperBound)
        }
        if let sensitivity = trial.sensitivity {
            parts.append("changes S by \(interval(sensitivity))")
        }
        if let loss = trial.loss, let detectable = trial.detectable {
            parts.append(
                "the lowest loss by \(interval(loss)), of which this design detects "
                    + PrescriptionWords.number(detectable))
        } else {
            parts.append("its losses cannot be compared: runs diverged or have no replicate")
        }
        return parts.joined(separator: ", ")
    }

    // MARK: Warnings

    private func warnings(
        _ state: State, _ chain: inout EvidenceChain
    ) -> [PrescriptionResult.Warning] {
        let findings = state.kept
        var warnings: [PrescriptionResult.Warning] = []
        for risk in findings.risks {
            let isPrescribed = risk.learningRate == findings.nearest
            let evidence =
                switch risk.failureMode {
                case FailureMode.drift: chain.optimum(findings)
                case FailureMode.divergence:
                    chain.runs(
                        at: risk.learningRate, in: findings,
                        claim: "runs that diverged or ended above their start")
                default: chain.growth(risk.failureMode, at: risk.learningRate, in: findings)
                }
            let place = risk.failureMode == FailureMode.drift ? "" : self.place(risk, findings)
            warnings.append(
                .init(
                    certainty: risk.certainty, failureMode: risk.failureMode,
                    learningRate: risk.learningRate, isPrescribed: isPrescribed,
                    text: risk.text + place,
                    settle: settle(risk, isPrescribed, state), evidence: evidence))
        }
        let seen = Set(warnings.map(\.failureMode))
        var named: Set<String> = []
        for mitigation in MitigationTable.all where !seen.contains(mitigation.failureMode) {
            guard named.insert(mitigation.failureMode).inserted,
                fits(mitigation, findings.variant.mitigations),
                !state.trials.contains(where: { $0.mitigation.name == mitigation.name })
            else { continue }
            warnings.append(
                .init(
                    certainty: .literature, failureMode: mitigation.failureMode, learningRate: nil,
                    isPrescribed: nil, text: "\(mitigation.finding) (\(mitigation.source))",
                    settle:
                        "watch \(mitigation.failureMode) in the target's run; try \(mitigation.name) if it grows",
                    evidence: []))
        }
        return warnings
    }

    /// At which learning rate a risk stands, and what that is to the one prescribed.
    private func place(_ risk: Risk, _ findings: VariantFindings) -> String {
        func number(_ value: Double) -> String { PrescriptionWords.number(value) }
        let start = " at learning rate \(number(risk.learningRate)), "
        guard risk.learningRate == findings.nearest else { return start + "the recipe's own" }
        guard let value = findings.rate.value else {
            return start + "the nearest that ran to the best of the largest proxy"
        }
        return number(value) == number(risk.learningRate)
            ? start + "prescribed"
            : start + "the nearest that ran to the prescribed \(number(value))"
    }

    /// What would settle or avoid a risk.
    private func settle(_ risk: Risk, _ isPrescribed: Bool, _ state: State) -> String {
        let open = state.trials.filter {
            $0.mitigation.failureMode == risk.failureMode && $0.decision == .notRun
        }
        if let open = open.first { return "a larger --budget tries \(open.mitigation.name)" }
        if !isPrescribed {
            return state.kept.rate.value.map {
                "the prescribed learning rate, \(PrescriptionWords.number($0)), is not this one"
            } ?? "another learning rate"
        }
        let tried = state.trials.filter { $0.mitigation.failureMode == risk.failureMode }.map(
            \.mitigation.name)
        switch risk.certainty {
        case .measured, .validated:
            return tried.isEmpty
                ? "no known mitigation fits this recipe; lower the learning rate"
                : "\(PrescriptionWords.list(tried)) did not help; lower the learning rate"
        case .withinInterval:
            return "more seeds, or a proxy nearer to the target: a larger --budget"
        case .extrapolated, .literature:
            let line = state.kept.forecast?.signals.first { $0.name == risk.failureMode }?.lines
                .first { $0.learningRate == risk.learningRate }
            return line?.reason ?? "a proxy nearer to the target: a larger --budget"
        }
    }

    // MARK: Sensitivity

    private func sensitivities(
        _ findings: VariantFindings
    ) -> [PrescriptionResult.Sensitivity] {
        zip(findings.widths, findings.sizes).compactMap { width, size in
            guard
                let values = findings.sensitivities(width, findings.variant.rates, plan.seeds),
                let mean = Descriptive.mean(of: values)
            else { return nil }
            return .init(
                variant: findings.variant.name, parameters: size,
                learningRates: findings.variant.rates, value: mean, seeds: values)
        }
    }

    // MARK: The verdict

    private func judge(
        _ state: State, _ rate: PrescriptionResult.LearningRate, missing: Int
    ) -> (Verdict, String?) {
        if let open = state.openVariant {
            return (
                .inconclusive,
                "\(NumberText.count(missing, "run")) of \(open.name) without a result; the same command, with a larger "
                    + "--budget where it is used up, trains what is missing"
            )
        }
        let findings = state.kept
        let certain = findings.risks.first {
            $0.learningRate == findings.nearest && $0.level == .alarm
                && $0.certainty <= .validated
        }
        if let certain {
            return (.fail, "\(certain.text); \(settle(certain, true, state))")
        }
        if let reason = rate.reason { return (.inconclusive, "learning rate \(reason)") }
        guard let forecast = findings.forecast else {
            return (.inconclusive, findings.forecastReason)
        }
        for signal in forecast.signals {
            let line = signal.lines.first { $0.learningRate == findings.nearest }
            if let line, line.verdict == .inconclusive {
                return (.inconclusive, "\(signal.name): \(line.reason ?? "cannot say")")
            }
        }
        return (.pass, nil)
    }
}
