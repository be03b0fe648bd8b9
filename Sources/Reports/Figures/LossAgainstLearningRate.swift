package import Documents
import Formats
import Foundation
import RunTables
import Runs
import Statistics

/// The final loss against the learning rate, a line a size and a panel an intervention.
///
/// Source: arXiv 2309.14322, figure 1, upper half.
package struct LossAgainstLearningRate: Figure {
    package let name = "loss-against-learning-rate"
    package let title = "Final loss against learning rate"
    private static let columns = [
        "intervention", "width", "depth", "parameters", "learning_rate", "mean_loss", "min_loss",
        "max_loss", "initial_loss", "finished", "diverged", "without_result",
    ]
    /// Losses above so many times the loss at initialisation stand at the upper edge.
    private static let ceiling = 1.5

    package init() {}

    package func draw(_ sweep: SweepGrid) -> Drawing {
        guard let initial = sweep.initialLoss, !sweep.learningRates.isEmpty else {
            return absent("No run has a result yet.", columns: Self.columns)
        }
        let sizes = sweep.sizes.map(sweep.naming.short)
        let losses = sweep.results.compactMap(\.finiteLoss)
        let inside = losses.filter { $0 <= Self.ceiling * initial }
        let edges = inside.count < sweep.results.count
        var figure = Specification(title: title)
        figure.ramp = .size(sizes.count)
        figure.rows = rows(sweep, ceiling: Self.ceiling * initial)
        if sweep.interventions.count > 1 {
            figure.panels = .init(
                field: "panel", order: sweep.interventions.map { panel($0, in: sweep) })
        }
        let lowest = inside.min() ?? initial / 4
        let highest = inside.max() ?? initial
        // A guide that would leave the losses less than two thirds of the height is named at the edge.
        let isFar = highest > 0 && log(initial / highest) > 0.5 * log(highest / max(lowest, 1e-9))
        let range = Ticks.range(
            from: lowest * 0.96, to: isFar ? highest : max(initial, highest),
            height: figure.height, free: edges ? 22 + 11 * Double(sizes.count) : 24)
        let guide = NumberText.rounded(initial)
        let place = GuideLabel(
            at: guide,
            among: GuideLabel.lines(of: sweep) { Descriptive.mean(of: $0.losses) }, range: range,
            preferred: [(true, false), (true, true)])
        let label = "loss at initialisation, \(NumberText.loss(initial))"
        let marks = layers(sweep, sizes: sizes, range: range)
        figure.layers =
            isFar
            ? marks + [edgeLabel(label + ", is above")]
            : [.guide(at: guide)] + marks
                + Layer.guideLabel(
                    at: guide, label, below: place.below, fromRight: place.fromRight)
        return Drawing(
            specification: figure, table: table(sweep),
            caption: caption(sweep, above: losses.count - inside.count), finding: finding(sweep))
    }

    /// What lies above the frame, named at its upper edge.
    private func edgeLabel(_ text: String) -> Layer {
        Layer(
            mark: .text,
            properties: [
                "style": "reference-label", "align": "left", "baseline": "top",
            ],
            channels: ["x": .value(6), "y": .value(3), "text": .field("label", nil)],
            rows: [["label": .string(text)]])
    }

    private func panel(_ intervention: String, in sweep: SweepGrid) -> String {
        let stops = sweep.lines.filter { $0.intervention == intervention }.flatMap(\.stops)
        let diverged = stops.reduce(0) { $0 + $1.diverged }
        let runs = stops.reduce(0) { $0 + $1.results.count }
        return diverged == 0
            ? sweep.name(of: intervention)
            : "\(sweep.name(of: intervention)) (\(diverged) of \(runs) diverged)"
    }

    private func rows(_ sweep: SweepGrid, ceiling: Double) -> [[String: JSONValue]] {
        let places = Dictionary(
            sweep.table.rows.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { a, _ in a })
        return sweep.lines.flatMap { line in
            line.stops.filter { !$0.results.isEmpty }.flatMap { stop -> [[String: JSONValue]] in
                let place = sweep.sizes.firstIndex(of: line.size) ?? 0
                let mean = Descriptive.mean(of: stop.losses)
                let above = (mean ?? 0) > ceiling
                var row: [String: JSONValue] = [
                    "panel": .string(panel(line.intervention, in: sweep)),
                    "size": .string(sweep.naming.short(line.size)),
                    "line": .string(sweep.name(of: line)),
                    "learning_rate": .number(stop.learningRate),
                    "runs": .string(
                        "\(stop.losses.count) finished, \(stop.diverged) diverged"),
                ]
                if let run = stop.rows.first(where: { $0.result != nil }),
                    let number = places[run.name]
                {
                    row["href"] = .string("#run-\(number)")
                }
                var rows: [[String: JSONValue]] = []
                if let mean, !above {
                    var point = row
                    point["loss"] = .number(NumberText.rounded(mean))
                    point["low"] = .optional(stop.losses.min().map(NumberText.rounded))
                    point["high"] = .optional(stop.losses.max().map { min($0, ceiling) })
                    point["best"] = .bool(stop.learningRate == line.best?.learningRate)
                    rows.append(point)
                }
                guard stop.diverged > 0 || above else { return rows }
                row["edge"] = .number(8 + 11 * Double(place))
                row["note"] = .string(
                    stop.diverged > 0
                        ? stop.results.count > 1
                            ? "\(stop.diverged) of \(stop.results.count)" : ""
                        : NumberText.loss(mean ?? .nan))
                return rows + [row]
            }
        }
    }

    private func layers(
        _ sweep: SweepGrid, sizes: [String], range: ClosedRange<Double>
    ) -> [Layer] {
        let x = Ticks.learningRate(sweep.learningRates)
        let y = Channel.position(
            "loss", title: "final validation loss (nats per token)", scale: .logarithmic(range),
            axis: Axis(values: Ticks.round(in: range)))
        let colour = Channel.colour("size", .ordinal, title: sweep.naming.title, values: sizes)
        let faint = Channel.when("pick", 1, otherwise: 0.12)
        let tooltip = Channel.tooltip([
            "line": "line", "learning_rate": "learning rate", "loss": "loss", "low": "lowest",
            "high": "highest", "runs": "runs",
        ])
        let edgeTooltip = Channel.tooltip([
            "line": "line", "learning_rate": "learning rate", "runs": "runs",
        ])
        var layers: [Layer] = []
        if sweep.seeds > 1 {
            layers.append(
                Layer(
                    mark: .area, properties: ["opacity": 0.16],
                    channels: [
                        "x": x, "y": .field("low"), "y2": .field("high", nil), "color": colour,
                    ], filter: "isValid(datum.loss)"))
        }
        layers.append(
            Layer(
                mark: .line,
                properties: [
                    "strokeWidth": 2.2, "point": ["size": 46, "filled": true, "opacity": 1],
                ],
                channels: ["x": x, "y": y, "color": colour, "opacity": faint], tooltip: tooltip,
                filter: "isValid(datum.loss)", selection: .legend(name: "pick", field: "size")))
        // Click a point to go to its run in the table below.
        layers.append(
            Layer(
                mark: .point, properties: ["size": 160, "opacity": 0, "cursor": "pointer"],
                channels: [
                    "x": x, "y": .field("loss"), "color": colour, "href": .field("href", .nominal),
                ], tooltip: tooltip, filter: "isValid(datum.loss)"))
        layers.append(
            Layer(
                mark: .point, properties: ["size": 210, "strokeWidth": 1.8, "filled": false],
                channels: [
                    "x": x, "y": .field("loss"), "color": colour, "opacity": faint,
                ], tooltip: tooltip, filter: "datum.best"))
        layers.append(
            Layer(
                mark: .point,
                properties: [
                    "shape": "triangle-up", "size": 64, "strokeWidth": 1.8, "filled": false,
                ],
                channels: [
                    "x": x, "y": .pixelField("edge"), "color": colour, "opacity": faint,
                ], tooltip: edgeTooltip, filter: "isValid(datum.edge)"))
        layers.append(
            Layer(
                mark: .text, properties: ["align": "right", "dx": -8, "fontSize": 10],
                channels: [
                    "x": x, "y": .pixelField("edge"), "color": colour, "opacity": faint,
                    "text": .field("note", nil),
                ], filter: "isValid(datum.edge)"))
        return layers
    }

    private func table(_ sweep: SweepGrid) -> CSVTable {
        var table = CSVTable(columns: Self.columns)
        for line in sweep.lines {
            for stop in line.stops {
                table.append([
                    .text(line.intervention), .optional(line.size.width),
                    .optional(line.size.depth), .optional(line.parameters),
                    .number(stop.learningRate), .optional(Descriptive.mean(of: stop.losses)),
                    .optional(stop.losses.min()), .optional(stop.losses.max()),
                    .optional(Descriptive.mean(of: stop.results.compactMap(\.initialLoss))),
                    .integer(stop.losses.count), .integer(stop.diverged),
                    .integer(stop.rows.count - stop.results.count),
                ])
            }
        }
        return table
    }

    private func caption(_ sweep: SweepGrid, above: Int) -> String {
        var text =
            "Validation cross-entropy after the last step, in nats per token without z-loss, on a "
            + "logarithmic axis, against the peak learning rate. The ring marks the lowest loss of "
            + "each line, a diverged run counted as its loss at initialisation. "
        if sweep.seeds > 1 {
            text += "Lines are means over up to \(sweep.seeds) seeds, bands run from the lowest to "
            text += "the highest seed; seeds that diverged are not in the mean. "
        }
        text +=
            sweep.diverged == 0
            ? "No run diverged. "
            : "Open triangles at the upper edge are runs that diverged: "
                + "\(sweep.diverged) of \(sweep.results.count). "
        if above > 0 {
            text += "\(NumberText.count(above, "run")) ended above 1.5 times the loss at "
            text += "initialisation and are drawn there too, with the loss next to them. "
        }
        return text
            + "Click a point to go to its run in the table; the guide is the loss before the first step."
    }

    private func finding(_ sweep: SweepGrid) -> String? {
        let best = sweep.lines.compactMap { line in line.best.map { (line, $0) } }
        guard let lowest = best.min(by: { $0.1.loss < $1.1.loss }) else {
            return "No run has a finite final loss: all \(sweep.results.count) diverged."
        }
        var text =
            "The lowest final loss is \(NumberText.loss(lowest.1.loss)) nats, at "
            + "\(sweep.name(of: lowest.0)), learning rate \(NumberText.rate(lowest.1.learningRate))"
        let moves = sweep.interventions.compactMap { intervention -> String? in
            let own = best.filter { $0.0.intervention == intervention }
            guard own.count > 1, let first = own.first, let last = own.last else { return nil }
            let rates = [first, last].map { NumberText.rate($0.1.learningRate) }
            let names = [first, last].map { sweep.naming.long($0.0.size) }
            let sizes = "from \(names[0]) to \(names[1])"
            let label = intervention.isEmpty ? "" : "\(sweep.with(intervention)) "
            return rates[0] == rates[1]
                ? "\(label)the best learning rate stays at \(rates[0]) \(sizes)"
                : "\(label)the best learning rate goes from \(rates[0]) to \(rates[1]) \(sizes)"
        }
        if !moves.isEmpty { text += "; " + moves.prefix(3).joined(separator: ", ") }
        // The table has all of many.
        return text + (moves.count > 3 ? ", and \(moves.count - 3) more in the table." : ".")
    }
}
