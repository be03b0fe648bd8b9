/// What a field of the data holds, and so how it may be drawn.
package enum FieldType: String, Sendable, Hashable {
    /// A number.
    case quantitative
    /// One of a few values in an order.
    case ordinal
    /// One of a few values.
    case nominal
}

/// How values become places or colours.
package struct Scale: Sendable, Hashable {
    /// Whether equal ratios take equal space.
    package var isLogarithmic = false
    /// The first and last number drawn; chosen from the data when nil.
    package var range: ClosedRange<Double>?
    /// The values of a discrete scale, in order.
    package var values: [String]?
    /// The colours of a discrete scale, a value each; those of the theme when empty.
    package var colours: [String] = []
    /// Pixels left free at both ends of a linear scale that has no range.
    package var padding: Double?

    /// A linear scale.
    package static func linear(_ range: ClosedRange<Double>? = nil) -> Self { Self(range: range) }
    /// A logarithmic scale.
    package static func logarithmic(_ range: ClosedRange<Double>) -> Self {
        Self(isLogarithmic: true, range: range)
    }
    /// A discrete scale over values in order.
    package static func discrete(_ values: [String]) -> Self { Self(values: values) }

    var json: JSONValue {
        var fields: [String: JSONValue] = [:]
        if let values {
            fields["domain"] = .strings(values)
            if !colours.isEmpty { fields["range"] = .strings(colours) }
        } else {
            fields["type"] = isLogarithmic ? "log" : "linear"
            fields["nice"] = false
            if !isLogarithmic { fields["zero"] = false }
            if let padding, range == nil { fields["padding"] = .number(padding) }
            if let range { fields["domain"] = .numbers([range.lowerBound, range.upperBound]) }
        }
        return .object(fields)
    }
}

/// The ticks of an axis and how they are written.
package struct Axis: Sendable, Hashable {
    /// The places of the ticks; chosen by the renderer when nil.
    package var values: [Double]?
    /// How a tick is written.
    package var labels: Labels = .plain
    /// About how many ticks the renderer chooses; its own number when nil.
    package var count: Int?
    /// The pixels that ticks and labels take at least; nil for what they need.
    package var leastExtent: Double?
    /// Whether ticks stand at whole numbers alone.
    package var isWhole = false

    package init(
        values: [Double]? = nil, labels: Labels = .plain, count: Int? = nil,
        leastExtent: Double? = nil, isWhole: Bool = false
    ) {
        self.isWhole = isWhole
        self.leastExtent = leastExtent
        self.values = values
        self.labels = labels
        self.count = count
    }

    /// How ticks are written.
    package enum Labels: Sendable, Hashable {
        /// As a plain number.
        case plain
        /// `1e-3`, `3e-3`.
        case scientific
        /// `1`, `10`, `1,000`, `1e4`.
        case powers
        /// `50k`, `2M`.
        case metric

        var expression: String {
            switch self {
            case .plain: "format(datum.value, ',~g')"
            case .scientific:
                "datum.value >= 1 && datum.value < 1000 ? format(datum.value, '~g') : "
                    + "replace(format(datum.value, '.1~e'), '+', '')"
            case .powers:
                "datum.value >= 0.01 && datum.value < 9999 ? format(datum.value, ',~g') : "
                    + "replace(format(datum.value, '.0e'), '+', '')"
            case .metric: "format(datum.value, '~s')"
            }
        }
    }

    var json: JSONValue {
        var fields: [String: JSONValue] = ["labelExpr": .string(labels.expression)]
        if let values { fields["values"] = .numbers(values) }
        if let count { fields["tickCount"] = .number(Double(count)) }
        if isWhole { fields["tickMinStep"] = 1 }
        if let leastExtent { fields["minExtent"] = .number(leastExtent) }
        return .object(fields)
    }
}

/// What decides one visual property of a mark.
package struct Channel: Sendable, Hashable {
    let json: JSONValue

    /// A number of the data along an axis.
    package static func position(
        _ field: String, title: String, scale: Scale, axis: Axis
    ) -> Self {
        Self(
            json: [
                "field": .string(field), "type": "quantitative", "title": .string(title),
                "scale": scale.json, "axis": axis.json,
            ])
    }

    /// A name of the data down the panel's left side, in an order.
    package static func names(_ field: String, values: [String]) -> Self {
        Self(
            json: [
                "field": .string(field), "type": "nominal", "title": nil,
                "scale": Scale.discrete(values).json,
                "axis": [
                    "labelExpr": "split(datum.label, '\\n')", "labelLimit": 300,
                    "labelOverlap": false, "ticks": false, "grid": true,
                    "domain": false,
                ],
            ])
    }

    /// A place beside others of the same name.
    package static func beside(_ field: String, values: [String]) -> Self {
        Self(
            json: [
                "field": .string(field), "type": "nominal", "scale": Scale.discrete(values).json,
            ])
    }

    /// A field of the data, its scale taken from the other layers.
    package static func field(_ name: String, _ type: FieldType? = .quantitative) -> Self {
        var fields: [String: JSONValue] = ["field": .string(name)]
        if let type { fields["type"] = .string(type.rawValue) }
        return Self(json: .object(fields))
    }

    /// A field that holds pixels, counted from the left or the top of the panel.
    package static func pixelField(_ name: String) -> Self {
        Self(json: ["field": .string(name), "type": "quantitative", "scale": nil, "axis": nil])
    }

    /// The same value for every mark; a place is in pixels from the left or the top.
    package static func value(_ value: JSONValue) -> Self { Self(json: ["value": value]) }

    /// A colour for each value of a field, with a legend.
    ///
    /// - Parameters:
    ///   - field: The field.
    ///   - type: What it holds.
    ///   - title: That of the legend.
    ///   - values: The values in order.
    ///   - colours: A colour for each; those of the theme where there are none.
    /// - Returns: The colour.
    package static func colour(
        _ field: String, _ type: FieldType, title: String, values: [String], colours: [String] = []
    ) -> Self {
        var legend: [String: JSONValue] = ["symbolOpacity": 1]
        // A row of names that no page is wide enough for continues below.
        let longest = Double(values.map(\.count).max() ?? 0) * 7 + 40
        if longest * Double(values.count) > 1000, values.count > 6 {
            legend["columns"] = .number(max((900 / longest).rounded(.down), 2))
        }
        var scale = Scale.discrete(values)
        scale.colours = colours
        return Self(
            json: [
                "field": .string(field), "type": .string(type.rawValue), "title": .string(title),
                "scale": scale.json, "legend": .object(legend),
            ])
    }

    /// A pattern of dashes for each value of a field, in the legend of a colour of the same field and title:
    /// whole lines for as many values as a theme has colours, then another pattern for as many again.
    package static func dash(_ field: String, title: String, values: [String]) -> Self {
        let patterns: [JSONValue] = [[1, 0], [6, 3], [2, 2], [9, 3, 2, 3]]
        let colours = Theme.paper.categories.count
        return Self(
            json: [
                "field": .string(field), "type": "nominal", "title": .string(title),
                "scale": [
                    "domain": .strings(values),
                    "range": .array(
                        values.indices.map { patterns[$0 / colours % patterns.count] }),
                ],
            ])
    }

    /// One value where a selection holds, and another elsewhere.
    package static func when(_ selection: String, _ value: JSONValue, otherwise: JSONValue) -> Self
    {
        Self(
            json: [
                "condition": ["param": .string(selection), "value": value], "value": otherwise,
            ])
    }

    /// Fields shown when the pointer rests on a mark, each with its title.
    package static func tooltip(_ fields: KeyValuePairs<String, String>) -> [JSONValue] {
        fields.map { ["field": .string($0.key), "title": .string($0.value)] }
    }
}

extension Channel {
    /// One value where two selections hold, and another elsewhere.
    package static func both(
        _ first: String, _ second: String, _ value: JSONValue, otherwise: JSONValue
    ) -> Self {
        Self(
            json: [
                "condition": [
                    "test": ["and": [["param": .string(first)], ["param": .string(second)]]],
                    "value": value,
                ],
                "value": otherwise,
            ])
    }
}
