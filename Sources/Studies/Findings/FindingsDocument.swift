public import Documents
import Foundation
public import Statistics
public import Sweeps

extension FindingResult: StudyResult {
    /// `findings`.
    public static var name: String { "findings" }
    /// INCONCLUSIVE where a finding is open; nothing where all are decided, one way or the other.
    public var overall: Verdict? { cannotSay > 0 ? .inconclusive : nil }
    /// Findings of studies that are not asked again stay.
    public static var keepsEarlier: Bool { true }

    /// The findings of a folder once some of its studies were asked anew.
    public func joined(to earlier: FindingResult?) -> (whole: FindingResult, note: String?) {
        let whole = (earlier ?? FindingResult([])).updated(with: findings)
        let others = whole.findings.count - findings.count
        return (whole, others > 0 ? "with those of other studies, \(others)" : nil)
    }

    /// Published, here, agrees?, with the numbers behind each.
    public var document: Document {
        let count = "\(agrees) agree, \(disagrees) disagree, \(cannotSay) cannot say"
        var page = Document(
            kind: Self.name, title: "Published findings, checked against these runs",
            lead: [count + "."],
            tiles: [
                ("\(agrees)", "agree: the whole interval lies in the published range"),
                ("\(disagrees)", "disagree: the whole interval lies outside"),
                (
                    "\(cannotSay)",
                    "cannot say: the interval straddles a limit, or there is no number"
                ),
                (
                    NumberText.count(findings.reduce(0) { $0 + $1.runs }),
                    "runs needed, shared ones counted once per finding"
                ),
            ], files: [Self.file, "findings.md"],
            conventions:
                "Intervals are \(percent)% each, not jointly; losses are in nats per token.")
        page.sections = [.init("Findings", [.table(table)])]
        var studies: [String] = []
        for entry in findings where !studies.contains(entry.study) { studies.append(entry.study) }
        page.sections += studies.map { study in
            Document.Section(
                "Evidence: \(study)", isDetail: true,
                findings.enumerated().filter { $0.element.study == study }
                    .flatMap { evidence($0.element, index: $0.offset) })
        }
        return page
    }

    private var percent: String { NumberText.setting((confidence * 1000).rounded() / 10) }

    private var table: Table {
        Table(
            [
                .word("agrees?"), .prose("published finding"), .prose("here, at proxy scale"),
                .prose("expected"),
            ],
            findings.map { entry in
                let details = [entry.quantity, entry.reason].compactMap(\.self)
                return [
                    Table.Cell(Badge(entry.answer)),
                    Table.Cell("\(entry.id): \(entry.claim)", detail: entry.source),
                    Table.Cell(
                        entry.estimate == nil ? "no number" : entry.number,
                        detail: details.joined(separator: "; ")),
                    Table.Cell(entry.expected),
                ]
            })
    }

    /// What is behind a finding.
    private func evidence(_ entry: Entry, index: Int) -> [Document.Piece] {
        var facts = [
            ("published in", entry.source), ("decided by", entry.quantity), ("here", entry.number),
            ("expected", entry.expected),
            (
                "runs",
                NumberText.count(entry.runs)
                    + (entry.missing > 0 ? ", \(entry.missing) without a result" : "")
            ),
        ]
        if let reason = entry.reason { facts.append(("open because", reason)) }
        var pieces: [Document.Piece] = [
            .heading(entry.claim, badge: Badge(entry.answer)),
            .table(
                Table([.word(""), .prose("")], facts.map { [Table.Cell($0), Table.Cell($1)] })),
        ]
        if let figure = figure(entry, index: index) { pieces.append(.figure(figure)) }
        guard !entry.strata.isEmpty else { return pieces }
        let most = entry.strata.map(\.values.count).max() ?? 0
        return pieces + [
            .table(
                Table(
                    [.prose("at")] + (0..<most).map { .number("seed \($0 + 1)") },
                    entry.strata.map { stratum in
                        [Table.Cell(stratum.label.isEmpty ? "all runs" : stratum.label)]
                            + (0..<most).map { seed in
                                seed < stratum.values.count
                                    ? Table.Cell(FindingText.number(stratum.values[seed])) : "-"
                            }
                    }))
        ]
    }

    /// The number with its interval and those of the seeds, beside what is expected.
    private func figure(_ entry: Entry, index: Int) -> DrawnFigure? {
        guard let estimate = entry.estimate else { return nil }
        let outcome = Badge(entry.answer)
        let rows =
            entry.strata.map {
                ForestPlot.Row(
                    $0.label.isEmpty ? "seeds" : $0.label, nil, parts: $0.values, outcome: outcome)
            } + [.init("together", estimate, low: entry.low, high: entry.high, outcome: outcome)]
        let limits = [entry.expectedLow, entry.expectedHigh].compactMap(\.self)
        let numbers = limits + rows.flatMap(\.parts) + [estimate]
        let (least, most) = (numbers.min() ?? 0, numbers.max() ?? 0)
        let isPlain = entry.id.allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")
        }
        return ForestPlot(
            name: "finding-\(isPlain ? entry.id : "\(index + 1)")", title: entry.claim,
            axis: entry.unit.isEmpty ? "number (no unit)" : entry.unit, rows: rows, reference: nil,
            band: (entry.expectedLow ?? -.infinity)...(entry.expectedHigh ?? .infinity),
            isLogarithmic: least > 0 && most > 20 * least && (entry.low ?? 0) > 0, isSmall: true,
            number: FindingText.number
        ).drawn(
            caption:
                "Decided by: \(entry.quantity). Small points are seeds, the large one is their mean "
                + "with its \(percent)% interval; the band is what is expected: \(entry.expected).")
    }
}

extension Badge {
    /// What runs say of a finding.
    fileprivate init(_ answer: FindingAnswer) {
        let tone: Tone =
            switch answer {
            case .agrees: .good
            case .disagrees: .bad
            case .cannotSay: .open
            }
        self.init(answer.rawValue, tone)
    }
}
