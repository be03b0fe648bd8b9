public import Documents
public import Formats
public import Statistics
public import Sweeps

extension DecayResult: StudyResult {
    /// `decay`.
    public static var name: String { "decay" }
    /// What the variants say together.
    public var overall: Verdict? { verdict }
    /// `decay.csv`: a row a matrix and window.
    public var tables: [String: CSVTable] { ["decay.csv": DecayTable(self).table] }

    /// Recipes with their verdicts, ratios through the schedule, matrices.
    public var document: Document {
        let figure = DecayFigure(self)
        var page = Document(
            kind: Self.name,
            title: "\(name): gradients against their predicted steady state under weight decay",
            badge: Badge(verdict), lead: answers,
            files: [Self.file, "decay.csv"],
            conventions:
                "Ratios are of the gradient's norm to the weight's; losses are in nats per token.")
        page.sections =
            [
                .init("Recipes", [.table(recipes)]), .init(figure.title, [.figure(figure.drawn)]),
            ] + variants.map(section)
        return page
    }

    /// What it comes to, in sentences.
    private var answers: [String] {
        switch verdict {
        case .inconclusive: return [reason.map { $0 + "." }].compactMap(\.self)
        case .fail:
            return variants.filter { $0.verdict == .fail }.map { variant in
                "\(variant.name): \(variant.reason ?? "a matrix leaves the band")."
            }
        case .pass:
            return [
                "Every scale-invariant matrix of \(NumberText.list(variants.map(\.name))) stays within "
                    + "a factor of \(NumberText.short(bound)) of its predicted steady state."
            ]
        }
    }

    /// Numbers of the seeds, with as many digits each.
    private func bySeed(_ values: [Double]) -> String {
        values.map(NumberText.loss).joined(separator: ", ")
    }

    private var recipes: Table {
        Table(
            [
                .prose("recipe"), .word("verdict"), .prose("prediction", priority: 3),
                .word("settled from"), .word("loss", priority: 2), .word("held-out loss"),
                .word("gradient rise", priority: 1), .prose("why"),
            ],
            variants.map { variant in
                [
                    Table.Cell(variant.name, detail: "\(variant.rule), \(variant.decayForm)"),
                    Table.Cell(Badge(variant.verdict)), Table.Cell(variant.law.rawValue),
                    Table.Cell(
                        variant.settledStep.map { "step \(NumberText.count($0))" }
                            ?? "never settled"),
                    Table.Cell(bySeed(variant.loss)), Table.Cell(bySeed(variant.heldOutLoss)),
                    Table.Cell(bySeed(variant.gradientRise)), Table.Cell(variant.reason ?? ""),
                ]
            },
            note:
                "PASS where every scale-invariant matrix stays within a factor of "
                + "\(NumberText.short(bound)) of its predicted steady state once the sum of learning rate times decay has "
                + "reached \(NumberText.short(settled)). The rise is the norm of the whole gradient at "
                + "the end over that in the middle; it and the losses are listed seed by seed.")
    }

    private func section(_ variant: Variant) -> Document.Section {
        var note =
            "Ratio and weight are those of the last window; angles of a step and cosines of weights and "
            + "direction are means over the windows in which ratios are judged."
        if let guide = variant.guide {
            note +=
                " Under pure-noise gradients weights would settle at RMS "
                + "\(NumberText.short(guide.weight)), updates at \(NumberText.short(guide.update)) times "
                + "the learning rate; they would rotate by \(NumberText.short(guide.angle)) rad per step and "
                + "have a cosine of \(NumberText.short(guide.cosine)) (arXiv 2305.17212, at the peak "
                + "learning rate)."
        }
        let settled = "\(NumberText.short(variant.timeConstants)) of \(NumberText.short(settled))"
        return Document.Section(
            "Matrices of \(variant.name)", badge: Badge(variant.verdict),
            [
                .text("Sum of learning rate times decay: \(settled) needed to settle."),
                .table(matrices(variant)), .note(note), .table(schedule(variant)),
            ])
    }

    private func matrices(_ variant: Variant) -> Table {
        // The mean over the windows in which ratios are judged.
        func judged(_ series: [Double]) -> String {
            let values = zip(series, variant.windows).filter(\.1.isJudged).map(\.0)
            return Descriptive.mean(of: values).map(NumberText.short) ?? "-"
        }
        let rows = variant.layers.map { layer -> [Table.Cell] in
            let interval = layer.low.flatMap { low in
                layer.high.map { "\(NumberText.short(low)) to \(NumberText.short($0))" }
            }
            return [
                Table.Cell(layer.path),
                layer.verdict.map { Table.Cell(Badge($0)) }
                    ?? Table.Cell("not scale invariant", .muted),
                Table.Cell(layer.overLaw.map(NumberText.short) ?? "-", detail: interval),
                Table.Cell(layer.ratio.last.map(NumberText.short) ?? "-"),
                Table.Cell(layer.weight.last.map(NumberText.short) ?? "-"),
                Table.Cell(judged(layer.angle)), Table.Cell(judged(layer.cosine)),
            ]
        }
        return Table(
            [
                .word("matrix"), .word("verdict"), .number("over prediction"),
                .number("last ratio"),
                .number("last weight rms", priority: 1), .number("angle, rad", priority: 2),
                .number("cosine", priority: 3),
            ], rows)
    }

    /// Numbers of up to seven windows, from the first to the last.
    private func schedule(_ variant: Variant) -> Table {
        let count = variant.windows.count
        let chosen =
            count > 7
            ? (0..<7).map { Int((Double($0) * Double(count - 1) / 6).rounded()) }
            : Array(0..<count)
        func row(_ name: String, _ values: [Double]) -> [Table.Cell] {
            [Table.Cell(name)] + chosen.map { Table.Cell(NumberText.short(values[$0])) }
        }
        let windows = variant.windows
        var rows = [
            row("learning rate", windows.map(\.learningRate)),
            row("predicted ratio", windows.map(\.law)),
        ]
        rows += variant.layers.map { row($0.path, $0.ratio) }
        rows += [
            row("gradient norm", windows.map(\.gradientNorm)), row("loss", windows.map(\.loss)),
        ]
        if let layer = variant.layers.first(where: \.isInvariant) ?? variant.layers.first {
            rows += [
                row("weight RMS, \(layer.path)", layer.weight),
                row("  its angle per step, rad", layer.angle),
                row("  its cosine with the direction", layer.cosine),
            ]
        }
        return Table(
            [.prose("at step")] + chosen.map { .number("\(windows[$0].step)") },
            windows.isEmpty ? [] : rows)
    }
}
