package import Documents
import RunTables
import Runs
import Telemetry

/// The training loss over the steps of every run.
package struct LossCurves: Figure {
    package let name = "loss-curves"
    package let title = "Training loss over steps"
    private static let metric = Metric.trainLoss

    package init() {}

    package func draw(_ sweep: SweepGrid) -> Drawing {
        let curves = Curves(sweep) { $0.series[Self.metric] ?? [] }
        let positive = curves.values.filter { $0 > 0 }
        guard let lowest = positive.min(), let highest = positive.max() else {
            return absent(
                "No run has logged \(Self.metric.tag).",
                columns: ["run", "learning_rate", "step", "train_loss"])
        }
        let ceiling = 1.6 * (sweep.initialLoss ?? highest)
        let top = min(highest, ceiling)
        let bottom = max(lowest * 0.96, top / 1e4)
        let free = curves.runs.contains { $0.divergedStep != nil } ? 20.0 : 6
        let range = Ticks.range(from: bottom, to: top, height: 210, free: free)
        let outside = curves.values.count {
            !range.contains($0)
        }
        var caption =
            "Cross-entropy of each step's batch, in nats per token without z-loss, on a "
            + "logarithmic axis. " + curves.conventions
        if outside > 0 {
            caption += " \(NumberText.count(outside, "point")) outside the frame, up to "
            caption += "\(NumberText.loss(highest))."
        }
        return Drawing(
            specification: curves.specification(
                title: title, valueTitle: Self.metric.title("training loss"), range: range,
                axis: Axis(values: Ticks.round(in: range)),
                columns: min(max(sweep.interventions.count, 2), 3)),
            table: curves.table(value: "train_loss"), caption: caption,
            finding: finding(sweep, curves))
    }

    private func finding(_ sweep: SweepGrid, _ curves: Curves) -> String? {
        let diverged = curves.runs.filter { $0.divergedStep != nil }
        guard let first = diverged.min(by: { ($0.divergedStep ?? 0) < ($1.divergedStep ?? 0) }),
            let step = first.divergedStep
        else {
            return curves.runs.count == 1
                ? "The one logged run stayed finite to its last logged step."
                : "All \(curves.runs.count) logged runs stayed finite to their last logged step."
        }
        return
            "\(diverged.count) of \(NumberText.count(curves.runs.count, "logged run")) diverged, "
            + "the earliest at step \(NumberText.count(step)): \(first.name)."
    }
}
