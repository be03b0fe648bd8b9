import Foundation
public import Statistics
public import Sweeps

/// How numbers and verdicts of a horizon study are written, for a terminal and for a page.
public struct HorizonWords {
    private let result: HorizonResult

    /// Describes a result.
    public init(_ result: HorizonResult) { self.result = result }

    /// An exponent to three decimals; a dash where there is none.
    public static func exponent(_ value: Double?) -> String {
        // Without a sign where nothing is left of it.
        value.map { String(format: "%.3f", ($0 * 1000).rounded() / 1000 + 0) } ?? "-"
    }

    /// An exponent with its interval, as `-0.139 (-0.145 to -0.134)`.
    public static func interval(_ mean: Double?, _ low: Double?, _ high: Double?) -> String {
        guard let mean else { return "-" }
        guard let low, let high else { return exponent(mean) }
        return "\(exponent(mean)) (\(exponent(low)) to \(exponent(high)))"
    }

    /// A number of the run with its unit, as `validation loss (nats)`.
    static func signal(_ name: String) -> String {
        let words = name.replacing("-", with: " ")
        return name == "validation-loss" || name == "output-logz" ? words + " (nats)" : words
    }

    /// A factor, as `1.41x`.
    public static func factor(_ value: Double) -> String { String(format: "%.2fx", value) }

    /// What a verdict is called here.
    public static func word(_ verdict: Verdict) -> String {
        switch verdict {
        case .pass: "invariant"
        case .fail: "drifts"
        case .inconclusive: "cannot say"
        }
    }

    /// How the optimum of a recipe moves, in a sentence without its full stop; nil where it has no drift.
    public func drift(_ entry: HorizonResult.Entry) -> String? {
        entry.optimum.drift.map { drift in
            "it moves \(Self.factor(drift.perDoubling)) a doubling "
                + "(\(Self.factor(drift.perDoublingLow)) to \(Self.factor(drift.perDoublingHigh))), "
                + "\(Self.factor(drift.total)) in all (\(Self.factor(drift.totalLow)) to "
                + "\(Self.factor(drift.totalHigh))), bound \(Self.factor(result.bound)): "
                + (entry.optimum.verdict?.rawValue ?? "-")
        }
    }

    /// The verdict of a recipe with what it rests on, without the verdict's own word.
    public func sentence(_ entry: HorizonResult.Entry) -> String {
        let failed = entry.tensors.filter { $0.verdict == .fail }
        func magnitude(_ tensor: HorizonResult.Tensor) -> Double {
            (tensor.weight.exponent ?? 0).magnitude
        }
        let worst = failed.max { magnitude($0) < magnitude($1) }
        let matrices = entry.tensors.count { $0.isMatrix }
        let norms =
            worst.map {
                "\(failed.count) of \(matrices) matrices beyond a band of \(result.band), "
                    + "\($0.path) most: "
                    + Self.interval($0.weight.exponent, $0.weight.low, $0.weight.high)
            } ?? "norms \(entry.norms.rawValue) at a band of \(result.band)"
        let optimum =
            entry.optimum.verdict.map { "optimal learning rate \($0.rawValue)" }
            ?? "optimal learning rate not asked"
        return "\(entry.name): \(Self.word(entry.verdict)); \(norms); \(optimum)"
            + (entry.reason.map { "; \($0)" } ?? "")
    }
}
