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
    /// - Throws: `ConfigurationError` for a recipe that its cures do not fit.
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
            reach: largest > 0 ? target.parameters / largest : nil, confidence: Self.confidence,
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
            evidence: chain.entries)
    }

    /// Cures that nothing was learnt of.
    private func trialGaps(_ state: State) -> [PrescriptionResult.Gap] {
        state.trials.filter { $0.decision == .notRun }.map { trial in
            PrescriptionResult.Gap(
                what: trial.cure.name,
                detail: "the budget did not reach this cure of \(trial.cure.symptom)")
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

    // MARK: Cures

    private func range(_ difference: PairedDifference?) -> PrescriptionResult.Range? {
        difference.map {
            .init(value: $0.mean, low: $0.interval.lowerBound, high: $0.interval.upperBound)
        }
    }

    private func findings(of variant: PrescriptionVariant, _ state: State) -> VariantFindings? {
        state.variants.first { $0.variant.name == variant.name }
    }

    private func trial(
        _ trial: CureTrial, _ state: State, _ chain: inout EvidenceChain
    ) -> PrescriptionResult.Trial {
        let own = findings(of: trial.variant, state)
        let base = findings(of: trial.base, state)
        var evidence: [String] = []
        for threat in trial.threats {
            for findings in [base, own].compactMap(\.self) {
                evidence += chain.growth(threat.symptom, at: threat.learningRate, in: findings)
            }
        }
        evidence += chain.comparison(trial, own, base)
        return PrescriptionResult.Trial(
            cure: trial.cure.name, base: trial.base.name, symptom: trial.cure.symptom,
            decision: trial.decision, why: Self.why(trial), removes: trial.removes,
            sensitivity: range(trial.sensitivity), loss: range(trial.loss),
            detectable: trial.detectable, learningRates: trial.rates,
            source: trial.cure.source, evidence: evidence)
    }

    /// What a cure did, in a clause.
    static func why(_ trial: CureTrial) -> String {
        if trial.decision == .notRun {
            return "the budget did not reach it; the same command with a larger --budget runs it"
        }
        let rates = trial.threats.map { PrescriptionWords.number($0.learningRate) }
        let place =
            trial.cure.symptom == Symptom.drift
            ? "" : " at learning rate \(PrescriptionWords.list(rates))"
        let verb =
            switch trial.removes {
            case true?: "removes"
            case false?: "does not remove"
            case nil: "is not shown to remove"
            }
        var parts = ["\(verb) \(trial.cure.symptom)\(place)"]
        func interval(_ difference: PairedDifference) -> String {
            PrescriptionWords.nats(
                difference.mean, difference.interval.lowerBound, difference.interval.upperBound)
        }
        if let sensitivity = trial.sensitivity {
            parts.append("changes S by \(interval(sensitivity))")
        }
        if let loss = trial.loss, let detectable = trial.detectable {
            parts.append(
                "the lowest loss by \(interval(loss)), of which this design sees "
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
        for threat in findings.threats {
            let isPrescribed = threat.learningRate == findings.nearest
            let evidence =
                switch threat.symptom {
                case Symptom.drift: chain.optimum(findings)
                case Symptom.divergence:
                    chain.runs(
                        at: threat.learningRate, in: findings,
                        claim: "runs that diverged or ended above their start")
                default: chain.growth(threat.symptom, at: threat.learningRate, in: findings)
                }
            let place = threat.symptom == Symptom.drift ? "" : self.place(threat, findings)
            warnings.append(
                .init(
                    certainty: threat.certainty, symptom: threat.symptom,
                    learningRate: threat.learningRate, isPrescribed: isPrescribed,
                    text: threat.text + place,
                    settle: settle(threat, isPrescribed, state), evidence: evidence))
        }
        let seen = Set(warnings.map(\.symptom))
        var named: Set<String> = []
        for cure in CureTable.all where !seen.contains(cure.symptom) {
            guard named.insert(cure.symptom).inserted, fits(cure, findings.variant.cures),
                !state.trials.contains(where: { $0.cure.name == cure.name })
            else { continue }
            warnings.append(
                .init(
                    certainty: .literature, symptom: cure.symptom, learningRate: nil,
                    isPrescribed: nil, text: "\(cure.finding) (\(cure.source))",
                    settle:
                        "watch \(cure.symptom) in the target's run; try \(cure.name) if it grows",
                    evidence: []))
        }
        return warnings
    }

    /// At which learning rate a threat stands, and what that is to the one prescribed.
    private func place(_ threat: Threat, _ findings: VariantFindings) -> String {
        func number(_ value: Double) -> String { PrescriptionWords.number(value) }
        let start = " at learning rate \(number(threat.learningRate)), "
        guard threat.learningRate == findings.nearest else { return start + "the recipe's own" }
        guard let value = findings.rate.value else {
            return start + "the nearest that ran to the best of the largest proxy"
        }
        return number(value) == number(threat.learningRate)
            ? start + "prescribed"
            : start + "the nearest that ran to the prescribed \(number(value))"
    }

    /// What would settle or avoid a threat.
    private func settle(_ threat: Threat, _ isPrescribed: Bool, _ state: State) -> String {
        let open = state.trials.filter {
            $0.cure.symptom == threat.symptom && $0.decision == .notRun
        }
        if let open = open.first { return "a larger --budget tries \(open.cure.name)" }
        if !isPrescribed {
            return state.kept.rate.value.map {
                "the prescribed learning rate, \(PrescriptionWords.number($0)), is not this one"
            } ?? "another learning rate"
        }
        let tried = state.trials.filter { $0.cure.symptom == threat.symptom }.map(\.cure.name)
        switch threat.certainty {
        case .measured, .validated:
            return tried.isEmpty
                ? "no cure of the table fits this recipe; lower the learning rate"
                : "\(PrescriptionWords.list(tried)) did not help; lower the learning rate"
        case .withinInterval:
            return "more seeds, or a proxy nearer to the target: a larger --budget"
        case .extrapolated, .literature:
            let line = state.kept.forecast?.signals.first { $0.name == threat.symptom }?.lines
                .first { $0.learningRate == threat.learningRate }
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
                "\(missing) runs of \(open.name) have no result; the same command, with a larger "
                    + "--budget where it is used up, trains what is missing"
            )
        }
        let findings = state.kept
        let certain = findings.threats.first {
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
