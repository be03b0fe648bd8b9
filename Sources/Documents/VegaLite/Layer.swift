/// The shapes that the figures draw.
package enum MarkType: String, Sendable, Hashable {
    /// A line through points.
    case line
    /// A filled band between two numbers.
    case area
    /// A symbol.
    case point
    /// A straight line across the panel.
    case rule
    /// A filled rectangle.
    case rect
    /// Words.
    case text
}

/// One set of marks over the data.
package struct Layer: Sendable, Hashable {
    /// The shape.
    package var mark: MarkType
    /// The shape's properties, by their Vega-Lite names.
    package var properties: [String: JSONValue] = [:]
    /// What decides each visual property: `x`, `y`, `color`, `opacity` and so on.
    package var channels: [String: Channel] = [:]
    /// Fields shown when the pointer rests on a mark.
    package var tooltip: [JSONValue] = []
    /// Rows of its own, the same in every panel; nil for the figure's rows.
    package var rows: [[String: JSONValue]]?
    /// A condition on the rows.
    package var filter: String?
    /// The selection that this layer makes.
    package var selection: Selection?

    /// What a person can pick out with the pointer.
    package enum Selection: Sendable, Hashable {
        /// A click on the legend picks the values of a field.
        case legend(name: String, field: String)
        /// The pointer over a mark picks all marks that share a field.
        case hover(name: String, field: String)

        var json: JSONValue {
            switch self {
            case .legend(let name, let field):
                [
                    "name": .string(name), "bind": "legend",
                    "select": ["type": "point", "fields": .strings([field])],
                ]
            case .hover(let name, let field):
                [
                    "name": .string(name),
                    "select": [
                        "type": "point", "on": "pointerover", "clear": "pointerout",
                        "fields": .strings([field]),
                    ],
                ]
            }
        }
    }

    /// Describes marks.
    package init(
        mark: MarkType, properties: [String: JSONValue] = [:], channels: [String: Channel] = [:],
        tooltip: [JSONValue] = [], rows: [[String: JSONValue]]? = nil, filter: String? = nil,
        selection: Selection? = nil
    ) {
        self.mark = mark
        self.properties = properties
        self.channels = channels
        self.tooltip = tooltip
        self.rows = rows
        self.filter = filter
        self.selection = selection
    }

    /// The layer for Vega-Lite.
    package var json: JSONValue {
        var mark = properties
        mark["type"] = .string(self.mark.rawValue)
        var encoding = channels.mapValues(\.json)
        if !tooltip.isEmpty { encoding["tooltip"] = .array(tooltip) }
        var fields: [String: JSONValue] = ["mark": .object(mark), "encoding": .object(encoding)]
        if let rows { fields["data"] = ["values": .array(rows.map(JSONValue.object))] }
        if let filter { fields["transform"] = [["filter": .string(filter)]] }
        if let selection { fields["params"] = [selection.json] }
        return .object(fields)
    }

    /// A dashed guide across every panel at a height.
    package static func guide(at height: Double) -> Layer {
        Layer(
            mark: .rule, properties: ["style": "reference"], channels: ["y": .field("guide")],
            rows: [["guide": .number(height)]])
    }

    /// What a guide is called, with a thin halo that keeps it apart from lines it meets.
    ///
    /// - Parameters:
    ///   - height: Where the guide is.
    ///   - label: Its name.
    ///   - below: Whether the name stands under the guide and not over it.
    ///   - fromRight: Whether the name stands at the right end and not at the left.
    /// - Returns: The halo and the name.
    package static func guideLabel(
        at height: Double, _ label: String, below: Bool = false, fromRight: Bool = false
    ) -> [Layer] {
        ["halo", "reference-label"].map { style in
            Layer(
                mark: .text,
                properties: [
                    "style": .string(style), "align": fromRight ? "right" : "left",
                    "baseline": below ? "top" : "bottom", "dy": below ? 4 : -4,
                ],
                channels: [
                    "x": .value(fromRight ? "width" : 6), "y": .field("guide"),
                    "text": .field("label", nil),
                ], rows: [["guide": .number(height), "label": .string(label)]])
        }
    }

    /// A dashed guide up the panel at a place of its horizontal axis, with its name beside its upper end, or its lower
    /// one.
    package static func verticalGuide(
        at place: Double, _ label: String, atBottom: Bool = false
    ) -> [Layer] {
        let rows: [[String: JSONValue]] = [["upright": .number(place), "label": .string(label)]]
        let x = Channel.field("upright")
        return [
            Layer(
                mark: .rule, properties: ["style": "reference"], channels: ["x": x], rows: rows)
        ]
            + ["halo", "reference-label"].map { style in
                Layer(
                    mark: .text,
                    properties: [
                        "style": .string(style), "align": "right", "dx": -5,
                        "baseline": atBottom ? "bottom" : "top", "dy": atBottom ? -4 : 4,
                    ],
                    channels: [
                        "x": x, "y": .value(atBottom ? "height" : 0), "text": .field("label", nil),
                    ], rows: rows)
            }
    }
}
