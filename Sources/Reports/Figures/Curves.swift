import Documents
import Formats
import RunTables
import Runs
import Telemetry

/// What the figures of series over steps have in common: a panel a line of the sweep, a curve a run,
/// coloured by learning rate.
struct Curves {
    /// One run's curve.
    struct Run {
        var panel: String
        var name: String
        var learningRate: Double
        var seed: UInt64?
        var points: Series
        var kept: Series
        var divergedStep: Int?
    }

    var runs: [Run] = []
    let panels: [String]
    private let rates: [Double]

    /// Reads the curves of a sweep.
    init(_ sweep: SweepGrid, _ series: (RunRow) -> Series) {
        var panels: [String] = []
        for line in sweep.lines {
            let panel = sweep.name(of: line)
            for stop in line.stops {
                for cell in stop.rows {
                    let points = series(cell)
                    guard !points.isEmpty else { continue }
                    let seed = stop.rows.count > 1 ? cell.result?.seed : nil
                    let run = "\(panel), \(NumberText.rate(stop.learningRate))"
                    runs.append(
                        Run(
                            panel: panel, name: run + (seed.map { ", seed \($0)" } ?? ""),
                            learningRate: stop.learningRate, seed: seed, points: points, kept: [],
                            divergedStep: cell.result.flatMap { result in
                                result.diverged
                                    ? result.divergedStep ?? result.stepsDone : nil
                            }))
                    if panels.last != panel { panels.append(panel) }
                }
            }
        }
        self.panels = panels
        rates = sweep.learningRates
        let buckets = Decimation.buckets(series: runs.count)
        for index in runs.indices {
            runs[index].kept = Decimation.extremes(of: runs[index].points, buckets: buckets)
        }
    }

    /// The finite values drawn.
    var values: [Double] { runs.flatMap { $0.kept.map(\.value) } }

    /// The last step of any curve.
    private var lastStep: Int {
        max(runs.flatMap { $0.kept.map(\.step) + [$0.divergedStep ?? 0] }.max() ?? 1, 1)
    }

    /// The curves, for the place of a guide's name.
    var lines: [[(x: Double, value: Double)]] {
        let last = Double(lastStep)
        return runs.map { run in run.kept.map { (Double($0.step) / last, $0.value) } }
    }

    /// What a caption says of the points left out and of runs that diverged.
    var conventions: String {
        let read = runs.reduce(0) { $0 + $1.points.filter(\.value.isFinite).count }
        let kept = runs.reduce(0) { $0 + $1.kept.count }
        let diverged = runs.count { $0.divergedStep != nil }
        var text = "Each run is a curve of its own, seeds too, without smoothing; "
        text +=
            kept == read
            ? "every logged point is drawn. "
            : "of \(NumberText.count(read)) logged points \(NumberText.count(kept)) are drawn, the "
                + "lowest and the highest of each stretch of steps. "
        if diverged > 0 {
            text += "Open triangles at the upper edge are the steps at which runs diverged: "
            text += "\(NumberText.count(diverged, "run")). "
        }
        return text + "Hover over a curve to highlight it; click a learning rate to show it alone."
    }

    /// The numbers drawn.
    func table(value: String) -> CSVTable {
        var table = CSVTable(columns: ["run", "learning_rate", "step", value])
        for run in runs {
            for point in run.kept {
                table.append([
                    .text(run.name), .number(run.learningRate), .integer(point.step),
                    .number(point.value),
                ])
            }
        }
        return table
    }

    /// The figure, over a logarithmic axis of values.
    func specification(
        title: String, valueTitle: String, range: ClosedRange<Double>, axis: Axis, columns: Int
    ) -> Specification {
        var figure = Specification(title: title)
        figure.height = 210
        figure.ramp = .learningRate(rates.count)
        if panels.count > 1 {
            figure.panels = .init(field: "panel", order: panels, columns: columns)
        } else {
            figure.width = 640
        }
        figure.rows = runs.flatMap { run in
            let names: [String: JSONValue] = [
                "panel": .string(run.panel), "run": .string(run.name),
                "rate": .string(NumberText.rate(run.learningRate)),
            ]
            var rows = run.kept.map { point in
                names.merging([
                    "step": .number(Double(point.step)),
                    "value": .number(NumberText.rounded(point.value)),
                ]) { $1 }
            }
            if let step = run.divergedStep {
                rows.append(names.merging(["step": .number(Double(step)), "edge": 8]) { $1 })
            }
            return rows
        }
        figure.layers = layers(valueTitle: valueTitle, range: range, axis: axis)
        return figure
    }

    private func layers(valueTitle: String, range: ClosedRange<Double>, axis: Axis) -> [Layer] {
        let x = Channel.position(
            "step", title: "step", scale: .linear(0...Double(lastStep)),
            axis: Axis(count: 5, isWhole: true))
        let y = Channel.position(
            "value", title: valueTitle, scale: .logarithmic(range), axis: axis)
        let colour = Channel.colour(
            "rate", .ordinal, title: "learning rate", values: rates.map(NumberText.rate))
        let detail = Channel.field("run", .nominal)
        let valid = "isValid(datum.value)"
        return [
            Layer(
                mark: .line, properties: ["strokeWidth": 1.5, "clip": true],
                channels: [
                    "x": x, "y": y, "color": colour, "detail": detail,
                    "opacity": .both("hover", "pick", 0.95, otherwise: 0.1),
                ], filter: valid, selection: .legend(name: "pick", field: "rate")),
            Layer(
                mark: .line, properties: ["strokeWidth": 9, "opacity": 0, "clip": true],
                channels: ["x": x, "y": y, "color": colour, "detail": detail],
                tooltip: Channel.tooltip(["run": "run"]), filter: valid,
                selection: .hover(name: "hover", field: "run")),
            Layer(
                mark: .point,
                properties: [
                    "shape": "triangle-up", "size": 64, "strokeWidth": 1.8, "filled": false,
                ],
                channels: [
                    "x": x, "y": .pixelField("edge"), "color": colour,
                    "opacity": .both("hover", "pick", 0.95, otherwise: 0.1),
                ], tooltip: Channel.tooltip(["run": "run", "step": "diverged at step"]),
                filter: "isValid(datum.edge)"),
        ]
    }
}
