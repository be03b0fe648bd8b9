package import Documents
import Formats
import Foundation

/// ‖g‖/‖x‖ of every matrix through the schedule, beside its law; a panel a recipe.
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
        var rows: [[String: JSONValue]] = []
        var values: [Double] = []
        for variant in result.variants {
            for (index, window) in variant.windows.enumerated() {
                let common: [String: JSONValue] = [
                    "panel": .string(variant.name), "step": .number(Double(window.step)),
                ]
                if window.law.isFinite, window.law > 0 {
                    rows.append(
                        common.merging(["law": .number(NumberText.rounded(window.law))]) { $1 })
                }
                for layer in variant.layers where layer.ratio[index] > 0 {
                    values.append(layer.ratio[index])
                    rows.append(
                        common.merging([
                            "layer": .string(layer.path),
                            "ratio": .number(NumberText.rounded(layer.ratio[index])),
                        ]) { $1 })
                }
            }
        }
        guard !values.isEmpty else {
            return .absent("No run has a window.", title: title, columns: DecayTable.columns)
        }
        let laws = result.variants.flatMap { $0.windows.filter(\.isJudged).map(\.law) }
        let range = Ticks.room(about: values + laws, factor: 1.3)
        var figure = Specification(title: title)
        figure.width = 420
        figure.rows = rows
        figure.panels = .init(field: "panel", order: result.variants.map(\.name))
        figure.layers = layers(range)
        return Drawing(
            specification: figure, table: table,
            caption:
                "Lines are means over seeds of windows of the steps; the dashed line is the law of "
                + "a layer at rest (arXiv 2506.02285). Gradients are read before clipping; under Adam "
                + "both norms are the preconditioner's.", finding: nil)
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
        return [
            Layer(
                mark: .line, properties: ["strokeWidth": 1.6, "clip": true],
                channels: ["x": x, "y": y, "color": colour], filter: "isValid(datum.ratio)"),
            Layer(
                mark: .line, properties: ["style": "reference", "clip": true],
                channels: ["x": x, "y": .field("law")], filter: "isValid(datum.law)"),
        ]
    }
}
