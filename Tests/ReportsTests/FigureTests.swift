import Documents
import Formats
import Foundation
import Reports
import RunTables
import Runs
import Telemetry
import Testing

/// Facts that every drawing holds to.
private func checkDrawing(
    _ drawing: Drawing, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let json = drawing.specification.json(.paper)
    let parsed = try JSONSerialization.jsonObject(with: Data(json.prettyText.utf8))
    let compact = try JSONSerialization.jsonObject(with: Data(json.text.utf8))
    #expect(parsed as? NSDictionary == compact as? NSDictionary, sourceLocation: sourceLocation)
    #expect(!drawing.specification.layers.isEmpty, sourceLocation: sourceLocation)
    #expect(!drawing.caption.isEmpty, sourceLocation: sourceLocation)
    for row in drawing.specification.rows {
        for (key, value) in row {
            guard case .number(let number) = value else { continue }
            #expect(number.isFinite, "\(key)", sourceLocation: sourceLocation)
        }
    }
    guard drawing.hasData else { return }
    #expect(!drawing.table.rows.isEmpty, sourceLocation: sourceLocation)
    // An axis says what it measures, and a loss or a sensitivity its unit.
    for title in axisTitles(json) {
        #expect(!title.isEmpty, sourceLocation: sourceLocation)
        if title.contains("loss") || title.contains("sensitivity") {
            #expect(title.contains("nats"), "\(title)", sourceLocation: sourceLocation)
        }
    }
}

private func axisTitles(_ json: JSONValue) -> [String] {
    switch json {
    case .object(let fields):
        let own: [String] =
            if let axis = fields["axis"], axis != .null, fields["field"] != nil {
                if case .string(let title) = fields["title"] { [title] } else { [""] }
            } else {
                []
            }
        return own + fields.values.flatMap(axisTitles)
    case .array(let values): return values.flatMap(axisTitles)
    default: return []
    }
}

/// Each learning rate of each line with a result is on the figure, by a mark or at an edge.
private func checkNothingDropped(
    _ drawing: Drawing, of sweep: SweepGrid, sourceLocation: SourceLocation = #_sourceLocation
) {
    for line in sweep.lines {
        for stop in line.stops where !stop.results.isEmpty {
            let rows = drawing.specification.rows.filter {
                $0["line"] == .string(sweep.name(of: line))
                    && $0["learning_rate"] == .number(stop.learningRate)
            }
            #expect(!rows.isEmpty, "\(sweep.name(of: line))", sourceLocation: sourceLocation)
            if stop.diverged > 0 {
                #expect(
                    rows.contains { $0["edge"] != nil || $0["open"] == .bool(true) },
                    "\(sweep.name(of: line))", sourceLocation: sourceLocation)
            }
        }
    }
}

@Suite("every figure in the catalog")
struct FigureTests {
    @Test(
        "draws every sweep there may be", arguments: Catalog.figures.indices,
        SampleSweeps.edges.map(\.name) + ["realistic"])
    func draws(index: Int, name: String) throws {
        let sweep =
            SampleSweeps.edges.first { $0.name == name }?.sweep ?? SampleSweeps.realistic(steps: 20)
        try checkDrawing(Catalog.figures[index].draw(SweepGrid(sweep)))
    }

    @Test(
        "shows each learning rate, diverged or not",
        arguments: SampleSweeps.edges.map(\.name) + ["realistic"])
    func nothingDropped(name: String) {
        let sweep = SweepGrid(
            SampleSweeps.edges.first { $0.name == name }?.sweep ?? SampleSweeps.realistic(steps: 20)
        )
        let loss = LossAgainstLearningRate().draw(sweep)
        checkNothingDropped(loss, of: sweep)
        let logits = AttentionLogitAgainstLearningRate().draw(sweep)
        if logits.hasData { checkNothingDropped(logits, of: sweep) }
    }

    @Test(
        "the checks can fail: a nan, a missing unit, a dropped point, a diverged run drawn as zero")
    func negativeControl() {
        let sweep = SweepGrid(SampleSweeps.realistic(steps: 8))
        let good = LossAgainstLearningRate().draw(sweep)
        withKnownIssue {
            var drawing = good
            drawing.specification.rows[0]["loss"] = .number(.nan)
            try checkDrawing(drawing)
        }
        withKnownIssue {
            var drawing = good
            drawing.specification.layers[1].channels["y"] = .position(
                "loss", title: "final loss", scale: .linear(), axis: Axis())
            try checkDrawing(drawing)
        }
        withKnownIssue {
            var drawing = good
            drawing.specification.rows.removeFirst()
            checkNothingDropped(drawing, of: sweep)
        }
        withKnownIssue {
            var drawing = good
            for index in drawing.specification.rows.indices {
                drawing.specification.rows[index]["edge"] = nil
            }
            checkNothingDropped(drawing, of: sweep)
        }
    }

    @Test("a sweep without data gives a sentence and a CSV file with headings alone")
    func absent() throws {
        let sweep = SweepGrid(RunTable(name: "empty", axes: [], rows: [], wallSeconds: 0))
        for figure in Catalog.figures {
            let drawing = figure.draw(sweep)
            #expect(!drawing.hasData)
            #expect(drawing.caption.hasSuffix("."))
            #expect(drawing.table.rows.isEmpty)
            #expect(!drawing.table.columns.isEmpty)
        }
    }

    @Test("names and headings are each used once, and names suit a file")
    func names() {
        #expect(Set(Catalog.figures.map(\.name)).count == Catalog.figures.count)
        #expect(Set(Catalog.figures.map(\.title)).count == Catalog.figures.count)
        for figure in Catalog.figures {
            #expect(figure.name.allSatisfy { $0.isLowercase || $0 == "-" })
        }
    }
}

@Suite("what a figure is built of")
struct FigurePartsTests {
    /// Facts that every way of thinning a series holds to.
    private func checkThinning(
        _ thin: (Series) -> Series,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var points = (0..<5000).map { Series.Point(step: $0, value: 2 + Double($0 % 7) / 100) }
        points[1234].value = 9
        points[3777].value = 0.5
        points[4000].value = .nan
        let kept = thin(Series(points))
        #expect(kept.count <= 202, sourceLocation: sourceLocation)
        #expect(kept.map(\.value).max() == 9, sourceLocation: sourceLocation)
        #expect(kept.map(\.value).min() == 0.5, sourceLocation: sourceLocation)
        #expect(kept.first?.step == 0, sourceLocation: sourceLocation)
        #expect(kept.last?.step == 4999, sourceLocation: sourceLocation)
        #expect(zip(kept, kept.dropFirst()).allSatisfy { $0.step < $1.step })
    }

    @Test("thinning keeps the first, the last and each spike")
    func thinning() {
        checkThinning { Decimation.extremes(of: $0, buckets: 100) }
        let few = Series((0..<10).map { .init(step: $0 * 3, value: Double($0)) })
        #expect(Decimation.extremes(of: few, buckets: 100) == few)
        #expect(Decimation.extremes(of: [], buckets: 1).isEmpty)
    }

    @Test("the check can fail: every hundredth point misses the spikes")
    func negativeControl() {
        withKnownIssue {
            checkThinning { points in
                Series(points.indices.filter { $0 % 100 == 0 }.map { points[$0] })
            }
        }
    }

    @Test("ticks stand at powers of ten")
    func ticks() {
        #expect(Ticks.decades(in: 7e-4...0.4) == [1e-3, 1e-2, 1e-1])
        #expect(Ticks.decades(in: 2...9).isEmpty)
        #expect(Ticks.decades(in: 1...1e30).count < 11)
        #expect(Ticks.round(in: 1.45...7) == [1.5, 2, 3, 4, 5, 7])
    }

    static let written: [(String, String)] = [
        (NumberText.rate(1e-3), "1e-3"), (NumberText.rate(0.0015), "1.5e-3"),
        (NumberText.rate(0.3), "3e-1"), (NumberText.rate(1), "1"),
        (NumberText.rate(1.024), "1.024"),
        (NumberText.logit(2235), "2,235"), (NumberText.logit(.nan), "NaN"),
        (NumberText.roundedRate(0.0025001), "2.5e-3"),
        (NumberText.logit(5.55), "5.5"), (NumberText.logit(331.2), "331"),
        (NumberText.logit(83_000), "8.3e4"), (NumberText.logit(-0.5), "-0.5"),
        (NumberText.count(1_204_224), "1,204,224"), (NumberText.count(1, "run"), "1 run"),
        (NumberText.duration(250), "4 min 10 s"), (NumberText.duration(3840), "1 h 4 min"),
        (NumberText.loss(1.5254), "1.525"), (NumberText.setting(400), "400"),
        (NumberText.setting(1e-4), "1e-4"), (NumberText.list(["a", "b", "c"]), "a, b and c"),
    ]

    @Test("numbers are written as people write them", arguments: written)
    func numbers(actual: String, expected: String) { #expect(actual == expected) }

    @Test("colours stay apart, and each ramp has as many as asked for", arguments: [1, 2, 6, 12])
    func colours(count: Int) {
        for ramp in [Ramp.size(count), .learningRate(count)] {
            for dark in [false, true] { #expect(Set(ramp.colours(dark: dark)).count == count) }
        }
    }

    @Test("JSON text escapes what must be, and holds no end of a script")
    func json() throws {
        let value: JSONValue = ["a\"b": ["</script>", "\u{1}\n\\", 1, 0.5, nil, true]]
        #expect(value.text == #"{"a\"b":["</script>","\u0001\n\\",1,0.5,null,true]}"#)
        #expect(!value.scriptText.contains("<"))
        let read = try JSONSerialization.jsonObject(with: Data(value.scriptText.utf8))
        let list = (read as? [String: [Any]])?["a\"b"]
        #expect(list?.first as? String == "</script>")
    }
}
