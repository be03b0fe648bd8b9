import Documents
import Foundation
import Reports
import Runs
import Testing

@Suite("recorded figures and tables")
struct SnapshotTests {
    /// Two widths, two interventions, three seeds of which some diverged: short series, to be read.
    static let sweep = SweepGrid(SampleSweeps.realistic(seeds: [1, 2], steps: 4))

    @Test("the specification of each figure is as recorded", arguments: Catalog.figures.indices)
    func specification(index: Int) throws {
        let figure = Catalog.figures[index]
        let drawing = figure.draw(Self.sweep)
        try expectSnapshot(
            drawing.specification.json(.paper).prettyText, named: figure.name + ".vl.json")
        try expectSnapshot(
            [drawing.finding ?? "", drawing.caption].joined(separator: "\n") + "\n",
            named: figure.name + ".txt")
    }

    @Test("the terminal's table is as recorded")
    func table() throws {
        try expectSnapshot(
            SweepReport(SampleSweeps.realistic()).table(), named: "terminal-table.txt")
        try expectSnapshot(
            SweepReport(SampleSweeps.halfDone).table(), named: "terminal-table-half-done.txt")
    }

    @Test("the check can fail: a missing record is written and complained of, a changed one too")
    func negativeControl() throws {
        try withScratchFolder { folder in
            withKnownIssue {
                try expectSnapshot("a\n", named: "x", in: folder, recording: false)
            }
            try expectSnapshot("a\n", named: "x", in: folder, recording: false)
            withKnownIssue {
                try expectSnapshot("b\n", named: "x", in: folder, recording: false)
            }
            withKnownIssue {
                try expectSnapshot("b\n", named: "x", in: folder, recording: true)
            }
            try expectSnapshot("b\n", named: "x", in: folder, recording: false)
        }
    }
}
