package import Documents
import Formats
import Reports
import Statistics
import Sweeps
import TransferStudies

/// The size of every activation against the width or depth, on logarithmic axes, a line a step.
///
/// Source: the coordinate check of arXiv 2203.03466, appendix D.1.
package struct ActivationsAgainstSize: Sendable {
    package let name = "activations-against-size"
    package let title = "Activations against size"
    private let check: CoordinateCheck.Result
    private static let columns = [
        "activation", "step", "extent", "mean_size", "min_size", "max_size", "slope", "verdict",
    ]

    /// Shows a coordinate check.
    package init(_ check: CoordinateCheck.Result) { self.check = check }

    private var steps: [Int] { Set(check.slopes.map(\.step)).sorted() }

    private var names: [String] {
        var names: [String] = []
        for slope in check.slopes where !names.contains(slope.activation) {
            names.append(slope.activation)
        }
        return names
    }

    /// Draws the check.
    package func draw() -> Drawing {
        let sizes = check.points.map(\.size).filter { $0 > 0 && $0.isFinite }
        guard !sizes.isEmpty else {
            return .absent("No activation has a size.", title: title, columns: Self.columns)
        }
        var figure = Specification(title: title)
        figure.width = 230
        figure.height = 170
        figure.ramp = .learningRate(steps.count)
        figure.rows = rows()
        figure.panels = .init(field: "panel", order: names.map(panel), columns: 4)
        figure.layers = layers(Ticks.room(about: sizes, factor: 1.3))
        return Drawing(
            specification: figure, table: table(), caption: caption(), finding: finding())
    }

    private func slope(_ name: String, _ step: Int) -> CoordinateCheck.Slope? {
        check.slopes.first { $0.activation == name && $0.step == step }
    }

    /// `blocks.1.mlp: PASS`: what the slopes after the start say together.
    private func panel(_ name: String) -> String {
        let verdict = Verdict(check.slopes.filter { $0.activation == name })
        return "\(name): \(verdict.rawValue)"
    }

    /// The sizes of the seeds that are positive.
    private func values(_ name: String, _ step: Int, _ extent: Int) -> [Double] {
        check.points.filter {
            $0.activation == name && $0.step == step && $0.extent == extent
        }.map(\.size).filter { $0 > 0 && $0.isFinite }
    }

    private func rows() -> [[String: JSONValue]] {
        names.flatMap { name in
            steps.flatMap { step in
                check.extents.compactMap { extent -> [String: JSONValue]? in
                    let values = values(name, step, extent)
                    guard let mean = Descriptive.mean(of: values) else { return nil }
                    return [
                        "panel": .string(panel(name)), "step": .string("\(step)"),
                        "extent": .number(Double(extent)),
                        "size": .number(NumberText.rounded(mean)),
                        "low": .optional(values.min().map(NumberText.rounded)),
                        "high": .optional(values.max().map(NumberText.rounded)),
                        "slope": .optional(slope(name, step)?.mean.map(NumberText.rounded)),
                    ]
                }
            }
        }
    }

    private func layers(_ range: ClosedRange<Double>) -> [Layer] {
        let extents = check.extents.map(Double.init)
        let x = Channel.position(
            "extent", title: check.axis.rawValue,
            scale: .logarithmic(Ticks.room(about: extents, factor: 1.2)),
            axis: Axis(values: extents))
        let ticks = Ticks.decades(in: range)
        let y = Channel.position(
            "size", title: "mean |x|", scale: .logarithmic(range),
            axis: Axis(values: ticks.count > 1 ? ticks : Ticks.round(in: range), labels: .powers))
        let colour = Channel.colour(
            "step", .ordinal, title: "steps taken", values: steps.map(String.init))
        let faint = Channel.when("pick", 1, otherwise: 0.12)
        return [
            Layer(
                mark: .area, properties: ["opacity": 0.14],
                channels: ["x": x, "y": .field("low"), "y2": .field("high", nil), "color": colour]),
            Layer(
                mark: .line,
                properties: ["strokeWidth": 1.8, "point": ["size": 22, "filled": true]],
                channels: ["x": x, "y": y, "color": colour, "opacity": faint],
                tooltip: Channel.tooltip([
                    "panel": "activation", "step": "steps", "extent": "size of the model",
                    "size": "mean |x|", "slope": "slope",
                ]), selection: .legend(name: "pick", field: "step")),
        ]
    }

    private func table() -> CSVTable {
        var table = CSVTable(columns: Self.columns)
        for name in names {
            for step in steps {
                for extent in check.extents {
                    let values = values(name, step, extent)
                    table.append([
                        .text(name), .integer(step), .integer(extent),
                        .optional(Descriptive.mean(of: values)), .optional(values.min()),
                        .optional(values.max()), .optional(slope(name, step)?.mean),
                        .text(slope(name, step)?.verdict.rawValue ?? ""),
                    ])
                }
            }
        }
        return table
    }

    private func caption() -> String {
        "The mean magnitude of each activation on one batch, after the given number of training steps, against the "
            + "\(check.axis.rawValue), both on logarithmic axes and with one range for all panels. "
            + "Lines are means over \(check.seeds) seeds, bands run from the lowest to the highest. "
            + "Flat is right: slopes within ±\(NumberText.setting(check.threshold)) pass if their "
            + "95% interval over the seeds is within, too; logits may shrink."
    }

    private func finding() -> String? {
        let later = check.slopes.filter { $0.step > 0 && $0.activation != "logits" }
        let steepest = later.compactMap { slope in slope.mean.map { (slope, $0) } }.max {
            $0.1.magnitude < $1.1.magnitude
        }
        guard let steepest else { return nil }
        return "\(check.verdict.rawValue): the steepest is \(steepest.0.activation) after "
            + "\(steepest.0.step) steps, as \(check.axis.rawValue) to the power of "
            + "\(NumberText.loss(steepest.1))."
    }
}
