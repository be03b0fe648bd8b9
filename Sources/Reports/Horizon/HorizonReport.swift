public import Documents
import Foundation
import Statistics
public import Sweeps

/// A horizon study as a page.
public struct HorizonReport {
    private let result: HorizonResult
    private let words: HorizonWords

    /// Describes a result.
    public init(_ result: HorizonResult) {
        self.result = result
        words = HorizonWords(result)
    }

    /// Writes `report.html` and `figures/`: exponents, norms, losses and, where it was asked for, the optimum.
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
        let figures = HorizonFigures(result: result)
        var page = Document(
            kind: "horizon", title: "Does it matter how long one trains?",
            badge: Badge(result.verdict), lead: result.recipes.prefix(1).map(words.sentence),
            tiles: tiles, files: ["horizon.json"],
            conventions: "Losses are cross-entropies in nats per token, without z-loss.",
            origin: origin)
        var overview: [Document.Piece] = [.markup(recipes), .figure(figures.exponents)]
        if result.recipes.count == 1, result.verdict == .fail {
            overview.append(
                .note(
                    "Which intervention removes the drift: --interventions A,B,C trains the same with "
                        + "each; ballast config --interventions lists them."))
        }
        page.sections = [.init("Verdicts", overview)]
        if result.recipes.count > 1 {
            page.sections.append(
                .init("What interventions make of the drift", [.markup(interventions)]))
        }
        page.sections.append(.init("Norms", [.figure(figures.weights)]))
        page.sections.append(.init("Losses, gradients and logits", [.figure(figures.signals)]))
        let optimum = figures.optimum
        if !optimum.isEmpty {
            page.sections.append(
                .init("The optimal learning rate", optimum.map(Document.Piece.figure)))
        }
        page.sections += result.recipes.map(numbers)
        return page
    }

    private var tiles: [(number: String, label: String)] {
        var tiles = [
            (
                result.horizons.map { NumberText.count($0) }.joined(separator: " · "),
                "horizons in steps, before descents of "
                    + NumberText.list(result.cooldownSteps.map { NumberText.count($0) })
            ),
            (NumberText.count(result.seeds.count), "seeds"),
            ("±\(NumberText.setting(result.band))", "the band of exponents that passes"),
        ]
        if result.recipes.contains(where: \.optimum.isAsked) {
            tiles.append(
                (
                    HorizonWords.factor(result.bound),
                    "the largest drift of the optimum that passes, either way"
                ))
        }
        if let detectable = result.detectableBefore {
            tiles.append(
                (
                    ForecastText.number(detectable),
                    "the exponent that four of five such studies see, at the spread assumed"
                ))
        }
        return tiles
    }

    /// The verdict of each recipe.
    private var recipes: String {
        HTML.table(
            head: ["recipe", "verdict", "norms", "optimal LR", "what it rests on"],
            rows: result.recipes.map { entry in
                [
                    HTML.escaped(entry.name), Badge(entry.verdict).markup,
                    Badge(entry.norms).markup,
                    entry.optimum.verdict.map { Badge($0).markup } ?? "not asked",
                    HTML.escaped(
                        String(words.sentence(entry).dropFirst(entry.name.count + 2))),
                ]
            }, labels: 5, attributes: "class=\"prose\"")
    }

    /// What each intervention makes of each drift.
    private var interventions: String {
        var rows: [[String]] = []
        for drift in result.recipes[0].drifts {
            for entry in result.recipes {
                guard let own = entry.drifts.first(where: { $0.group == drift.group }) else {
                    continue
                }
                let finding = own.finding.map(Badge.init) ?? Badge(own.verdict)
                rows.append([
                    drift.group == "all" ? "all matrices" : HTML.escaped(drift.group),
                    HTML.escaped(entry.name), finding.markup,
                    HorizonWords.interval(own.mean, own.low, own.high),
                    HorizonWords.interval(
                        own.difference, own.differenceLow, own.differenceHigh),
                ])
            }
        }
        return HTML.table(
            head: ["drift of", "with", "finding", "mean |exponent|", "less the recipe's"],
            rows: rows, labels: 3)
            + (result.recipes[0].drifts.contains { $0.group == "optimum" }
                ? "<p class=\"muted\">optimum: octaves of the learning rate per doubling of the "
                    + "horizon.</p>\n" : "")
    }

    /// The numbers of a recipe.
    private func numbers(_ entry: HorizonResult.Entry) -> Document.Section {
        let horizons = result.horizons.map { NumberText.count($0) }
        func values(_ growth: HorizonResult.Growth) -> [String] {
            growth.values.map { $0.map(ForecastText.number) ?? "-" }
        }
        func growth(_ growth: HorizonResult.Growth) -> [String] {
            values(growth) + [
                HorizonWords.interval(growth.exponent, growth.low, growth.high),
                HorizonWords.exponent(growth.lastDoubling),
            ]
        }
        let tensors = HTML.table(
            head: ["weight rms at the end"] + horizons + [
                "exponent", "last doubling", "in the trunk", "verdict",
            ],
            rows: entry.tensors.map { tensor in
                [HTML.escaped(tensor.path)] + growth(tensor.weight) + [
                    HorizonWords.exponent(tensor.trunkWeight.exponent),
                    tensor.verdict.map { Badge($0).markup } ?? "",
                ]
            }, labels: 1)
        let signals = HTML.table(
            head: ["number of the run"] + horizons + ["exponent", "last doubling"],
            rows: entry.signals.flatMap { signal in
                [("in the trunk", signal.trunk), ("at the end", signal.cooled)].map { place, own in
                    [HTML.escaped("\(HorizonWords.signal(signal.name)) \(place)")] + growth(own)
                }
            }, labels: 1)
        let decay = entry.decayTimes.map(ForecastText.number).joined(separator: ", ")
        var pieces: [Document.Piece] = [
            .note(
                "Learning rate \(NumberText.rate(entry.learningRate)), warm-up of "
                    + "\(NumberText.count(entry.warmupSteps, "step")); horizon times the share of a "
                    + "matrix that decay takes in a step: \(decay)."), .markup(tensors),
            .markup(signals),
        ]
        if entry.optimum.isAsked {
            pieces.append(
                .markup(
                    HTML.table(
                        head: ["horizon", "optimal LR", "from", "to", "loss, nats", ""],
                        rows: entry.optimum.curves.map { curve in
                            let place = curve.optimum
                            return [
                                NumberText.count(curve.extent),
                                place.map { ForecastText.number($0.learningRate) } ?? "none",
                                place?.low.map(ForecastText.number) ?? "",
                                place?.high.map(ForecastText.number) ?? "",
                                place.map { NumberText.loss($0.loss) } ?? "",
                                "<span class=\"muted\">\(HTML.escaped(curve.reason ?? ""))</span>",
                            ]
                        }, labels: 0)))
        }
        pieces += entry.cautions.map { Document.Piece.note("Note: \($0).") }
        return .init("Numbers of \(entry.name)", badge: Badge(entry.verdict), pieces)
    }
}

extension Badge {
    /// What an intervention makes of a drift.
    init(_ finding: HorizonResult.Finding) {
        let tone: Tone =
            switch finding {
            case .removes, .reduces: .good
            case .doesNot, .raises: .bad
            case .nothingToRemove, .undecided: .open
            }
        self.init(finding.rawValue, tone)
    }
}
