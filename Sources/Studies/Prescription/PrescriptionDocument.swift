public import Documents
import ForecastStudies
import Foundation
public import Statistics
public import Sweeps

extension PrescriptionResult: StudyResult {
    /// `prescription`.
    public static var name: String { "prescription" }
    /// Of the learning rate and the alarms at the target.
    public var overall: Verdict? { verdict }

    /// Recipe, learning rate, warnings, what was tried, what was not, and what each line rests on.
    public var document: Document {
        let figures = PrescriptionFigures(result: self)
        var page = Document(
            kind: Self.name, title: "A recipe for \(target)", badge: Badge(verdict),
            lead: [(reason ?? "\(rateWords) at \(target)") + ".", changeWords.map { $0 + "." }]
                .compactMap(\.self),
            tiles: tiles,
            files: [Self.file] + (learningRate.prescribed == nil ? [] : ["prescription.yaml"])
                + ["../plan.json"],
            conventions:
                "Losses and sensitivities are in nats per token; sizes are parameters without the "
                + "embedding and the head.")
        page.sections = [
            .init("The recipe", [.table(recipeTable), .note(recipeNote)]),
            .init(
                "The learning rate",
                learningRateWords.map(Document.Piece.text) + [.figure(figures.learningRate)]),
            .init("Warnings, most certain first", [.table(warningTable)]),
        ]
        if !trials.isEmpty {
            page.sections.append(
                .init(
                    "Mitigations tried",
                    [.table(trialTable)] + figures.differences.map(Document.Piece.figure)))
        }
        if !sensitivities.isEmpty {
            page.sections.append(
                .init(
                    "Sensitivity to the learning rate",
                    [.figure(figures.sensitivity), .table(sensitivityTable)]))
        }
        page.sections += [
            .init(
                "What was not tested",
                [
                    .table(
                        Table(
                            [.word("what"), .prose("proxies and target")],
                            notTested.map { [Table.Cell($0.what), Table.Cell($0.detail)] }))
                ]),
            .init(
                "Evidence", isDetail: true,
                [.table(evidenceTable), .table(forecastTable)]),
        ]
        page.next = [advice]
        return page
    }

    private var tiles: [(number: String, label: String)] {
        let rate = learningRate
        var label = "learning rate prescribed"
        if let low = rate.low, let high = rate.high {
            label += ", \(NumberText.roundedRate(low)) to \(NumberText.roundedRate(high))"
            label += " at the target"
        }
        label += "; " + rate.status
        return [
            (rate.prescribed.map(NumberText.roundedRate) ?? "none", label),
            (
                NumberText.parameters(targetParameters),
                "parameters of the target"
                    + (extrapolationFactor.map {
                        ", \(PrescriptionWords.times($0)) times the largest proxy "
                            + "(\(NumberText.parameters(largestParameters)))"
                    } ?? "")
            ),
            (
                NumberText.count(runs - missing, "run"),
                "\(missing) without a result, \(diverged) diverged"
            ),
            (
                NumberText.duration(spentSeconds),
                "of training, of \(NumberText.duration(budgetSeconds)) allowed"
            ),
        ]
    }

    /// What to do next.
    private var advice: String {
        switch verdict {
        case .pass: "Train it: ballast train \(target)/prescription.yaml --out RUN."
        case .fail: "Do not train it as it is."
        case .inconclusive:
            "Not settled"
                + (learningRate.prescribed == nil
                    ? "." : "; \(target)/prescription.yaml is \(learningRate.status).")
        }
    }

    /// Links to what a line rests on.
    private func basis(_ evidence: [String]) -> Table.Cell {
        Table.Cell(links: evidence.map { ($0, "#evidence-\($0)") })
    }

    // MARK: Tables

    private var recipeTable: Table {
        Table(
            [
                .word("key"), .word("value"), .word("was", priority: 1), .prose("why"),
                .word("evidence", priority: 2),
            ],
            recipe.map { line in
                let isNew = line.value != line.previous
                return [
                    Table.Cell(line.key), Table.Cell(line.value, isNew ? .best : .plain),
                    isNew ? Table.Cell(line.previous) : Table.Cell("same", .muted),
                    Table.Cell(line.why), basis(line.evidence),
                ]
            })
    }

    private var recipeNote: String {
        learningRate.prescribed == nil
            ? "There is no prescription.yaml: no learning rate is prescribed."
            : "prescription.yaml holds all keys at width \(targetWidth) and depth \(targetDepth)."
    }

    /// What is known of the learning rate, in sentences.
    private var learningRateWords: [String] {
        let rate = learningRate
        var sentences = ["\(rateWords) at \(target)."]
        if let reason = rate.reason { sentences.append(reason + ".") }
        if let drift = rate.drift {
            sentences.append(
                "Over the proxies it moves by a factor of \(NumberText.short(drift.value)) "
                    + "(\(NumberText.short(drift.low)) to \(NumberText.short(drift.high))) "
                    + "for each doubling of the parameters.")
        }
        let optima = rate.optima.map { place in
            "\(place.learningRate.map(NumberText.roundedRate) ?? "none") at "
                + NumberText.parameters(place.parameters)
        }
        if !optima.isEmpty {
            sentences.append("The best of each proxy: \(optima.joined(separator: ", ")).")
        }
        sentences.append(
            "Signals are judged at \(NumberText.roundedRate(rate.judgedAt)), the nearest that ran.")
        return sentences
    }

    private var warningTable: Table {
        Table(
            [
                .word("certainty"), .word("at LR", priority: 1), .prose("what happens"),
                .prose("what settles or avoids it"), .word("evidence", priority: 2),
            ],
            warnings.map { warning in
                [
                    Table.Cell(Badge(warning.certainty)),
                    Table.Cell(
                        warning.learningRate.map(NumberText.rate) ?? "-",
                        detail: warning.isPrescribed == true ? standing : nil),
                    Table.Cell(warning.text), Table.Cell(warning.settle),
                    basis(warning.evidence),
                ]
            })
    }

    /// What a learning rate that stands for the prescribed one is to it.
    private var standing: String {
        guard let value = learningRate.prescribed else {
            return "nearest to the largest proxy's best"
        }
        return learningRate.judgedAt == value
            ? "prescribed" : "nearest to the prescribed \(NumberText.short(value))"
    }

    private var trialTable: Table {
        func cell(_ range: Range?) -> Table.Cell {
            guard let range else { return "-" }
            return Table.Cell(
                String(format: "%+.3f", range.value),
                detail: String(format: "%+.3f to %+.3f", range.low, range.high))
        }
        return Table(
            [
                .prose("mitigation"), .word("decision"), .word("against", priority: 3),
                .number("S"),
                .number("lowest loss"), .prose("why"), .word("evidence", priority: 2),
            ],
            trials.map { trial in
                [
                    Table.Cell(trial.mitigation, detail: "on \(trial.base); \(trial.source)"),
                    Table.Cell(Badge(trial.decision)), Table.Cell(trial.failureMode),
                    cell(trial.sensitivity), cell(trial.loss), Table.Cell(trial.why),
                    basis(trial.evidence),
                ]
            },
            note:
                "S and lowest loss: with the mitigation minus without it, in nats, over paired seeds; below "
                + "each its interval.")
    }

    private var sensitivityTable: Table {
        Table(
            [
                .word("variant"), .number("parameters"), .number("S, nats"),
                .word("of each seed", priority: 1),
                .prose("learning rates averaged over", priority: 2),
            ],
            sensitivities.map { entry in
                [
                    Table.Cell(entry.variant), Table.Cell(NumberText.parameters(entry.parameters)),
                    Table.Cell(NumberText.loss(entry.value), .best),
                    Table.Cell(entry.seeds.map(NumberText.loss).joined(separator: " ")),
                    Table.Cell(
                        entry.learningRates.map(NumberText.roundedRate).joined(separator: " ")),
                ]
            })
    }

    private var forecastTable: Table {
        Table(
            [.prose("forecasts, signal by signal")],
            (forecasts ?? []).map { [Table.Cell(links: [($0, "forecast/\($0)/report.html")])] })
    }

    private var evidenceTable: Table {
        Table(
            [
                .word("name"), .prose("what is shown"), .prose("from"),
                .prose("fit, interval, held out"), .prose("files"),
            ],
            evidence.map { entry in
                let cells = entry.files.filter { $0.hasPrefix("../cells/") }
                let files = entry.files.filter { !cells.contains($0) } + cells.prefix(4)
                let rest = cells.count - 4
                let facts =
                    [entry.fit, entry.interval].compactMap(\.self)
                    + entry.heldOut.map { "held out: " + $0 }
                var name = Table.Cell(entry.id)
                name.anchor = "evidence-\(entry.id)"
                return [
                    name, Table.Cell(entry.claim), Table.Cell("\(entry.count) of \(entry.runs)"),
                    Table.Cell(facts.joined(separator: "; ")),
                    Table.Cell(
                        links: files.map { ($0, $0) },
                        more: rest > 0 ? "and \(rest) more in \(Self.file)" : ""),
                ]
            })
    }
}

extension PrescriptionResult {
    /// The learning rate in words, with how far it is carried: `2.5e-3 (2e-3 to 3.1e-3), validated ...`.
    package var rateWords: String {
        let rate = learningRate
        var words = rate.prescribed.map(NumberText.roundedRate) ?? "none"
        if let low = rate.low, let high = rate.high {
            words += " (\(NumberText.roundedRate(low)) to \(NumberText.roundedRate(high)))"
        }
        if rate.prescribed == nil {
            let bounds = [
                rate.atLeast.map { "at least \(NumberText.roundedRate($0))" },
                rate.atMost.map { "at most \(NumberText.roundedRate($0))" },
            ].compactMap(\.self)
            if !bounds.isEmpty { words += ", " + NumberText.list(bounds) }
        }
        return words + ", " + rate.status
    }

    /// What the proxies have otherwise than the recipe, in words; nil where they have not.
    var changeWords: String? { Self.words(proxyChanges) }

    /// What proxies have otherwise than a recipe, in words; nil where they have not.
    package static func words(_ changes: [Change]) -> String? {
        guard !changes.isEmpty else { return nil }
        let words = changes.map { "\($0.key) \($0.proxy) (recipe \($0.recipe))" }
        return "Proxies differ from the recipe: " + NumberText.list(words)
    }
}

extension Certainty {
    /// The certainty in words.
    var words: String {
        switch self {
        case .measured: "measured"
        case .validated: "validated"
        case .withinInterval: "within interval"
        case .extrapolated: "extrapolated"
        case .literature: "literature only"
        }
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

    /// What became of a mitigation.
    init(_ decision: MitigationDecision) {
        let tone: Tone =
            switch decision {
            case .kept: .good
            case .noHelp, .costsLoss: .bad
            case .undecided, .notRun: .open
            }
        self.init(decision.words, tone)
    }
}
