import Documents
import Statistics
import Sweeps

extension DecayReport {
    /// A decay study as a page.
    func page(_ result: DecayResult, _ origin: ReportOrigin) -> Document {
        let figure = DecayFigure(result)
        var page = Document(
            kind: "decay", title: "\(result.name): gradients against the law of their decay",
            badge: Badge(result.verdict),
            lead: [result.reason.map { $0 + "." }]
                .compactMap(\.self), files: ["decay.json", "decay.csv"],
            conventions:
                "Ratios are of the gradient's norm to the weight's; losses are in nats per token.",
            origin: origin)
        let bound = NumberText.short(result.bound)
        page.sections = [
            .init(
                "Recipes",
                [
                    .markup(recipes(result)),
                    .note(
                        "PASS where every scale-invariant matrix keeps within a factor of \(bound) of "
                            + "its law once the sum of learning rate times decay has reached "
                            + "\(NumberText.short(result.settled)). The rise is the norm of the whole "
                            + "gradient at the end over that in the middle."),
                ]),
            .init(figure.title, [.figure(figure.drawn)]),
        ]
        page.sections += result.variants.map(matrices)
        return page
    }

    private func means(_ values: [Double]) -> String {
        values.map(NumberText.short).joined(separator: " ")
    }

    private func recipes(_ result: DecayResult) -> String {
        HTML.table(
            head: [
                "recipe", "verdict", "law", "settled from", "loss", "held-out loss",
                "gradient rise",
                "why",
            ],
            rows: result.variants.map { variant in
                [
                    HTML.escaped(variant.name)
                        + "<small>\(HTML.escaped("\(variant.rule), \(variant.decayForm)"))</small>",
                    Badge(variant.verdict).markup, HTML.escaped(variant.law.rawValue),
                    variant.settledStep.map { "step \(NumberText.count($0))" } ?? "never",
                    means(variant.loss), means(variant.heldOutLoss), means(variant.gradientRise),
                    HTML.escaped(variant.reason ?? ""),
                ]
            }, labels: 8, attributes: "class=\"prose why\"")
    }

    private func matrices(_ variant: DecayResult.Variant) -> Document.Section {
        // The mean over the windows in which ratios are judged.
        func judged(_ series: [Double]) -> String {
            let values = zip(series, variant.windows).filter(\.1.isJudged).map(\.0)
            return Descriptive.mean(of: values).map(NumberText.short) ?? "-"
        }
        let rows = variant.layers.map { layer in
            [
                HTML.escaped(layer.path),
                layer.verdict.map { Badge($0).markup }
                    ?? "<span class=\"muted\">not scale invariant</span>",
                layer.overLaw.map(NumberText.short) ?? "-",
                layer.low.flatMap { low in
                    layer.high.map {
                        "\(NumberText.short(low)) to \(NumberText.short($0))"
                    }
                } ?? "-",
                layer.ratio.last.map(NumberText.short) ?? "-",
                layer.weight.last.map(NumberText.short) ?? "-",
                judged(layer.angle), judged(layer.cosine),
            ]
        }
        var note =
            "Ratio and weight are those of the last window; angles of a step and cosines of weights and "
            + "direction are means over the windows in which ratios are judged."
        if let guide = variant.guide {
            note +=
                " Under gradients that are noise alone weights would rest at RMS "
                + "\(NumberText.short(guide.weight)), turn by \(NumberText.short(guide.angle)) rad "
                + "a step and have a cosine of \(NumberText.short(guide.cosine)) (arXiv 2305.17212, at "
                + "the peak learning rate)."
        }
        return Document.Section(
            "Matrices of \(variant.name)", badge: Badge(variant.verdict),
            [
                .markup(
                    HTML.table(
                        head: [
                            "matrix", "verdict", "over law", "interval", "last ratio",
                            "last weight rms",
                            "angle, rad", "cosine",
                        ], rows: rows, labels: 2)),
                .note(note),
            ])
    }
}
