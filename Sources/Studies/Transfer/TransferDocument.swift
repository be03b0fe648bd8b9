public import Documents
public import Formats
import Foundation
import Reports
public import Statistics
public import Sweeps

extension TransferResult: StudyResult {
    /// `transfer`.
    public static var name: String { "transfer" }
    /// On the page of its grid.
    public static var isPartOfSweep: Bool { true }
    /// What the size series say together.
    public var overall: Verdict? { verdict }

    /// Curves, optima and drifts, and for each size series what it says, with causes.
    public var document: Document {
        var page = Document(
            kind: Self.name, title: "Does the learning rate transfer?", badge: Badge(verdict),
            lead: sizeSeries.map(sentence), files: [Self.file, "transfer.csv"],
            conventions: "Losses are cross-entropies in nats per token, without z-loss.")
        page.replacedFigures = ["loss-against-learning-rate"]
        let drifts = totalDrifts
        page.sections =
            (drifts.map { [.init($0.title, isDetail: true, [.figure($0)])] } ?? [])
            + sizeSeries.map(section)
            + [
                .init(
                    "Curves and optima", isDetail: true,
                    [
                        .figure(TransferLossCurves(self).drawn),
                        .figure(TransferDrift(self).drawn), .note(rule),
                    ])
            ]
        return page
    }

    /// When which verdict is given.
    private var rule: String {
        "PASS where the whole interval of the total drift lies between \(Self.factor(1 / bound)) and "
            + "\(Self.factor(bound)), FAIL where it lies outside, INCONCLUSIVE where it crosses; over "
            + "at least \(NumberText.setting(leastDoublings)) doublings of the size."
    }

    /// The total drift of each size series that has one, beside the bound; nil where none has.
    private var totalDrifts: DrawnFigure? {
        let rows = sizeSeries.compactMap { series in
            series.drift.map { drift in
                ForestPlot.Row(
                    series.name, drift.total, low: drift.totalLow, high: drift.totalHigh,
                    outcome: Badge(series.verdict))
            }
        }
        guard !rows.isEmpty else { return nil }
        let without = sizeSeries.filter { $0.drift == nil }.map(\.name)
        return ForestPlot(
            name: "transfer-drift", title: "How far the optimal learning rate moves",
            axis: "optimum of the largest size over that of the smallest", rows: rows, reference: 1,
            band: 1 / bound...bound, isLogarithmic: true, number: Self.factor
        ).drawn(
            caption:
                "The total drift of the optimal learning rate with its \(percent)% interval. PASS "
                + "needs the whole interval within the band, \(Self.factor(1 / bound)) to "
                + "\(Self.factor(bound)), over at least \(NumberText.setting(leastDoublings)) doublings."
                + (without.isEmpty
                    ? "" : " Too few sizes have an optimum for \(NumberText.list(without))."))
    }

    private var percent: String { NumberText.setting((confidence * 1000).rounded() / 10) }

    private func section(_ series: SizeSeries) -> Document.Section {
        // One alone stands at the head.
        var pieces: [Document.Piece] = sizeSeries.count > 1 ? [.text(sentence(series))] : []
        // Without a drift the sentence says why.
        if series.drift != nil, let reason = series.reason {
            pieces.append(.text("Why: \(reason)."))
        }
        pieces.append(.table(optima(series)))
        pieces += (drift(series) + detectable(series)).map(Document.Piece.note)
        return .init(
            "\(series.name), \(NumberText.count(series.seeds, "seed"))",
            badge: Badge(series.verdict), pieces + causes(series))
    }

    /// Where the loss of each size is lowest.
    private func optima(_ series: SizeSeries) -> Table {
        Table(
            [
                .number(series.axis.rawValue), .number("optimal LR"), .word("\(percent)% interval"),
                .number("lowest loss"), .number("diverged runs", priority: 1), .prose(""),
            ],
            series.curves.map { curve in
                let optimum = curve.optimum
                let interval = optimum?.low.flatMap { low in
                    optimum?.high.map { "\(Self.rate(low)) to \(Self.rate($0))" }
                }
                return [
                    Table.Cell("\(curve.extent)"),
                    Table.Cell(optimum.map { Self.rate($0.learningRate) } ?? "-"),
                    Table.Cell(interval ?? "-"),
                    Table.Cell(optimum.map { NumberText.loss($0.loss) } ?? "-"),
                    Table.Cell("\(curve.diverged)"), Table.Cell(curve.reason ?? "", .muted),
                ]
            })
    }

    /// What the regression says beside the total drift.
    private func drift(_ series: SizeSeries) -> [String] {
        guard let drift = series.drift else { return [] }
        var lines = [
            "Drift for each doubling: \(Self.factor(drift.perDoubling)) "
                + "(\(Self.factor(drift.perDoublingLow)) to \(Self.factor(drift.perDoublingHigh)))"
        ]
        if let low = drift.bootstrapLow, let high = drift.bootstrapHigh {
            lines[0] += "; by a bootstrap over seeds \(Self.factor(low)) to \(Self.factor(high))"
        }
        lines[0] += "."
        if drift.lackOfFit < 0.05 {
            lines.append(
                "The optima do not lie on a line (p = \(String(format: "%.2g", drift.lackOfFit))): "
                    + "the interval reflects the spread over sizes only.")
        }
        return lines
    }

    /// What the design can show, before the runs and after.
    private func detectable(_ series: SizeSeries) -> [String] {
        guard let before = series.smallestDriftBefore else { return [] }
        var text =
            "Power: with \(NumberText.count(series.seeds, "seed")) the design detects a total drift of "
            + "\(Self.factor(before.detectable)) or more (80% power)"
        if let after = series.smallestDriftAfter {
            let spread = (after.spreadOctaves * 1000).rounded() / 1000
            text +=
                "; with the measured spread over seeds, \(NumberText.setting(spread)) octaves, it "
                + "detects \(Self.factor(after.detectable))"
        }
        return [text + "."]
    }

    private func causes(_ series: SizeSeries) -> [Document.Piece] {
        guard !series.causes.isEmpty else { return [] }
        let heading =
            series.verdict == .fail
            ? "Likely causes, from the telemetry"
            : "What the telemetry points to"
        let rows = series.causes.map { cause in
            [
                Table.Cell(cause.name),
                Table.Cell(
                    cause.strength.map { cause.isEvident ? NumberText.loss($0) : "no evidence" }
                        ?? "not recorded"),
                Table.Cell(cause.evidence), Table.Cell(cause.remedy),
            ]
        }
        let columns: [Table.Column] = [
            .word("cause"), .word("strength"), .prose("evidence"), .prose("what to do"),
        ]
        return [.heading(heading), .table(Table(columns, rows))]
    }

    /// `transfer.csv`: a row a size, with its optimum and its series' drift.
    public var tables: [String: CSVTable] {
        var table = CSVTable(columns: [
            "series", "axis", "extent", "seeds", "optimum", "optimum_low", "optimum_high",
            "lowest_loss", "curvature", "diverged", "reason", "drift_per_doubling",
            "drift_per_doubling_low", "drift_per_doubling_high", "total_drift", "total_drift_low",
            "total_drift_high", "verdict",
        ])
        for series in sizeSeries {
            let drift = series.drift
            for curve in series.curves {
                table.append([
                    .text(series.name), .text(series.axis.rawValue), .integer(curve.extent),
                    .integer(series.seeds), .optional(curve.optimum?.learningRate),
                    .optional(curve.optimum?.low), .optional(curve.optimum?.high),
                    .optional(curve.optimum?.loss), .optional(curve.optimum?.curvature),
                    .integer(curve.diverged), .text(curve.reason ?? ""),
                    .optional(drift?.perDoubling), .optional(drift?.perDoublingLow),
                    .optional(drift?.perDoublingHigh), .optional(drift?.total),
                    .optional(drift?.totalLow), .optional(drift?.totalHigh),
                    .text(series.verdict.rawValue),
                ])
            }
        }
        return ["transfer.csv": table]
    }
}

extension TransferResult.Curve {
    /// Runs that diverged or ended above their start.
    fileprivate var diverged: Int { points.reduce(0) { $0 + $1.diverged } }
}
