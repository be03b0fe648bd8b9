import Documents
import Reports
import Statistics
import Sweeps

extension ForecastReport {
    /// A forecast as a page: the verdict, then signal by signal its figure and its lines.
    func page(_ result: ForecastResult, _ origin: ReportOrigin) -> Document {
        var page = Document(
            kind: "forecast", title: "What threatens \(result.name) at \(result.target)?",
            badge: Badge(result.verdict),
            lead: [result.reason.map { $0 + "." }]
                .compactMap(\.self), tiles: tiles(result),
            files: ["forecast.json", "forecast.csv"],
            conventions: "Sizes are parameters without the embedding and the head.",
            origin: origin)
        page.sections = AtTargetSections(result).sections
        page.sections.append(.init("Signals at the target", [.markup(summary(result))]))
        page.sections += result.signals.map { section($0, result) }
        return page
    }

    private func tiles(_ result: ForecastResult) -> [(number: String, label: String)] {
        let judged = result.judged.compactMap(\.learningRate)
        return [
            (ForecastText.size(result.targetParameters), "parameters of the target"),
            (
                "\(ForecastText.number(result.reach))x",
                "the largest size that ran, \(ForecastText.size(result.largestParameters))"
            ),
            (
                judged.isEmpty ? "none" : judged.map(NumberText.rate).joined(separator: " · "),
                "judged at the learning rate of the lowest loss of the largest size"
            ),
            (
                NumberText.count(result.runs, "run"),
                "\(result.missing) without a result, \(result.diverged) diverged"
            ),
        ]
    }

    /// Each signal at the learning rates that are judged.
    private func summary(_ result: ForecastResult) -> String {
        let hasInterventions = result.judged.contains { !$0.intervention.isEmpty }
        let rows = result.judged.flatMap { judged in
            result.signals.compactMap { signal -> [String]? in
                let line = signal.lines.first {
                    $0.intervention == judged.intervention && $0.learningRate == judged.learningRate
                }
                guard let line else { return nil }
                return [
                    HTML.escaped(signal.name.replacing("-", with: " ")),
                    (hasInterventions ? "\(HTML.escaped(judged.intervention)), " : "")
                        + NumberText.rate(line.learningRate),
                    line.verdict.map { Badge($0).markup }
                        ?? "<span class=\"muted\">no alarm</span>",
                    HTML.escaped(outcome(line)), HTML.escaped(line.reason ?? ""),
                ]
            }
        }
        return HTML.table(
            head: [
                "signal", "at LR", "verdict", "at the target",
                "why, and what settles it",
            ],
            rows: rows, labels: 5, attributes: "class=\"prose\"")
    }

    /// The forecast with its interval, or where it goes.
    private func outcome(_ line: ForecastResult.Line) -> String {
        guard let value = line.value, let low = line.low, let high = line.high else {
            return line.direction.map { "\($0), not validated" } ?? "none"
        }
        return "\(ForecastText.number(value)) (\(ForecastText.number(low)) to "
            + "\(ForecastText.number(high)))"
    }

    private func section(
        _ signal: ForecastResult.Signal, _ result: ForecastResult
    ) -> Document.Section {
        let figure = ForecastFigure(result, signal)
        let hasInterventions = signal.lines.contains { !$0.intervention.isEmpty }
        let rows = signal.lines.map { line -> [String] in
            let largest = line.points.last { !$0.values.isEmpty }
            let mean = largest.flatMap { Descriptive.mean(of: $0.values) }
            let held = line.heldOut.first
            let crossings = line.crossings.map {
                "\($0.isCertain ? "crosses" : "may cross") \($0.threshold)"
            }
            return (hasInterventions ? [HTML.escaped(line.intervention)] : []) + [
                NumberText.rate(line.learningRate),
                line.verdict.map { Badge($0).markup } ?? "",
                mean.map(ForecastText.number) ?? "-", line.model?.rawValue ?? "-",
                HTML.escaped(outcome(line)),
                held.map {
                    "\(ForecastText.number($0.value))<small>\($0.covered) of \($0.truths.count) runs "
                        + "within</small>"
                } ?? "-",
                HTML.escaped(crossings.joined(separator: "; ")),
            ]
        }
        let lines = signal.thresholds.filter { $0.level != .format }.map { line in
            "\(line.name) \(line.isCeiling ? "above" : "below") \(ForecastText.number(line.value)) "
                + "(\(line.level.rawValue))"
        }
        var notes = ["Read at \(signal.reading)."]
        if signal.reading != signal.scaledProtocol {
            notes.append(
                "In place of the scaled protocol, \(signal.scaledProtocol)"
                    + (signal.readingReason.map { ": \($0)." } ?? "."))
        }
        notes.append("Published, literally: \(signal.literalProtocol).")
        if !lines.isEmpty { notes.append("Lines: \(lines.joined(separator: "; ")).") }
        return Document.Section(
            figure.title,
            [
                .figure(figure.drawn),
                .markup(
                    HTML.table(
                        head: (hasInterventions ? ["intervention"] : []) + [
                            "LR", "verdict", "largest size", "fit", "forecast", "held out", "lines",
                        ], rows: rows, labels: hasInterventions ? 1 : 0)),
            ] + notes.map(Document.Piece.note))
    }
}
