import Documents
import Foundation

/// The figures of a prescription.
struct PrescriptionFigures {
    let result: PrescriptionResult

    /// The best learning rate of each proxy, and that of the target.
    var learningRate: DrawnFigure {
        let rate = result.learningRate
        var points = rate.optima.compactMap { place in
            place.learningRate.map { value in
                LinePlot.Point(
                    series: "proxies", x: place.parameters, y: value, low: place.seeds.min(),
                    high: place.seeds.max())
            }
        }
        let target = result.targetParameters
        if let value = rate.prescribed {
            points.append(
                .init(
                    series: rate.isValidated ? "prescribed, validated" : "prescribed, unvalidated",
                    x: target, y: value, low: rate.low, high: rate.high))
        } else if let low = rate.atLeast, let high = rate.atMost {
            points.append(
                .init(
                    series: "none prescribed, bounds", x: target, y: (low * high).squareRoot(),
                    low: low, high: high))
        }
        return LinePlot(
            name: "prescription-learning-rate", title: "The best learning rate by size",
            xAxis: "parameters without embedding and head",
            yAxis: "learning rate of the lowest loss",
            seriesTitle: "", points: points, hasLogarithmicY: true
        ).drawn(
            caption:
                "Optima of the proxies, means over seeds, with bars from the lowest to the highest "
                + "seed. The prescribed learning rate is drawn at the target's size, \(result.rateWords); it "
                + "has an interval only within the extrapolation that held-out sizes validate.")
    }

    /// What each mitigation changes in the lowest loss and in S, where it was measured.
    var differences: [DrawnFigure] {
        func plot(
            _ name: String, _ title: String, _ axis: String, _ caption: String,
            _ range: (PrescriptionResult.Trial) -> PrescriptionResult.Range?
        ) -> DrawnFigure? {
            let entries = result.trials.compactMap { trial in
                range(trial).map {
                    ForestPlot.Row(
                        trial.base == "recipe"
                            ? trial.mitigation : "\(trial.mitigation) on \(trial.base)",
                        $0.value, low: $0.low, high: $0.high, outcome: Badge(trial.decision))
                }
            }
            guard !entries.isEmpty else { return nil }
            return ForestPlot(
                name: name, title: title, axis: axis, rows: entries,
                number: { String(format: "%+.3f", $0) }
            ).drawn(caption: caption)
        }
        let percent = NumberText.setting((result.confidence * 1000).rounded() / 10)
        return [
            plot(
                "prescription-sensitivity-of-mitigations", "Effect of mitigations on S",
                "difference in learning-rate sensitivity (nats per token)",
                "S with the mitigation minus S without it, over paired seeds, with \(percent)% intervals; to "
                    + "the left of zero the mitigation helps."
            ) { $0.sensitivity },
            plot(
                "prescription-loss-of-mitigations", "Effect of mitigations on the lowest loss",
                "difference in lowest loss (nats per token)",
                "The lowest loss with the mitigation minus that without it, over paired seeds, with "
                    + "\(percent)% intervals; to the right of zero the mitigation costs."
            ) { $0.loss },
        ].compactMap(\.self)
    }

    /// S of each size, a line a variant.
    var sensitivity: DrawnFigure {
        LinePlot(
            name: "prescription-sensitivity", title: "Learning-rate sensitivity by size",
            xAxis: "parameters without embedding and head",
            yAxis: "learning-rate sensitivity S (nats per token)", seriesTitle: "variant",
            points: result.sensitivities.map { entry in
                .init(
                    series: entry.variant, x: entry.parameters, y: entry.value,
                    low: entry.seeds.min(), high: entry.seeds.max())
            }
        ).drawn(
            caption:
                "S is the mean over the learning rates of min(final loss, loss at initialisation), "
                + "less the lowest of them (arXiv 2309.14322); bars run from the lowest to the highest "
                + "seed.")
    }
}
