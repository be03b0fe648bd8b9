import ForecastStudies
import Foundation
import Modules
import Reports
import RunTables
import Runs
import Statistics
import Sweeps
import Training
import TransferStudies

/// Collects what lines rest on, each piece once.
struct EvidenceChain {
    /// The pieces, in the order in which lines first named them.
    private(set) var entries: [PrescriptionResult.Evidence] = []
    private let target: ForecastTarget
    /// The folder of a cell, from that of the prescription.
    private let folder: (RunRow) -> String

    init(target: ForecastTarget, folder: @escaping (RunRow) -> String) {
        self.target = target
        self.folder = folder
    }

    /// Adds a piece and returns what lines call it.
    private mutating func add(
        _ claim: String, _ runs: String, _ cells: [RunRow], fit: String? = nil,
        interval: String? = nil, heldOut: [String] = [], files: [String] = []
    ) -> String {
        var entry = PrescriptionResult.Evidence(
            id: "", claim: claim, runs: runs, count: cells.count, fit: fit, interval: interval,
            heldOut: heldOut, files: files + cells.map(folder))
        for known in entries {
            entry.id = known.id
            if entry == known { return known.id }
        }
        entry.id = "E\(entries.count + 1)"
        entries.append(entry)
        return entry.id
    }

    private static func number(_ value: Double) -> String { PrescriptionWords.number(value) }

    private static func held(_ held: ForecastResult.HeldOut) -> String {
        "from \(held.sizes) sizes at extrapolation factor \(number(held.extrapolationFactor)): \(number(held.value)) "
            + "(\(number(held.low)) to \(number(held.high))), measured "
            + held.truths.map(number).joined(separator: ", ")
            + ": \(held.covered) of \(held.truths.count) within, "
            + (held.passes ? "passes" : "fails")
    }

    /// The growth of a signal at a learning rate.
    mutating func growth(
        _ failureMode: String, at rate: Double, in findings: VariantFindings
    ) -> [String] {
        guard
            let signal = findings.forecast?.signals.first(where: { $0.name == failureMode }),
            let line = signal.lines.first(where: { $0.learningRate == rate })
        else { return [] }
        let name = findings.variant.name
        let runs = findings.runs.filter { $0.learningRate == rate }
        let measured = line.points.map { point -> String in
            let mean = Descriptive.mean(of: point.values).map(Self.number) ?? "lost"
            return "\(mean) at width \(point.width)"
        }
        return [
            add(
                "\(signal.meaning): \(measured.joined(separator: ", ")); read at "
                    + signal.reading + Self.extremes(failureMode, runs),
                "\(name) at learning rate \(Self.number(rate))", runs,
                fit: line.model.map {
                    "\($0.rawValue) in log N, direction: \(line.direction ?? "-")"
                }
                    ?? line.reason,
                interval: line.low.flatMap { low in
                    line.high.map { high in
                        "\(Self.number(low)) to \(Self.number(high)) at \(target.text)"
                    }
                } ?? line.reason, heldOut: line.heldOut.map(Self.held),
                files: [
                    "forecast/\(name)/forecast.json",
                    "forecast/\(name)/figures/forecast-\(failureMode).csv",
                ])
        ]
    }

    /// The largest attention logits of whole runs, by width.
    private static func extremes(_ failureMode: String, _ runs: [RunRow]) -> String {
        guard failureMode == AttentionLogitSignal().name else { return "" }
        let widths = Dictionary(grouping: runs) { $0.width ?? 0 }
        let largest = widths.keys.sorted().map { width in
            let worst = (widths[width] ?? []).map(\.largestLogit).max() ?? 0
            return "\(number(worst)) at width \(width)"
        }
        return "; the largest of all steps and blocks: " + largest.joined(separator: ", ")
    }

    /// The losses of a learning rate, for runs that diverged.
    mutating func runs(at rate: Double, in findings: VariantFindings, claim: String) -> [String] {
        let runs = findings.runs.filter { $0.learningRate == rate }
        return [
            add(claim, "\(findings.variant.name) at learning rate \(Self.number(rate))", runs)
        ]
    }

    /// The best learning rate of each size.
    mutating func optimum(_ findings: VariantFindings) -> [String] {
        let optimum = findings.optimum
        guard !optimum.places.isEmpty else { return [] }
        let places = optimum.places.map { place in
            let best = place.optimum.map { Self.number($0.learningRate) }
            return "\(best ?? place.reason?.description ?? "-") at \(Self.number(place.extent))"
        }
        let drift = optimum.drift.map { drift -> String in
            let interval = drift.slopeInterval
            return "a factor of \(Self.number(exp2(drift.slope))) "
                + "(\(Self.number(exp2(interval.lowerBound))) to "
                + "\(Self.number(exp2(interval.upperBound)))) for each doubling of N over the proxies"
        }
        let model = optimum.forecast.map { "\($0.model.rawValue) in log N" }
        let held = optimum.heldOut.map { held -> String in
            let interval = held.forecast.interval
            return
                "from \(held.sizes) sizes at extrapolation factor \(Self.number(held.extrapolationFactor)): "
                + "\(Self.number(held.forecast.value)) (\(Self.number(interval.lowerBound)) to "
                + "\(Self.number(interval.upperBound))), measured "
                + held.truths.map(Self.number).joined(separator: ", ")
                + ": \(held.covered) of \(held.truths.count) within, "
                + (held.passes ? "passes" : "fails")
        }
        return [
            add(
                "the learning rate of the lowest final loss by parameters: "
                    + places.joined(separator: ", "),
                "\(findings.variant.name) at learning rates "
                    + findings.variant.rates.map(Self.number).joined(separator: ", "),
                findings.runs,
                fit: [model, drift].compactMap(\.self).joined(separator: "; ").nilWhenEmpty,
                interval: optimum.interval.map {
                    "\(Self.number($0.lowerBound)) to \(Self.number($0.upperBound)) at "
                        + target.text
                }, heldOut: held, files: ["prescription.json"])
        ]
    }

    /// What a mitigation changed.
    mutating func comparison(
        _ trial: MitigationTrial, _ own: VariantFindings?, _ base: VariantFindings?
    ) -> [String] {
        guard let own, let base else { return [] }
        func text(_ name: String, _ difference: PairedDifference?) -> String? {
            difference.map {
                "\(name) \(PrescriptionWords.nats($0.mean, $0.interval.lowerBound, $0.interval.upperBound))"
                    + " with \($0.degreesOfFreedom) degrees of freedom"
            }
        }
        let runs = (own.runs + base.runs).filter {
            trial.rates.contains($0.learningRate ?? .nan)
        }
        let interval = [text("S", trial.sensitivity), text("lowest loss", trial.loss)]
        return [
            add(
                "\(trial.mitigation.name) on \(trial.base.name), seed by seed and size by size",
                "\(trial.variant.name) and \(trial.base.name) at learning rates "
                    + trial.rates.map(Self.number).joined(separator: ", "), runs,
                fit: "paired differences, pooled over \(own.sizes.count) sizes",
                interval: interval.compactMap(\.self).joined(separator: "; ").nilWhenEmpty,
                files: ["forecast/\(own.variant.name)/forecast.json"])
        ]
    }
}

extension String {
    /// Nil for an empty text.
    fileprivate var nilWhenEmpty: String? { isEmpty ? nil : self }
}
