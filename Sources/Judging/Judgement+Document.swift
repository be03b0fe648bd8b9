import Documents
import Foundation

extension Judgement {
    /// The judgement as text for a terminal of some width.
    public func text(columns: Int, usesColour: Bool = false) -> String {
        document.text(columns: columns, usesColour: usesColour)
    }

    private var badge: Badge? {
        outcome.map { outcome in
            switch outcome {
            case .keep: Badge("KEEP", .good)
            case .discard: Badge("DISCARD", .bad)
            case .retest: Badge("RETEST", .open)
            }
        }
    }

    private var document: Document {
        let title =
            candidate == nil
            ? "The noise floor of repeated runs" : "Is the candidate better than noise?"
        var document = Document(
            kind: "judgement", title: title, badge: badge, lead: reason.map { [$0 + "."] } ?? [])
        if let candidate { document.sections.append(.init("Runs", runs(candidate))) }
        if let noise, let baselines {
            document.sections.append(
                .init(
                    "Noise floor",
                    [
                        .text(
                            "One run of \(baselines.values.count) differs from another by a standard "
                                + "deviation of \(NumberText.short(noise.value)) "
                                + "(\(NumberText.short(noise.low)) to \(NumberText.short(noise.high)), "
                                + "95% interval)."),
                        .table(visible),
                    ]))
        }
        if let significance, let miss, let smallest {
            document.sections.append(
                .init(
                    "Errors over the whole campaign",
                    [
                        .text(
                            "Kept without improvement: at most \(NumberText.short(significance)). "
                                + "Discarded with an improvement of \(NumberText.short(smallest)) or more: "
                                + "at most \(NumberText.short(miss))."
                                + (place.map {
                                    " This is candidate \($0), look \(look ?? 1); the place says what "
                                        + "it may spend."
                                } ?? ""))
                    ]))
        }
        if !notes.isEmpty { document.sections.append(.init("Notes", [.list(notes)])) }
        if outcome == .retest, let more {
            document.next = [
                "Next: \(NumberText.count(more, "more run")) of the candidate with new seeds."
            ]
        }
        return document
    }

    private func runs(_ candidate: Sample) -> [Document.Piece] {
        func range(_ values: [Double]) -> String {
            guard let low = values.min(), let high = values.max() else { return "-" }
            return "\(NumberText.digits(low, 5)) to \(NumberText.digits(high, 5))"
        }
        func row(_ name: String, _ sample: Sample) -> [Table.Cell] {
            [
                .init("\(name): \(sample.source)"), .init("\(sample.values.count)"),
                .init(sample.mean.map { NumberText.digits($0, 5) } ?? "-"),
                .init(range(sample.values)),
            ]
        }
        var rows = baselines.map { [row("baselines", $0)] } ?? []
        rows.append(row("candidate", candidate))
        var pieces: [Document.Piece] = [
            .table(
                Table(
                    [
                        .word(metric ?? "value"), .number("runs"), .number("mean"),
                        .number("range", priority: 1),
                    ], rows))
        ]
        if let improvement, let probability {
            pieces.append(
                .text(
                    "Improvement \(NumberText.short(improvement.value)) "
                        + "(\(NumberText.short(improvement.low)) to "
                        + "\(NumberText.short(improvement.high)) at this look's share of the errors); "
                        + "p = \(NumberText.short(probability))."))
        } else if let probability {
            pieces.append(.text("p = \(NumberText.short(probability))."))
        }
        return pieces
    }

    /// What so many runs see.
    private var visible: Table {
        Table(
            [.number("runs of a candidate"), .number("detectable improvement (80% power)")],
            detectable.map { row in
                [
                    .init("\(row.runs)"),
                    .init(row.improvement.map(NumberText.short) ?? "none, too few baselines"),
                ]
            })
    }
}
