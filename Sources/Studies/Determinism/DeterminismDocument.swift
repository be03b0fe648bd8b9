public import Documents
public import Statistics
public import Sweeps
import TransferStudies

extension DeterminismResult: StudyResult {
    /// `determinism`.
    public static let name = "determinism"
    /// PASS where every run has the bits of the first.
    public var overall: Verdict? { verdict }

    /// The runs with where they differ, and the digests of their states.
    public var document: Document {
        let differing = variations.count { $0.verdict == .fail }
        var page = Document(
            kind: Self.name, title: "Is training deterministic, bit for bit?",
            badge: Badge(verdict),
            lead: [
                differing == 0
                    ? "Every logged number and every tensor equals that of the first run."
                    : "\(differing) of \(variations.count - 1) runs differ from the first: equal "
                        + "configurations and seeds give different bits."
            ],
            tiles: [
                ("\(variations.count)", "runs of one configuration, on \(engine)"),
                (NumberText.count(steps), "steps each"),
                (NumberText.count(every), "steps between the tensors that are compared"),
            ], files: [Self.file], conventions: "Digests are SHA-256.")
        page.sections = [
            .init("Runs", [.table(runs), .list(variations.compactMap(difference))]),
            .init("States", [.table(digests)]),
        ]
        return page
    }

    private var runs: Table {
        Table(
            [
                .word("run"), .word("verdict"), .number("threads"), .number("cut after"),
                .word("losses"),
            ],
            variations.enumerated().map { index, run in
                [
                    Table.Cell(run.name),
                    index == 0 ? Table.Cell("the first", .muted) : Table.Cell(Badge(run.verdict)),
                    "\(run.threads)",
                    Table.Cell(run.resumedAfter.map { NumberText.count($0) } ?? ""),
                    Table.Cell(String(run.lossDigest.prefix(12)), .code),
                ]
            })
    }

    private func difference(_ run: Variation) -> String? {
        run.firstDifference.map { found in
            "\(run.name): step \(NumberText.count(found.step)), \(found.name): \(found.first), then "
                + "\(found.second); \(NumberText.count(found.differing)) of "
                + "\(NumberText.count(found.compared)) numbers and tensors differ"
        }
    }

    /// The digests of all tensors, a column a run.
    private var digests: Table {
        let columns = variations.enumerated().map { index, run in
            Table.Column.word(run.name, priority: index)
        }
        return Table(
            [.number("step")] + columns,
            (variations.first?.states ?? []).map { state in
                [Table.Cell(NumberText.count(state.step))]
                    + variations.map { run in
                        let own = run.states.first { $0.step == state.step }?.digest
                        return Table.Cell(String((own ?? "-").prefix(12)), .code)
                    }
            })
    }
}
