import Foundation
import Import
import Statistics

extension Pathology {
    /// Attention logits that grow until attention is one-hot.
    ///
    /// Runs whose largest logit passed 1e4 diverged, all of them; the loss suffers from about 1e3 on
    /// (arXiv 2309.14322, sections 3.1 and 3.3).
    static let attentionLogitGrowth = Pathology(
        name: "attention_logit_growth",
        meaning: """
            The largest attention logit grows until attention is one-hot. From about 1e3 on the \
            loss suffers, and every published run past 1e4 diverged. qk-norm removes it; a lower \
            learning rate delays it. (arXiv 2309.14322)
            """
    ) { patient in
        let layers = patient.run.series(from: "attn/", to: "/max_logit")
        guard !layers.isEmpty else {
            return .cannotSay(
                needs: "attn/LAYER/max_logit, the largest attention logit of each layer")
        }
        let growths = layers.map { LogitGrowth($0.name, $0.points) }
        let sick = growths.filter { $0.severity != nil }
        guard let worst = sick.max(by: { $0.late < $1.late }) else {
            let top = growths.max { $0.late < $1.late }
            return .quiet(
                "largest attention logit \(DoctorText.number(top?.late ?? 0)) in layer "
                    + (top?.layer ?? "-"))
        }
        let others =
            sick.count > 1 ? ", and \(sick.count - 1) more layer\(sick.count > 2 ? "s" : "")" : ""
        let cause = LogitCause(worst, patient.run)
        return .findings([
            DoctorFinding(
                pathology: "attention_logit_growth", severity: worst.severity ?? .warning,
                place: "layer \(worst.layer)", step: worst.onset,
                evidence: worst.evidence + others + cause.evidence,
                confidence: cause.isKnown || worst.late >= LogitGrowth.ruin ? .high : .medium,
                source: "2309.14322",
                confirmation: cause.isKnown
                    ? "the loss of a run from an earlier checkpoint at half the learning rate"
                    : "norms and cosine of queries and keys (attn/LAYER/head/HEAD/query_norm, key_norm, "
                        + "cosine)",
                change: "qk-norm; without retraining from the start, QK-clip at 100, or a lower "
                    + "learning rate")
        ])
    }
}

/// How the largest logit of a layer moves.
private struct LogitGrowth {
    /// Above this every run that was seen diverged.
    static let ruin = 1e4
    /// From here on the loss suffers.
    static let harm = 1e3
    /// Below this growth is no matter yet.
    static let calm = 50.0

    let layer: String
    /// The median of the last twentieth.
    let late: Double
    /// The largest median of a twentieth: what a learning rate that falls takes back.
    let peak: Double
    /// The exponent of growth with the step over the second half.
    let slope: Double?
    /// The step at which it first passed what matters, or became NaN or infinite.
    let onset: Int?
    let lastStep: Int
    let isFinite: Bool

    init(_ layer: String, _ points: [LoggedRun.Point]) {
        self.layer = layer
        let finite = points.filter { $0.value.isFinite }
        let broken = points.first { !$0.value.isFinite }
        isFinite = broken == nil
        lastStep = points.last?.step ?? 0
        let twentieth = max(1, finite.count / 20)
        let tail = finite.suffix(twentieth)
        let size = Descriptive.median(of: tail.map(\.value)) ?? 0
        late = size
        let medians = stride(from: 0, to: finite.count, by: twentieth).compactMap { start in
            Descriptive.median(of: finite.dropFirst(start).prefix(twentieth).map(\.value))
        }
        let peak = max(size, medians.max() ?? size)
        self.peak = peak
        let half = finite.suffix(from: finite.count / 2).filter { $0.step > 0 && $0.value > 0 }
        slope =
            half.count >= 8 ? LogLogSlope.of(half.map { Double($0.step) }, half.map(\.value)) : nil
        let line = size >= Self.ruin ? Self.ruin : peak >= Self.harm ? Self.harm : Self.calm
        onset = broken?.step ?? points.first { $0.value >= line }?.step
    }

    /// The step at which it passes ``ruin`` if it goes on.
    var crossing: Double? {
        guard let slope, slope > 0.3, late >= Self.calm, late < Self.ruin else { return nil }
        return Double(lastStep) * pow(Self.ruin / late, 1 / slope)
    }

    var severity: DoctorFinding.Severity? {
        if !isFinite || late >= Self.ruin { return .alarm }
        if peak >= Self.harm { return .warning }
        // Ten times as long a run is about as far as a trend is worth anything.
        return crossing.map { $0 <= 10 * Double(lastStep) } == true ? .warning : nil
    }

    var evidence: String {
        var text = "layer \(layer): largest attention logit "
        text +=
            isFinite
            ? DoctorText.number(late) : "NaN or infinite, \(DoctorText.number(late)) before"
        if isFinite, peak > 2 * late { text += ", \(DoctorText.number(peak)) at its largest" }
        if let slope, slope > 0.3 { text += ", growing as step^\(DoctorText.number(slope))" }
        if let crossing { text += ", past 1e4 at about step \(DoctorText.number(crossing))" }
        return text
    }
}

/// Whether norms of queries and keys grew, or their alignment.
private struct LogitCause {
    var evidence = ""
    var isKnown = false

    init(_ growth: LogitGrowth, _ run: LoggedRun) {
        /// How many times larger the largest over heads is at the end than in the middle.
        func factor(_ quantity: String) -> Double? {
            let heads = run.series(from: "attn/\(growth.layer)/head/", to: "/\(quantity)")
            let factors = heads.compactMap { head -> Double? in
                let points = head.points.filter { $0.value.isFinite }
                guard points.count >= 4 else { return nil }
                let (middle, last) = (
                    points[points.count / 2].value, points[points.count - 1].value
                )
                return middle.magnitude > 0 ? (last / middle).magnitude : nil
            }
            return factors.max()
        }
        guard let query = factor("query_norm"), let key = factor("key_norm"),
            let cosine = factor("cosine")
        else { return }
        isKnown = true
        let norms = query * key
        evidence =
            norms >= cosine
            ? "; it comes from the norms of queries and keys (x\(DoctorText.number(norms)) over the "
                + "second half; cosine x\(DoctorText.number(cosine)))"
            : "; it comes from their alignment (cosine x\(DoctorText.number(cosine)) over the second "
                + "half; norms x\(DoctorText.number(norms)))"
    }
}
