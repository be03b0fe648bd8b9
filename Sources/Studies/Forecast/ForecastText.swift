import Documents
import Foundation
import Reports
import Statistics

/// What a forecast says, as text for a terminal.
public struct ForecastText {
    private let result: ForecastResult

    private let columns: Int

    /// Describes a result.
    ///
    /// - Parameters:
    ///   - result: The result.
    ///   - columns: The width of the terminal, which its tables fit.
    public init(_ result: ForecastResult, columns: Int = 100) {
        self.result = result
        self.columns = columns
    }

    /// A number to three digits: `0.0123`, `41.2`, `1.03e4`.
    package static func number(_ value: Double) -> String { NumberText.short(value) }

    /// Parameters as a person says them: `6144`, `393k`, `1.3B`.
    package static func size(_ parameters: Double) -> String {
        let units: [(Double, String)] = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e4, "k")]
        for (unit, name) in units where parameters >= unit {
            let scale = name == "k" ? 1e3 : unit
            return String(format: "%.3g", parameters / scale) + name
        }
        return String(Int(clamped: parameters))
    }

    private var percent: String { NumberText.setting((result.confidence * 1000).rounded() / 10) }

    /// The text, lines that each end with a line feed.
    public var text: String {
        var text = "\(result.verdict.rawValue)  \(result.name): is the target stable?\n"
        text += result.reason.map { "\($0)\n" } ?? ""
        text += "\(NumberText.count(result.runs, "run"))"
        text += ", \(result.missing) without a result, \(result.diverged) diverged\n"
        text += "target \(result.target): \(Self.size(result.targetParameters)) parameters, "
        text += "\(Self.number(result.reach)) times the largest size that ran "
        text += "(\(Self.size(result.largestParameters)))\n\n"
        for section in AtTargetSections(result).sections {
            text += section.text(columns: columns).map { $0 + "\n\n" } ?? ""
        }
        for signal in result.signals { text += section(signal) + "\n" }
        for judged in result.judged {
            let rate =
                judged.learningRate.map { "learning rate \(NumberText.rate($0))" }
                ?? "no learning rate: every run of the largest size diverged"
            let name = judged.intervention.isEmpty ? "" : judged.intervention + ": "
            text += "judged at \(name)\(rate)\n"
        }
        return text
    }

    private func section(_ signal: ForecastResult.Signal) -> String {
        var text = "\(signal.name): \(signal.meaning)\n"
        text += "  read at \(signal.reading)\n"
        if signal.reading != signal.scaledProtocol {
            text += "  in place of the scaled protocol, \(signal.scaledProtocol)"
            text += signal.readingReason.map { ": \($0)\n" } ?? "\n"
        }
        text += "  published, literally: \(signal.literalProtocol)\n"
        let own = signal.thresholds.filter { $0.level != .format }
        if !own.isEmpty {
            let words = own.map { line in
                "\(line.name) \(line.isCeiling ? "above" : "below") \(Self.number(line.value)) "
                    + "(\(line.level.rawValue))"
            }
            text += "  lines: \(words.joined(separator: "; "))\n"
        }
        for line in signal.lines { text += self.line(line) }
        let held = signal.coverage.map { coverage in
            "\(coverage.covered) of \(coverage.runs) runs at reach \(Self.number(coverage.reach)) "
                + "(\(coverage.passed) of \(coverage.forecasts) forecasts pass)"
        }
        if !held.isEmpty {
            text += "  held-out largest size, within the \(percent)% intervals: "
            text += held.joined(separator: ", ") + "\n"
        }
        return text
    }

    private func line(_ line: ForecastResult.Line) -> String {
        let name = line.intervention.isEmpty ? "" : line.intervention + ", "
        var text = "  \(name)LR \(NumberText.rate(line.learningRate)): "
        if let model = line.model, let largest = line.points.last(where: { !$0.values.isEmpty }) {
            let mean = Descriptive.mean(of: largest.values) ?? .nan
            text +=
                "\(Self.number(mean)) at \(Self.size(largest.parameters)), \(model.rawValue) fit; "
        }
        if let value = line.value, let low = line.low, let high = line.high {
            text += "forecast \(Self.number(value)) (\(Self.number(low)) to \(Self.number(high))), "
            text += "reach \(Self.number(result.reach)) of "
            text += "\(Self.number(line.validatedReach ?? .nan)) validated"
        } else if let direction = line.direction {
            text += "\(direction) (not validated)"
        }
        if let verdict = line.verdict { text += "; \(verdict.rawValue)" }
        if let reason = line.reason { text += (text.hasSuffix(": ") ? "" : ": ") + reason }
        text += "\n"
        for held in line.heldOut.prefix(1) {
            let truths = held.truths.map(Self.number).joined(separator: ", ")
            text +=
                "    held out: forecast \(Self.number(held.value)) (\(Self.number(held.low)) to "
            text += "\(Self.number(held.high))), measured \(truths): \(held.covered) of "
            text += "\(held.truths.count) within\n"
        }
        for crossing in line.crossings {
            text += "    \(crossing.isCertain ? "crosses" : "may cross"): \(crossing.threshold)\n"
        }
        if let exponent = line.stepExponent, exponent.magnitude >= 0.05 {
            text += "    over the second half of the steps it goes as steps^"
            text += "\(String(format: "%.2f", exponent)) (a direction, not validated)\n"
        }
        return text
    }
}
