package import Documents
import Foundation
import RunTables
public import Runs

/// What a page says of a sweep besides its numbers: what was trained, and where each run stands.
public struct SweepContext: Sendable {
    /// What the runs have in common.
    package var facts = TrainingFacts()
    /// Where the folders of runs stand from the page, by the runs' names.
    var places: [String: String] = [:]
    /// The runs' names in their order.
    private(set) var order: [String] = []
    private var root: String?

    /// Nothing known.
    public init() {}

    /// Reads it from a sweep's folder.
    ///
    /// - Parameter folder: The folder, which has a plan.
    /// - Throws: `RunError` where the plan does not parse.
    public init(_ folder: SweepFolder) throws(RunError) {
        let plan = try folder.readPlan()
        for cell in plan.cells { places[cell.name] = cell.folder ?? "cells/" + cell.name }
        order = plan.cells.map(\.name)
        let sweep = SweepFolder(folder.path, plan: plan)
        for cell in plan.cells {
            // A manifest that cannot be read is no reason for a page without numbers.
            guard let manifest = try? sweep.cell(cell.name).readManifest() else { continue }
            facts = TrainingFacts(manifest, swept: Set(plan.axes))
            return
        }
    }

    /// Finds the runs that stand in or about the folder of a study's result: those of its plan, in folders of its own,
    /// of the plan beside it, or in its `cells`.
    ///
    /// - Parameter folder: The folder.
    package init(about folder: String) {
        let parent = SweepFolder(folder + "/..")
        if let own = try? SweepContext(SweepFolder(folder)) {
            self = own
        } else if let runs = Self(children: folder, "") {
            self = runs
        } else if let beside = try? SweepContext(parent) {
            self = beside
            places = beside.places.mapValues { "../" + $0 }
            order = beside.order
        } else if let cells = Self(children: folder + "/cells", "cells/") {
            self = cells
        }
        root = folder
    }

    /// The runs whose folders stand in a folder; nil for none.
    private init?(children folder: String, _ prefix: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names.sorted() where RunFolder(folder + "/" + name).exists {
            guard let manifest = try? RunFolder(folder + "/" + name).readManifest() else {
                continue
            }
            if places.isEmpty { facts = TrainingFacts(manifest) }
            places[name] = prefix + name
            order.append(name)
        }
        if places.isEmpty { return nil }
    }

    /// The runs with what they came to, each a link to its folder; nil where none is known.
    package var runs: Table? {
        guard let root, !order.isEmpty else { return nil }
        let rows = order.map { name -> [Table.Cell] in
            let run = RunFolder(root + "/" + (places[name] ?? ""))
            // A result that cannot be read is said where the runs are read.
            let result = try? run.readResult()
            let state =
                result.map { $0.diverged ? "diverged" : "finished" }
                ?? (run.exists ? "unfinished" : "missing")
            let link: Table.Cell =
                address(name).map { Table.Cell(links: [(text: name, target: $0 + "/")]) }
                ?? Table.Cell(name)
            return [
                link, Table.Cell(state, state == "finished" ? .plain : .alarm),
                Table.Cell(result?.finiteLoss.map(NumberText.loss) ?? "-"),
                Table.Cell(result.map { NumberText.count($0.stepsDone) } ?? "-"),
            ]
        }
        return Table(
            [.word("run"), .word("state"), .number("final loss"), .number("steps")], rows,
            note: "Each run links to its folder; click a heading to sort.", isSortable: true)
    }

    private func address(_ name: String) -> String? {
        places[name]?.addingPercentEncoding(withAllowedCharacters: Self.plain)
    }

    /// A run's name as a link to its folder.
    func link(_ name: String) -> String {
        let text = HTML.escaped(name)
        guard let address = address(name) else { return text }
        return "<a href=\"\(HTML.escaped(address))/\">\(text)</a>"
    }

    /// What stands in an address as it is.
    private static let plain = CharacterSet(
        charactersIn:
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/,=+")
}
