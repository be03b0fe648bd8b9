package import Documents
import Formats
import Runs
import Statistics

/// The largest attention logit against the learning rate, both on logarithmic axes.
///
/// Source: arXiv 2309.14322, figure 2, and section 3.4 for the line at 1e4.
package struct AttentionLogitAgainstLearningRate: Figure {
    package let name = "attention-logit-against-learning-rate"
    package let title = "Largest attention logit against learning rate"
    /// The logit above which the runs of arXiv 2309.14322 diverged.
    package static let alarm = 1e4
    /// What a figure calls ``alarm``.
    package static let alarmLabel = "1e4, alarm line of arXiv 2309.14322"
    /// Logits above this stand at the upper edge, so that one overflow does not flatten the rest.
    private static let ceiling = 1e9
    private static let columns = [
        "intervention", "width", "depth", "parameters", "learning_rate", "mean_max_logit",
        "min_max_logit", "max_max_logit", "recorded", "not_recorded", "diverged",
    ]

    package init() {}

    package func draw(_ sweep: SweepGrid) -> Drawing {
        let all = sweep.lines.flatMap(\.stops).compactMap { Descriptive.mean(of: $0.logits) }
        guard !sweep.results.isEmpty, !all.isEmpty else {
            return absent("No run has recorded attention logits yet.", columns: Self.columns)
        }
        let drawn = all.filter { $0 > 0 && $0 <= Self.ceiling } + [Self.alarm]
        let edges =
            all.contains { $0 > Self.ceiling }
            || sweep.lines.flatMap(\.stops).contains {
                $0.lostLogits > 0
            }
        let sizes = sweep.sizes.map(sweep.naming.short)
        var figure = Specification(title: title)
        figure.ramp = .size(sizes.count)
        let range = Ticks.range(
            from: max((drawn.min() ?? 1) * 0.6, 1e-6), to: (drawn.max() ?? Self.alarm) * 1.5,
            height: figure.height, free: edges ? 8 + 11 * Double(sizes.count) : 8)
        figure.rows = rows(sweep, height: figure.height, bottom: range.lowerBound)
        if sweep.interventions.count > 1 {
            figure.panels = .init(
                field: "panel", order: sweep.interventions.map(sweep.name(of:)))
        }
        let place = GuideLabel(
            at: Self.alarm,
            among: GuideLabel.lines(of: sweep) { Descriptive.mean(of: $0.logits) }, range: range,
            preferred: [(false, false), (false, true), (true, false), (true, true)])
        figure.layers =
            [.guide(at: Self.alarm)] + layers(sweep, sizes: sizes, range: range)
            + Layer.guideLabel(
                at: Self.alarm, Self.alarmLabel, below: place.below, fromRight: place.fromRight)
        return Drawing(
            specification: figure, table: table(sweep), caption: caption(sweep),
            finding: finding(sweep))
    }

    private func rows(
        _ sweep: SweepGrid, height: Double, bottom: Double
    ) -> [[String: JSONValue]] {
        sweep.lines.flatMap { line in
            line.stops.filter { !$0.results.isEmpty }.flatMap { stop -> [[String: JSONValue]] in
                let place = 11 * Double(sweep.sizes.firstIndex(of: line.size) ?? 0)
                let row: [String: JSONValue] = [
                    "panel": .string(sweep.name(of: line.intervention)),
                    "size": .string(sweep.naming.short(line.size)),
                    "line": .string(sweep.name(of: line)),
                    "learning_rate": .number(stop.learningRate),
                    "runs": .string(
                        "\(stop.losses.count) finished, \(stop.diverged) diverged"),
                ]
                var rows: [[String: JSONValue]] = []
                if let mean = Descriptive.mean(of: stop.logits) {
                    var point = row
                    point["value"] = .number(NumberText.rounded(mean))
                    if mean > 0, mean <= Self.ceiling {
                        let low = max(stop.logits.min() ?? mean, bottom)
                        let high = min(stop.logits.max() ?? mean, Self.ceiling)
                        point["logit"] = .number(NumberText.rounded(mean))
                        point["low"] = .number(NumberText.rounded(low))
                        point["high"] = .number(NumberText.rounded(high))
                        point["open"] = .bool(stop.diverged > 0)
                    } else {
                        point["edge"] = .number(mean > 0 ? 8 + place : height - 8 - place)
                        point["note"] = .string(NumberText.logit(mean))
                    }
                    rows.append(point)
                }
                if stop.lostLogits > 0 {
                    var lost = row
                    lost["edge"] = .number(8 + place)
                    lost["note"] = .string(
                        stop.results.count > 1
                            ? "\(stop.lostLogits) of \(stop.results.count)" : "")
                    rows.append(lost)
                }
                return rows
            }
        }
    }

    private func layers(
        _ sweep: SweepGrid, sizes: [String], range: ClosedRange<Double>
    ) -> [Layer] {
        let x = Ticks.learningRate(sweep.learningRates)
        let y = Channel.position(
            "logit", title: "largest attention logit", scale: .logarithmic(range),
            axis: Axis(values: Ticks.decades(in: range), labels: .powers))
        let colour = Channel.colour("size", .ordinal, title: sweep.naming.title, values: sizes)
        let faint = Channel.when("pick", 1, otherwise: 0.12)
        let tooltip = Channel.tooltip([
            "line": "line", "learning_rate": "learning rate", "value": "largest logit",
            "runs": "runs",
        ])
        let edgeTooltip = Channel.tooltip([
            "line": "line", "learning_rate": "learning rate", "note": "logit", "runs": "runs",
        ])
        let open: JSONValue = ["size": 64, "strokeWidth": 1.8, "filled": false]
        var layers: [Layer] = []
        if sweep.seeds > 1 {
            layers.append(
                Layer(
                    mark: .area, properties: ["opacity": 0.16],
                    channels: [
                        "x": x, "y": .field("low"), "y2": .field("high", nil), "color": colour,
                    ], filter: "isValid(datum.logit)"))
        }
        layers.append(
            Layer(
                mark: .line, properties: ["strokeWidth": 2.2],
                channels: ["x": x, "y": y, "color": colour, "opacity": faint], tooltip: tooltip,
                filter: "isValid(datum.logit)", selection: .legend(name: "pick", field: "size")))
        for (filter, properties) in [
            ("isValid(datum.logit) && !datum.open", ["size": 46, "filled": true] as JSONValue),
            ("isValid(datum.logit) && datum.open", open),
        ] {
            guard case .object(let properties) = properties else { continue }
            layers.append(
                Layer(
                    mark: .point, properties: properties,
                    channels: [
                        "x": x, "y": .field("logit"), "color": colour, "opacity": faint,
                    ], tooltip: tooltip, filter: filter))
        }
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
                    .number(stop.learningRate), .optional(Descriptive.mean(of: stop.logits)),
                    .optional(stop.logits.min()), .optional(stop.logits.max()),
                    .integer(stop.logits.count), .integer(stop.lostLogits),
                    .integer(stop.diverged),
                ])
            }
        }
        return table
    }

    private func caption(_ sweep: SweepGrid) -> String {
        let stops = sweep.lines.flatMap(\.stops)
        let lost = stops.reduce(0) { $0 + $1.lostLogits }
        let above = stops.count { (Descriptive.mean(of: $0.logits) ?? 0) > Self.ceiling }
        let below = stops.count { (Descriptive.mean(of: $0.logits) ?? 1) <= 0 }
        var text =
            "The largest attention logit of all steps, layers and heads, the signed maximum of "
            + "scale x q.k over unmasked pairs (no unit), against the peak learning rate; both axes "
            + "logarithmic. "
        if sweep.seeds > 1 {
            text += "Lines are means over up to \(sweep.seeds) seeds, bands run from the lowest to "
            text += "the highest seed. "
        }
        if sweep.diverged > 0 {
            text += "Open circles are learning rates at which a run diverged: "
            text += "\(sweep.diverged) of \(sweep.results.count) runs. "
        }
        if lost > 0 {
            text += "Open triangles at the upper edge are logits that became NaN or infinite "
            text += "before one was recorded: \(NumberText.count(lost, "run")). "
        }
        if above > 0 {
            text += "Values above 1e9 are drawn at the upper edge, labelled: "
            text += "\(above). "
        }
        if below > 0 {
            text += "Values of zero or less are drawn at the lower edge, labelled: "
            text += "\(below). "
        }
        return text
            + "The dashed guide at 1e4 is where runs of arXiv 2309.14322 began to diverge, an "
            + "empirical line."
    }

    private func finding(_ sweep: SweepGrid) -> String? {
        func share(_ lines: [SweepGrid.Line], _ name: String) -> String {
            let results = lines.flatMap(\.stops).flatMap(\.results)
            let past = results.count { ($0.maxAttentionLogit ?? .infinity) > Self.alarm }
            return "\(past) of \(NumberText.count(results.count, "run"))"
                + (name.isEmpty ? "" : " \(sweep.with(name))")
        }
        // Of many interventions the panels tell each.
        let shares =
            sweep.interventions.count > 4
            ? [share(sweep.lines, "")]
            : sweep.interventions.map { name in
                share(sweep.lines.filter { $0.intervention == name }, name)
            }
        let largest = sweep.lines.flatMap { line in
            line.stops.flatMap { stop in stop.logits.map { (line, stop.learningRate, $0) } }
        }.max { $0.2 < $1.2 }
        guard let largest else { return nil }
        return "\(NumberText.list(shares)) passed 1e4; the largest logit recorded is "
            + "\(NumberText.logit(largest.2)), at \(sweep.name(of: largest.0)), learning rate "
            + "\(NumberText.rate(largest.1))."
    }
}
