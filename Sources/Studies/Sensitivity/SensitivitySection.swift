import Documents
import Foundation
import Statistics
import Sweeps

/// The part of the page that says what a wrong learning rate costs, and what variants change about it.
struct SensitivitySection {
    let result: SensitivityResult

    /// The markup.
    var text: String {
        """
        <section>
        <h2>What does a wrong learning rate cost? \(result.verdict.map { Badge($0).markup } ?? "")</h2>
        \(comparisons)\(HTML.list(slopes))\(caveats)</section>
        """
    }

    /// Each variant against the baseline.
    private var comparisons: String {
        guard !result.comparisons.isEmpty else { return "" }
        func difference(_ found: SensitivityResult.Difference?) -> String {
            found.map {
                String(format: "%+.3f<small>%+.3f to %+.3f</small>", $0.mean, $0.low, $0.high)
            } ?? "-"
        }
        let rows = result.comparisons.map { entry in
            [
                HTML.escaped(entry.variant), Badge(entry.verdict).markup,
                entry.sensitivity?.finding.rawValue ?? "not compared",
                difference(entry.sensitivity), difference(entry.bestLoss),
                entry.detectable.map(NumberText.loss) ?? "-", entry.claim?.rawValue ?? "none",
                HTML.escaped(entry.reason ?? ""),
            ]
        }
        let percent = NumberText.setting((result.confidence * 1000).rounded() / 10)
        return HTML.table(
            head: [
                "against \(result.baseline)", "verdict", "S is", "S, nats", "lowest loss, nats",
                "sees", "claimed", "why",
            ], rows: rows, labels: 8, attributes: "class=\"prose why\"")
            + "<p class=\"muted\">Differences over paired seeds, averaged over sizes, with "
            + "\(percent)% intervals; a difference in S below \(NumberText.loss(result.margin)) nats "
            + "does not matter. Sees is the difference that four of five such studies tell from "
            + "none.</p>\n"
    }

    private var slopes: [String] {
        result.slopes.map { slope in
            (slope.variant.isEmpty ? "S" : "S of \(slope.variant)")
                + String(
                    format: " ~ N^%.3f (%.3f to %.3f).", slope.exponent, slope.low,
                    slope.high)
        }
    }

    private var caveats: String {
        let lines = result.scaling + result.caveats
        return lines.isEmpty
            ? "" : "<h3>Protocol and caveats</h3>\n" + HTML.list(lines.map { $0 + "." })
    }
}
