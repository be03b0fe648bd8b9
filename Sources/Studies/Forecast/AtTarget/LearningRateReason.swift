import Foundation
import Reports
package import Statistics
package import Tensors

/// Why a learning rate at the target has no interval or no value, and what would settle it.
extension TargetLearningRate {
    /// How far it is carried: `unvalidated (extrapolation 6,700x; validated 2.25x)`.
    package var status: String {
        PrescriptionWords.extrapolation(
            extrapolation, validated: validated, isValidated: basis == .fit)
    }

    /// The reason.
    ///
    /// - Parameters:
    ///   - rule: The rule that a rate beyond the validated extrapolation follows from.
    ///   - optimum: The optima that it was decided from.
    ///   - more: How a person gets more seeds and sizes, in a clause.
    /// - Returns: A clause; nil where the fit gives the value.
    package func reason(_ rule: WidthRule, _ optimum: OptimumForecast, more: String) -> String? {
        func number(_ value: Double) -> String { PrescriptionWords.number(value) }
        let fit = fitted.map {
            "\(number($0.value)) (\(number($0.interval.lowerBound)) to "
                + "\(number($0.interval.upperBound)))"
        }
        let ends = [
            bounds?.low.map { "at least \(number($0))" },
            bounds?.high.map { "at most \(number($0))" },
        ].compactMap(\.self)
        let bound = ends.isEmpty ? "" : "; " + ends.joined(separator: " and ")
        let settles = Self.settles(optimum, more)
        switch (basis, lack) {
        case (.fit, _): return nil
        case (.rule, _):
            return "\(status): \(number(value ?? .nan)) is "
                + "\(number(largest ?? .nan)), the optimum of the largest proxy, by \(rule.words); \(settles)"
        case (.none, .contradiction):
            return "none: the fit of the proxies' optima, \(fit ?? "-") at the target, leaves "
                + "out \(number(ruled ?? .nan)) of \(rule.words)\(bound); \(status); \(settles)"
        case (.none, .noRule):
            return "none: \(rule.words)" + (fit.map { ", and the fit's \($0)" } ?? "")
                + " is \(status)\(bound); \(settles)"
        case (.none, .noOptimum(let reason)):
            return "none: the largest proxy has no optimum"
                + (reason.map { ", \($0)" } ?? "") + bound + "; \(settles)"
        case (.none, nil): return "none: \(settles)"
        }
    }

    /// What would validate it.
    private static func settles(_ optimum: OptimumForecast, _ more: String) -> String {
        let known = optimum.places.filter { $0.optimum != nil }.count
        guard optimum.forecast != nil else {
            return
                "\(known) of \(optimum.places.count) sizes have an optimum, and a forecast needs "
                + "five and the largest among them"
        }
        guard let validated = optimum.validatedFactor else {
            return optimum.heldOut.isEmpty
                ? "\(known) sizes have an optimum, and holding one out needs five"
                : "the fit missed the held-out largest size; \(more)"
        }
        return
            "a proxy of \(PrescriptionWords.size(optimum.target / validated)) parameters would "
            + "validate it"
    }
}

extension OptimumForecast {
    /// The randomness of a variant's optimum: a forecast and a prescription that look at the same runs have the
    /// same interval.
    package static func key(_ variant: String) -> RandomKey {
        RandomKey(seed: 0).split("prescription").split(variant.isEmpty ? "recipe" : variant)
    }
}
