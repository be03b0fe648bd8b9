import Documents
import Foundation
import Statistics

/// What a decay study says, as text for a terminal.
public struct DecayText {
    private let result: DecayResult

    /// Describes a result.
    public init(_ result: DecayResult) { self.result = result }

    private func number(_ value: Double) -> String { NumberText.short(value) }

    private func list(_ values: [Double]) -> String {
        values.map(number).joined(separator: ", ")
    }

    /// The text, lines that each end with a line feed.
    public var text: String {
        var text = "\(result.verdict.rawValue)  \(result.name): does ||g||/||x|| follow its "
        text += "steady state under weight decay?\n"
        text += result.reason.map { "\($0)\n" } ?? ""
        for variant in result.variants { text += "\n" + section(variant) }
        return text
    }

    private func section(_ variant: DecayResult.Variant) -> String {
        var text = "\(variant.name): \(variant.rule), \(variant.decayForm) decay, law "
        text += "\(variant.law.rawValue)\n"
        text += "  sum of eta lambda \(number(variant.timeConstants)), "
        text += variant.settledStep.map { "settled from step \($0)" } ?? "never settled"
        text += " (threshold \(number(result.settled)))\n"
        let chosen = windows(variant)
        var rows = [["", "step"] + chosen.map { "\(variant.windows[$0].step)" } + ["judged / law"]]
        rows.append(
            ["", "learning rate"] + chosen.map { number(variant.windows[$0].learningRate) } + [""])
        rows.append(["", "law"] + chosen.map { number(variant.windows[$0].law) } + [""])
        for layer in variant.layers {
            let judged: String
            if let over = layer.overLaw, let low = layer.low, let high = layer.high {
                judged = "\(number(over)) (\(number(low)) to \(number(high)))"
            } else {
                judged = "-"
            }
            let verdict = layer.verdict.map { " \($0.rawValue)" } ?? " not scale invariant"
            rows.append(
                ["", layer.path] + chosen.map { number(layer.ratio[$0]) } + [judged + verdict])
        }
        rows.append(
            ["", "gradient norm"] + chosen.map { number(variant.windows[$0].gradientNorm) } + [""])
        rows.append(["", "loss"] + chosen.map { number(variant.windows[$0].loss) } + [""])
        if let layer = variant.layers.first(where: \.isInvariant) ?? variant.layers.first {
            rows.append(
                ["", "weight RMS, \(layer.path)"] + chosen.map { number(layer.weight[$0]) } + [""])
            rows.append(
                ["", "  its angle a step, rad"] + chosen.map { number(layer.angle[$0]) } + [""])
            rows.append(
                ["", "  its cosine with the direction"] + chosen.map { number(layer.cosine[$0]) }
                    + [""])
        }
        if !variant.windows.isEmpty { text += table(rows) }
        text += "  gradient norm at the end over the middle: \(list(variant.gradientRise))\n"
        text += "  loss \(list(variant.loss)); held out \(list(variant.heldOutLoss)) nats\n"
        if let guide = variant.guide {
            text += "  noise alone would rest at weight RMS \(number(guide.weight)), update RMS "
            text += "\(number(guide.update)) eta, \(number(guide.angle)) rad a step, cosine "
            text += "\(number(guide.cosine)) (arXiv 2305.17212)\n"
        }
        text += "  \(variant.verdict.rawValue) for \(variant.name)"
        return text + (variant.reason.map { ": \($0)" } ?? "") + "\n"
    }

    /// Seven windows from first to last.
    private func windows(_ variant: DecayResult.Variant) -> [Int] {
        let count = variant.windows.count
        guard count > 7 else { return Array(0..<count) }
        return (0..<7).map { index in
            Int((Double(index) * Double(count - 1) / 6).rounded())
        }
    }

    /// Columns of equal width, numbers on the right.
    private func table(_ rows: [[String]]) -> String {
        let widths = (rows.first ?? []).indices.map { column in
            rows.map { $0[column].count }.max() ?? 0
        }
        return rows.map { row in
            let line = zip(row, widths).enumerated().map { index, pair in
                let space = String(repeating: " ", count: pair.1 - pair.0.count)
                let isLeft = index == 1 || index == row.count - 1
                return isLeft ? pair.0 + space : space + pair.0
            }.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}
