import Import
import OrderedCollections

extension Pathology {
    /// A run that ends before weight decay has had its say: norms and rotation are those of a start.
    ///
    /// AdamW averages updates over about 1/(rate x decay) steps (arXiv 2405.13698), and norms come to rest in half
    /// of that (2305.17212). Below one such time optima of rate and decay are not those of a longer run.
    static let shortForEquilibrium = Pathology(
        name: "short_for_equilibrium",
        meaning: """
            The run ends before weight decay brings norms to their steady state, so that its \
            best learning rate and decay are not those of a longer run. (arXiv 2405.13698)
            """
    ) { patient in
        guard let decay = patient.weightDecay else {
            return .cannotSay(
                needs: "the weight decay (weight_decay in a configuration next to the log)")
        }
        guard decay > 0 else { return .quiet("no weight decay, so no equilibrium") }
        guard let times = patient.decayTimes else {
            return patient.isDecayCoupled
                ? .quiet("decay in the gradient has no timescale of its own")
                : .cannotSay(needs: "optim/lr")
        }
        let done = Double(max(patient.run.lastStep ?? 1, 1))
        let part = patient.totalSteps.map { max($0 / done, 1) } ?? 1
        let text = "\(DoctorText.number(times)) times 1/(rate x decay) steps have passed"
        guard times * part < 0.5 else { return .quiet(text) }
        return .findings([
            DoctorFinding(
                pathology: "short_for_equilibrium", severity: .note, place: nil,
                step: patient.run.lastStep,
                evidence: text
                    + (part > 1.01 ? ", \(DoctorText.number(times * part)) at the end" : "")
                    + "; norms need 0.5 to reach their steady state",
                confidence: .high, source: "2405.13698",
                confirmation: "norm/weight/TENSOR/rms still changing at the end",
                change: nil)
        ])
    }
}

extension DoctorCase {
    /// Whether decay is added to the gradient, as in Adam with L2.
    var isDecayCoupled: Bool { run.words["optimizer.weight-decay.form"] == "coupled" }

    /// λ, whatever its formula; nil where the log does not say it.
    var weightDecay: Double? {
        if run.words["optimizer.weight-decay.form"] == "none" { return 0 }
        let names = [
            "optimizer.weight-decay.rate", "weight_decay", "optimizer.weight_decay",
            "training.weight_decay", "adam_weight_decay", "optimizer.args.weight_decay", "wd",
            "optimizer.wd",
        ]
        return names.lazy.compactMap { run.settings[$0] }.first
    }

    /// How many times weights were forgotten: the sum over steps of the factor of decay.
    ///
    /// Rate x decay in AdamW; schedule x decay where decay is independent of the rate, rate^2/peak x decay where
    /// it is corrected.
    var decayTimes: Double? {
        guard let decay = weightDecay, !isDecayCoupled else { return nil }
        let rates = finite("optim/lr")
        guard let first = rates.first, let peak = rates.map(\.value).max(), peak > 0 else {
            return nil
        }
        let form = run.words["optimizer.weight-decay.form"]
        func factor(_ rate: Double) -> Double {
            switch form {
            case "independent": decay * rate / peak
            case "corrected": decay * rate * rate / peak
            default: decay * rate
            }
        }
        var sum = factor(first.value) * Double(max(first.step, 1))
        for (before, after) in zip(rates, rates.dropFirst()) {
            sum +=
                (factor(before.value) + factor(after.value)) / 2 * Double(after.step - before.step)
        }
        if let last = rates.last, let end = run.lastStep, end > last.step {
            sum += factor(last.value) * Double(end - last.step)
        }
        return sum
    }
}
