import Ballast
import Foundation

/// A horizon study as tables for people.
struct HorizonText {
    private let result: HorizonResult

    init(_ result: HorizonResult) { self.result = result }

    /// Recipe by recipe its tensors, signals and optima, then what interventions do, then verdicts.
    var text: String {
        var lines = [
            "horizons \(result.horizons.map(String.init).joined(separator: ", ")) steps, and a descent of "
                + "\(result.cooldownSteps.map(String.init).joined(separator: ", ")); exponents with "
                + "\(Int((result.confidence * 100).rounded()))% intervals over \(result.seeds.count) "
                + "seeds, last: between the last two horizons"
        ]
        for entry in result.recipes {
            lines += ["", heading(entry), tensors(entry), "", signals(entry)]
            if entry.optimum.isAsked { lines += ["", optimum(entry)] }
            lines += entry.cautions.map { "note: \($0)" }
        }
        if result.recipes.count > 1 {
            lines += ["", interventions]
        } else if result.verdict == .fail {
            lines += [
                "",
                "which intervention removes the drift: --interventions A,B,C trains the same with each; "
                    + "`ballast config --interventions` lists them",
            ]
        }
        return (lines + [""] + result.recipes.map(verdict)).joined(separator: "\n")
    }

    private func number(_ value: Double?) -> String { value.map { Terminal.number($0) } ?? "-" }

    private func exponent(_ value: Double?) -> String { HorizonWords.exponent(value) }

    private func interval(_ mean: Double?, _ low: Double?, _ high: Double?) -> String {
        HorizonWords.interval(mean, low, high)
    }

    private func heading(_ entry: HorizonResult.Entry) -> String {
        let times = [entry.decayTimes.first, entry.decayTimes.last].compactMap(\.self)
        let decay =
            (times.last ?? 0) > 0
            ? "horizon x decay of a step \(times.map { number($0) }.joined(separator: " to "))"
            : "no decay of matrices"
        return "\(entry.name), learning rate \(number(entry.learningRate)), warm-up "
            + "\(entry.warmupSteps) steps, \(decay)"
    }

    private func tensors(_ entry: HorizonResult.Entry) -> String {
        let head =
            ["weight rms at the end of"] + result.horizons.map(String.init)
            + ["exponent", "last", "in the trunk", "verdict"]
        let rows = entry.tensors.map { tensor in
            [tensor.path] + tensor.weight.values.map(number)
                + [
                    interval(tensor.weight.exponent, tensor.weight.low, tensor.weight.high),
                    exponent(tensor.weight.lastDoubling), exponent(tensor.trunkWeight.exponent),
                    tensor.verdict?.rawValue ?? "-",
                ]
        }
        return PlainTable.text([head] + rows)
    }

    private func signals(_ entry: HorizonResult.Entry) -> String {
        let head = ["number of the run"] + result.horizons.map(String.init) + ["exponent", "last"]
        let rows = entry.signals.flatMap { signal in
            [("in the trunk", signal.trunk), ("at the end", signal.cooled)].map { place, growth in
                ["\(signal.name) \(place)"] + growth.values.map(number)
                    + [
                        interval(growth.exponent, growth.low, growth.high),
                        exponent(growth.lastDoubling),
                    ]
            }
        }
        return PlainTable.text([head] + rows)
    }

    private func optimum(_ entry: HorizonResult.Entry) -> String {
        let rows = entry.optimum.curves.map { curve -> [String] in
            guard let place = curve.optimum else { return ["\(curve.extent)", "-", "-"] }
            let ends = [place.low, place.high].compactMap(\.self).map { number($0) }
            return [
                "\(curve.extent)",
                number(place.learningRate)
                    + (ends.count == 2 ? " (\(ends[0]) to \(ends[1]))" : ""),
                String(format: "%.4f", place.loss),
            ]
        }
        var lines = [PlainTable.text([["horizon", "optimal learning rate", "loss"]] + rows)]
        lines += entry.optimum.curves.compactMap { curve in
            curve.reason.map { "  \(curve.extent): \($0)" }
        }
        if let drift = HorizonWords(result).drift(entry) { lines.append(drift) }
        return lines.joined(separator: "\n")
    }

    /// What each intervention makes of each drift.
    private var interventions: String {
        var rows = [["drift of", "with", "mean |exponent|", "less the recipe's", "finding"]]
        for drift in result.recipes[0].drifts {
            for entry in result.recipes {
                guard let own = entry.drifts.first(where: { $0.group == drift.group }) else {
                    continue
                }
                rows.append([
                    drift.group == "all" ? "all matrices" : drift.group, entry.name,
                    interval(own.mean, own.low, own.high),
                    interval(own.difference, own.differenceLow, own.differenceHigh),
                    own.finding?.rawValue ?? own.verdict.rawValue,
                ])
            }
        }
        return PlainTable.text(rows, leading: 2)
            + (result.recipes[0].drifts.contains { $0.group == "optimum" }
                ? "\noptimum: octaves of the learning rate per doubling of the horizon" : "")
    }

    private func verdict(_ entry: HorizonResult.Entry) -> String {
        "\(entry.verdict.rawValue)  \(HorizonWords(result).sentence(entry))"
    }
}
