public import Documents
import ForecastStudies
import Foundation
import Reports
import Statistics
import Sweeps
import TransferStudies

/// A prescription as a page: recipe, learning rate, warnings, what was tried, what was not, and what each
/// line rests on.
public struct PrescriptionReport {
    private let result: PrescriptionResult
    private let forecasts: [String]

    /// Describes a result.
    ///
    /// - Parameters:
    ///   - result: What was prescribed.
    ///   - forecasts: The forecasts that have a page in `forecast/NAME/`.
    public init(_ result: PrescriptionResult, forecasts: [String] = []) {
        self.result = result
        self.forecasts = forecasts
    }

    /// Writes `report.html` and `figures/`: the learning rate by size, S by size, what cures change.
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

    private func page(_ origin: ReportOrigin) -> Document {
        let figures = PrescriptionFigures(result: result)
        var page = Document(
            kind: "prescription", title: "A recipe for \(result.target)",
            badge: Badge(result.verdict),
            lead: [result.reason.map { $0 + "." }, result.changeWords.map { $0 + "." }]
                .compactMap(\.self), tiles: tiles,
            files: ["prescription.json"]
                + (result.learningRate.prescribed == nil ? [] : ["prescription.yaml"])
                + ["../plan.json"],
            conventions:
                "Losses and sensitivities are in nats per token; sizes are parameters without the "
                + "embedding and the head.", origin: origin)
        page.sections = [
            .init("Warnings, the surest first", [.markup(warnings)]),
            .init(
                "The recipe",
                [
                    .markup(recipe),
                    .note(
                        result.learningRate.prescribed == nil
                            ? "There is no prescription.yaml: no learning rate is prescribed."
                            : "prescription.yaml holds all keys at width \(result.targetWidth) and "
                                + "depth \(result.targetDepth)."),
                ]),
            .init(
                "The learning rate",
                learningRate.map(Document.Piece.text) + [.figure(figures.learningRate)]),
        ]
        if !result.trials.isEmpty {
            page.sections.append(
                .init(
                    "Cures that were tried",
                    [.markup(trials)] + figures.differences.map(Document.Piece.figure)))
        }
        if !result.sensitivities.isEmpty {
            page.sections.append(
                .init(
                    "What a wrong learning rate costs",
                    [.figure(figures.sensitivity), .markup(sensitivities)]))
        }
        page.sections.append(
            .init(
                "What was not tested",
                [
                    .markup(
                        HTML.table(
                            head: ["what", "proxies and target"],
                            rows: result.notTested.map {
                                [HTML.escaped($0.what), HTML.escaped($0.detail)]
                            }, labels: 2, attributes: "class=\"prose\""))
                ]))
        page.sections.append(.init("What each line rests on", [.markup(evidence)]))
        return page
    }

    private var tiles: [(number: String, label: String)] {
        let rate = result.learningRate
        var label = "learning rate prescribed"
        if let low = rate.low, let high = rate.high {
            label += ", \(NumberText.short(low)) to \(NumberText.short(high)) at the target"
        }
        label += "; " + rate.status
        return [
            (rate.prescribed.map(NumberText.short) ?? "none", label),
            (
                NumberText.parameters(result.targetParameters),
                "parameters of the target"
                    + (result.reach.map {
                        ", \(NumberText.short($0)) times the largest proxy "
                            + "(\(NumberText.parameters(result.largestParameters)))"
                    } ?? "")
            ),
            (
                NumberText.count(result.runs - result.missing, "run"),
                "\(result.missing) without a result, \(result.diverged) diverged"
            ),
            (
                NumberText.duration(result.spentSeconds),
                "of training, of \(NumberText.duration(result.budgetSeconds)) allowed"
            ),
        ]
    }

    /// Links to what a line rests on.
    private func links(_ evidence: [String]) -> String {
        evidence.map { id in
            "<a href=\"#evidence-\(HTML.escaped(id))\">\(HTML.escaped(id))</a>"
        }.joined(separator: " ")
    }

    private var recipe: String {
        HTML.table(
            head: ["key", "value", "was", "why", "rests on"],
            rows: result.recipe.map { line in
                let value = HTML.escaped(line.value)
                let isNew = line.value != line.previous
                return [
                    HTML.escaped(line.key),
                    isNew ? "<span class=\"best\">\(value)</span>" : value,
                    isNew ? HTML.escaped(line.previous) : "<span class=\"muted\">same</span>",
                    HTML.escaped(line.why), links(line.evidence),
                ]
            }, labels: 5, attributes: "class=\"prose\"")
    }

    private var warnings: String {
        HTML.table(
            head: [
                "how sure", "at LR", "what happens", "what settles or avoids it", "rests on",
            ],
            rows: result.warnings.map { warning in
                let own = warning.isPrescribed == true ? standing : ""
                return [
                    Badge(warning.certainty).markup,
                    (warning.learningRate.map(NumberText.rate) ?? "-") + own,
                    HTML.escaped(warning.text), HTML.escaped(warning.settle),
                    links(warning.evidence),
                ]
            }, labels: 5, attributes: "class=\"prose\"")
    }

    /// What a learning rate that stands for the prescribed one is to it.
    private var standing: String {
        guard let value = result.learningRate.prescribed else {
            return "<small>nearest to the largest proxy's best</small>"
        }
        return result.learningRate.judgedAt == value
            ? "<small>prescribed</small>"
            : "<small>nearest to the prescribed \(NumberText.short(value))</small>"
    }

    /// What is known of the learning rate, in sentences.
    private var learningRate: [String] {
        let rate = result.learningRate
        var sentences: [String] = ["\(result.rateWords) at \(result.target)."]
        if let reason = rate.reason { sentences.append(reason + ".") }
        if let drift = rate.drift {
            sentences.append(
                "Over the proxies it moves by a factor of \(NumberText.short(drift.value)) "
                    + "(\(NumberText.short(drift.low)) to \(NumberText.short(drift.high))) "
                    + "for each doubling of the parameters.")
        }
        return sentences
    }

    private var trials: String {
        func range(_ range: PrescriptionResult.Range?) -> String {
            range.map {
                String(format: "%+.3f<small>%+.3f to %+.3f</small>", $0.value, $0.low, $0.high)
            }
                ?? "-"
        }
        return HTML.table(
            head: ["cure", "decision", "against", "S", "lowest loss", "why", "rests on"],
            rows: result.trials.map { trial in
                [
                    HTML.escaped(trial.cure)
                        + "<small>on \(HTML.escaped(trial.base)); \(HTML.escaped(trial.source))</small>",
                    Badge(trial.decision).markup, HTML.escaped(trial.symptom),
                    range(trial.sensitivity), range(trial.loss), HTML.escaped(trial.why),
                    links(trial.evidence),
                ]
            }, labels: 7, attributes: "class=\"prose\"")
            + "<p class=\"muted\">S and lowest loss: the cure's less those without it, in nats, over "
            + "paired seeds; below each its interval.</p>\n"
    }

    private var sensitivities: String {
        HTML.table(
            head: [
                "variant", "parameters", "S, nats", "of each seed", "learning rates averaged over",
            ],
            rows: result.sensitivities.map { entry in
                [
                    HTML.escaped(entry.variant), NumberText.parameters(entry.parameters),
                    "<b>\(NumberText.loss(entry.value))</b>",
                    entry.seeds.map(NumberText.loss).joined(separator: " "),
                    entry.learningRates.map(NumberText.short).joined(separator: " "),
                ]
            }, labels: 1)
    }

    /// What lines rest on, each under the name that lines call it by.
    private var evidence: String {
        let forecasts = forecasts.map { name in
            "<a href=\"forecast/\(HTML.escaped(name))/report.html\">\(HTML.escaped(name))</a>"
        }
        let link =
            forecasts.isEmpty
            ? "" : "<p>Forecasts, signal by signal: \(NumberText.list(forecasts)).</p>\n"
        return link
            + result.evidence.map { entry in
                var facts = [("runs", "\(entry.count) of \(entry.runs)")]
                if let fit = entry.fit { facts.append(("fit", fit)) }
                if let interval = entry.interval { facts.append(("interval", interval)) }
                facts += entry.heldOut.map { ("held out", $0) }
                let cells = entry.files.filter { $0.hasPrefix("../cells/") }
                let files = entry.files.filter { !cells.contains($0) } + cells.prefix(4)
                let rest = cells.count - 4
                let list = files.map {
                    "<a href=\"\(HTML.escaped($0))\">\(HTML.escaped($0))</a>"
                }.joined(separator: " ")
                return """
                    <h3 id="evidence-\(HTML.escaped(entry.id))">\(HTML.escaped(entry.id))</h3>
                    <p>\(HTML.escaped(entry.claim))</p>
                    \(HTML.definitions(facts))
                    <p class="muted">\(list)\(rest > 0 ? " and \(rest) more in prescription.json" : "")</p>

                    """
            }.joined()
    }
}

/// The figures of a prescription.
struct PrescriptionFigures {
    let result: PrescriptionResult

    /// The best learning rate of each proxy, and that of the target.
    var learningRate: DrawnFigure {
        let rate = result.learningRate
        var points = rate.optima.compactMap { place in
            place.learningRate.map { value in
                LinePlot.Point(
                    series: "proxies", x: place.parameters, y: value, low: place.seeds.min(),
                    high: place.seeds.max())
            }
        }
        let target = result.targetParameters
        if let value = rate.prescribed {
            points.append(
                .init(
                    series: rate.isValidated ? "prescribed, validated" : "prescribed, unvalidated",
                    x: target, y: value, low: rate.low, high: rate.high))
        } else if let low = rate.atLeast, let high = rate.atMost {
            points.append(
                .init(
                    series: "none prescribed, bounds", x: target, y: (low * high).squareRoot(),
                    low: low, high: high))
        }
        return LinePlot(
            name: "prescription-learning-rate", title: "The best learning rate by size",
            xAxis: "parameters without embedding and head",
            yAxis: "learning rate of the lowest loss",
            seriesTitle: "", points: points, hasLogarithmicY: true
        ).drawn(
            caption:
                "Optima of the proxies, means over seeds, with bars from the lowest to the highest "
                + "seed. At the target's size stands the prescribed learning rate, \(result.rateWords); it "
                + "has an interval only within the extrapolation that held-out sizes validate.")
    }

    /// What each cure changes in the lowest loss and in S, where it was measured.
    var differences: [DrawnFigure] {
        func plot(
            _ name: String, _ title: String, _ axis: String, _ caption: String,
            _ range: (PrescriptionResult.Trial) -> PrescriptionResult.Range?
        ) -> DrawnFigure? {
            let entries = result.trials.compactMap { trial in
                range(trial).map {
                    IntervalPlot.Entry(
                        label: trial.base == "recipe"
                            ? trial.cure : "\(trial.cure) on \(trial.base)",
                        value: $0.value, low: $0.low, high: $0.high)
                }
            }
            guard !entries.isEmpty else { return nil }
            return IntervalPlot(
                name: name, title: title, axis: axis, entries: entries, guides: [0]
            ).drawn(caption: caption)
        }
        let percent = NumberText.setting((result.confidence * 1000).rounded() / 10)
        return [
            plot(
                "prescription-sensitivity-of-cures", "What cures change in S",
                "difference in learning-rate sensitivity (nats per token)",
                "S with the cure less S without it, over paired seeds, with \(percent)% intervals; to "
                    + "the left of zero the cure helps."
            ) { $0.sensitivity },
            plot(
                "prescription-loss-of-cures", "What cures change in the lowest loss",
                "difference in lowest loss (nats per token)",
                "The lowest loss with the cure less that without it, over paired seeds, with "
                    + "\(percent)% intervals; to the right of zero the cure costs."
            ) { $0.loss },
        ].compactMap(\.self)
    }

    /// S of each size, a line a variant.
    var sensitivity: DrawnFigure {
        LinePlot(
            name: "prescription-sensitivity", title: "Learning-rate sensitivity by size",
            xAxis: "parameters without embedding and head",
            yAxis: "learning-rate sensitivity S (nats per token)", seriesTitle: "variant",
            points: result.sensitivities.map { entry in
                .init(
                    series: entry.variant, x: entry.parameters, y: entry.value,
                    low: entry.seeds.min(), high: entry.seeds.max())
            }
        ).drawn(
            caption:
                "S is the mean over the learning rates of min(final loss, loss at initialisation), "
                + "less the lowest of them (arXiv 2309.14322); bars run from the lowest to the highest "
                + "seed.")
    }
}

extension Badge {
    /// How sure a warning is.
    init(_ certainty: Certainty) {
        let tone: Tone =
            switch certainty {
            case .measured, .validated: .bad
            case .withinInterval, .extrapolated, .literature: .open
            }
        self.init(certainty.words, tone)
    }

    /// What became of a cure.
    init(_ decision: CureDecision) {
        let tone: Tone =
            switch decision {
            case .kept: .good
            case .noHelp, .costsLoss: .bad
            case .undecided, .notRun: .open
            }
        self.init(decision.words, tone)
    }
}
