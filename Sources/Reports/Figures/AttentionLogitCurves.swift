package import Documents
import RunTables
import Runs
import Telemetry

/// The largest attention logit of all layers over the steps of every run.
package struct AttentionLogitCurves: Figure {
    package let name = "attention-logit-curves"
    package let title = "Largest attention logit over steps"
    private static let alarm = AttentionLogitAgainstLearningRate.alarm

    package init() {}

    package func draw(_ sweep: SweepGrid) -> Drawing {
        let curves = Curves(sweep) {
            Series.largest(of: $0.series[MetricFamily.maxAttentionLogits].map(\.series))
        }
        let positive = curves.values.filter { $0 > 0 }
        guard let lowest = positive.min(), let highest = positive.max() else {
            return absent(
                "No run has logged attn/{layer}/max_logit.",
                columns: ["run", "learning_rate", "step", "max_logit"])
        }
        let top = min(max(highest, Self.alarm), 1e9) * 1.5
        // Logits below one make attention uniform, and would take half of the height.
        let bottom = max(lowest * 0.7, min(1, highest / 10))
        let free = curves.runs.contains { $0.divergedStep != nil } ? 18.0 : 10
        let range = Ticks.range(from: bottom, to: top, height: 210, free: free)
        let outside = curves.values.count { !range.contains($0) }
        var caption =
            "The signed maximum of scale x q.k over unmasked pairs, heads and layers (no unit), on a "
            + "logarithmic axis. " + curves.conventions
        if outside > 0 {
            caption += " \(NumberText.count(outside, "point")) outside the frame, which ends at "
            caption += "\(NumberText.logit(range.lowerBound)) and "
            caption += "\(NumberText.logit(range.upperBound))."
        }
        var figure = curves.specification(
            title: title, valueTitle: Metric.maxAttentionLogit(0).title("largest attention logit"),
            range: range,
            axis: Axis(values: Ticks.decades(in: range), labels: .powers),
            columns: min(max(sweep.interventions.count, 2), 3))
        let place = GuideLabel(
            at: Self.alarm, among: curves.lines, range: range,
            preferred: [(false, true), (true, true), (false, false), (true, false)])
        figure.layers =
            [.guide(at: Self.alarm)] + figure.layers
            + Layer.guideLabel(
                at: Self.alarm, AttentionLogitAgainstLearningRate.alarmLabel, below: place.below,
                fromRight: place.fromRight)
        return Drawing(
            specification: figure, table: curves.table(value: "max_logit"), caption: caption,
            finding: finding(curves))
    }

    private func finding(_ curves: Curves) -> String? {
        let passed = curves.runs.compactMap { run in
            run.points.first { $0.value > Self.alarm }.map { (run.name, $0.step) }
        }
        let count = NumberText.count(curves.runs.count, "logged run")
        guard let first = passed.min(by: { $0.1 < $1.1 }) else {
            return "None of \(count) passed 1e4 at a logged step."
        }
        return "\(passed.count) of \(count) passed 1e4 at a logged step, the earliest at step "
            + "\(NumberText.count(first.1)): \(first.0)."
    }
}
