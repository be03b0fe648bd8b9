import Documents
import FindingStudies
import ForecastStudies
import Formats
import Foundation
import PrescriptionStudies
import Reports
import Statistics
import Studies
import Sweeps
import Testing
import TransferStudies

/// How the pages of these tests say they were made.
private let origin = ReportOrigin(
    command: "ballast verify <this> --out 'a b'",
    configurations: [.init(name: "recipe", digest: "0123456789abcdef")], version: "0.1.0")

/// A result's page, as the command writes it.
private struct Kind: Sendable, CustomTestStringConvertible {
    /// The kind of result.
    var name: String
    /// Writes the page of a sample whose free text is given; nil keeps the sample's own.
    var write: @Sendable (_ folder: String, _ text: String?, _ bundle: String?) throws -> [String]
    /// What the page says.
    var facts: [String]

    var testDescription: String { name }

    static let all = [
        Kind(
            name: "horizon",
            write: { folder, text, bundle in
                try SampleResults.horizon(name: text ?? "recipe").write(
                    to: folder, vegaBundle: bundle, python: nil, origin: origin)
            },
            facts: [
                "Do norms and the optimal learning rate depend on the horizon?", ">FAIL<",
                "drifts; 1 of 1 matrices beyond",
                "blocks.0.mlp.up", "-0.250 (-0.270 to -0.230)", "16 · 32 · 64 · 128",
                "optimal learning rate PASS", "validation loss (nats) at the end",
                "Note: short &amp; sweet.",
                "recipe: the optimum moves by 1.01x per doubling", "1.03x in total",
                "href=\"figures/horizon-weights.csv\"",
            ]),
        Kind(
            name: "permutation",
            write: { folder, text, bundle in
                try SampleResults.permutation(name: text ?? "qk-norm=true").write(
                    to: folder, vegaBundle: bundle, python: nil, origin: origin)
            },
            facts: [
                "Does the order of the data matter?", ">INCONCLUSIVE<", "give more --orders",
                "0.0123 (0.0062 to 0.0369)",
                "raises the spread over orders: 2.40x (1.10x to 5.00x)",
                "order and seed", "1.414", "permutation.json",
            ]),
        Kind(
            name: "findings",
            write: { folder, text, bundle in
                try SampleResults.findings(claim: text ?? "larger kappa, larger logits")
                    .write(to: folder, vegaBundle: bundle, python: nil, origin: origin)
            },
            facts: [
                "1 agree, 1 disagree, 1 cannot say", "<span class=\"verdict good\">agrees</span>",
                "<span class=\"verdict bad\">disagrees</span>",
                "<span class=\"verdict open\">cannot say</span>", "98.7 (49.4 to 197)", "above 3",
                "arXiv 2309.14322, figure 1", "8 of 8 runs have no result yet", "model.width=32",
                "href=\"figures/finding-larger.csv\"",
            ]),
        Kind(
            name: "prescription",
            write: { folder, text, bundle in
                try SampleResults.prescription(why: text ?? "lowers S")
                    .write(to: folder, vegaBundle: bundle, python: nil, origin: origin)
            },
            facts: [
                "A recipe for 1.3B", ">INCONCLUSIVE<",
                "the target lies beyond the validated extrapolation.",
                "1.23e-2", "unvalidated (extrapolation 3,300x; validated 4x)",
                "attention-logit above 1e4", "literature only",
                "-0.105<small>-0.150 to -0.060</small>", "arXiv 2302.05442",
                "proxies have 2 blocks",
                "0.02 beside 0.021", "href=\"forecast/recipe/report.html\"", "5 min 2 s",
            ]),
        Kind(
            name: "forecast",
            write: { folder, text, bundle in
                try SampleResults.forecast(meaning: text ?? "the largest attention logit")
                    .write(to: folder, vegaBundle: bundle, python: nil, origin: origin)
            },
            facts: [
                "Which instabilities threaten small at 64x1?", ">INCONCLUSIVE<",
                "crosses its alarm within its interval.",
                "4.32e3 (1.08e3 to 1.73e4)", "may cross alarm", "2 of 2 runs within",
                "href=\"figures/forecast-attention-logit.csv\"",
            ]),
    ]
}

/// The page of a kind.
private func page(
    _ kind: Kind, text: String? = nil, bundle: String? = "window.vegaEmbed = null;"
) throws -> String {
    var page = ""
    try withScratchFolder { folder in
        let lines = try kind.write(folder + "/deep/er", text, bundle)
        let files = lines.filter { !$0.hasPrefix("note: ") }
        #expect(files.allSatisfy { FileManager.default.fileExists(atPath: $0) })
        #expect(Set(files).count == files.count)
        page = try String(contentsOfFile: folder + "/deep/er/report.html", encoding: .utf8)
    }
    return page
}

/// The rows of a figure as the page holds them.
private func rows(_ figure: String, of page: String) throws -> [[String: Any]] {
    let start = try #require(page.range(of: "window.ballastFigures = "))
    let end = try #require(page.range(of: ";</script>", range: start.upperBound..<page.endIndex))
    let data = Data(page[start.upperBound..<end.lowerBound].utf8)
    let figures = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
    let one = try #require(figures.first { $0["name"] as? String == figure })
    let spec = try #require(one["spec"] as? [String: Any])
    return try #require((spec["data"] as? [String: Any])?["values"] as? [[String: Any]])
}

@Suite("pages of results")
struct ResultPageTests {
    @Test("asks no network for anything, and its links lead somewhere", arguments: Kind.all)
    fileprivate func offline(kind: Kind) throws {
        let page = try page(kind)
        checkOffline(page)
        checkAnchors(page)
    }

    @Test("the check can fail: a link to a place that is not there, or there twice")
    func brokenLinks() {
        withKnownIssue { checkAnchors("<a href=\"#a\">a</a>") }
        withKnownIssue { checkAnchors("<a href=\"#a\">a</a><p id=\"a\"><p id=\"a\">") }
    }

    @Test("holds the verdict, its reason and the numbers", arguments: Kind.all)
    fileprivate func contents(kind: Kind) throws {
        let page = try page(kind)
        for fact in kind.facts { #expect(page.contains(fact), "\(fact)") }
        // The page of another kind does not.
        let next = Kind.all[
            ((Kind.all.firstIndex { $0.name == kind.name } ?? 0) + 1) % Kind.all.count]
        withKnownIssue { for fact in next.facts { #expect(page.contains(fact)) } }
    }

    @Test("says how it was made", arguments: Kind.all)
    fileprivate func made(kind: Kind) throws {
        let page = try page(kind)
        #expect(page.contains("ballast verify &lt;this&gt; --out &#39;a b&#39;"))
        #expect(page.contains("recipe: 0123456789abcdef"))
        #expect(page.contains("ballast 0.1.0"))
    }

    @Test("names and reasons are text, wherever they stand", arguments: Kind.all)
    fileprivate func escaping(kind: Kind) throws {
        let evil = "<script>alert('x')</script>&\"</title>"
        let page = try page(kind, text: evil)
        #expect(!page.contains("<script>alert"))
        #expect(!page.contains("alert('x')</script>"))
        #expect(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;"))
        #expect(page.matches(of: /<\/title>/).count == 1)
        #expect(page.matches(of: /<script>/).count == 3)
        #expect(page.matches(of: /<\/script>/).count == 3)
    }

    @Test("without the bundle it says so, and figures and tables are there", arguments: Kind.all)
    fileprivate func noBundle(kind: Kind) throws {
        try withScratchFolder { folder in
            let lines = try kind.write(folder, nil, nil)
            #expect(
                lines.filter { $0.hasPrefix("note: ") } == [
                    "note: SVG and PNG were not drawn: no Python with vl-convert-python",
                    "note: report.html has no interactive figures: no Vega bundle",
                ])
            #expect(lines.contains { $0.hasSuffix(".csv") })
        }
        let page = try page(kind, bundle: nil)
        #expect(page.contains("Not drawn here: the Vega bundle was not given."))
        for fact in kind.facts { #expect(page.contains(fact), "\(fact)") }
    }
}

@Suite("figures of results")
struct ResultFigureTests {
    /// Where the figures of a horizon study put an exponent, and the norms that it makes.
    private func checkHorizon(
        exponent: Double, shown: Double, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let result = try SampleResults.horizon(exponent: exponent)
        try withScratchFolder { folder in
            _ = try result.write(
                to: folder, vegaBundle: "", python: nil, origin: origin)
            let page = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
            let dots = try rows("horizon-exponents", of: page).filter { $0["value"] is Double }
            #expect(
                dots.compactMap { $0["value"] as? Double } == [shown],
                sourceLocation: sourceLocation)
            let norms = try rows("horizon-weights", of: page)
            #expect(norms.compactMap { $0["x"] as? Double } == [16, 32, 64, 128])
            for row in norms {
                let x = try #require(row["x"] as? Double)
                let y = try #require(row["y"] as? Double)
                // Rows hold five digits.
                #expect(
                    (y / pow(x / 16, shown) - 1).magnitude < 2e-5, sourceLocation: sourceLocation)
            }
            let table = try CSVTable.read(folder + "/figures/horizon-exponents.csv")
            #expect(
                try table.numbers("value").first == shown, sourceLocation: sourceLocation)
            let optimum = try CSVTable.read(folder + "/figures/horizon-optimum.csv")
            #expect(try optimum.numbers("optimum") == [0.008, 0.008, 0.008, 0.008])
        }
    }

    @Test("horizon: exponents, norms over the shortest, optima; another exponent shows")
    func horizon() throws {
        try checkHorizon(exponent: -0.25, shown: -0.25)
        withKnownIssue { try checkHorizon(exponent: -0.3, shown: -0.25) }
    }

    @Test("horizon: one learning rate has no optimum to draw")
    func oneRate() throws {
        try withScratchFolder { folder in
            let lines = try SampleResults.horizon(isAsked: false).write(
                to: folder, vegaBundle: "", python: nil, origin: origin)
            #expect(!lines.contains { $0.contains("horizon-optimum") })
            #expect(lines.filter { $0.hasSuffix(".csv") }.count == 3)
        }
    }

    @Test("permutation: a point a finished run, the spread and its interval, the distances")
    func permutation() throws {
        try withScratchFolder { folder in
            _ = try SampleResults.permutation(overOrders: 0.0123).write(
                to: folder, vegaBundle: "", python: nil, origin: origin)
            let page = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
            let losses = try rows("permutation-losses", of: page).filter {
                $0["panel"] as? String == "recipe"
            }
            #expect(
                losses.compactMap { $0["y"] as? Double }.sorted() == [2.1, 2.11, 2.12, 2.2, 2.21])
            let spread = try #require(
                try rows("permutation-spreads", of: page).first {
                    $0["label"] as? String == "over orders" && $0["series"] as? String == "recipe"
                })
            #expect(spread["value"] as? Double == 0.0123)
            #expect(spread["low"] as? Double == 0.00615)
            let distances = try CSVTable.read(folder + "/figures/permutation-distances.csv")
            #expect(
                try distances.numbers("value") == [0.8, 1.4142, 0.4, 1.1, 0.8, 1.4142, 0.4, 1.1])
        }
    }

    @Test("findings: seeds, number, interval, and a figure for each that has a number")
    func findings() throws {
        try withScratchFolder { folder in
            let lines = try SampleResults.findings(estimate: 98.7).write(
                to: folder, vegaBundle: "", python: nil, origin: origin)
            #expect(lines.filter { $0.hasSuffix(".csv") }.count == 2)
            let page = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
            let rows = try rows("finding-larger", of: page)
            #expect(rows.compactMap { $0["value"] as? Double } == [98.7])
            #expect(rows.last?["label"] as? String == "together\n98.7 (49.4 to 197)")
            #expect(rows.compactMap { $0["part"] as? Double } == [98.7, 197.4, 49.35, 98.7])
        }
    }

    @Test("an interval that dwarfs the numbers is cut at the frame, which the caption says")
    func frame() throws {
        try withScratchFolder { folder in
            let result = try SampleResults.findings(estimate: 2)
            var wide = result
            wide.findings[0].high = 1e6
            wide.findings[0].low = -1e6
            for (result, isCut) in [(result, false), (wide, true)] {
                _ = try result.write(
                    to: folder, vegaBundle: "", python: nil, origin: origin)
                let page = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
                #expect(page.contains("Arrows mark intervals that leave the frame.") == isCut)
                let highest = try rows("finding-larger", of: page).compactMap {
                    $0["high"] as? Double
                }.max()
                #expect(try #require(highest) < 10)
                let arrows = try rows("finding-larger", of: page).flatMap { row in
                    ["beyond_low", "beyond_high"].compactMap { row[$0] as? Double }
                }
                #expect(arrows.count == (isCut ? 2 : 0))
                // The table holds the whole interval.
                let table = try CSVTable.read(folder + "/figures/finding-larger.csv")
                #expect(
                    try table.numbers("high").filter(\.isFinite).max() == result.findings[0].high)
            }
        }
    }

    @Test("prescription: optima by size with the learning rate prescribed, what a cure changes")
    func prescription() throws {
        try withScratchFolder { folder in
            _ = try SampleResults.prescription(rate: 0.0123).write(
                to: folder, vegaBundle: "", python: nil, origin: origin)
            let page = try String(contentsOfFile: folder + "/report.html", encoding: .utf8)
            let points = try rows("prescription-learning-rate", of: page)
            #expect(points.compactMap { $0["y"] as? Double } == [0.03, 0.02, 0.0123])
            #expect(points.last?["x"] as? Double == 1.3e9)
            let cure = try rows("prescription-sensitivity-of-mitigations", of: page)
            #expect(cure.compactMap { $0["value"] as? Double } == [-0.105])
        }
    }
}

@Suite("results on a terminal and as Markdown")
struct ResultTextTests {
    /// A result of the project's records, as it was written.
    private static func record(_ path: String) throws -> Data {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try Data(contentsOf: root.appendingPathComponent("Records/" + path))
    }

    /// A document of each kind, by name.
    private static func documents() throws -> [(name: String, document: Document)] {
        [
            ("horizon", try SampleResults.horizon().document),
            ("permutation", try SampleResults.permutation().document),
            ("findings", try SampleResults.findings(claim: "larger kappa, larger logits").document),
            ("prescription", try SampleResults.prescription(rate: 0.0123).document),
            ("forecast", try SampleResults.forecast().document),
            (
                "transfer",
                try TransferResult(json: record("2026-11-21-transfer/muon-width.json")).document
            ),
            (
                "sensitivity",
                try SensitivityResult(json: record("2026-11-21-sigma-reparam/sensitivity.json"))
                    .document
            ),
            (
                "coordinate-check",
                try CoordinateCheck.Result(
                    json: record("2026-11-21-coordcheck-standard/coordcheck.json")
                ).document
            ),
        ]
    }

    @Test("the text of each kind is as recorded at 80 and at 120 columns", arguments: [80, 120])
    func recorded(columns: Int) throws {
        for (name, document) in try Self.documents() {
            let text = document.text(columns: columns)
            try expectSnapshot(text, named: "\(name)-\(columns).txt")
            for line in text.split(separator: "\n") {
                #expect(line.count <= columns, "\(name): \(line)")
            }
        }
    }

    @Test(
        "every line fits, the verdict comes first, the numbers are there",
        arguments: [80, 120])
    func fits(columns: Int) throws {
        let horizon = try SampleResults.horizon()
        let permutation = try SampleResults.permutation()
        for (document, verdict, numbers) in [
            (horizon.document, horizon.verdict, ["-0.250", "blocks.0.mlp.up"]),
            (permutation.document, permutation.verdict, ["0.0123", "0.0062 to", "qk-norm=true"]),
        ] {
            let text = document.text(columns: columns)
            #expect(text.hasPrefix(verdict.rawValue + "  "))
            for line in text.split(separator: "\n") { #expect(line.count <= columns, "\(line)") }
            for number in numbers {
                #expect(text.contains(number), "\(number)")
                #expect(document.markdown.contains(number), "\(number)")
            }
            #expect(document.markdown.contains("**\(verdict.rawValue)**"))
        }
    }
}
