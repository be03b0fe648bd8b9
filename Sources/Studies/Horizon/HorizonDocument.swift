public import Documents
import Foundation
public import Statistics
public import Sweeps
import TransferStudies

extension HorizonResult: StudyResult {
    /// `horizon`.
    public static let name = "horizon"
    /// That of the recipe itself.
    public var overall: Verdict? { verdict }

    /// Verdicts, what interventions make of the drift, norms, losses, optima, and all numbers.
    public var document: Document {
        let figures = HorizonFigures(result: self)
        var page = Document(
            kind: Self.name, title: "Do norms and the optimal learning rate depend on the horizon?",
            badge: Badge(verdict),
            lead: recipes.prefix(1).map(sentence), tiles: tiles, files: [Self.file],
            conventions: "Losses are cross-entropies in nats per token, without z-loss.")
        page.sections = [.init("Verdicts", [.table(verdicts), .figure(figures.exponents)])]
        if recipes.count > 1 {
            page.sections.append(
                .init(
                    "Effect of interventions on the drift",
                    [.table(interventions)] + figures.differences.map(Document.Piece.figure)))
        } else if verdict == .fail {
            page.next = [
                "Which intervention removes the drift: --interventions A,B,C trains the same with each; "
                    + "ballast config --interventions lists them."
            ]
        }
        page.sections.append(.init("Norms", [.figure(figures.weights)]))
        page.sections.append(.init("Losses, gradients and logits", [.figure(figures.signals)]))
        let optimum = figures.optimum
        if !optimum.isEmpty {
            page.sections.append(
                .init(
                    "The optimal learning rate",
                    recipes.compactMap(drift).map(Document.Piece.text)
                        + optimum.map(Document.Piece.figure)))
        }
        page.sections += recipes.map(numbers)
        return page
    }

    /// An exponent to three decimals; a dash where there is none.
    private func exponent(_ value: Double?) -> String {
        // Without a sign where nothing is left of it.
        value.map { String(format: "%.3f", ($0 * 1000).rounded() / 1000 + 0) } ?? "-"
    }

    /// An exponent with its interval, as `-0.139 (-0.145 to -0.134)`.
    private func interval(_ mean: Double?, _ low: Double?, _ high: Double?) -> String {
        guard let mean else { return "-" }
        guard let low, let high else { return exponent(mean) }
        return "\(exponent(mean)) (\(exponent(low)) to \(exponent(high)))"
    }

    /// An exponent with its interval below it.
    private func cell(_ mean: Double?, _ low: Double?, _ high: Double?) -> Table.Cell {
        guard mean != nil, let low, let high else { return Table.Cell(exponent(mean)) }
        return Table.Cell(exponent(mean), detail: "\(exponent(low)) to \(exponent(high))")
    }

    /// A metric with its unit, as `validation loss (nats)`.
    static func signal(_ name: String) -> String {
        let words = name.replacing("-", with: " ")
        return name == "validation-loss" || name == "output-logz" ? words + " (nats)" : words
    }

    /// How the optimum of a recipe moves; nil where it has no drift.
    private func drift(_ entry: Entry) -> String? {
        let factor = TransferResult.factor
        return entry.optimum.drift.map { drift in
            "\(entry.name): the optimum moves by \(factor(drift.perDoubling)) per doubling "
                + "(\(factor(drift.perDoublingLow)) to \(factor(drift.perDoublingHigh))), "
                + "\(factor(drift.total)) in total (\(factor(drift.totalLow)) to "
                + "\(factor(drift.totalHigh))), bound \(factor(bound)): "
                + "\(entry.optimum.verdict?.rawValue ?? "-")."
        }
    }

    /// What the verdict of a recipe rests on.
    private func grounds(_ entry: Entry) -> String {
        let word =
            switch entry.verdict {
            case .pass: "invariant"
            case .fail: "drifts"
            case .inconclusive: "undecided"
            }
        let failed = entry.tensors.filter { $0.verdict == .fail }
        func magnitude(_ tensor: Tensor) -> Double { (tensor.weight.exponent ?? 0).magnitude }
        let worst = failed.max { magnitude($0) < magnitude($1) }
        let norms =
            worst.map {
                "\(failed.count) of \(entry.tensors.count(where: \.isMatrix)) matrices beyond a band of "
                    + "\(band), \($0.path) most: "
                    + interval($0.weight.exponent, $0.weight.low, $0.weight.high)
            } ?? "norms \(entry.norms.rawValue) at a band of \(band)"
        let optimum =
            entry.optimum.verdict.map { "optimal learning rate \($0.rawValue)" }
            ?? "optimal learning rate not estimated"
        return "\(word); \(norms); \(optimum)" + (entry.reason.map { "; \($0)" } ?? "")
    }

    private func sentence(_ entry: Entry) -> String { "\(entry.name): \(grounds(entry))" }

    private var tiles: [(number: String, label: String)] {
        var tiles = [
            (
                horizons.map { NumberText.count($0) }.joined(separator: " · "),
                "horizons in steps, before cooldowns of "
                    + NumberText.list(cooldownSteps.map { NumberText.count($0) })
            ),
            (NumberText.count(seeds.count), "seeds"),
            ("±\(NumberText.setting(band))", "the band of exponents that passes"),
        ]
        if recipes.contains(where: \.optimum.isAsked) {
            let label = "the largest drift of the optimum that passes, either way"
            tiles.append((TransferResult.factor(bound), label))
        }
        if let detectable = detectableBefore {
            tiles.append(
                (
                    NumberText.short(detectable),
                    "the detectable exponent (80% power), at the spread assumed"
                ))
        }
        return tiles
    }

    /// The verdict of each recipe.
    private var verdicts: Table {
        Table(
            [
                .word("recipe"), .word("verdict"), .word("norms"), .word("optimal LR"),
                .prose("why"),
            ],
            recipes.map { entry in
                [
                    Table.Cell(entry.name), Table.Cell(Badge(entry.verdict)),
                    Table.Cell(Badge(entry.norms)),
                    entry.optimum.verdict.map { Table.Cell(Badge($0)) } ?? "not estimated",
                    Table.Cell(grounds(entry)),
                ]
            })
    }

    /// What each intervention makes of each drift.
    private var interventions: Table {
        var rows: [[Table.Cell]] = []
        for drift in recipes[0].drifts {
            for entry in recipes {
                guard let own = entry.drifts.first(where: { $0.group == drift.group }) else {
                    continue
                }
                rows.append([
                    Table.Cell(drift.group == "all" ? "all matrices" : drift.group),
                    Table.Cell(entry.name),
                    Table.Cell(own.finding.map(Badge.init) ?? Badge(own.verdict)),
                    cell(own.mean, own.low, own.high),
                    cell(own.difference, own.differenceLow, own.differenceHigh),
                ])
            }
        }
        let hasOptimum = recipes[0].drifts.contains { $0.group == "optimum" }
        return Table(
            [
                .word("drift of"), .word("with"), .word("finding"), .number("mean |exponent|"),
                .number("minus the recipe's"),
            ], rows,
            note: hasOptimum
                ? "optimum: octaves of the learning rate per doubling of the horizon." : nil)
    }

    /// The numbers of a recipe.
    private func numbers(_ entry: Entry) -> Document.Section {
        let columns: [Table.Column] =
            horizons.enumerated().map { index, horizon in
                // The ends stay longest.
                let isEnd = index == 0 || index == horizons.count - 1
                return .number(NumberText.count(horizon), priority: isEnd ? 1 : 3)
            } + [.number("exponent"), .number("last doubling", priority: 2)]
        func growth(_ growth: Growth) -> [Table.Cell] {
            growth.values.map { Table.Cell($0.map(NumberText.short) ?? "-") } + [
                cell(growth.exponent, growth.low, growth.high),
                Table.Cell(exponent(growth.lastDoubling)),
            ]
        }
        let tensors = Table(
            [.word("weight RMS at the end")] + columns
                + [.number("in the trunk", priority: 2), .word("verdict")],
            entry.tensors.map { tensor in
                [Table.Cell(tensor.path)] + growth(tensor.weight) + [
                    Table.Cell(exponent(tensor.trunkWeight.exponent)),
                    tensor.verdict.map { Table.Cell(Badge($0)) } ?? "-",
                ]
            })
        let signals = Table(
            [.word("metric")] + columns,
            entry.signals.flatMap { signal in
                [("in the trunk", signal.trunk), ("at the end", signal.cooled)].map { place, own in
                    [Table.Cell("\(Self.signal(signal.name)) \(place)")] + growth(own)
                }
            })
        let decay = entry.decayTimes.map(NumberText.short).joined(separator: ", ")
        let about =
            "Learning rate \(NumberText.rate(entry.learningRate)), warm-up of "
            + "\(NumberText.count(entry.warmupSteps, "step")); horizon times the share of a weight that "
            + "decay takes in a step: \(decay)."
        var pieces: [Document.Piece] = [.note(about), .table(tensors), .table(signals)]
        if entry.optimum.isAsked { pieces.append(.table(optima(entry.optimum))) }
        pieces += entry.cautions.map { .note("Note: \($0).") }
        return .init("Numbers of \(entry.name)", badge: Badge(entry.verdict), pieces)
    }

    /// Where the loss is lowest, horizon by horizon.
    private func optima(_ optimum: Optimum) -> Table {
        Table(
            [
                .number("horizon"), .number("optimal LR"), .number("from"), .number("to"),
                .number("loss, nats"), .prose("why not"),
            ],
            optimum.curves.map { curve in
                let place = curve.optimum
                return [
                    Table.Cell(NumberText.count(curve.extent)),
                    Table.Cell(place.map { NumberText.roundedRate($0.learningRate) } ?? "none"),
                    Table.Cell(place?.low.map(NumberText.roundedRate) ?? ""),
                    Table.Cell(place?.high.map(NumberText.roundedRate) ?? ""),
                    Table.Cell(place.map { NumberText.loss($0.loss) } ?? ""),
                    Table.Cell(curve.reason ?? "", .muted),
                ]
            })
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
        self.init(finding == .doesNot ? "no effect" : finding.rawValue, tone)
    }
}
