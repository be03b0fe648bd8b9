import Documents
import Formats
import Telemetry

/// Numbers of one run over its steps.
struct RunCurves {
    /// What its files are called.
    var name: String
    /// Its heading.
    var title: String
    /// What the vertical axis shows, with its unit.
    var axis: String
    /// What the lines are.
    var legend: String
    /// The lines, each with its name.
    var lines: [(name: String, points: Series)]
    /// What is plotted, in units and by conventions.
    var caption: String
    /// The step at which the run diverged; nil where it did not.
    var divergedStep: Int?

    /// The figure; one that says so where nothing was logged.
    var drawn: DrawnFigure {
        let columns = [legend, "step", "value"]
        let kept = lines.map { name, points in
            (
                name: name,
                points: Decimation.extremes(
                    of: points, buckets: Decimation.buckets(series: lines.count))
            )
        }
        let values = kept.flatMap { $0.points.map(\.value) }.filter { $0 > 0 }
        guard let lowest = values.min(), let highest = values.max() else {
            let sentence = "Nothing positive and finite was logged of it."
            return DrawnFigure(
                name: name, title: title,
                drawing: .absent(sentence, title: title, columns: columns))
        }
        var figure = Specification(title: title)
        figure.width = 640
        figure.height = 230
        figure.rows = kept.flatMap { line in
            line.points.filter { $0.value > 0 }.map { point in
                [
                    "line": .string(line.name), "step": .number(Double(point.step)),
                    "value": .number(NumberText.rounded(point.value)),
                ]
            }
        }
        let range = Ticks.range(from: lowest * 0.97, to: highest, height: 230, free: 6)
        let last = (kept.compactMap { $0.points.last?.step } + [divergedStep ?? 1]).max() ?? 1
        figure.layers = [
            Layer(
                mark: .line, properties: ["strokeWidth": 1.8, "clip": true],
                channels: [
                    "x": .position(
                        "step", title: "step", scale: .linear(0...Double(max(last, 1))),
                        axis: Axis(count: 6, isWhole: true)),
                    "y": .position(
                        "value", title: axis, scale: .logarithmic(range),
                        axis: Axis(values: Ticks.round(in: range))),
                    "color": .colour("line", .nominal, title: legend, values: lines.map(\.name)),
                    "opacity": .when("pick", 1, otherwise: 0.15),
                ],
                tooltip: Channel.tooltip(["line": legend, "step": "step", "value": "value"]),
                selection: .legend(name: "pick", field: "line"))
        ]
        if let divergedStep {
            figure.layers += Layer.verticalGuide(
                at: Double(divergedStep), "diverged at step \(NumberText.count(divergedStep))")
        }
        var table = CSVTable(columns: columns)
        for line in kept {
            for point in line.points {
                table.append([.text(line.name), .integer(point.step), .number(point.value)])
            }
        }
        return DrawnFigure(
            name: name, title: title,
            drawing: Drawing(specification: figure, table: table, caption: caption + thinning(kept))
        )
    }

    private func thinning(_ kept: [(name: String, points: Series)]) -> String {
        let all = lines.reduce(0) { $0 + $1.points.count { $0.value.isFinite } }
        let lost = lines.reduce(0) { $0 + $1.points.count } - all
        let drawn = kept.reduce(0) { $0 + $1.points.count }
        return
            (drawn == all
            ? " Every \(lost > 0 ? "finite" : "logged") point is drawn, without smoothing"
            : " Of \(NumberText.count(all)) logged points \(NumberText.count(drawn)) are drawn, the "
                + "lowest and the highest of each stretch of steps, without smoothing")
            + (lost > 0 ? "; \(NumberText.count(lost)) became NaN or infinite." : ".")
    }
}
