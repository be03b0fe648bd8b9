import Import
import OrderedCollections
import Statistics

extension Pathology {
    /// A batch on which loss and gradient leap for a step or so, and which leaves the weights where they were: the
    /// data's doing, not the recipe's.
    ///
    /// Long repeated n-grams make such spikes (arXiv 2501.00656, section 3.1); an instability is led by a norm or a
    /// logit, moves weights, or lasts.
    static let badBatch = Pathology(
        name: "bad_batch",
        meaning: """
            Loss and gradient spike for a step or two and the weights stay where they were: the \
            data are the cause, not the recipe. (arXiv 2501.00656)
            """
    ) { patient in
        guard let points = patient.run.series["train/loss"], points.count > 40 else {
            return .cannotSay(needs: "train/loss at 40 steps or more")
        }
        let spikes = LossSpike.all(in: points)
        guard !spikes.isEmpty else {
            return .quiet("no spike in \(points.count) recorded losses")
        }
        guard patient.run.series["optim/grad_norm"] != nil else {
            return .cannotSay(needs: "optim/grad_norm, the gradient norm at the spike")
        }
        let batches = spikes.compactMap { BadBatch($0, patient) }.filter(\.isBatch)
        guard let worst = batches.max(by: { $0.spike.badness < $1.spike.badness }) else {
            return .quiet(
                "none of \(spikes.count) spikes lasts a step or two with a gradient spike and unmoved "
                    + "weights")
        }
        // A source of data that is broken comes back.
        let isMany = batches.count > 2 && batches.count * 500 > points.count
        return .findings([
            DoctorFinding(
                pathology: "bad_batch", severity: isMany ? .warning : .note, place: "train/loss",
                step: worst.spike.step,
                evidence:
                    "\(batches.count) batch\(batches.count == 1 ? "" : "es"); the worst at step "
                    + "\(worst.spike.step): \(worst.spike.text) after \(worst.spike.count) "
                    + "record\(worst.spike.count == 1 ? "" : "s"), gradient norm "
                    + "x\(DoctorText.number(worst.gradient))" + worst.weightText,
                confidence: worst.weights == nil ? .medium : .high, source: "2501.00656",
                confirmation:
                    "the loss of that batch with the weights of an earlier checkpoint: "
                    + "just as high",
                change: isMany
                    ? "filter the data at those steps; clip gradients, so that no batch moves the weights"
                    : nil)
        ])
    }
}

/// What a leap of the loss did to gradient and weights.
struct BadBatch {
    let spike: LossSpike
    /// The largest gradient norm at its steps over the usual one.
    let gradient: Double
    /// The median over tensors of how much their norms moved across it, over how much they usually do.
    let weights: Double?
    private let isLed: Bool
    private let gradientDeviations: Double

    /// Nil where no gradient norm was logged at those steps.
    init?(_ spike: LossSpike, _ patient: DoctorCase) {
        self.spike = spike
        let norms = patient.run.series["optim/grad_norm"] ?? []
        guard let first = norms.firstIndex(where: { $0.step >= spike.step }), first > 0 else {
            return nil
        }
        let usual = norms[max(0, first - 100)..<first].map(\.value).filter(\.isFinite)
        let during = norms[first...].prefix { $0.step < max(spike.end, spike.step + 1) }
        guard usual.count >= 10, let middle = Descriptive.median(of: usual), middle > 0,
            let deviation = Descriptive.standardDeviation(of: usual),
            let top = during.map(\.value).max()
        else { return nil }
        gradient = top / middle
        gradientDeviations = (top - middle) / max(deviation, 1e-6 * middle)
        weights = Descriptive.median(
            of: patient.sizes("weight").compactMap { Self.move($0.points.finite, across: spike) })
        isLed = FirstMover(before: spike, in: patient.run) != nil
    }

    /// Whether the batch is to blame.
    var isBatch: Bool {
        spike.recovers && spike.count <= 3 && spike.top.isFinite && gradient > 2
            && gradientDeviations > 5 && (weights ?? 0) < 4 && !isLed
    }

    var weightText: String {
        weights.map {
            "; weight norms moved x\(DoctorText.number($0)) their usual change"
        } ?? ""
    }

    /// How far a norm moved across a spike, over how far it moves in as many records before.
    private static func move(_ points: [LoggedRun.Point], across spike: LossSpike) -> Double? {
        guard let after = points.firstIndex(where: { $0.step >= spike.end }),
            let before = points.lastIndex(where: { $0.step < spike.step }), after > before
        else { return nil }
        let lag = after - before
        let start = max(0, before - 40)
        guard before - start >= lag + 5 else { return nil }
        let usual = (start + lag...before).map {
            (points[$0].value - points[$0 - lag].value).magnitude
        }
        guard let middle = Descriptive.median(of: usual) else { return nil }
        let moved = (points[after].value - points[before].value).magnitude
        return moved / max(middle, 1e-6 * points[before].value.magnitude, .leastNormalMagnitude)
    }
}
