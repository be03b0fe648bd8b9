import DecayStudies
public import Documents
import Foundation
import Statistics
import Sweeps

/// Findings as a page: published, here, agrees?, with the numbers behind each.
public struct FindingsReport {
    private let result: FindingResult

    /// Describes a result.
    public init(_ result: FindingResult) { self.result = result }

    /// Writes `report.html` and `figures/`: one for each finding that has a number.
    ///
    /// - Parameters:
    ///   - folder: Where the files go; made if it is not there.
    ///   - vegaBundle: A classic script that sets `window.vegaEmbed`.
    ///   - python: A Python interpreter that has the package `vl-convert-python`.
    ///   - origin: How it was made.
    /// - Returns: The path of each file, then a note, beginning with `note:`, for each thing left out.
    /// - Throws: What the file system refused.
    public func write(
        to folder: String, vegaBundle: String?, python: String?, origin: ReportOrigin
    ) throws -> [String] {
        try page(origin).write(to: folder, vegaBundle: vegaBundle, python: python)
    }

    private var percent: String { NumberText.setting((result.confidence * 1000).rounded() / 10) }

    private func page(_ origin: ReportOrigin) -> Document {
        var page = Document(
            kind: "findings", title: "Published findings, held against these runs",
            lead: [
                "\(result.agrees) agree, \(result.disagrees) disagree, \(result.cannotSay) cannot say."
            ],
            tiles: [
                ("\(result.agrees)", "agree: the whole interval lies where the finding puts it"),
                ("\(result.disagrees)", "disagree: none of it does"),
                (
                    "\(result.cannotSay)",
                    "cannot say: the interval reaches over a limit, or there is no number"
                ),
                (
                    NumberText.count(result.findings.reduce(0) { $0 + $1.runs }),
                    "runs asked, shared ones counted for each finding"
                ),
            ], files: ["findings.json", "findings.md"],
            conventions:
                "Intervals hold \(percent)% each by itself; losses are in nats per token.",
            origin: origin)
        page.sections = [
            .init("Findings", [.markup(table), .note("A click on a name leads to the numbers.")])
        ]
        var studies: [String] = []
        for entry in result.findings where !studies.contains(entry.study) {
            studies.append(entry.study)
        }
        page.sections += studies.map { study in
            Document.Section(
                "Evidence: \(study)",
                result.findings.enumerated().filter { $0.element.study == study }
                    .flatMap { evidence($0.element, index: $0.offset) })
        }
        return page
    }

    private var table: String {
        HTML.table(
            head: ["agrees?", "published finding", "here, at proxy scale", "expected"],
            rows: result.findings.enumerated().map { index, entry in
                let number =
                    entry.estimate == nil ? "no number" : "<b>\(HTML.escaped(entry.number))</b>"
                let reason = entry.reason.map { "<small>\(HTML.escaped($0))</small>" } ?? ""
                return [
                    Badge(entry.answer).markup,
                    "<a href=\"#\(anchor(index))\">\(HTML.escaped(entry.id))</a>: "
                        + "\(HTML.escaped(entry.claim))<small>\(HTML.escaped(entry.source))</small>",
                    "\(number)<small>\(HTML.escaped(entry.quantity))</small>\(reason)",
                    HTML.escaped(entry.expected),
                ]
            }, labels: 4, attributes: "class=\"prose\"")
    }

    private func anchor(_ index: Int) -> String { "evidence-\(index + 1)" }

    /// What is behind a finding.
    private func evidence(_ entry: FindingResult.Entry, index: Int) -> [Document.Piece] {
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
            .markup(
                "<h3 id=\"\(anchor(index))\">\(HTML.escaped(entry.claim)) "
                    + "\(Badge(entry.answer).markup)</h3>\n\(HTML.definitions(facts))")
        ]
        if let figure = figure(entry, index: index) { pieces.append(.figure(figure)) }
        guard !entry.strata.isEmpty else { return pieces }
        let most = entry.strata.map(\.values.count).max() ?? 0
        let strata = HTML.table(
            head: ["at"] + (0..<most).map { "seed \($0 + 1)" },
            rows: entry.strata.map { stratum in
                [HTML.escaped(stratum.label.isEmpty ? "all runs" : stratum.label)]
                    + (0..<most).map { seed in
                        seed < stratum.values.count
                            ? NumberText.short(stratum.values[seed]) : "-"
                    }
            }, labels: 1)
        return pieces + [
            .markup("<details><summary>The number of each seed</summary>\n\(strata)</details>\n")
        ]
    }

    /// The number with its interval and those of the seeds, beside what is expected.
    private func figure(_ entry: FindingResult.Entry, index: Int) -> DrawnFigure? {
        guard let estimate = entry.estimate else { return nil }
        let rows =
            entry.strata.map {
                IntervalPlot.Entry(
                    label: $0.label.isEmpty ? "seeds" : $0.label, parts: $0.values)
            } + [.init(label: "together", value: estimate, low: entry.low, high: entry.high)]
        let limits = [entry.expectedLow, entry.expectedHigh].compactMap(\.self)
        let numbers = limits + rows.flatMap(\.parts) + [estimate]
        let (least, most) = (numbers.min() ?? 0, numbers.max() ?? 0)
        let isPlain = entry.id.allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")
        }
        return IntervalPlot(
            name: "finding-\(isPlain ? entry.id : "\(index + 1)")", title: entry.claim,
            axis: entry.unit.isEmpty ? "number (no unit)" : entry.unit, entries: rows,
            band: (entry.expectedLow ?? -.infinity)...(entry.expectedHigh ?? .infinity),
            isLogarithmic: least > 0 && most > 20 * least && (entry.low ?? 0) > 0, isSmall: true
        ).drawn(
            caption:
                "Decided by: \(entry.quantity). Small points are seeds, the large one is their mean "
                + "with its \(percent)% interval; the band is what is expected: \(entry.expected).")
    }
}

extension Badge {
    /// What runs say of a finding.
    init(_ answer: FindingAnswer) {
        let tone: Tone =
            switch answer {
            case .agrees: .good
            case .disagrees: .bad
            case .cannotSay: .open
            }
        self.init(answer.rawValue, tone)
    }
}
