import Documents
import Formats
import Foundation
import Testing

@Suite("forest plots")
struct ForestPlotTests {
    private func plot(_ rows: [ForestPlot.Row]) -> Specification {
        ForestPlot(name: "f", title: "t", axis: "difference (nats)", rows: rows).drawn(caption: "c")
            .drawing.specification
    }

    private let lower = ForestPlot.Row(
        "qk-norm", -0.1, low: -0.15, high: -0.05, outcome: Badge("lower", .good))
    private let open = ForestPlot.Row(
        "z-loss", 0.01, low: -50, high: 60, outcome: Badge("undecided", .open))

    @Test("a row an estimate, its numbers under its name, its colour what it comes to")
    func rows() {
        let figure = plot([lower, open])
        #expect(
            figure.rows.map { $0["label"] } == [
                .string("qk-norm\n-0.1 (-0.15 to -0.05)"), .string("z-loss\n0.01 (-50 to 60)"),
            ])
        let colour = figure.layers.compactMap { $0.json["encoding"]?["color"]?["scale"] }.first
        #expect(colour?["domain"] == .strings(["lower", "undecided"]))
        #expect(colour?["range"] == .strings(["#009e73", "#858d99"]))
        // One line each, not beside one another.
        #expect(figure.layers.allSatisfy { $0.json["encoding"]?["yOffset"] == nil })
    }

    @Test("an interval beyond the frame has an arrow at each end that is cut, and no other has")
    func arrows() {
        let rows = plot([lower, open]).rows
        #expect(rows[0]["beyond_low"] == .null && rows[0]["beyond_high"] == .null)
        #expect(rows[1]["beyond_low"]?.double == rows[1]["low"]?.double)
        #expect(rows[1]["beyond_high"]?.double == rows[1]["high"]?.double)
        #expect((rows[1]["high"]?.double ?? .infinity) < 1)
    }

    @Test("the frame holds no difference, wherever the estimates lie")
    func reference() throws {
        let figure = plot([lower])
        let x = figure.layers.compactMap { $0.json["encoding"]?["x"]?["scale"]?["domain"] }.first
        guard case .array(let ends)? = x, let low = ends.first?.double, let high = ends.last?.double
        else {
            Issue.record("no axis")
            return
        }
        #expect(low <= -0.15 && high >= 0)
    }
}

@Suite("names of guides")
struct GuideLabelsTests {
    private let near: [GuideLabels.Guide] = [
        .init(1e-8, "epsilon (alarm)"), .init(1.1e-8, "a neighbour (warning)"),
        .init(1e-7, "ten times epsilon (warning)"),
    ]

    /// How many pairs of names lie over each other.
    private func overlaps(_ layers: [Layer]) -> Int {
        // The places are what Vega draws: left or right, over or under each guide.
        struct Name: Hashable { var y: Double; var isRight: Bool; var isBelow: Bool }
        let names = layers.compactMap { layer -> Name? in
            guard layer.properties["style"] == "reference-label",
                let guide = layer.rows?.first?["guide"]?.double
            else { return nil }
            let isBelow = layer.properties["baseline"] == "top"
            let y = 280 * log(1e-2 / guide) / log(1e-2 / 1e-9)
            return Name(
                y: y + (isBelow ? 4 : -19), isRight: layer.properties["align"] == "right",
                isBelow: isBelow)
        }
        return names.indices.reduce(0) { sum, index in
            sum
                + names[(index + 1)...].count {
                    $0.isRight == names[index].isRight && abs($0.y - names[index].y) < 15
                }
        }
    }

    @Test("names of near guides lie on different sides; at one place they lie over each other")
    func apart() {
        let range = 1e-9...1e-2
        let layers = GuideLabels(near, among: [], range: range, height: 280).layers
        #expect(overlaps(layers) == 0)
        let stacked = near.flatMap { Layer.guideLabel(at: $0.value, $0.label) }
        #expect(overlaps(stacked) == 1)
    }

    @Test("a name leaves the side where points are")
    func points() {
        func isRight(_ x: Double) -> Bool {
            let points = (0..<20).map { (x: x + 0.01 * Double($0), value: 1.6e-5) }
            let above = (0..<20).map { (x: x + 0.01 * Double($0), value: 6.3e-6) }
            return GuideLabels(
                [.init(1e-5, "alarm")], among: points + above, range: 1e-6...1e-4, height: 100
            ).layers.last?.properties["align"] == "right"
        }
        #expect(isRight(0.05))
        #expect(!isRight(0.8))
    }
}
