import Documents
import Statistics
import Sweeps

/// The part of the page that answers whether the learning rate transfers.
struct TransferSection {
    let result: TransferResult

    /// The markup.
    var text: String {
        """
        <section>
        <h2>Does the learning rate transfer? \(Badge(result.verdict).markup)</h2>
        <p class="muted">PASS where the whole interval of the total drift lies between \
        \(TransferText.factor(1 / result.bound)) and \(TransferText.factor(result.bound)), FAIL where \
        it lies outside, INCONCLUSIVE where it crosses; over at least \
        \(NumberText.setting(result.leastDoublings)) doublings of the size.</p>
        \(result.ladders.map(ladder).joined())</section>
        """
    }

    private func ladder(_ ladder: TransferResult.Ladder) -> String {
        let reason = ladder.reason.map { "<p>Why: \(HTML.escaped($0)).</p>" } ?? ""
        return """
            <h3>\(HTML.escaped(ladder.name)) \(Badge(ladder.verdict).markup)</h3>
            <p class="lead">\(HTML.escaped(TransferText.sentence(ladder, result)))</p>
            \(reason)\(table(ladder))\(sight(ladder))\(causes(ladder))

            """
    }

    private func table(_ ladder: TransferResult.Ladder) -> String {
        let rows = ladder.curves.map { curve in
            let optimum = curve.optimum
            return [
                "\(curve.extent)", optimum.map { TransferText.rate($0.learningRate) } ?? "none",
                optimum?.low.map(TransferText.rate) ?? "",
                optimum?.high.map(TransferText.rate) ?? "",
                optimum.map { NumberText.loss($0.loss) } ?? "",
                "\(curve.points.reduce(0) { $0 + $1.diverged })",
                "<span class=\"muted\">\(HTML.escaped(curve.reason ?? ""))</span>",
            ]
        }
        return HTML.table(
            head: [
                ladder.axis.rawValue, "optimal LR", "from", "to", "lowest loss", "diverged runs",
                "",
            ], rows: rows, labels: 1)
    }

    private func sight(_ ladder: TransferResult.Ladder) -> String {
        guard let before = ladder.smallestDriftBefore else { return "" }
        var text =
            "With \(NumberText.count(ladder.seeds, "seed")) the design was to see a total drift of "
            + "\(TransferText.factor(before.detectable)) or more"
        if let after = ladder.smallestDriftAfter {
            text += "; with the spread that the seeds had, "
            text += "\(NumberText.setting(after.spreadOctaves.thousandths)) octaves, it sees "
            text += TransferText.factor(after.detectable)
        }
        return "<p class=\"muted\">\(HTML.escaped(text)).</p>"
    }

    private func causes(_ ladder: TransferResult.Ladder) -> String {
        guard !ladder.causes.isEmpty else { return "" }
        let rows = ladder.causes.map { cause in
            [
                HTML.escaped(cause.name),
                cause.strength.map { cause.isEvident ? NumberText.loss($0) : "no evidence" }
                    ?? "not recorded",
                HTML.escaped(cause.evidence), HTML.escaped(cause.remedy),
            ]
        }
        let heading =
            ladder.verdict == .fail
            ? "Likely causes, by the evidence of the recorded telemetry"
            : "What the recorded telemetry points to"
        return "<h3>\(heading)</h3>"
            + HTML.table(
                head: ["cause", "strength", "evidence", "what to do"], rows: rows, labels: 4,
                attributes: "class=\"prose\"")
    }
}
