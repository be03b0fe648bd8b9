public import Documents
import Statistics
public import Sweeps

/// A check of determinism as a page.
public struct DeterminismReport {
    private let result: DeterminismResult

    /// Describes a result.
    public init(_ result: DeterminismResult) { self.result = result }

    /// Writes `report.html`.
    ///
    /// - Parameters:
    ///   - folder: Where it goes; made if it is not there.
    ///   - origin: How it was made.
    /// - Returns: The path of the page.
    /// - Throws: What the file system refused.
    public func write(to folder: String, origin: ReportOrigin) throws -> [String] {
        try page(origin).write(to: folder, vegaBundle: "", python: nil)
    }

    private func page(_ origin: ReportOrigin) -> Document {
        let differing = result.variations.count { $0.verdict == .fail }
        var page = Document(
            kind: "determinism", title: "Do equal runs have equal bits?",
            badge: Badge(result.verdict),
            lead: [
                differing == 0
                    ? "Every logged number and every tensor is that of the first run."
                    : "\(differing) of \(result.variations.count - 1) runs differ from the first."
            ],
            tiles: [
                ("\(result.variations.count)", "runs of one configuration, on \(result.engine)"),
                (NumberText.count(result.steps), "steps each"),
                (NumberText.count(result.every), "steps between the tensors that are compared"),
            ], files: ["determinism.json"], conventions: "Digests are SHA-256.", origin: origin)
        page.sections = [.init("Runs", [.markup(runs)]), .init("States", [.markup(states)])]
        return page
    }

    private var runs: String {
        HTML.table(
            head: ["run", "verdict", "threads", "cut after", "losses", "first difference"],
            rows: result.variations.enumerated().map { index, run in
                [
                    HTML.escaped(run.name),
                    index == 0
                        ? "<span class=\"muted\">the first</span>" : Badge(run.verdict).markup,
                    "\(run.threads)",
                    run.resumedAfter.map { NumberText.count($0) } ?? "",
                    "<code>\(HTML.escaped(String(run.lossDigest.prefix(12))))</code>",
                    HTML.escaped(run.firstDifference.map(words) ?? "none"),
                ]
            }, labels: 6, attributes: "class=\"prose\"")
    }

    private func words(_ found: RunDifference) -> String {
        "step \(NumberText.count(found.step)), \(found.name): \(found.first) and \(found.second); "
            + "\(NumberText.count(found.differing)) of \(NumberText.count(found.compared)) differ"
    }

    /// The digests of all tensors, a column a run.
    private var states: String {
        let steps = result.variations.first?.states.map(\.step) ?? []
        return HTML.table(
            head: ["step"] + result.variations.map(\.name),
            rows: steps.map { step in
                [NumberText.count(step)]
                    + result.variations.map { run in
                        let digest = run.states.first { $0.step == step }?.digest
                        return "<code>\(HTML.escaped(String((digest ?? "-").prefix(12))))</code>"
                    }
            }, labels: 0)
    }
}
