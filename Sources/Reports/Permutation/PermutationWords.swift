import Foundation
public import Sweeps

/// How numbers and verdicts of a permutation study are written, for a terminal and for a page.
public struct PermutationWords {
    private let result: PermutationResult

    /// Describes a result.
    public init(_ result: PermutationResult) { self.result = result }

    /// Nats to four decimals; a dash where there are none.
    public static func nats(_ value: Double?) -> String {
        value.map { String(format: "%.4f", $0) } ?? "-"
    }

    /// A spread with its interval, with a star where its variance came out negative.
    public static func spread(_ value: PermutationResult.Spread?) -> String {
        guard let value else { return "-" }
        return nats(value.deviation) + (value.isClamped ? "*" : "")
            + " (\(nats(value.low)) to \(nats(value.high)))"
    }

    /// What the runs of a pair differ in.
    public static func words(_ kind: EndPointDistances.Kind) -> String {
        kind == .both ? "order and seed" : kind.rawValue
    }

    /// The verdict of a recipe with what it rests on, without the verdict's own word.
    public func sentence(_ entry: PermutationResult.Entry) -> String {
        "\(entry.name): spread over orders \(Self.spread(entry.overOrders)), bound "
            + Self.nats(result.bound) + (entry.reason.map { "; \($0)" } ?? "")
    }

    /// What a variant makes of the recipe's spread over orders; nil for the recipe itself.
    public func comparison(_ entry: PermutationResult.Entry) -> String? {
        entry.overRecipe.map { ratio in
            let word =
                ratio.high < 1 ? "lowers" : ratio.low > 1 ? "raises" : "is not shown to change"
            return "\(entry.name) \(word) the spread over orders: "
                + String(format: "%.2fx (%.2fx to %.2fx)", ratio.value, ratio.low, ratio.high)
        }
    }

    /// The sentence below tables that hold a negative variance; nil where none does.
    public var clamped: String? {
        let isClamped = result.recipes.contains { entry in
            [entry.order, entry.seed].contains { $0?.isClamped ?? false }
        }
        return isClamped ? "*: the estimated variance is negative, shown as zero" : nil
    }
}
