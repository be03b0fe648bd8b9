public import Documents
import Foundation
import Reports
public import Statistics
public import Sweeps
import TransferStudies

extension SensitivityResult: StudyResult {
    /// `sensitivity`.
    public static var name: String { "sensitivity" }
    /// On the page of its grid.
    public static var isPartOfSweep: Bool { true }
    /// What the comparisons say together.
    public var overall: Verdict? { verdict }

    /// Each variant against the baseline, S of each size, the protocol and caveats.
    public var document: Document {
        var page = Document(
            kind: Self.name, title: "How sensitive is the loss to the learning rate?",
            badge: verdict.map { Badge($0) }, lead: answers, files: [Self.file],
            conventions: "Losses are in nats per token, without z-loss.")
        if !comparisons.isEmpty {
            page.sections.append(
                .init(
                    "Against \(baseline)",
                    [.table(compared)] + differences.map(Document.Piece.figure)))
        }
        page.sections += [
            .init("S at each size", [.table(sizes), .list(growth)]),
            .init("Protocol", isDetail: true, [.list(scaling.map { $0 + "." })]),
            .init("Caveats", [.list(caveats.map { $0 + "." })]),
        ].filter { section in
            section.pieces.contains { if case .list(let all) = $0 { !all.isEmpty } else { true } }
        }
        return page
    }

    /// What each comparison comes to, a sentence each.
    private var answers: [String] {
        guard !comparisons.isEmpty else {
            return ["\(name): measured; without a second variant nothing is compared."]
        }
        let sentences = comparisons.prefix(4).map { entry -> String in
            guard let found = entry.sensitivity else {
                let reason = entry.reason ?? "no S"
                return "\(entry.variant) is not compared with \(baseline): \(reason)."
            }
            let interval = String(format: "%+.3f to %+.3f", found.low, found.high)
            let numbers =
                String(format: "%+.3f", found.mean) + " nats, \(percent)% interval \(interval)"
            return switch found.finding {
            case .lower: "\(entry.variant) lowers S against \(baseline): \(numbers)."
            case .higher: "\(entry.variant) raises S against \(baseline): \(numbers)."
            case .same: "\(entry.variant) does not change S against \(baseline): \(numbers)."
            case .undecided:
                "Whether \(entry.variant) changes S against \(baseline) is undecided: \(numbers)."
            }
        }
        let rest = comparisons.count - sentences.count
        return sentences + (rest > 0 ? ["\(rest) more comparisons are in the table."] : [])
    }

    private var percent: String { NumberText.setting((confidence * 1000).rounded() / 10) }

    private func nats(_ value: Double?) -> String {
        value.map { String(format: "%.3f", $0) } ?? "-"
    }

    /// A difference with its interval below it.
    private func cell(_ found: Difference?) -> Table.Cell {
        guard let found else { return "-" }
        return Table.Cell(
            String(format: "%+.3f", found.mean),
            detail: String(format: "%+.3f to %+.3f", found.low, found.high))
    }

    /// Each variant against the baseline.
    private var compared: Table {
        Table(
            [
                .prose("against \(baseline)"), .word("verdict"), .word("S is"), .number("S, nats"),
                .word("by size", priority: 3), .number("lowest loss, nats", priority: 1),
                .number("detectable", priority: 2), .word("claimed"), .prose("why"),
            ],
            comparisons.map { entry in
                let bySize = entry.sensitivity?.bySize.map { String(format: "%+.3f", $0) }
                return [
                    Table.Cell(entry.variant), Table.Cell(Badge(entry.verdict)),
                    Table.Cell(entry.sensitivity?.finding.rawValue ?? "not compared"),
                    cell(entry.sensitivity), Table.Cell(bySize?.joined(separator: " ") ?? "-"),
                    cell(entry.bestLoss), Table.Cell(entry.detectable.map(NumberText.loss) ?? "-"),
                    Table.Cell(entry.claim?.rawValue ?? "none"), Table.Cell(entry.reason ?? ""),
                ]
            },
            note:
                "Differences over paired seeds, averaged over sizes, with \(percent)% intervals; a "
                + "difference in S below \(NumberText.loss(margin)) nats is negligible. Detectable "
                + "is the difference found with 80% power.")
    }

    /// The differences that verdicts rest on, with their intervals.
    private var differences: [DrawnFigure] {
        func plot(
            _ name: String, _ title: String, _ axis: String, _ caption: String,
            band: ClosedRange<Double>?, _ difference: (Comparison) -> Difference?
        ) -> DrawnFigure? {
            let rows = comparisons.compactMap { entry in
                difference(entry).map { found in
                    ForestPlot.Row(
                        entry.variant, found.mean, low: found.low, high: found.high,
                        parts: found.bySize.count > 1 ? found.bySize : [],
                        outcome: Badge(found.finding))
                }
            }
            guard !rows.isEmpty else { return nil }
            return ForestPlot(
                name: name, title: title, axis: axis, rows: rows, band: band,
                number: { String(format: "%+.3f", $0) }
            ).drawn(
                caption:
                    "\(caption) minus that of \(baseline), over paired seeds and averaged over "
                    + "sizes, with \(percent)% intervals; small points are sizes.")
        }
        return [
            plot(
                "sensitivity-differences", "Effect of each variant on S",
                "difference in LR sensitivity S (nats per token)",
                "LR sensitivity of each variant", band: margin > 0 ? -margin...margin : nil
            ) { $0.sensitivity },
            plot(
                "sensitivity-loss-differences", "Effect of each variant on the lowest loss",
                "difference in lowest loss (nats per token)", "Lowest loss of each variant",
                band: nil
            ) { $0.bestLoss },
        ].compactMap(\.self)
    }

    /// S of each size under each variant, and the mean losses behind it.
    private var sizes: Table {
        let rates = lines.first?.points.map(\.learningRate) ?? []
        let columns: [Table.Column] =
            [.prose("variant"), .word("width x depth"), .number("N", priority: 1)]
            + rates.map { .number(NumberText.rate($0), priority: 2) }
            + [
                .number("S"), .word("bootstrap interval"),
                .number("S within 10x of the best", priority: 3), .number("best LR"),
                .number("best loss", priority: 3),
            ]
        let rows = lines.map { line -> [String] in
            let interval = line.low.map { "\(nats($0)) to \(nats(line.high))" } ?? "-"
            return [
                line.variant, line.size, line.parameters.map { NumberText.count($0) } ?? "unknown",
            ] + line.points.map(loss)
                + [
                    nats(line.sensitivity), interval, nats(line.aroundOptimum),
                    line.bestLearningRate.map { NumberText.roundedRate($0) } ?? "-",
                    nats(line.bestLoss),
                ]
        }
        return Table(columns, rows.map { row in row.map { Table.Cell($0) } })
    }

    /// The mean loss of the seeds that did not diverge; `!n`: n did, `?n`: n have no result.
    private func loss(_ point: Point) -> String {
        let known = point.losses.compactMap(\.self)
        let lost = point.losses.count - known.count - point.missing
        let mean = known.isEmpty ? "div" : nats(known.reduce(0, +) / Double(known.count))
        return mean + (lost > 0 && !known.isEmpty ? "!\(lost)" : "")
            + (point.missing > 0 ? "?\(point.missing)" : "")
    }

    /// How S grows with the number of parameters.
    private var growth: [String] {
        func sentences(_ slopes: [Slope], _ place: String) -> [String] {
            slopes.map { slope in
                (slope.variant.isEmpty ? "S" : "S of \(slope.variant)") + place
                    + " ~ N^\(nats(slope.exponent)) (\(nats(slope.low)) to \(nats(slope.high)))."
            }
        }
        return sentences(slopes, "")
            + sentences(slopesAroundOptimum ?? [], " within 10x of the best learning rate")
    }
}

extension Badge {
    /// What a difference comes to, where lower is better.
    init(_ finding: DifferenceFinding) {
        let tone: Tone =
            switch finding {
            case .lower: .good
            case .higher: .bad
            case .same, .undecided: .open
            }
        self.init(finding.rawValue, tone)
    }
}
