import Documents
import Foundation
public import Runs

/// What a page says of a sweep besides its numbers: what was trained, and where each run stands.
public struct SweepContext: Sendable {
    /// What the runs have in common.
    var facts = TrainingFacts()
    /// Where the folders of runs stand from the page, by the runs' names.
    var places: [String: String] = [:]

    /// Nothing known.
    public init() {}

    /// Reads it from a sweep's folder.
    ///
    /// - Parameter folder: The folder, which has a plan.
    /// - Throws: `RunError` where the plan does not parse.
    public init(_ folder: SweepFolder) throws(RunError) {
        let plan = try folder.readPlan()
        for cell in plan.cells { places[cell.name] = cell.folder ?? "cells/" + cell.name }
        let sweep = SweepFolder(folder.path, plan: plan)
        for cell in plan.cells {
            // A manifest that cannot be read is no reason for a page without numbers.
            guard let manifest = try? sweep.cell(cell.name).readManifest() else { continue }
            facts = TrainingFacts(manifest, swept: Set(plan.axes))
            return
        }
    }

    /// A run's name as a link to its folder.
    func link(_ name: String) -> String {
        let text = HTML.escaped(name)
        guard let place = places[name],
            let address = place.addingPercentEncoding(withAllowedCharacters: Self.plain)
        else { return text }
        return "<a href=\"\(HTML.escaped(address))/\">\(text)</a>"
    }

    /// What stands in an address as it is.
    private static let plain = CharacterSet(
        charactersIn:
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/,=+")
}
