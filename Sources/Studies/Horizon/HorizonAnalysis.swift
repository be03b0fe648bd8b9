import Documents
import Foundation
import Modules
import Optimizers
public import RunTables
import Runs
import Statistics
import Sweeps
import Telemetry
import Tensors
import Training
import TransferStudies

extension HorizonStudy {
    /// What runs say of the study.
    ///
    /// - Parameter record: The study's folder as read; runs without a result make a verdict inconclusive.
    /// - Returns: Exponents, optima, drifts and verdicts.
    /// - Throws: `ProgramError` for a recipe that makes no model.
    public func result(_ record: RunTable) throws -> HorizonResult {
        let records = record.byName
        var entries: [HorizonResult.Entry] = []
        for index in recipes.indices {
            let readings = (0..<rates).map { self.readings(records, recipe: index, rate: $0) }
            var entry = try entry(index, readings)
            if let base = entries.first {
                entry.drifts = entry.drifts.map { compare($0, with: base) }
            }
            entries.append(entry)
        }
        return HorizonResult(
            verdict: entries[0].verdict, band: band, bound: bound, confidence: confidence,
            horizons: design.horizons,
            cooldownSteps: design.horizons.map { design.cooldownSteps($0) }, seeds: seeds,
            detectableBefore: detectable.exponent?.value, recipes: entries)
    }

    private func readings(
        _ records: [String: RunRow], recipe: Int, rate: Int
    ) -> HorizonReadings {
        let trees = seeds.indices.map { seed in
            let own = cells(recipe: recipe, rate: rate, seed: seed).map { records[$0.name] }
            return HorizonReadings.Tree(trunk: own[0], branches: Array(own.dropFirst()))
        }
        return HorizonReadings(trees: trees, design: design, confidence: confidence)
    }

    private func entry(
        _ index: Int, _ readings: [HorizonReadings]
    ) throws -> HorizonResult.Entry {
        let recipe = recipes[index]
        let own = readings[ownRate]
        let tensors = try tensors(of: recipe, own)
        let norms = Verdict(tensors.compactMap(\.verdict))
        let optimum = optimum(index, readings)
        let layers = 0..<recipe.configuration.model.depth
        let signals = [
            own.signal("validation-loss", [.validationLoss], isLate: false),
            own.signal("gradient-norm", [.gradientNorm]),
            own.signal("attention-logit", layers.map { .maxAttentionLogit($0) }),
            own.signal("output-logz", [.logZ]),
        ]
        var entry = HorizonResult.Entry(
            name: recipe.name, verdict: .inconclusive, reason: nil,
            learningRate: recipe.configuration.optimizer.learningRate,
            warmupSteps: design.warmupSteps(recipe.configuration),
            decayTimes: decayTimes(recipe.configuration), norms: norms, tensors: tensors,
            signals: signals, optimum: optimum, drifts: drifts(tensors, optimum), cautions: [])
        entry.cautions = cautions(entry, recipe)
        if let reason = lack(own, entry.learningRate) {
            entry.norms = .inconclusive
            entry.reason = reason
            for index in entry.drifts.indices { entry.drifts[index].verdict = .inconclusive }
            return entry
        }
        entry.verdict = Verdict([norms] + (optimum.verdict.map { [$0] } ?? []))
        guard entry.verdict == .inconclusive else { return entry }
        let reasons = [
            norms == .inconclusive ? settling(tensors) : nil,
            optimum.verdict == .inconclusive
                ? optimum.reason.map { "the optimal learning rate: \($0)" } : nil,
        ]
        entry.reason = reasons.compactMap(\.self).joined(separator: "; ")
        return entry
    }

    /// Why norms cannot be judged; nil where all branches ended well.
    private func lack(_ readings: HorizonReadings, _ rate: Double) -> String? {
        var (diverged, missing, all) = (0, 0, 0)
        for index in design.horizons.indices {
            for end in readings.ends(horizon: index) {
                all += 1
                switch end {
                case .loss: break
                case .diverged: diverged += 1
                case .missing: missing += 1
                }
            }
        }
        if missing > 0 {
            return "\(NumberText.count(missing, "run")) still without a result; the same command "
                + "trains what is missing"
        }
        guard diverged > 0 else { return nil }
        return "\(diverged) of \(all) runs at the learning rate \(Self.text(rate)) diverged, or "
            + "ended above their start; lower optimizer.learning-rate"
    }

    private func tensors(
        of recipe: Recipe, _ readings: HorizonReadings
    ) throws -> [HorizonResult.Tensor] {
        try ProxyTransformer(recipe.configuration.resolvedModel).parameters().map { parameter in
            let path = parameter.path
            let isMatrix = parameter.shape.rank == 2
            let weight = readings.cooled(.weight(path))
            return HorizonResult.Tensor(
                path: path, role: parameter.role.rawValue, isMatrix: isMatrix,
                verdict: isMatrix ? weight.verdict(band: band) : nil, weight: weight,
                trunkWeight: readings.trunk(.weight(path)),
                trunkGradient: readings.trunk(.gradient(path), isLate: true),
                trunkUpdate: readings.trunk(.update(path), isLate: true))
        }
    }

    private func decayTimes(_ configuration: RunConfiguration) -> [Double] {
        guard let trunk = try? design.trunk(configuration) else { return [] }
        let step = StepSize(step: 1, peak: trunk.optimizer.learningRate, schedule: 1)
        return design.horizons.map { Double($0) * trunk.decay.factor(at: step) }
    }

    /// What would settle the exponent that is farthest from settled.
    private func settling(_ tensors: [HorizonResult.Tensor]) -> String? {
        let open = tensors.filter { $0.verdict == .inconclusive }
        func width(_ tensor: HorizonResult.Tensor) -> Double {
            (tensor.weight.high ?? .infinity) - (tensor.weight.low ?? -.infinity)
        }
        guard let worst = open.max(by: { width($0) < width($1) }) else { return nil }
        guard let low = worst.weight.low, let high = worst.weight.high,
            let exponent = worst.weight.exponent,
            let spread = Descriptive.standardDeviation(of: worst.weight.bySeed.compactMap(\.self))
        else { return "\(worst.path) has no exponent: a norm was not recorded or not positive" }
        let enough = (seeds.count + 1...200).first { count in
            let student = StudentDistribution(degreesOfFreedom: Double(count - 1))
            let half =
                student.quantile((1 + confidence) / 2) * spread / Double(count).squareRoot()
            return Verdict(exponent - half...exponent + half, within: -band...band)
                != .inconclusive
        }
        return
            "the exponent of \(worst.path), \(Self.text(low)) to \(Self.text(high)), crosses the "
            + "band of \(Self.text(band))"
            + (open.count > 1 ? ", and \(open.count - 1) others do" : "") + "; "
            + (enough.map { "if the spread stays, --seeds \($0) settles it" }
                ?? "it lies at the edge of the band: no number of seeds up to 200 settles it; train longer")
    }

    private func cautions(
        _ entry: HorizonResult.Entry, _ recipe: Recipe
    ) -> [String] {
        var cautions: [String] = []
        if let times = entry.decayTimes.last, times > 0, times < 0.5 {
            cautions.append(
                "decay takes \(Self.text(times)) of a weight over the longest horizon: below about "
                    + "one half weights still remember their start, and longer runs may say otherwise"
            )
        }
        let growing = entry.tensors.filter { tensor in
            tensor.verdict == .pass && (tensor.weight.lastDoubling ?? 0).magnitude > band
        }
        if let first = growing.first, let last = first.weight.lastDoubling {
            cautions.append(
                "\(growing.count) matrices pass and drift by more than the band between the last two "
                    + "horizons (\(first.path) by \(Self.text(last))): a longer trunk may fail")
        }
        let gains = entry.tensors.filter { tensor in
            !tensor.isMatrix && tensor.weight.verdict(band: band) == .fail
        }
        let most = gains.max {
            ($0.weight.exponent ?? 0).magnitude < ($1.weight.exponent ?? 0).magnitude
        }
        if let most, let exponent = most.weight.exponent {
            cautions.append(
                "gains drift beyond the band, \(gains.count) of them, \(most.path) most, by "
                    + "\(Self.text(exponent)): they are not judged, and absorb scale that a matrix "
                    + "could have had")
        }
        let names = recipe.name.split(separator: "+").map {
            String($0.split(separator: "=").first ?? "")
        }
        if names.contains(where: { InterventionCatalog.named($0)?.changesLearningRate ?? false }) {
            cautions.append(
                "\(recipe.name) changes what a learning rate means; give it its own with "
                    + "--control \"interventions=\(recipe.name) optimizer.learning-rate=...\"")
        }
        return cautions
    }

    static func text(_ value: Double) -> String { NumberText.short(value) }
}
