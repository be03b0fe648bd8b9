import Foundation
import Import
import Statistics

extension Pathology {
    /// Layers that take no part any more: no gradient, nothing added to the stream, attention that is one-hot at
    /// every query, or a matrix of rank one.
    ///
    /// Attention whose entropy falls to zero stops to learn (arXiv 2303.06296); blocks that leave their input as
    /// it is can be left out (2403.17887).
    static let deadLayers = Pathology(
        name: "dead_layers",
        meaning: """
            A layer takes no part any more: no gradient, nothing added to the residual stream, \
            one-hot attention, or a matrix of rank one. (arXiv 1903.06733, 2303.06296, 2403.17887)
            """
    ) { patient in
        let signs = [
            LayerSign.silent(patient), LayerSign.idle(patient), LayerSign.saturated(patient),
            LayerSign.collapsed(patient),
        ].compactMap(\.self)
        guard !signs.isEmpty else {
            return .cannotSay(
                needs: "norm/gradient/TENSOR/rms; more by act/LAYER/gain, "
                    + "attn/LAYER/head/HEAD/entropy, spectrum/TENSOR/stable_rank")
        }
        let findings = signs.compactMap { sign -> DoctorFinding? in
            guard let first = sign.places.first else { return nil }
            let more = sign.places.count > 1 ? "; so are \(sign.places.count - 1) more" : ""
            return DoctorFinding(
                pathology: "dead_layers", severity: .warning, place: first.name, step: first.step,
                evidence: "\(first.name) \(first.text)\(more), of \(sign.examined) \(sign.what)",
                confidence: .medium, source: sign.source, confirmation: sign.confirmation,
                change: sign.change)
        }
        return findings.isEmpty
            ? .quiet(
                "alive are " + signs.map { "\($0.examined) \($0.what)" }.joined(separator: ", "))
            : .findings(findings)
    }
}

/// One way of not taking part, and where it shows.
private struct LayerSign {
    /// What was looked at.
    var what: String
    var examined: Int
    var places: [(name: String, text: String, step: Int?)]
    var source: String
    var confirmation: String
    var change: String

    private static let (early, late) = (0.0..<0.1, 0.8..<1.0)

    /// Gradients that fell to a hundred thousandth against those of the other tensors; ones that are merely small
    /// are epsilon's matter.
    static func silent(_ patient: DoctorCase) -> Self? {
        let falls = patient.sizes("gradient").compactMap {
            tensor -> (name: String, fall: Double, step: Int?)? in
            let points = tensor.points.finite
            // What never had a gradient is frozen.
            guard points.count >= 20, let before = points.median(over: early), before > 0,
                let after = points.median(over: late)
            else { return nil }
            let step = points.first { $0.value < 1e-5 * before }?.step
            return (tensor.name, after / before, step)
        }
        guard let usual = Descriptive.median(of: falls.map(\.fall)) else { return nil }
        let dead = falls.filter { $0.fall < 1e-5 * usual }.sorted { $0.fall < $1.fall }
        return Self(
            what: "gradients", examined: falls.count,
            places: dead.map {
                (
                    $0.name,
                    "has \(DoctorText.number($0.fall)) of its first gradient, others "
                        + DoctorText.number(usual), $0.step
                )
            },
            source: "1903.06733",
            confirmation: "its activations on a few batches: the same for every token, or all zero",
            change:
                "a lower learning rate or longer warm-up before that step; an activation that is "
                + "not zero on a half-line (GELU, SiLU); that layer reinitialised"
        )
    }

    /// Blocks behind which the stream has the size that it had before them.
    static func idle(_ patient: DoctorCase) -> Self? {
        let gains = patient.run.series(from: "act/", to: "/gain").compactMap {
            layer -> (name: String, change: Double, step: Int?)? in
            let points = layer.points.finite
            guard points.count >= 20 else { return nil }
            let tail = points.suffix(points.count / 5)
            let largest = tail.map { ($0.value - 1).magnitude }.max() ?? 1
            return (layer.name, largest, points.first { ($0.value - 1).magnitude < 1e-4 }?.step)
        }
        guard gains.count > 1, let usual = Descriptive.median(of: gains.map(\.change)) else {
            return nil
        }
        let dead = gains.filter { $0.change < 1e-4 && usual > 1e-2 }
        return Self(
            what: "blocks", examined: gains.count,
            places: dead.map {
                (
                    "layer \($0.name)",
                    "adds nothing to the residual stream: its size after the block equals that before it within "
                        + DoctorText.number($0.change), $0.step
                )
            },
            source: "2403.17887",
            confirmation: "the loss with the block left out: the same",
            change:
                "the initialisation and learning rate of its output matrices; fewer layers would do as well"
        )
    }

    /// Layers in which the attention of every head is on one key.
    static func saturated(_ patient: DoctorCase) -> Self? {
        var layers: [String: [[LoggedRun.Point]]] = [:]
        for head in patient.run.series(from: "attn/", to: "/entropy") {
            let layer = String(head.name.prefix { $0 != "/" })
            let points = head.points.finite
            if points.count >= 20 { layers[layer, default: []].append(points) }
        }
        guard !layers.isEmpty else { return nil }
        let dead = layers.sorted { $0.key < $1.key }.filter { _, heads in
            let before = heads.compactMap { $0.median(over: early) }.max() ?? 0
            // One head on the token before is what heads do; all of them are not.
            return before > 0.5 && heads.allSatisfy { ($0.median(over: late) ?? 1) < 0.05 }
        }
        return Self(
            what: "layers of attention", examined: layers.count,
            places: dead.map { layer, heads in
                let end = heads.compactMap { $0.median(over: late) }.max() ?? 0
                let step = heads.compactMap { $0.first { $0.value < 0.05 }?.step }.max()
                return (
                    "layer \(layer)",
                    "attends to a single key at each query: entropy at most \(DoctorText.number(end)) nats",
                    step
                )
            },
            source: "2303.06296",
            confirmation: "the gradients of its queries and keys, which vanish with it",
            change: "qk-norm or sigma-reparam; a lower learning rate")
    }

    /// Matrices that fell to rank one.
    static func collapsed(_ patient: DoctorCase) -> Self? {
        let matrices = patient.run.series(from: "spectrum/", to: "/stable_rank").compactMap {
            matrix -> (name: String, before: Double, after: Double, step: Int?)? in
            let points = matrix.points.finite
            guard points.count >= 5, let before = points.median(over: early),
                let after = points.median(over: late)
            else { return nil }
            return (matrix.name, before, after, points.first { $0.value < 1.1 }?.step)
        }
        guard !matrices.isEmpty else { return nil }
        let dead = matrices.filter { $0.before > 3 && $0.after < 1.1 }
        return Self(
            what: "matrices", examined: matrices.count,
            places: dead.map {
                (
                    $0.name,
                    "fell from stable rank \(DoctorText.number($0.before)) to "
                        + DoctorText.number($0.after), $0.step
                )
            },
            source: "2103.03404",
            confirmation:
                "ballast inspect of a checkpoint: its stable rank, and its outputs, which all "
                + "point the same way",
            change: "a lower learning rate for it, weight decay, or orthogonalised updates (Muon)")
    }
}
