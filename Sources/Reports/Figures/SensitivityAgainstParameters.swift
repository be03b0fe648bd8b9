package import Documents
import Formats
import RunTables
import Runs
import Statistics

/// The learning-rate sensitivity against the number of parameters, a line an intervention.
///
/// Source: arXiv 2309.14322, figure 1, lower half.
package struct SensitivityAgainstParameters: Figure {
    package let name = "sensitivity-against-parameters"
    package let title = "Learning-rate sensitivity against size"
    private static let columns = [
        "intervention", "width", "depth", "parameters", "sensitivity", "min_over_seeds",
        "max_over_seeds", "learning_rates", "clamped_runs", "missing_learning_rates",
    ]

    package init() {}

    package func draw(_ sweep: SweepGrid) -> Drawing {
        let lines = sweep.lines.filter { $0.sensitivityValue != nil && $0.parameters != nil }
        guard !lines.isEmpty else {
            return absent(
                "No size has two learning rates with a result and a finite loss.",
                columns: Self.columns)
        }
        let sizes = lines.compactMap(\.parameters).map(Double.init)
        let highest =
            lines.flatMap {
                $0.seedSensitivities + [$0.sensitivityValue?.value ?? 0]
            }.max() ?? 1
        var figure = Specification(title: title)
        figure.width = 560
        figure.rows = lines.map { row($0, in: sweep) }
        figure.layers = layers(
            sweep, x: Ticks.room(about: sizes, factor: 1.35), top: max(highest * 1.15, 1e-3))
        return Drawing(
            specification: figure, table: table(sweep), caption: caption(sweep, drawn: lines.count),
            finding: finding(sweep))
    }

    private func row(_ line: SweepGrid.Line, in sweep: SweepGrid) -> [String: JSONValue] {
        let value = line.sensitivityValue
        return [
            "intervention": .string(sweep.name(of: line.intervention)),
            "size": .string(sweep.naming.long(line.size)),
            "parameters": .optional(line.parameters.map(Double.init)),
            "sensitivity": .optional(value.map { NumberText.rounded($0.value) }),
            "low": .optional(line.seedSensitivities.min().map(NumberText.rounded)),
            "high": .optional(line.seedSensitivities.max().map(NumberText.rounded)),
            "grid": .string(NumberText.grid(value?.grid ?? [])),
            "clamped": .optional(value.map { Double($0.clamped) }),
            "open": .bool(!line.missing.isEmpty),
        ]
    }

    private func layers(_ sweep: SweepGrid, x range: ClosedRange<Double>, top: Double) -> [Layer] {
        let decades = Ticks.decades(in: range)
        let x = Channel.position(
            "parameters", title: "parameters without embedding and head",
            scale: .logarithmic(range),
            axis: Axis(
                values: decades.count > 2 ? decades : Ticks.round(in: range), labels: .metric))
        let y = Channel.position(
            "sensitivity", title: "learning-rate sensitivity (nats per token)",
            scale: .linear(0...NumberText.rounded(top)), axis: Axis(count: 6))
        let colour = Channel.colour(
            "intervention", .nominal, title: sweep.interventions == [""] ? "" : "intervention",
            values: sweep.interventions.map(sweep.name(of:)))
        let faint = Channel.when("pick", 1, otherwise: 0.12)
        let tooltip = Channel.tooltip([
            "size": "size", "intervention": "intervention", "parameters": "parameters",
            "sensitivity": "LR sensitivity", "grid": "learning rates", "clamped": "clamped runs",
        ])
        var layers: [Layer] = []
        if sweep.seeds > 1 {
            layers.append(
                Layer(
                    mark: .area, properties: ["opacity": 0.16],
                    channels: [
                        "x": x, "y": .field("low"), "y2": .field("high", nil), "color": colour,
                    ], filter: "isValid(datum.low)"))
        }
        layers.append(
            Layer(
                mark: .line, properties: ["strokeWidth": 2.2],
                channels: ["x": x, "y": y, "color": colour, "opacity": faint],
                selection: .legend(name: "pick", field: "intervention")))
        layers.append(
            Layer(
                mark: .point, properties: ["size": 70, "filled": true],
                channels: ["x": x, "y": y, "color": colour, "opacity": faint], tooltip: tooltip,
                filter: "!datum.open"))
        layers.append(
            Layer(
                mark: .point, properties: ["size": 70, "filled": false, "strokeWidth": 1.8],
                channels: ["x": x, "y": y, "color": colour, "opacity": faint], tooltip: tooltip,
                filter: "datum.open"))
        return layers
    }

    private func table(_ sweep: SweepGrid) -> CSVTable {
        var table = CSVTable(columns: Self.columns)
        for line in sweep.lines {
            let value = line.sensitivityValue
            table.append([
                .text(line.intervention), .optional(line.size.width), .optional(line.size.depth),
                .optional(line.parameters), .optional(value?.value),
                .optional(line.seedSensitivities.min()), .optional(line.seedSensitivities.max()),
                .text((value?.grid ?? []).map(NumberText.rate).joined(separator: " ")),
                .optional(value?.clamped),
                .text(line.missing.map(NumberText.rate).joined(separator: " ")),
            ])
        }
        return table
    }

    private func caption(_ sweep: SweepGrid, drawn: Int) -> String {
        var text =
            "The mean over the learning rates of min(final loss, loss at initialisation) less the "
            + "lowest of them (arXiv 2309.14322), in nats per token; a diverged run counts as its "
            + "loss at initialisation. Grid: \(NumberText.grid(sweep.learningRates)). The value "
            + "depends on the grid, and says nothing of the level of the loss."
        let partial = sweep.lines.filter { $0.sensitivityValue != nil && !$0.missing.isEmpty }
        if !partial.isEmpty {
            text += " Open points lack learning rates of the grid, and compare with nothing else: "
            let names = partial.map { "\(sweep.name(of: $0)) (\($0.missing.count) missing)" }
            text += names.joined(separator: "; ") + "."
        }
        if sweep.seeds > 1 {
            text +=
                " Losses are averaged over seeds before the lowest is taken; the band runs from "
            text += "the lowest to the highest of the seeds that ran the whole grid."
        }
        if drawn < sweep.lines.count {
            text += " Without a value, and so not drawn: \(sweep.lines.count - drawn) of "
            text += "\(sweep.lines.count) lines."
        }
        return text
    }

    private func finding(_ sweep: SweepGrid) -> String? {
        for size in sweep.sizes.reversed() {
            let lines = sweep.lines.filter { $0.size == size && $0.sensitivityValue != nil }
            guard let first = lines.first?.sensitivityValue else { continue }
            let found = lines.compactMap { $0.sensitivityValue?.value }
            if lines.count > 4, let least = found.min(), let most = found.max() {
                return "At \(sweep.naming.long(size)) the learning-rate sensitivity lies between "
                    + "\(NumberText.loss(least)) and \(NumberText.loss(most)) over "
                    + "\(lines.count) interventions."
            }
            let values = lines.map { line in
                NumberText.loss(line.sensitivityValue?.value ?? .nan)
                    + (line.intervention.isEmpty ? "" : " \(sweep.with(line.intervention))")
            }
            let same = lines.allSatisfy { $0.sensitivityValue?.grid == first.grid }
            let grid = NumberText.grid(first.grid)
            let over =
                same
                ? "over "
                    + (first.grid.count > 8
                        ? grid.replacing("values", with: "learning rates")
                        : "the learning rates \(grid)")
                : "over grids that differ, so the values do not compare"
            return "At \(sweep.naming.long(size)) the learning-rate sensitivity is "
                + "\(NumberText.list(values)), \(over)."
        }
        return nil
    }
}
