import Foundation
import Import
import OrderedCollections
import Statistics

extension Pathology {
    /// Numbers that leave their format, or will: activations that grow towards its largest number, gradients that
    /// become zero below its smallest.
    ///
    /// Half precision ends at 65504 and loses gradients below 2^-24 unless the loss is scaled (arXiv 1710.03740).
    static let overflowAhead = Pathology(
        name: "overflow_ahead",
        meaning: """
            Activations grow towards the largest number of their format, or gradients fall below \
            its smallest. (arXiv 1710.03740)
            """
    ) { patient in
        let activations = patient.run.series(from: "act/", to: "/max")
        let shares = patient.run.series(from: "range/", to: "").filter { series in
            series.name.contains("/overflow_") || series.name.contains("/underflow_")
        }
        guard !activations.isEmpty || !shares.isEmpty else {
            return .cannotSay(
                needs: "act/LAYER/max, or range/KIND/TENSOR/overflow_FORMAT and underflow_FORMAT")
        }
        let format = patient.numberFormat
        let growths = activations.compactMap { FormatCrossing($0.name, $0.points.finite) }
        var findings: [DoctorFinding] = []
        if format == nil || format == "fp16",
            let worst = growths.filter(\.isNear).min(by: { $0.crossing < $1.crossing })
        {
            let isUsed = format == "fp16"
            findings.append(
                DoctorFinding(
                    pathology: "overflow_ahead",
                    severity: !isUsed ? .note : worst.late > 65_504 / 2 ? .alarm : .warning,
                    place: "layer \(worst.layer)", step: patient.run.lastStep,
                    evidence: worst.text
                        + (isUsed ? "" : "; the log does not say which format is used"),
                    confidence: isUsed ? .high : .low, source: "1710.03740",
                    confirmation:
                        "act/LAYER/max of a longer run, or of the last checkpoint in single "
                        + "precision",
                    change: isUsed
                        ? "bf16 in place of fp16, at least for the residual stream; a norm after each "
                            + "branch"
                        : nil))
        }
        let lost = shares.compactMap { LostShare($0.name, $0.points.finite) }.filter {
            $0.format == format && $0.isMuch
        }
        if let worst = lost.max(by: { $0.share < $1.share }) {
            findings.append(
                DoctorFinding(
                    pathology: "overflow_ahead", severity: .warning, place: worst.tensor,
                    step: worst.step,
                    evidence: worst.text + "; likewise \(lost.count) tensors in all",
                    confidence: .high,
                    source: "1710.03740",
                    confirmation:
                        "a few steps in single precision from one checkpoint: their updates "
                        + "differ",
                    change: worst.isOverflow
                        ? "a smaller loss scale, or a format with more exponent bits"
                        : "a larger loss scale, or a format with more exponent bits"))
        }
        guard findings.isEmpty else { return .findings(findings) }
        let top = growths.max { $0.late < $1.late }
        return .quiet(
            [
                format.map { "numbers are kept as \($0)" },
                top.map { "largest activation \(DoctorText.number($0.late)) in layer \($0.layer)" },
                shares.isEmpty ? nil : "\(shares.count) shares of values out of range",
            ].compactMap(\.self).joined(separator: ", "))
    }
}

extension DoctorCase {
    /// The format of activations, `fp16`, `bf16` or `fp32`; nil where the log does not say it.
    var numberFormat: String? {
        for (key, word) in run.words {
            let last = key.split { $0 == "." || $0 == "/" }.last.map { $0.lowercased() } ?? ""
            let text = word.lowercased()
            switch last {
            case "fp16", "bf16": if text == "true" { return last }
            case "dtype", "torch_dtype", "precision", "element-type", "mixed_precision",
                "amp_dtype":
                if text.contains("bf16") || text.contains("bfloat16") { return "bf16" }
                if text.contains("fp16") || text.contains("float16") || text.hasPrefix("16") {
                    return "fp16"
                }
                if text.contains("32") { return "fp32" }
            default: continue
            }
        }
        return nil
    }
}

/// When the largest activation of a layer would pass the largest number of half precision.
private struct FormatCrossing {
    let layer: String
    let late: Double
    let slope: Double
    /// As a multiple of the run's length.
    let crossing: Double

    private static let largest = 65_504.0

    init?(_ layer: String, _ points: [LoggedRun.Point]) {
        guard points.count >= 16, let late = points.late, late > 0 else { return nil }
        (self.layer, self.late) = (layer, late)
        let middle = points.median(over: 0.45..<0.55) ?? late
        let rise = points.lateGrowth.flatMap { $0.exponent > 3 * $0.error ? $0.exponent : nil }
        let slope = late > 1.5 * middle ? rise ?? 0 : 0
        self.slope = slope
        crossing =
            late >= Self.largest ? 1 : slope > 0.3 ? pow(Self.largest / late, 1 / slope) : .infinity
    }

    /// Ten times as long a run is about as far as a trend is worth anything.
    var isNear: Bool { crossing <= 10 || late > Self.largest / 4 }

    var text: String {
        var text =
            "layer \(layer): largest activation \(DoctorText.number(late)); fp16 ends at 65,504"
        if crossing.isFinite, crossing > 1 {
            text += ", and as step^\(DoctorText.number(slope)) it gets there at "
            text += "\(DoctorText.number(crossing)) times the run's length"
        }
        return text
    }
}

/// What part of a tensor a format does not hold.
private struct LostShare {
    let tensor: String
    let format: String
    let isOverflow: Bool
    let share: Double
    let step: Int?

    /// Of the rest of a tag: `gradient/head/underflow_fp16`.
    init?(_ name: String, _ points: [LoggedRun.Point]) {
        guard let slash = name.lastIndex(of: "/"), points.count >= 4, let late = points.late else {
            return nil
        }
        let parts = name[name.index(after: slash)...].split(separator: "_")
        guard parts.count == 2, ["overflow", "underflow"].contains(parts[0]) else { return nil }
        isOverflow = parts[0] == "overflow"
        (tensor, format, share) = (String(name[..<slash]), String(parts[1]), late)
        let line = isOverflow ? 0 : 0.5
        step = points.first { $0.value > line }?.step
    }

    var isMuch: Bool { isOverflow ? share > 0 : share > 0.5 }

    var text: String {
        "\(DoctorText.number(100 * share))% of \(tensor) "
            + (isOverflow ? "is beyond the largest number" : "becomes zero") + " of \(format)"
    }
}
