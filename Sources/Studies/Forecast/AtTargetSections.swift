import Documents
import Reports
import Statistics
import Sweeps

/// The numbers that a person carries to the target, one section for each intervention.
struct AtTargetSections {
    private let result: ForecastResult

    init(_ result: ForecastResult) { self.result = result }

    /// The sections; none for results of versions that did not carry these numbers.
    var sections: [Document.Section] {
        (result.atTarget ?? []).map { own in
            let name = own.intervention.isEmpty ? "" : ", \(own.intervention)"
            var pieces: [Document.Piece] = [.table(table(own))]
            let reasons = quantities(own).compactMap { name, quantity, _ in
                quantity.reason.map { "\(name): \($0)" }
            }
            if !reasons.isEmpty { pieces.append(.list(reasons)) }
            pieces.append(.table(sizes(own)))
            if let criteria = result.stability { pieces.append(.note(Self.words(criteria))) }
            return .init("At \(result.target)\(name)", pieces)
        }
    }

    private typealias Format = (Double) -> String

    private func quantities(
        _ own: ForecastResult.AtTarget
    ) -> [(name: String, quantity: CarriedQuantity, format: Format)] {
        let rate = NumberText.roundedRate
        let nats: Format = { NumberText.loss($0) + " nats" }
        return [
            ("best learning rate", own.bestLearningRate, rate),
            ("final loss there", own.loss, nats),
            ("cost of half that rate", own.costOfHalf, nats),
            ("cost of twice that rate", own.costOfTwice, nats),
            ("largest stable learning rate", own.largestStableLearningRate, rate),
        ]
    }

    private func table(_ own: ForecastResult.AtTarget) -> Table {
        let percent = NumberText.setting((result.confidence * 1000).rounded() / 10)
        var rows: [[Table.Cell]] = quantities(own).map { name, quantity, format in
            var interval = "-"
            if let low = quantity.low, let high = quantity.high {
                interval = "\(format(low)) to \(format(high))"
            }
            return [
                .init(name), .init(quantity.value.map(format) ?? "no forecast"), .init(interval),
                .init(
                    quantity.status
                        + (quantity.value == nil
                            ? quantity.direction.map { ", \($0.rawValue)" } ?? "" : "")),
            ]
        }
        rows += own.probabilities.map { asked in
            [
                .init("probability that \(NumberText.roundedRate(asked.learningRate)) is stable"),
                .init(asked.probability.map { NumberText.hundredths($0) } ?? "no forecast"), "-",
                "",
            ]
        }
        return Table(
            [
                .word("quantity"), .number("at the target"),
                .number("\(percent)% interval of one run"),
                .prose("extrapolation", priority: 1),
            ], rows)
    }

    /// What was measured, size by size.
    private func sizes(_ own: ForecastResult.AtTarget) -> Table {
        func mean(_ values: [Double], _ format: Format) -> Table.Cell {
            .init(Descriptive.mean(of: values).map(format) ?? "-")
        }
        let places = own.stability.indices
        let rows = places.map { place -> [Table.Cell] in
            let size = own.stability[place]
            func values(_ quantity: CarriedQuantity) -> [Double] {
                quantity.sizes.first { $0.parameters == size.parameters }?.values ?? []
            }
            let open = size.highestStable.map { "above \(NumberText.short($0))" } ?? "none"
            return [
                .init(NumberText.parameters(size.parameters)),
                mean(values(own.bestLearningRate), NumberText.roundedRate),
                mean(values(own.loss), NumberText.loss),
                mean(values(own.costOfHalf), NumberText.loss),
                mean(values(own.costOfTwice), NumberText.loss),
                size.open > 0 ? .init(open) : mean(size.values, NumberText.short),
                .init(limits(size)),
            ]
        }
        return Table(
            [
                .number("parameters"), .number("best LR"), .number("loss"),
                .number("cost of half", priority: 2), .number("cost of twice", priority: 2),
                .number("largest stable LR"), .word("ended by", priority: 1),
            ], rows, note: "Means over seeds.")
    }

    private func limits(_ size: ForecastResult.StableSize) -> String {
        let names = StabilityBoundary.Limit.allCases.filter(size.limits.contains).map { limit in
            switch limit {
            case .divergence: "divergence"
            case .attentionLogit: "attention logit"
            case .loss: "loss"
            }
        }
        return names.isEmpty ? "-" : names.joined(separator: ", ")
    }

    /// What a stable run is.
    private static func words(_ criteria: StabilityBoundary.Criteria) -> String {
        "Stable: finite to the end and below the initial loss, largest attention logit below "
            + "\(NumberText.short(criteria.largestAttentionLogit)), final loss at most "
            + "\(NumberText.short(criteria.lossAboveBest)) nats above the best learning rate's."
    }
}
