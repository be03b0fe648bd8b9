import Documents
import ForecastStudies
import Foundation
import Reports
import Statistics
import Sweeps
import TransferStudies

/// A prescription as text for a terminal.
public struct PrescriptionText {
    private let result: PrescriptionResult
    private let isExplained: Bool

    /// Describes a result.
    ///
    /// - Parameters:
    ///   - result: What was prescribed.
    ///   - isExplained: Whether the evidence follows.
    public init(_ result: PrescriptionResult, isExplained: Bool = false) {
        self.result = result
        self.isExplained = isExplained
    }

    /// The text, lines that each end with a line feed.
    public var text: String {
        let reason = result.reason.map { ": \($0)" } ?? ""
        var lines = [
            "\(result.verdict.rawValue)  \(result.target)\(reason)", "", head, "", "RECIPE",
        ]
        lines += Self.columns(
            result.recipe.map { line in
                let change = line.value == line.previous ? "" : " (was \(line.previous))"
                return [line.key, line.value + change, line.why + references(line.evidence)]
            })
        lines += ["", "LEARNING RATE"] + learningRate
        if !result.trials.isEmpty {
            lines += ["", "TRIED"]
            lines += Self.columns(
                result.trials.map { trial in
                    [
                        trial.cure, trial.decision.words,
                        "\(trial.why) (\(trial.source))" + references(trial.evidence),
                    ]
                })
        }
        if !result.sensitivities.isEmpty { lines += ["", sensitivity] }
        lines += ["", "WARNINGS, the surest first"]
        lines += Self.columns(
            result.warnings.enumerated().map { index, warning in
                [
                    "\(index + 1)", warning.certainty.words,
                    "\(warning.text); \(warning.settle)" + references(warning.evidence),
                ]
            })
        lines += ["", "NOT TESTED"]
        lines += Self.columns(result.notTested.map { [$0.what, $0.detail] })
        if isExplained { lines += ["", "EVIDENCE"] + evidence }
        return lines.joined(separator: "\n") + "\n"
    }

    private var head: String {
        let reach = result.reach.map {
            ", \(NumberText.short($0)) times the largest proxy "
                + "(\(NumberText.parameters(result.largestParameters)))"
        }
        return "prescription for \(result.target): "
            + "\(NumberText.parameters(result.targetParameters)) parameters\(reach ?? "")\n"
            + "from \(NumberText.count(result.runs - result.missing, "run")), "
            + "\(result.missing) without a result, \(result.diverged) diverged; "
            + "\(NumberText.duration(result.spentSeconds)) of training, of "
            + "\(NumberText.duration(result.budgetSeconds)) allowed"
            + (result.changeWords.map { "\n" + $0 } ?? "") + "\n"
            + "learning rate \(result.rateWords)"
    }

    private func references(_ evidence: [String]) -> String {
        isExplained && !evidence.isEmpty ? " [\(evidence.joined(separator: ", "))]" : ""
    }

    private var learningRate: [String] {
        let rate = result.learningRate
        var lines: [String] = []
        lines.append("\(result.rateWords) at \(result.target)")
        if let reason = rate.reason { lines.append(reason) }
        if let drift = rate.drift {
            lines.append(
                "over the proxies it moves by a factor of \(NumberText.short(drift.value)) "
                    + "(\(NumberText.short(drift.low)) to \(NumberText.short(drift.high))) "
                    + "for each doubling of the parameters" + references(rate.evidence))
        }
        let optima = rate.optima.map { place in
            "\(NumberText.parameters(place.parameters)): "
                + (place.learningRate.map(NumberText.short) ?? "none")
        }
        lines.append(
            "signals are judged at \(NumberText.short(rate.judgedAt)), the nearest that ran")
        if !optima.isEmpty { lines.append("by parameters: " + optima.joined(separator: ", ")) }
        return lines.map { "  " + $0 }
    }

    private var sensitivity: String {
        let variants = result.sensitivities.reduce(into: [String]()) { names, entry in
            if !names.contains(entry.variant) { names.append(entry.variant) }
        }
        return variants.map { variant in
            let own = result.sensitivities.filter { $0.variant == variant }
            let values = own.map {
                "\(String(format: "%.3f", $0.value)) at \(NumberText.parameters($0.parameters))"
            }
            let grid = NumberText.list((own.first?.learningRates ?? []).map(NumberText.short))
            return "S of \(variant), over \(grid): \(values.joined(separator: ", "))"
        }.joined(separator: "\n")
    }

    private var evidence: [String] {
        result.evidence.flatMap { entry -> [String] in
            var lines = [
                "\(entry.id)  \(entry.claim)", "runs: \(entry.count) of \(entry.runs)",
            ]
            if let fit = entry.fit { lines.append("fit: \(fit)") }
            if let interval = entry.interval { lines.append("interval: \(interval)") }
            lines += entry.heldOut.map { "held out: \($0)" }
            let cells = entry.files.filter { $0.hasPrefix("../cells/") }
            lines += entry.files.filter { !cells.contains($0) }.map { "file: \($0)" }
            if !cells.isEmpty {
                let shown = cells.prefix(4).joined(separator: " ")
                let rest = cells.count - 4
                lines.append(
                    "cells: \(shown)" + (rest > 0 ? " and \(rest) more in prescription.json" : ""))
            }
            return lines.enumerated().map { $0 == 0 ? $1 : "    " + $1 }
        }
    }

    /// Rows in columns as wide as their widest, but for the last.
    private static func columns(_ rows: [[String]]) -> [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<max(count - 1, 0)).map { column in
            rows.map { $0[column].count }.max() ?? 0
        }
        return rows.map { row in
            "  "
                + row.enumerated().map { index, text in
                    index < widths.count
                        ? text + String(repeating: " ", count: widths[index] - text.count)
                        : text
                }.joined(separator: "  ")
        }
    }
}

extension PrescriptionResult {
    /// The learning rate in words, with how far it is carried: `2.5e-3 (2e-3 to 3.1e-3), validated ...`.
    package var rateWords: String {
        let rate = learningRate
        var words = rate.prescribed.map(NumberText.short) ?? "none"
        if let low = rate.low, let high = rate.high {
            words += " (\(NumberText.short(low)) to \(NumberText.short(high)))"
        }
        if rate.prescribed == nil {
            let bounds = [
                rate.atLeast.map { "at least \(NumberText.short($0))" },
                rate.atMost.map { "at most \(NumberText.short($0))" },
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
        return "proxies differ from the recipe: " + NumberText.list(words)
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
