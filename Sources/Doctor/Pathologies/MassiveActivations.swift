import Import

extension Pathology {
    /// A few activations that are thousands of times the others, and channels that stand out at every token.
    ///
    /// Trained transformers have them, as a bias that attention rests on, above 100 and a thousand times the
    /// median (arXiv 2402.17762): no reason to intervene while they stand still. They cost what is quantised
    /// later (2405.19279), and what still grows will leave a number format.
    static let massiveActivations = Pathology(
        name: "massive_activations",
        meaning: """
            A few activations are thousands of times the others. Harmless while they stay \
            constant; they cost accuracy when quantised. (arXiv 2402.17762)
            """
    ) { patient in
        let maxima = patient.run.series(from: "act/", to: "/max")
        let ratios = patient.run.series(from: "act/", to: "/hot_channel_ratio")
        guard !maxima.isEmpty || !ratios.isEmpty else {
            return .cannotSay(
                needs: "act/LAYER/max and act/LAYER/rms, or act/LAYER/hot_channel_ratio")
        }
        let massive = maxima.compactMap { layer -> HotLayer? in
            HotLayer(layer.name, layer.points, over: patient.finite("act/\(layer.name)/rms"))
        }
        let hot = ratios.compactMap { HotLayer($0.name, $0.points) }
        guard let worst = (massive + hot).max(by: { $0.badness < $1.badness }) else {
            return .cannotSay(needs: "activations at \(HotLayer.fewest) steps or more")
        }
        guard worst.isHot else { return .quiet("largest: \(worst.text)") }
        let sick = (massive + hot).filter(\.isHot)
        let grows = sick.contains(where: \.grows)
        let shown = sick.filter(\.grows).max { $0.badness < $1.badness } ?? worst
        let count = Set(sick.map(\.layer)).count
        return .findings([
            DoctorFinding(
                pathology: "massive_activations", severity: grows ? .warning : .note,
                place: "layer \(shown.layer)", step: shown.onset,
                evidence: shown.text + "; in \(count) layer\(count > 1 ? "s" : "")"
                    + (grows ? "" : ", and they do not grow"),
                confidence: .medium, source: "2402.17762",
                confirmation:
                    "which token and channel they are at: the first token and one or two channels, "
                    + "the same for every text",
                change: grows
                    ? "a learnable attention sink or gated attention; a smaller learning rate of gains; "
                        + "the residual stream in a format that holds them (bf16, not fp16)"
                    : nil)
        ])
    }
}

/// How far the largest activation or channel of a layer stands out.
private struct HotLayer {
    /// Records that it takes.
    static let fewest = 8

    let layer: String
    /// The largest magnitude, or the largest channel over the median one.
    let late: Double
    /// Over the root mean square; nil of a ratio of channels.
    let overSize: Double?
    let growth: Double
    let slope: Double
    let onset: Int?

    init?(_ layer: String, _ values: [LoggedRun.Point], over sizes: [LoggedRun.Point]? = nil) {
        let points = values.finite
        guard points.count >= Self.fewest, let late = points.late,
            let middle = points.median(over: 0.45..<0.55), middle > 0
        else { return nil }
        if let sizes {
            guard let size = sizes.late, size > 0 else { return nil }
            overSize = late / size
        } else {
            overSize = nil
        }
        (self.layer, self.late) = (layer, late)
        growth = late / middle
        let rise = points.lateGrowth
        // What scatters as much as it grows does not grow.
        slope = rise.map { $0.exponent > 3 * $0.error ? $0.exponent : 0 } ?? 0
        onset = points.first { $0.value > 100 }?.step
    }

    var isHot: Bool { late > 100 && (overSize ?? .infinity) > 100 }
    var grows: Bool { slope > 0.5 && growth > 1.6 }
    /// By how much it is past what is hot.
    var badness: Double { min(late, overSize ?? late) }

    var text: String {
        let what =
            overSize.map {
                "layer \(layer): largest activation \(DoctorText.number(late)), "
                    + "\(DoctorText.number($0)) times their root mean square"
            } ?? "layer \(layer): largest channel \(DoctorText.number(late)) times the median one"
        return grows ? what + ", growing as step^\(DoctorText.number(slope))" : what
    }
}
