package import Documents
import Formats
import Foundation

/// ‖g‖/‖x‖ of every matrix through the schedule, for each recipe a panel of the scale-invariant matrices beside
/// their predicted steady state, and one of the others.
///
/// Source: Defazio, arXiv 2506.02285.
package struct DecayFigure {
    package let name = "decay-ratio"
    package let title = "The ratio of gradient to weight through the schedule"
    private let result: DecayResult

    /// Shows a study.
    package init(_ result: DecayResult) { self.result = result }

    /// The figure with its drawing.
    package var drawn: DrawnFigure { DrawnFigure(name: name, title: title, drawing: draw()) }

    /// Draws the study.
    package func draw() -> Drawing {
        let table = DecayTable(result).table
        let rows = result.variants.flatMap(lines)
        let values = rows.compactMap { $0["ratio"]?.double }
        guard !values.isEmpty else {
            return .absent("No run has a window.", title: title, columns: DecayTable.columns)
        }
        let bands = result.variants.flatMap { band($0) }
        let edges = bands.flatMap { [$0["floor"]?.double, $0["ceiling"]?.double] }
        let range = Ticks.room(about: values + edges.compactMap(\.self), factor: 1.2)
        var figure = Specification(title: title)
        figure.width = 420
        figure.rows = rows + bands
        let panels = result.variants.flatMap { variant in
            [true, false].filter { isInvariant in
                variant.layers.contains { $0.isInvariant == isInvariant }
            }.map { panel(variant, isInvariant: $0) }
        }
        figure.panels = .init(field: "panel", order: panels)
        figure.layers = layers(range)
        return Drawing(
            specification: figure, table: table,
            caption:
                "Gradient norm over weight norm, means over seeds of windows of the steps; gradients are "
                + "read before clipping, and under Adam both norms are the preconditioner's. Matrices that "
                + "a normalisation makes scale invariant are judged: the dashed line is their predicted "
                + "steady state (arXiv 2506.02285), and the band a factor of "
                + "\(NumberText.short(result.bound)) around it where it is judged: once the run has settled "
                + "and while the learning rate is at least half its peak. The prediction is not for the "
                + "others.", finding: nil)
    }

    private func panel(_ variant: DecayResult.Variant, isInvariant: Bool) -> String {
        isInvariant ? "\(variant.name): judged" : "\(variant.name): not scale invariant, not judged"
    }

    private func row(
        _ variant: DecayResult.Variant, _ window: DecayResult.Window, isInvariant: Bool,
        _ fields: [String: JSONValue]
    ) -> [String: JSONValue] {
        fields.merging([
            "panel": .string(panel(variant, isInvariant: isInvariant)),
            "step": .number(Double(window.step)),
        ]) { $1 }
    }

    /// The measured ratios of a recipe.
    private func lines(_ variant: DecayResult.Variant) -> [[String: JSONValue]] {
        variant.layers.flatMap { layer in
            zip(variant.windows, layer.ratio).filter { $1 > 0 }.map { window, ratio in
                row(
                    variant, window, isInvariant: layer.isInvariant,
                    [
                        "layer": .string(layer.path), "ratio": .number(NumberText.rounded(ratio)),
                        "over": .string(
                            window.law > 0 ? NumberText.short(ratio / window.law) : "unknown"),
                    ])
            }
        }
    }

    /// The predicted steady state of a recipe, with what passes about it where it is judged.
    private func band(_ variant: DecayResult.Variant) -> [[String: JSONValue]] {
        guard variant.layers.contains(where: \.isInvariant) else { return [] }
        return variant.windows.filter { $0.law.isFinite && $0.law > 0 }.map { window in
            var fields: [String: JSONValue] = ["law": .number(NumberText.rounded(window.law))]
            if window.isJudged {
                fields["floor"] = .number(NumberText.rounded(window.law / result.bound))
                fields["ceiling"] = .number(NumberText.rounded(window.law * result.bound))
            }
            return row(variant, window, isInvariant: true, fields)
        }
    }

    private func layers(_ range: ClosedRange<Double>) -> [Layer] {
        let last = result.variants.flatMap { $0.windows.map { Double($0.step) } }.max() ?? 1
        let x = Channel.position(
            "step", title: "step", scale: .linear(0...last), axis: Axis(count: 6))
        let ticks = Ticks.decades(in: range)
        let y = Channel.position(
            "ratio", title: "gradient norm over weight norm", scale: .logarithmic(range),
            axis: Axis(values: ticks.count > 1 ? ticks : Ticks.round(in: range), labels: .powers))
        var names: [String] = []
        for layer in result.variants.flatMap(\.layers) where !names.contains(layer.path) {
            names.append(layer.path)
        }
        let colour = Channel.colour("layer", .nominal, title: "matrix", values: names)
        let tooltip = Channel.tooltip([
            "layer": "matrix", "step": "step", "ratio": "ratio", "over": "over the prediction",
        ])
        return [
            Layer(
                mark: .area, properties: ["opacity": 0.16, "color": "#009e73", "clip": true],
                channels: ["x": x, "y": .field("floor"), "y2": .field("ceiling", nil)],
                filter: "isValid(datum.floor)"),
            Layer(
                mark: .line, properties: ["strokeWidth": 1.6, "clip": true],
                channels: [
                    "x": x, "y": y, "color": colour,
                    "strokeDash": .dash("layer", title: "matrix", values: names),
                    "opacity": .when("pick", 1, otherwise: 0.12),
                ], tooltip: tooltip, filter: "isValid(datum.ratio)",
                selection: .legend(name: "pick", field: "layer")),
            Layer(
                mark: .line, properties: ["style": "reference", "clip": true],
                channels: ["x": x, "y": .field("law")], filter: "isValid(datum.law)"),
        ]
    }
}
