/// A figure as Vega-Lite draws it: rows of data, layers of marks, and perhaps a panel for each value of
/// a field.
///
/// The schema is that of Vega-Lite 6; nothing is used that version 5 lacks.
package struct Specification: Sendable, Hashable {
    /// The heading.
    package var title: String
    /// The data, a row a mark or a point of a line.
    package var rows: [[String: JSONValue]] = []
    /// The marks, the later over the earlier.
    package var layers: [Layer] = []
    /// The panels; one without a heading when nil.
    package var panels: Panels?
    /// The width of a panel in pixels.
    package var width: Double = 380
    /// The height of a panel in pixels.
    package var height: Double = 280
    /// The colours of ordered values.
    package var ramp: Ramp = .size(1)
    /// Pixels that a page leaves beside a panel for the labels of its axis.
    package var room: Double = 86

    /// One panel for each value of a field.
    package struct Panels: Sendable, Hashable {
        /// The field.
        package var field: String
        /// Its values in the order of the panels.
        package var order: [String]
        /// Panels beside each other.
        package var columns: Int
        /// Whether panels have one vertical axis in common.
        package var sharesHeight: Bool

        /// Creates panels.
        package init(
            field: String, order: [String], columns: Int = 2, sharesHeight: Bool = true
        ) {
            self.field = field
            self.order = order
            self.columns = columns
            self.sharesHeight = sharesHeight
        }
    }

    /// The schema that the specification follows.
    package static let schema = "https://vega.github.io/schema/vega-lite/v6.json"

    /// Creates a specification without rows or layers.
    package init(title: String) { self.title = title }

    /// A figure that consists of a sentence, for data that is not there.
    package static func sentence(_ sentence: String, title: String) -> Specification {
        var figure = Specification(title: title)
        figure.width = 560
        figure.height = 60
        figure.rows = [["sentence": .string(sentence)]]
        figure.layers = [
            Layer(
                mark: .text, properties: ["style": "sentence", "align": "left", "limit": 540],
                channels: ["x": .value(10), "y": .value(30), "text": .field("sentence", nil)])
        ]
        return figure
    }

    /// The specification for the page, which brings its own theme and heading.
    package var bareJSON: JSONValue {
        let layer = JSONValue.array(layers.map(\.json))
        var fields: [String: JSONValue] = [
            "$schema": .string(Self.schema),
            "data": ["values": .array(rows.map(JSONValue.object))],
        ]
        if let panels {
            fields["facet"] = [
                "field": .string(panels.field), "type": "nominal",
                "sort": .strings(panels.order), "header": ["title": nil],
            ]
            if !panels.sharesHeight { fields["resolve"] = ["scale": ["y": "independent"]] }
            fields["columns"] = .number(Double(min(panels.columns, panels.order.count)))
            fields["spec"] = [
                "width": .number(width), "height": .number(height), "layer": layer,
            ]
        } else {
            fields["width"] = .number(width)
            fields["height"] = .number(height)
            fields["layer"] = layer
        }
        return .object(fields)
    }

    /// The specification as a file that stands alone.
    package func json(_ theme: Theme) -> JSONValue {
        guard case .object(var fields) = bareJSON else { return bareJSON }
        fields["title"] = ["text": .string(title)]
        fields["config"] = theme.configuration(ramp)
        return .object(fields)
    }
}
