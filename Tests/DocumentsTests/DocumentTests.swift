import Documents
import Foundation
import Testing

/// Compares a text with the one recorded under a name.
///
/// Where the environment has `RECORD_SNAPSHOTS` the text is written in
/// its place, and the test fails, so that a record is looked at before it counts.
private func expectRecorded(
    _ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Snapshots/" + name).path
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] != nil {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        Issue.record("recorded \(name): look at it and run again", sourceLocation: sourceLocation)
        return
    }
    let recorded = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text == recorded, sourceLocation: sourceLocation)
}

/// A page without scripts and style.
private func page(_ document: Document) -> String {
    let html = document.html(
        PageFigures(entries: document.figures, vegaBundle: nil, images: [:], hasImages: false))
    let start = html.range(of: "<main>")?.lowerBound ?? html.startIndex
    let end = html.range(of: "</main>")?.upperBound ?? html.endIndex
    return String(html[start..<end]) + "\n"
}

@Suite("documents")
struct DocumentTests {
    @Test(
        "text for a terminal is as recorded, and no line is longer than it", arguments: [80, 120])
    func text(columns: Int) throws {
        let text = sampleDocument().text(columns: columns)
        try expectRecorded(text, "document-\(columns).txt")
        for line in text.split(separator: "\n") { #expect(line.count <= columns, "\(line)") }
    }

    @Test("text fits any terminal, with the verdict first", arguments: [20, 33, 50, 64, 79, 200])
    func widths(columns: Int) {
        let text = sampleDocument().text(columns: columns)
        #expect(text.hasPrefix("INCONCLUSIVE"))
        #expect(text.hasSuffix("report.html\n"))
        for line in text.split(separator: "\n") { #expect(line.count <= columns, "\(line)") }
        for number in ["2.1234", "0.0123", "0.0200*"] { #expect(text.contains(number)) }
    }

    @Test("what leaves a table first is what has the largest priority, and it is named")
    func priorities() {
        let wide = sampleDocument().text(columns: 200)
        #expect(wide.contains("0123456789ab") && !wide.contains("not shown here"))
        let narrow = sampleDocument().text(columns: 80)
        #expect(!narrow.contains("0123456789ab"))
        #expect(narrow.contains("not shown here: noise of evaluation and digest of the runs"))
    }

    @Test("a sentence that would be a tall, narrow column stands below its row")
    func sentencesBelow() {
        let reason = Array(repeating: "the interval crosses zero and the margin;", count: 8)
            .joined(separator: " ")
        func text(_ reason: String, _ columns: Int) -> String {
            Table(
                [.word("variant"), .word("verdict"), .number("S"), .number("loss"), .prose("why")],
                [
                    [
                        "qk-norm and z-loss 1e-4", "INCONCLUSIVE", "-0.008", "+0.009",
                        Table.Cell(reason),
                    ]
                ]
            ).text(columns: columns)
        }
        let long = text(reason, 80)
        #expect(long.contains("\n    why: the interval") && !long.contains("not shown here"))
        #expect(long.split(separator: "\n").allSatisfy { $0.count <= 80 })
        // A short one stays in its column, and so does a long one where there is room for it.
        #expect(text("too noisy", 80).split(separator: "\n").count == 3)
        #expect(!text(reason, 200).contains("why: "))
    }

    @Test("what stands between backticks is code, markup never")
    func code() {
        #expect(
            HTML.sentence("run `a <b>` & `c`")
                == "run <code>a &lt;b&gt;</code> &amp; <code>c</code>")
        #expect(HTML.sentence("a ` alone") == "a ` alone")
    }

    @Test("colours mark verdicts and add nothing else")
    func colours() {
        let plain = sampleDocument().text(columns: 100)
        let coloured = sampleDocument().text(columns: 100, usesColour: true)
        #expect(coloured != plain)
        #expect(coloured.contains("\u{1b}[1;33mINCONCLUSIVE\u{1b}[0m  Does the order"))
        #expect(coloured.replacing(/\u{1b}\[[0-9;]*m/, with: "") == plain)
    }

    @Test("Markdown is as recorded")
    func markdown() throws {
        let text = sampleDocument().markdown
        try expectRecorded(text, "document.md")
        // Signs of the text mean nothing: each line of a table has the pipes of its columns.
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| ") }
        let pipes = rows.prefix(4).map { $0.replacing("\\|", with: "").count { $0 == "|" } }
        #expect(pipes == [9, 9, 9, 9])
    }

    @Test("the page is as recorded, with the text escaped")
    func html() throws {
        let text = page(sampleDocument())
        try expectRecorded(text, "document.html")
        #expect(!text.contains("<data>") && text.contains("&lt;data&gt;"))
    }
}

@Suite("lines of text")
struct LinesTests {
    @Test("break at blanks, cut what is longer, keep every word")
    func wrapped() {
        #expect(Lines.wrapped("a bc def", to: 4) == ["a bc", "def"])
        #expect(Lines.wrapped("abcdefghij k", to: 4) == ["abcd", "efgh", "ij k"])
        #expect(Lines.wrapped("", to: 4) == [""])
        #expect(Lines.wrapped("a\n\nb", to: 4) == ["a", "", "b"])
        let text = "one three seven elevenletters x"
        for width in 1...40 {
            let lines = Lines.wrapped(text, to: width)
            #expect(lines.allSatisfy { $0.count <= width })
            #expect(lines.joined().filter { $0 != " " } == text.filter { $0 != " " })
        }
    }
}
