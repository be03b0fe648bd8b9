public import Documents
public import Formats
import Foundation
public import Statistics
public import Sweeps

extension InteractionResult: StudyResult {
    /// `interactions`.
    public static var name: String { "interactions" }
    /// On the page of its grid.
    public static var isPartOfSweep: Bool { true }
    /// Nothing is judged.
    public var overall: Verdict? { nil }

    /// `interactions.csv`: a row an effect.
    public var tables: [String: CSVTable] {
        var table = CSVTable(
            columns: ["kind", "factor", "beside", "effect", "low", "high", "finding"])
        for effect in effects {
            table.append([
                .text(effect.kind), .text(effect.factor), .text(effect.beside ?? ""),
                .optional(effect.value), .optional(effect.low), .optional(effect.high),
                .text(effect.finding.rawValue),
            ])
        }
        return ["interactions.csv": table]
    }

    /// What each factor does, which is still needed, and the numbers behind it.
    public var document: Document {
        let unit = measure == .sensitivity ? "S" : "the lowest loss"
        var page = Document(
            kind: Self.name, title: "Which mitigation is still needed once another is in?",
            lead: lead(unit), files: [Self.file, "interactions.csv"],
            conventions: "Losses are in nats per token, without z-loss.")
        let percent = NumberText.setting((confidence * 1000).rounded() / 10)
        page.sections = [
            .init(
                "Effect of each factor on \(unit)",
                [
                    .figure(figure(unit, percent)),
                    .table(
                        table(
                            effects("main") + effects("given"),
                            note:
                                "Differences over paired seeds, averaged over sizes and over all sets of "
                                + "the other factors, with \(percent)% intervals; below zero it lowers "
                                + "\(unit); within ±\(NumberText.digits(margin)) the effect is negligible."
                        )
                    ),
                ]),
            .init(
                "Interactions",
                [
                    .table(
                        table(
                            effects("interaction"),
                            note:
                                "How much the effect of one differs with and without the other: "
                                + "above zero, two that lower \(unit) do less together than the sum of "
                                + "both."))
                ]),
            .init("\(unit.prefix(1).uppercased() + unit.dropFirst()) of each set", [.table(sets)]),
        ]
        return page
    }

    /// What is needed, in sentences.
    private func lead(_ unit: String) -> [String] {
        var sentences: [String] = []
        for factor in factors {
            let main = effects("main").first { $0.factor == factor }
            guard main?.finding == .lower else { continue }
            for given in effects("given") where given.factor == factor {
                guard given.finding == .same || given.finding == .higher,
                    let other = given.beside
                else { continue }
                sentences.append(
                    "\(factor) lowers \(unit), and is not needed once \(other) is in: there it "
                        + "changes \(unit) by \(Self.text(given)).")
            }
        }
        if sentences.isEmpty, lost.isEmpty {
            let lowering = factors.filter { factor in
                effects("main").contains { $0.factor == factor && $0.finding == .lower }
            }
            sentences.append(
                lowering.isEmpty
                    ? "No mitigation is shown to lower \(unit)."
                    : "\(NumberText.list(lowering)) \(lowering.count == 1 ? "lowers" : "lower") "
                        + "\(unit); none is shown to become unnecessary once another is in.")
        }
        if !lost.isEmpty {
            sentences.append(
                "\(NumberText.count(lost.count, "number")) missing (\(missing) runs without a result), "
                    + "the first of \(lost[0]): effects that need them are not known.")
        }
        return sentences
    }

    /// `-0.105 (-0.150 to -0.060)`.
    private static func text(_ effect: Effect) -> String {
        guard let value = effect.value, let low = effect.low, let high = effect.high else {
            return "unknown"
        }
        return String(format: "%+.3f (%+.3f to %+.3f)", value, low, high)
    }

    private static func label(_ effect: Effect) -> String {
        guard let beside = effect.beside else { return effect.factor }
        return effect.kind == "given"
            ? "\(effect.factor), with \(beside)" : "\(effect.factor) x \(beside)"
    }

    private func table(_ effects: [Effect], note: String) -> Table {
        Table(
            [
                .prose("factor"), .word("effect is"), .number("effect, nats"),
                .word("by size", priority: 1),
            ],
            effects.map { effect in
                let value = effect.value.map { String(format: "%+.3f", $0) }
                let interval = effect.low.flatMap { low in
                    effect.high.map { String(format: "%+.3f to %+.3f", low, $0) }
                }
                return [
                    Table.Cell(Self.label(effect)), Table.Cell(effect.finding.rawValue),
                    Table.Cell(value ?? "-", detail: interval),
                    Table.Cell(
                        effect.bySize.map { String(format: "%+.3f", $0) }.joined(separator: " ")),
                ]
            }, note: note)
    }

    private var sets: Table {
        Table(
            [.prose("set")] + sizes.map { .number($0.text) },
            combinations.map { set in
                [Table.Cell(set.name)]
                    + set.sizes.map { Table.Cell($0.mean.map(NumberText.loss) ?? "-") }
            }, isDetail: combinations.count > 16)
    }

    private func figure(_ unit: String, _ percent: String) -> DrawnFigure {
        let rows = factors.flatMap { factor in
            effects.filter { $0.factor == factor && $0.kind != "interaction" }.map { effect in
                ForestPlot.Row(
                    Self.label(effect), effect.value, low: effect.low, high: effect.high,
                    outcome: Badge(effect.finding))
            }
        }
        return ForestPlot(
            name: "interactions-effects",
            title: "Effect of each factor, alone and given the others",
            axis: "change in \(unit) (nats per token)", rows: rows, band: -margin...margin,
            number: { String(format: "%+.3f", $0) }
        ).drawn(
            caption:
                "Effects over paired seeds with \(percent)% intervals, averaged over sizes: of each factor "
                + "over all sets of the others, and where another is in. The band marks effects that do not "
                + "matter.")
    }
}
