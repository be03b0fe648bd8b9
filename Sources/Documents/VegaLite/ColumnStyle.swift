package import Foundation

/// A figure for the column of a paper: 3.25 inches wide, its titles in 8 points, without a heading, which the caption
/// has.
///
/// A point is a unit of the drawing, as in PDF.
package struct ColumnStyle {
    /// The width of the column in points.
    package static let width = 234.0
    /// What the labels of the vertical axis take beside a panel, in points.
    private static let room = 42.0
    private static let spacing = 8.0

    /// Sizes and strokes of marks over those of a page.
    private static let factors: [String: Double] = [
        "size": 0.3, "strokeWidth": 0.55, "dx": 0.6, "dy": 0.6,
    ]

    /// A specification in Vega-Lite in this style.
    ///
    /// - Parameter data: The specification of a page's figure, as JSON.
    /// - Returns: That of the column, as JSON.
    /// - Throws: What `JSONSerialization` throws for what is no JSON, or ``NoFigure``.
    package static func specification(of data: Data) throws -> Data {
        guard var figure = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw NoFigure()
        }
        figure["title"] = nil
        figure["config"] = merged(figure["config"] as? [String: Any] ?? [:], configuration)
        let isFaceted = figure["facet"] != nil
        guard var view = isFaceted ? figure["spec"] as? [String: Any] : figure,
            let width = view["width"] as? Double, let height = view["height"] as? Double, width > 0
        else { throw NoFigure() }
        let columns = isFaceted ? max(figure["columns"] as? Int ?? 1, 1) : 1
        let gaps = spacing * Double(columns - 1)
        let panel = ((self.width - room - gaps) / Double(columns)).rounded(.down)
        view["width"] = panel
        // Narrow panels are not flat ones too.
        view["height"] = (height * panel / width * (columns > 1 ? 1.25 : 1)).rounded()
        let edge = Edge(of: view)
        let layers = (view["layer"] as? [[String: Any]] ?? []).map { edge?.inside($0) ?? $0 }
        view["layer"] = restyled(columns > 1 ? layers.compactMap(shortened) : layers, panel: panel)
        if isFaceted { figure["spec"] = view } else { figure = view }
        return try JSONSerialization.data(
            withJSONObject: figure, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    }

    /// What is said of JSON that is no figure of this package.
    package struct NoFigure: Error, Sendable, CustomStringConvertible {
        package let description = "it is not a figure of a report; `ballast report` writes them"
    }

    /// The upper edge of a low panel, over which the name of a guide would stand.
    private struct Edge {
        private let highest: Double
        private let perPoint: Double
        /// The height of a name, in points.
        private static let name = 10.0

        /// Reads the logarithmic axis of a view; nil where it has none.
        init?(of view: [String: Any]) {
            let layers = view["layer"] as? [[String: Any]] ?? []
            let scales = layers.compactMap { layer -> [String: Any]? in
                let y = (layer["encoding"] as? [String: Any])?["y"] as? [String: Any]
                return y?["scale"] as? [String: Any]
            }
            guard let scale = scales.first(where: { $0["type"] as? String == "log" }),
                let domain = scale["domain"] as? [Double], domain.count == 2, domain[0] > 0,
                domain[1] > domain[0], let height = view["height"] as? Double, height > 0
            else { return nil }
            highest = domain[1]
            perPoint = Foundation.log(domain[1] / domain[0]) / height
        }

        /// A name above a guide that is too near to the edge stands below it.
        func inside(_ layer: [String: Any]) -> [String: Any] {
            guard var mark = layer["mark"] as? [String: Any], mark["type"] as? String == "text",
                mark["baseline"] as? String == "bottom",
                let data = layer["data"] as? [String: Any],
                let guide = (data["values"] as? [[String: Any]])?.first?["guide"] as? Double,
                guide > 0, Foundation.log(highest / guide) < Self.name * perPoint
            else { return layer }
            mark["baseline"] = "top"
            mark["dy"] = 4.0
            return layer.merging(["mark": mark]) { $1 }
        }
    }

    /// The label of a guide as far as its first comma, which a narrow panel holds; one that stands beside no line, as of
    /// a guide out of frame, is left to the caption.
    private static func shortened(_ layer: [String: Any]) -> [String: Any]? {
        guard let mark = layer["mark"] as? [String: Any], mark["type"] as? String == "text",
            let style = mark["style"] as? String, ["reference-label", "halo"].contains(style),
            let encoding = layer["encoding"] as? [String: [String: Any]],
            encoding["text"]?["field"] as? String == "label"
        else { return layer }
        guard encoding["y"]?["field"] != nil else { return nil }
        let words: [String: Any] = ["calculate": "split(datum.label, ', ')[0]", "as": "label"]
        return layer.merging(["transform": [words]]) { $1 }
    }

    /// Marks with smaller symbols, thinner lines, and titles of axes in two lines.
    private static func restyled(_ value: Any, panel: Double) -> Any {
        if let list = value as? [Any] { return list.map { restyled($0, panel: panel) } }
        guard var fields = value as? [String: Any] else { return value }
        for (key, inner) in fields where key != "values" && key != "data" {
            switch key {
            case "mark": fields[key] = mark(inner, panel: panel)
            case "title":
                if let words = inner as? String, let place = words.range(of: " (") {
                    fields[key] = [
                        String(words[..<place.lowerBound]), "(" + words[place.upperBound...],
                    ]
                }
            case "size":
                if let size = inner as? [String: Any] {
                    fields[key] = smaller(size, ["value": 0.3])
                }
            default: fields[key] = restyled(inner, panel: panel)
            }
        }
        return fields
    }

    private static func mark(_ value: Any, panel: Double) -> Any {
        guard var mark = value as? [String: Any] else { return value }
        mark = smaller(mark, factors)
        if let point = mark["point"] as? [String: Any] { mark["point"] = smaller(point, factors) }
        if mark["type"] as? String == "text" {
            mark["limit"] = min(mark["limit"] as? Double ?? panel, panel)
            if mark["fontSize"] != nil { mark["fontSize"] = 6.5 }
        }
        return mark
    }

    private static func smaller(_ fields: [String: Any], _ factors: [String: Double]) -> [String:
        Any]
    {
        var fields = fields
        for (key, factor) in factors {
            if let number = fields[key] as? Double { fields[key] = number * factor }
        }
        return fields
    }

    private static func merged(_ own: [String: Any], _ other: [String: Any]) -> [String: Any] {
        own.merging(other) { own, other in
            guard let own = own as? [String: Any], let other = other as? [String: Any] else {
                return other
            }
            return merged(own, other)
        }
    }

    private static var configuration: [String: Any] {
        [
            "padding": 2,
            "axis": [
                "labelFontSize": 7, "titleFontSize": 8, "titlePadding": 4, "labelPadding": 2,
                "tickSize": 3,
                "domainWidth": 0.5, "tickWidth": 0.5, "gridWidth": 0.4,
            ],
            "header": ["labelFontSize": 8, "labelPadding": 3],
            "legend": [
                "labelFontSize": 7, "titleFontSize": 8, "symbolSize": 30, "symbolStrokeWidth": 1.2,
                "columnPadding": 6, "titlePadding": 4, "offset": 3, "rowPadding": 1,
                "labelLimit": 110,
            ],
            "facet": ["spacing": spacing],
            "line": ["strokeWidth": 1.1],
            "rule": ["strokeWidth": 0.7],
            "style": [
                "reference": ["strokeDash": [3, 2], "strokeWidth": 0.7],
                "reference-label": ["fontSize": 6.5], "halo": ["fontSize": 6.5, "strokeWidth": 1],
                "sentence": ["fontSize": 8],
            ],
        ]
    }
}
