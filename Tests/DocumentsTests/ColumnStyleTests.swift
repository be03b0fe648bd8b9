import Documents
import Foundation
import Testing

@Suite("figures for the column of a paper")
struct ColumnStyleTests {
    private func styled(_ figure: [String: Any]) throws -> [String: Any] {
        let data = try JSONSerialization.data(withJSONObject: figure)
        let column = try ColumnStyle.specification(of: data)
        return try #require(try JSONSerialization.jsonObject(with: column) as? [String: Any])
    }

    private func view(columns: Int) -> [String: Any] {
        let view: [String: Any] = [
            "width": 380, "height": 280,
            "layer": [
                [
                    "mark": ["type": "point", "size": 60, "strokeWidth": 2],
                    "encoding": ["y": ["field": "loss", "title": "final loss (nats)"]],
                ]
            ],
        ]
        let config: [String: Any] = [
            "axis": ["titleFontSize": 13, "titleColor": "#1c2430"], "background": "white",
        ]
        var figure: [String: Any] = ["title": ["text": "heading"], "config": config]
        if columns == 1 { return figure.merging(view) { $1 } }
        figure["facet"] = ["field": "panel"]
        figure["columns"] = columns
        figure["spec"] = view
        return figure
    }

    @Test(
        "panels and their gaps fit 234 points, titles have 8, and colours stay",
        arguments: [1, 2, 3])
    func fits(columns: Int) throws {
        let figure = try styled(view(columns: columns))
        let view = columns == 1 ? figure : try #require(figure["spec"] as? [String: Any])
        let panel = try #require(view["width"] as? Double)
        #expect(panel * Double(columns) + 8 * Double(columns - 1) + 42 <= ColumnStyle.width)
        #expect(panel * Double(columns) > 0.7 * ColumnStyle.width)
        // The broken twin: the page's own width.
        withKnownIssue { #expect(380 * Double(columns) <= ColumnStyle.width) }
        #expect(figure["title"] == nil)
        let config = try #require(figure["config"] as? [String: Any])
        let axis = try #require(config["axis"] as? [String: Any])
        #expect(axis["titleFontSize"] as? Double == 8)
        #expect(axis["titleColor"] as? String == "#1c2430")
        #expect(config["background"] as? String == "white")
        let layers = try #require(view["layer"] as? [[String: Any]])
        let mark = try #require(layers[0]["mark"] as? [String: Any])
        #expect(try #require(mark["size"] as? Double) < 60)
        let encoding = try #require(layers[0]["encoding"] as? [String: [String: Any]])
        #expect(encoding["y"]?["title"] as? [String] == ["final loss", "(nats)"])
        #expect(encoding["y"]?["field"] as? String == "loss")
    }

    @Test("what is no figure is refused")
    func refusal() {
        for text in ["[]", "{}", #"{"width": 0, "height": 1}"#, #"{"width": "wide", "height": 2}"#]
        {
            #expect(throws: ColumnStyle.NoFigure.self) {
                try ColumnStyle.specification(of: Data(text.utf8))
            }
        }
        #expect(throws: (any Error).self) { try ColumnStyle.specification(of: Data("{".utf8)) }
    }
}
