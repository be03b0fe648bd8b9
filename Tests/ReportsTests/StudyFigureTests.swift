import DecayStudies
import Documents
import ForecastStudies
import Formats
import Foundation
import Statistics
import Sweeps
import Testing

@Suite("the figure of a forecast")
struct ForecastFigureTests {
    /// The heights of all guides.
    private func guides(_ figure: Specification) -> [Double] {
        figure.layers.filter { $0.mark == .rule }.compactMap { $0.rows?.first?["guide"]?.double }
    }

    /// The range of the vertical axis.
    private func range(_ figure: Specification) throws -> ClosedRange<Double> {
        let domains = figure.layers.compactMap { $0.json["encoding"]?["y"]?["scale"]?["domain"] }
        guard case .array(let ends)? = domains.first, let low = ends.first?.double,
            let high = ends.last?.double
        else { throw CocoaError(.coderValueNotFound) }
        return low...high
    }

    /// A forecast that crosses the end of a format.
    private func crossing(_ name: String) throws -> ForecastResult.Crossing {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(
            ForecastResult.Crossing.self,
            from: Data(
                "{\"threshold\": \"\(name)\", \"level\": \"format\", \"is_certain\": true}".utf8))
    }

    @Test("the target is marked, and an alarm a thousand times above the runs is in the frame")
    func target() throws {
        var result = try SampleResults.forecast(value: 30)
        result.signals[0].lines[0].low = 20
        result.signals[0].lines[0].high = 40
        result.signals[0].lines[0].points[1].values = [24, 25]
        result.signals[0].lines[0].heldOut = []
        let figure = ForecastFigure(result, result.signals[0]).draw().specification
        let upright = figure.layers.compactMap { $0.rows?.first?["upright"]?.double }
        #expect(Set(upright) == [49152])
        #expect(guides(figure) == [10000])
        #expect(try range(figure).contains(10000))
        // Without it the frame ends near the runs.
        result.signals[0].thresholds = []
        let bare = ForecastFigure(result, result.signals[0]).draw().specification
        #expect(try !range(bare).contains(10000))
    }

    @Test("epsilon is drawn far below; of number formats those alone that a forecast reaches anew")
    func gradients() throws {
        var result = try SampleResults.forecast(value: 1e-3)
        var signal = result.signals[0]
        signal.name = "gradient-rms"
        signal.lines[0].points[0].values = [0.02]
        signal.lines[0].points[1].values = [0.01]
        signal.lines[0].curve = []
        signal.lines[0].heldOut = []
        signal.lines[0].low = 1e-4
        signal.lines[0].high = 1e-2
        signal.thresholds = [
            .init("epsilon", 1e-8, .alarm, isCeiling: false),
            .init("f32, smallest normal", 1.18e-38, .alarm, isCeiling: false),
            .init("e4m3, smallest normal", 0.0156, .format, isCeiling: false),
            .init("f16, smallest normal", 6e-5, .format, isCeiling: false),
            .init("e5m2, smallest normal", 5e-3, .format, isCeiling: false),
        ]
        signal.lines[0].crossings = [
            try crossing("e4m3, smallest normal"), try crossing("e5m2, smallest normal"),
        ]
        result.signals = [signal]
        let drawing = ForecastFigure(result, signal).draw()
        // The runs are below e4m3's end already, and no forecast reaches f16's.
        #expect(guides(drawing.specification) == [1e-8, 5e-3])
        #expect(drawing.caption.contains("Outside the frame: f32, smallest normal at 1.18e-38."))
        #expect(try range(drawing.specification).contains(1e-8))
    }
}

@Suite("the figure of a decay study")
struct DecayFigureTests {
    private func result(matrices: Int) throws -> DecayResult {
        let layers = (0..<matrices).map { index in
            """
            {"path": "m\(index)", "is_invariant": \(index < 2), "ratio": [0.1, 0.2], "weight": [1, 1],
             "update": [1, 1], "angle": [0, 0], "cosine": [0, 0], "over_law": null, "low": null,
             "high": null, "verdict": null}
            """
        }
        let windows = [(10, false), (20, true)].map { step, isJudged in
            """
            {"step": \(step), "learning_rate": 0.1, "law": 0.1, "time_constants": 1,
             "gradient_norm": 1, "loss": 2, "is_judged": \(isJudged)}
            """
        }
        return try DecayResult(
            json: Data(
                """
                {"schema": "ballast.decay/1", "name": "s", "verdict": "PASS", "reason": null,
                 "bound": 1.25, "settled": 1, "confidence": 0.95, "variants": [{"name": "AdamW",
                 "rule": "adamw", "decay_form": "decoupled", "law": "\(GradientLaw.heavyBall.rawValue)",
                 "verdict": "PASS", "reason": null, "time_constants": 2, "settled_step": 10,
                 "gradient_rise": [1], "loss": [2], "held_out_loss": [2], "diverged": 0,
                 "windows": [\(windows.joined(separator: ","))],
                 "layers": [\(layers.joined(separator: ","))], "guide": null}]}
                """.utf8))
    }

    @Test(
        "judged matrices and others have panels of their own, and the prediction stands with the judged"
    )
    func panels() throws {
        let figure = DecayFigure(try result(matrices: 12)).draw().specification
        let order = try #require(figure.panels?.order)
        #expect(order == ["AdamW: judged", "AdamW: not scale invariant, not judged"])
        func names(_ panel: String, _ key: String) -> [JSONValue] {
            figure.rows.filter { $0["panel"] == .string(panel) }.compactMap { $0[key] }
        }
        #expect(Set(names(order[0], "layer")) == ["m0", "m1"])
        #expect(Set(names(order[1], "layer")).count == 10)
        #expect(names(order[0], "law").count == 2 && names(order[1], "law").isEmpty)
        // What passes is shaded where it is judged.
        #expect(names(order[0], "floor").compactMap(\.double) == [0.08])
        #expect(names(order[0], "ceiling").compactMap(\.double) == [0.125])
    }

    @Test("no two of twelve matrices have the same colour and dash; of colours alone some repeat")
    func palette() throws {
        let figure = DecayFigure(try result(matrices: 12)).draw().specification
        let encodings = figure.layers.compactMap { $0.json["encoding"] }
        let dash = encodings.compactMap { $0["strokeDash"]?["scale"]?["range"] }.first
        guard case .array(let dashes)? = dash else {
            Issue.record("no dashes")
            return
        }
        let colours = Theme.light.categories
        let looks = dashes.indices.map { "\(colours[$0 % colours.count]) \(dashes[$0].text)" }
        #expect(Set(looks).count == 12)
        #expect(Set(dashes.indices.map { colours[$0 % colours.count] }).count < 12)
    }
}
