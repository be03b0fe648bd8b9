public import Documents
public import Formats
import Foundation
import Runs
public import Statistics
public import Sweeps

extension ForecastResult: StudyResult {
    /// `forecast`.
    public static var name: String { "forecast" }
    /// In the folder of a sweep `report.html` is the sweep's.
    public static func page(in folder: String) -> String {
        let isSweep = FileManager.default.fileExists(atPath: SweepFolder(folder).plan)
        return isSweep ? "forecast.html" : "report.html"
    }
    /// What the signals with an alarm say together.
    public var overall: Verdict? { verdict }
    /// `forecast.csv`.
    public var tables: [String: CSVTable] { ["forecast.csv": ForecastTable(self).table] }

    /// The numbers at the target, and then signal by signal its figure and its lines.
    public var document: Document {
        var page = Document(
            kind: Self.name, title: "Which instabilities threaten \(name) at \(target)?",
            badge: Badge(verdict),
            lead: answers, tiles: tiles,
            files: [Self.file, "forecast.csv"],
            conventions: "Sizes are parameters without the embedding and the head.")
        page.sections = AtTargetSections(self).sections
        page.sections.append(.init("Signals at the target", [.table(summary)]))
        page.sections += signals.map(section)
        return page
    }

    /// What it comes to, in sentences.
    private var answers: [String] {
        if let reason { return [reason + "."] }
        let parts = judged.flatMap { judged in
            signals.compactMap { signal -> (Signal, Line)? in
                signal.lines.first {
                    $0.intervention == judged.intervention
                        && $0.learningRate == judged.learningRate && $0.verdict != nil
                }.map { (signal, $0) }
            }
        }
        let failing = parts.filter { $0.1.verdict == .fail }
        func words(_ part: (Signal, Line)) -> String {
            "\(part.0.name.replacing("-", with: " ")) \(outcome(part.1))"
                + (part.1.intervention.isEmpty ? "" : ", \(part.1.intervention)")
        }
        guard failing.isEmpty else {
            return [
                "Beyond their alarms at \(target): \(failing.map(words).joined(separator: "; "))."
            ]
        }
        return ["No alarm is reached at \(target): \(parts.map(words).joined(separator: "; "))."]
    }

    private var tiles: [(number: String, label: String)] {
        let rates = judged.map { judged in
            (judged.intervention.isEmpty ? "" : judged.intervention + ": ")
                + (judged.learningRate.map(NumberText.rate) ?? "none")
        }
        let lost = judged.contains { $0.learningRate == nil }
        return [
            (NumberText.parameters(targetParameters), "parameters of the target"),
            (
                "\(NumberText.short(extrapolationFactor))x",
                "the largest size that ran, \(NumberText.parameters(largestParameters))"
            ),
            (
                rates.isEmpty ? "none" : rates.joined(separator: " · "),
                "judged at the learning rate of the lowest loss of the largest size"
                    + (lost ? "; none where every run of it diverged" : "")
            ),
            (NumberText.count(runs, "run"), "\(missing) without a result, \(diverged) diverged"),
        ]
    }

    /// Each signal at the learning rates that are judged.
    private var summary: Table {
        let hasInterventions = judged.contains { !$0.intervention.isEmpty }
        let rows = judged.flatMap { judged in
            signals.compactMap { signal -> [Table.Cell]? in
                let line = signal.lines.first {
                    $0.intervention == judged.intervention && $0.learningRate == judged.learningRate
                }
                guard let line else { return nil }
                return [
                    Table.Cell(signal.name.replacing("-", with: " ")),
                    Table.Cell(
                        (hasInterventions ? "\(judged.intervention), " : "")
                            + NumberText.rate(line.learningRate)),
                    line.verdict.map { Table.Cell(Badge($0)) } ?? Table.Cell("no alarm", .muted),
                    Table.Cell(outcome(line)), Table.Cell(line.reason ?? ""),
                ]
            }
        }
        return Table(
            [
                .word("signal"), .word("at LR"), .word("verdict"), .prose("at the target"),
                .prose("why, and what settles it"),
            ], rows)
    }

    /// The forecast with its interval, or where it goes.
    private func outcome(_ line: Line) -> String {
        guard let value = line.value, let low = line.low, let high = line.high else {
            return line.direction.map { "\($0), not validated" } ?? "none"
        }
        return "\(NumberText.short(value)) (\(NumberText.short(low)) to \(NumberText.short(high)))"
    }

    private func section(_ signal: Signal) -> Document.Section {
        let figure = ForecastFigure(self, signal)
        let common = commonReason(signal).map { [Document.Piece.text("Each line: \($0).")] } ?? []
        return Document.Section(
            figure.title,
            [.text("\(signal.meaning)."), .figure(figure.drawn)] + common + [.table(lines(signal))]
                + notes(signal).map(Document.Piece.note))
    }

    /// The reason that all lines of a signal share; nil where they differ, or there is one line.
    private func commonReason(_ signal: Signal) -> String? {
        let reasons = Set(signal.lines.map(\.reason))
        guard signal.lines.count > 1, reasons.count == 1 else { return nil }
        return reasons.first ?? nil
    }

    /// Each learning rate under each intervention; columns that would be empty are left out.
    private func lines(_ signal: Signal) -> Table {
        let hasInterventions = signal.lines.contains { !$0.intervention.isEmpty }
        let columns: [Table.Column] = [
            .number("LR"), .word("verdict"), .number("largest size", priority: 1),
            .word("fit", priority: 3), .word("forecast"), .word("held out", priority: 2),
            .prose("crossings"), .prose("why", priority: 4),
        ]
        let rows = signal.lines.map { line in
            (hasInterventions ? [Table.Cell(line.intervention)] : []) + cells(line, of: signal)
        }
        let all = (hasInterventions ? [.prose("intervention")] : []) + columns
        let isRepeated = commonReason(signal) != nil
        let kept = all.indices.filter { index in
            rows.isEmpty
                || rows.contains { !$0[index].text.isEmpty || $0[index].badge != nil }
                    && !(isRepeated && index == all.count - 1)
        }
        return Table(kept.map { all[$0] }, rows.map { row in kept.map { row[$0] } })
    }

    private func cells(_ line: Line, of signal: Signal) -> [Table.Cell] {
        let largest = line.points.last { !$0.values.isEmpty }
        let mean = largest.flatMap { Descriptive.mean(of: $0.values) }
        // The end of a number format is news where the runs are not beyond it.
        let old = signal.thresholds.filter { $0.level == .format && line.isBeyond($0) }.map(\.name)
        let crossings = line.crossings.filter { !old.contains($0.threshold) }.map {
            "\($0.isCertain ? "crosses" : "may cross") \($0.threshold)"
        }
        let validated = line.validatedFactor.map {
            "validated to \(NumberText.short($0))x; the target is \(NumberText.short(extrapolationFactor))x"
        }
        return [
            Table.Cell(NumberText.rate(line.learningRate)),
            line.verdict.map { Table.Cell(Badge($0)) } ?? "",
            Table.Cell(mean.map(NumberText.short) ?? "-"), Table.Cell(line.model?.rawValue ?? "-"),
            Table.Cell(outcome(line), detail: line.value == nil ? nil : validated),
            line.heldOut.first.map {
                Table.Cell(
                    "\(NumberText.short($0.value)) (\(NumberText.short($0.low)) to "
                        + "\(NumberText.short($0.high)))",
                    detail: "\($0.covered) of \($0.truths.count) runs within")
            } ?? "-",
            Table.Cell(crossings.joined(separator: "; ")), Table.Cell(line.reason ?? ""),
        ]
    }

    /// How a signal was read, and how far its forecasts are to be trusted.
    private func notes(_ signal: Signal) -> [String] {
        let lines = signal.thresholds.filter { $0.level != .format }.map { line in
            "\(line.name) \(line.isCeiling ? "above" : "below") \(NumberText.short(line.value)) "
                + "(\(line.level.rawValue))"
        }
        var notes = ["Read at \(signal.reading)."]
        if signal.reading != signal.scaledProtocol {
            notes.append(
                "In place of the scaled protocol, \(signal.scaledProtocol)"
                    + (signal.readingReason.map { ": \($0)." } ?? "."))
        }
        notes.append("Published protocol: \(signal.publishedProtocol).")
        if !lines.isEmpty { notes.append("Lines: \(lines.joined(separator: "; ")).") }
        let held = signal.coverage.map { coverage in
            "\(coverage.covered) of \(coverage.runs) runs at extrapolation factor \(NumberText.short(coverage.extrapolationFactor)) "
                + "(\(coverage.passed) of \(coverage.forecasts) forecasts pass)"
        }
        if !held.isEmpty {
            let percent = NumberText.setting((confidence * 1000).rounded() / 10)
            notes.append(
                "Held-out largest size, within the \(percent)% intervals: "
                    + held.joined(separator: ", ") + ".")
        }
        for line in signal.lines {
            guard let exponent = line.stepExponent, exponent.magnitude >= 0.05 else { continue }
            let name = line.intervention.isEmpty ? "" : line.intervention + ", "
            notes.append(
                "\(name)LR \(NumberText.rate(line.learningRate)): over the second half of the steps it "
                    + "goes as steps^\(String(format: "%.2f", exponent)) (a direction, not validated)."
            )
        }
        return notes
    }
}
