import Documents
import Formats
import Foundation
import Reports
import RunTables
import Runs
import Statistics
import Studies
import Sweeps
import Testing
import TransferStudies

/// A made-up result over four widths, the last of which diverges at its highest learning rates.
private func sample(name: String = "width", drift: Double = -0.2) throws -> TransferResult {
    let curves = (0..<4).map { index -> String in
        let optimum = 1e-2 * exp2(drift * Double(index))
        let points = (0..<9).map { place -> String in
            let rate = 1e-3 * exp2(Double(place))
            let z = log2(rate / optimum)
            let loss = 2 + 0.05 * z * z - 0.1 * Double(index)
            let lost = index == 3 && place > 6
            let losses = lost ? "[null, null]" : "[\(loss - 0.01), \(loss + 0.01)]"
            return """
                {"learning_rate": \(rate), "losses": \(losses), "mean": \(lost ? "null" : "\(loss)"),
                 "diverged": \(lost ? 2 : 0), "missing": 0}
                """
        }
        return """
            {"extent": \(32 << index), "points": [\(points.joined(separator: ","))], "reason": null,
             "optimum": {"learning_rate": \(optimum), "low": \(optimum / 1.1),
             "high": \(optimum * 1.1), "loss": 2, "curvature": 0.05, "window": [0.008, 0.016]}}
            """
    }
    let json = """
        {"schema": "ballast.transfer/1", "name": "sample", "verdict": "FAIL", "bound": 1.4,
         "confidence": 0.95, "least_doublings": 3, "size_series": [{"name": "\(name)", "axis": "width",
         "intervention": "", "verdict": "FAIL", "reason": null, "seeds": 2,
         "curves": [\(curves.joined(separator: ","))], "drift": {"per_doubling": \(exp2(drift)),
         "per_doubling_low": 0.8, "per_doubling_high": 0.9, "total": \(exp2(3 * drift)),
         "total_low": 0.512, "total_high": 0.729, "doublings": 3, "sizes": 4,
         "spread_octaves": 0.05, "degrees_of_freedom": 6, "lack_of_fit": 0.4,
         "bootstrap_low": null, "bootstrap_high": null},
         "smallest_drift_before": {"spread_octaves": 0.15, "half_width": 1.2, "detectable": 1.3},
         "smallest_drift_after": null, "causes": [{"name": "updates-grow", "strength": 0.9,
         "evidence": "a & b", "remedy": "mend <it>"}, {"name": "silent", "strength": null,
         "evidence": "nothing recorded", "remedy": ""}]}]}
        """
    return try TransferResult(json: Data(json.utf8))
}

/// Every point of every curve is in the figure: in the frame, at its edge, or counted as missing.
private func checkNothingDropped(
    _ drawing: Drawing, of result: TransferResult, sourceLocation: SourceLocation = #_sourceLocation
) {
    for curve in result.sizeSeries.flatMap(\.curves) {
        for point in curve.points {
            let rows = drawing.specification.rows.filter {
                $0["line"] == .string("width \(curve.extent)")
                    && $0["learning_rate"] == .number(point.learningRate)
            }
            #expect(
                rows.contains { $0["loss"] != nil || $0["edge"] != nil }, "\(curve.extent)",
                sourceLocation: sourceLocation)
        }
    }
}

@Suite("figures and tables of transfer")
struct TransferFigureTests {
    private let sweep = SweepGrid(RunTable(name: "s", axes: [], rows: [], wallSeconds: 0))

    @Test("every learning rate and every optimum is drawn, diverged ones at the edge")
    func curves() throws {
        let result = try sample()
        let drawing = TransferLossCurves(result).draw()
        checkNothingDropped(drawing, of: result)
        #expect(drawing.specification.rows.filter { $0["optimum"] != nil }.count == 4)
        #expect(drawing.table.rows.count == 36)
        let parsed = try JSONSerialization.jsonObject(
            with: Data(drawing.specification.json(.paper).prettyText.utf8))
        #expect(parsed is [String: Any])
        withKnownIssue {
            var broken = drawing
            broken.specification.rows.removeFirst()
            checkNothingDropped(broken, of: result)
        }
    }

    @Test(
        "the line of the drift passes through the optima, and the band is the bound about its start"
    )
    func drift() throws {
        let drawing = TransferDrift(try sample()).draw()
        let rows = drawing.specification.rows
        #expect(rows.count == 4)
        for row in rows {
            guard case .number(let optimum)? = row["optimum"],
                case .number(let fitted)? = row["fitted"],
                case .number(let floor)? = row["floor"], case .number(let top)? = row["ceiling"]
            else {
                Issue.record("a row lacks its numbers")
                continue
            }
            // The optima lie on a line, and rows hold five digits.
            #expect((fitted / optimum - 1).magnitude < 2e-5)
            #expect((floor / (1e-2 / 1.4) - 1).magnitude < 2e-5)
            #expect((top / (1e-2 * 1.4) - 1).magnitude < 2e-5)
        }
        // The page says it in a sentence of its own.
        #expect(drawing.finding == nil)
    }

    /// The curve of a size whose loss falls to the upper, or the lower, end of its grid.
    private func open(_ result: TransferResult, falls: Bool) -> TransferResult {
        var result = result
        let places = result.sizeSeries[0].curves[0].points.indices
        for place in places {
            let loss = 3 - 0.1 * Double(falls ? place : places.count - place)
            result.sizeSeries[0].curves[0].points[place] = .init(
                learningRate: result.sizeSeries[0].curves[0].points[place].learningRate,
                losses: [loss, loss + 0.001], diverged: 0, missing: 0)
        }
        result.sizeSeries[0].curves[0].optimum = nil
        result.sizeSeries[0].curves[0].reason = "beyond the grid"
        return result
    }

    @Test(
        "an optimum beyond the grid is a triangle at its end, and a size with runs missing is not drawn"
    )
    func beyond() throws {
        let sample = try sample()
        for (falls, kind, rate) in [(true, "above", 0.256), (false, "below", 0.001)] {
            let drawing = TransferDrift(open(sample, falls: falls)).draw()
            let marks = drawing.specification.rows.filter { $0["open"] != nil }
            #expect(marks.count == 1)
            #expect(marks.first?["mark"] == .string(kind))
            #expect(marks.first?["open"]?.double == rate)
            #expect(drawing.caption.contains("Triangles point"))
        }
        #expect(!TransferDrift(sample).draw().caption.contains("Triangles"))
        var missing = open(sample, falls: true)
        missing.sizeSeries[0].curves[0].points[0].missing = 1
        #expect(TransferDrift(missing).draw().specification.rows.allSatisfy { $0["open"] == nil })
    }

    @Test("the drift of each series stands beside the bound, and its page draws no curve twice")
    func drifts() throws {
        let document = try sample().document
        let figure = try #require(document.figures.first { $0.name == "transfer-drift" })
        let row = try #require(figure.drawing.specification.rows.first)
        #expect(row["series"] == .string("FAIL"))
        #expect(row["label"] == .string("width\n0.66x (0.51x to 0.73x)"))
        try withScratchFolder { folder in
            let record = RunTable(name: "s", axes: [], rows: [], wallSeconds: 0)
            func drawn(_ documents: [Document]) throws -> Bool {
                try SweepReport(record, documents: documents).write(
                    to: folder, vegaBundle: "", python: nil
                ).contains { $0.hasSuffix("figures/loss-against-learning-rate.csv") }
            }
            let (replaced, alone) = (try drawn([document]), try drawn([]))
            #expect(!replaced && alone)
        }
    }

    @Test("the terminal shows optima, drift, verdict and causes")
    func text() throws {
        let text = try sample().document.text(columns: 200)
        for part in [
            "FAIL  Does the learning rate transfer?\nwidth: FAIL; the optimum moves",
            "1e-2", "Drift for each doubling: 0.87x (0.80x to 0.90x).",
            "the optimum moves by 0.66x over 3 doublings (95% interval 0.51x to 0.73x; the bound is "
                + "0.71x to 1.40x).",
            "width, 2 seeds: FAIL", "detects a total drift of 1.30x or more",
        ] { #expect(text.contains(part), "\(part) in \(text)") }
        let lines = text.split(separator: "\n").map {
            $0.split(separator: "  ").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        #expect(lines.contains(["updates-grow", "0.900", "a & b", "mend <it>"]), "\(text)")
        #expect(lines.contains(["silent", "not recorded", "nothing recorded"]), "\(text)")
        // Two learning rates of the largest width, both seeds of each.
        #expect(lines.contains { $0.first == "256" && $0.last == "4" }, "\(text)")
        let rows = try #require(sample().tables["transfer.csv"]).text.split(separator: "\n")
        #expect(rows.count == 5)
    }

    @Test("the page holds the verdict and its causes as text")
    func page() throws {
        try withScratchFolder { folder in
            let record = RunTable(name: "s", axes: [], rows: [], wallSeconds: 0)
            let files = try SweepReport(record, documents: [sample().document]).write(
                to: folder, vegaBundle: "", python: nil)
            #expect(files.contains { $0.hasSuffix("transfer-optimum-against-size.csv") })
            let page = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
            #expect(page.contains("Does the learning rate transfer?"))
            #expect(page.contains("mend &lt;it&gt;") && !page.contains("<it>"))
        }
    }
}

@Suite("the figure of a coordinate check")
struct ActivationsAgainstSizeTests {
    private func check(slope: Double?) throws -> CoordinateCheck.Result {
        let points = [0, 1].flatMap { seed in
            [16, 32, 64].flatMap { extent in
                [0, 1].map { step in
                    """
                    {"extent": \(extent), "seed": \(seed), "step": \(step), "activation": "a",
                     "size": \(slope.map { pow(Double(extent), $0) } ?? 0), "change": 0}
                    """
                }
            }
        }
        let slopes = [0, 1].map { step in
            """
            {"activation": "a", "step": \(step), "mean": \(slope ?? 0), "low": \(slope ?? 0),
             "high": \(slope ?? 0), "verdict": "FAIL"}
            """
        }
        let json = """
            {"schema": "ballast.coordcheck/1", "recipe": "r", "activations": [{"activation": "a", "verdict": "FAIL"}],
             "axis": "width", "extents": [16, 32, 64], "seeds": 2, "threshold": 0.25,
             "points": [\(points.joined(separator: ","))],
             "slopes": [\(slopes.joined(separator: ","))], "verdict": "FAIL"}
            """
        return try JSONDecoder().decode(CoordinateCheck.Result.self, from: Data(json.utf8))
    }

    @Test("a panel an activation, a line a step, a point an extent; without sizes a sentence")
    func draws() throws {
        let drawing = ActivationsAgainstSize(try check(slope: 0.5)).draw()
        #expect(drawing.specification.rows.count == 2 * 3)
        #expect(drawing.specification.panels?.order == ["a: FAIL"])
        #expect(drawing.specification.rows.allSatisfy { $0["slope"] == .number(0.5) })
        #expect(drawing.finding?.contains("to the power of 0.500") == true)
        #expect(!ActivationsAgainstSize(try check(slope: nil)).draw().hasData)
        try withScratchFolder { folder in
            let lines = try check(slope: 0.5).write(
                to: folder, vegaBundle: "", python: nil,
                origin: ReportOrigin(command: "ballast coordcheck", version: "0.1.0"))
            #expect(lines.filter { !$0.hasPrefix("note:") }.count == 3)
            let page = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
            checkOffline(page)
            #expect(page.contains(">FAIL<") && page.contains("to the power of 0.500"))
            #expect(page.contains("0.50<small>0.50 to 0.50</small>"))
        }
    }
}
