import Documents
import Foundation
import Statistics
public import Sweeps

/// What a transfer study says, as text for a terminal.
public struct TransferText {
    private let result: TransferResult

    /// Describes a result.
    public init(_ result: TransferResult) { self.result = result }

    /// A factor: `1.32x`.
    static func factor(_ value: Double) -> String { TransferResult.factor(value) }

    /// A learning rate to three digits: `2.57e-3`.
    static func rate(_ value: Double) -> String { TransferResult.rate(value) }

    /// The verdict of a ladder in a sentence.
    static func sentence(_ ladder: TransferResult.Ladder, _ result: TransferResult) -> String {
        result.sentence(ladder)
    }

    /// The text, lines that each end with a line feed.
    public var text: String {
        let question = "\(result.name): does the optimal learning rate transfer?"
        var text = "\(result.verdict.rawValue)  \(question)\n"
        for ladder in result.ladders { text += "\n" + section(ladder) }
        return text
    }

    private func section(_ ladder: TransferResult.Ladder) -> String {
        let percent = NumberText.setting((result.confidence * 1000).rounded() / 10)
        var rows = [
            [ladder.axis.rawValue, "optimal LR", "\(percent)% interval", "lowest loss", ""]
        ]
        for curve in ladder.curves {
            let optimum = curve.optimum
            let interval: String? =
                if let low = optimum?.low, let high = optimum?.high {
                    "\(Self.rate(low)) to \(Self.rate(high))"
                } else {
                    nil
                }
            rows.append([
                "\(curve.extent)", optimum.map { Self.rate($0.learningRate) } ?? "-",
                interval ?? "-", optimum.map { NumberText.loss($0.loss) } ?? "-",
                curve.reason ?? divergence(curve),
            ])
        }
        var text = "\(ladder.name), \(NumberText.count(ladder.seeds, "seed"))\n"
        text += Self.table(rows)
        if let drift = ladder.drift {
            text += "drift for each doubling: \(Self.factor(drift.perDoubling))  ("
            text +=
                "\(Self.factor(drift.perDoublingLow)) to \(Self.factor(drift.perDoublingHigh)))\n"
            text += "total drift over \(NumberText.setting(drift.doublings.tenths)) doublings: "
            text += "\(Self.factor(drift.total))  (\(Self.factor(drift.totalLow)) to "
            text += "\(Self.factor(drift.totalHigh)); bound \(Self.factor(1 / result.bound)) to "
            text += "\(Self.factor(result.bound)))\n"
            if let low = drift.bootstrapLow, let high = drift.bootstrapHigh {
                text += "for each doubling by a bootstrap over seeds: \(Self.factor(low)) to "
                text += "\(Self.factor(high))\n"
            }
            if drift.lackOfFit < 0.05 {
                text += "the optima do not lie on a line (p = "
                text += "\(String(format: "%.2g", drift.lackOfFit))): the interval is "
                text += "that of the sizes alone\n"
            }
        }
        if let sight = ladder.smallestDriftAfter {
            text +=
                "power: at the measured spread over seeds, "
            text += "\(NumberText.setting(sight.spreadOctaves.thousandths)) octaves, this design "
            text += "detects a drift of \(Self.factor(sight.detectable)) (80%)\n"
        }
        text += "\(ladder.verdict.rawValue) for \(ladder.name)"
        text += ladder.reason.map { ": \($0)\n" } ?? "\n"
        return text + causes(ladder)
    }

    private func divergence(_ curve: TransferResult.Curve) -> String {
        let diverged = curve.points.reduce(0) { $0 + $1.diverged }
        return diverged == 0 ? "" : "\(NumberText.count(diverged, "run")) diverged"
    }

    private func causes(_ ladder: TransferResult.Ladder) -> String {
        guard !ladder.causes.isEmpty else { return "" }
        let evident = ladder.causes.filter(\.isEvident)
        var text = evident.isEmpty ? "no recorded number points to a cause\n" : ""
        for (index, cause) in evident.enumerated() {
            let strength = NumberText.setting(((cause.strength ?? 0) * 100).rounded() / 100)
            text += "  \(index + 1). \(cause.name) (\(strength)): \(cause.evidence)\n"
            text += "     -> \(cause.remedy)\n"
        }
        let heading =
            ladder.verdict == .fail
            ? "likely causes, with their evidence" : "what the telemetry points to"
        if !evident.isEmpty { text = heading + ":\n" + text }
        let silent = ladder.causes.filter { !$0.isEvident && $0.strength != nil }.map(\.name)
        if !silent.isEmpty { text += "  no evidence: \(silent.joined(separator: ", "))\n" }
        for cause in ladder.causes where cause.strength == nil {
            text += "  not recorded: \(cause.name) (\(cause.evidence))\n"
        }
        return text
    }

    /// Columns of equal width, the first on the right, the last without an end.
    private static func table(_ rows: [[String]]) -> String {
        let widths = (rows.first ?? []).indices.map { column in
            rows.map { $0[column].count }.max() ?? 0
        }
        return rows.map { row in
            let line = zip(row, widths).enumerated().map { index, pair in
                let space = String(repeating: " ", count: pair.1 - pair.0.count)
                return index == row.count - 1 ? pair.0 : space + pair.0
            }.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}

extension Double {
    /// The number to a tenth.
    fileprivate var tenths: Double { (self * 10).rounded() / 10 }
    /// The number to a thousandth.
    var thousandths: Double { (self * 1000).rounded() / 1000 }
}
