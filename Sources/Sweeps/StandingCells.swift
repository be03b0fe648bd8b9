import Datasets
import Formats
import Foundation
public import Runs
import Training

/// What stands in a sweep's folder, held against what its study asks for.
///
/// A cell is found by what it trains on which data, not by the name of its folder: a sweep with another
/// grid, moved, or read under another path takes what is equal. What differs is refused before anything is
/// trained.
public struct StandingCells {
    /// The study, each cell with the folder where it stands or will stand.
    public let study: Study
    /// The sweep's folder.
    public let folder: SweepFolder
    /// Folders under `cells/` that hold runs and none of the study's.
    public let others: [String]
    /// What is asked for, by the names of cells.
    private let identities: [String: RunIdentity]
    private let accepting: IdentityAcceptance

    /// Finds the cells of a study.
    ///
    /// - Parameters:
    ///   - study: The study.
    ///   - path: The sweep's folder, which need not exist.
    ///   - engine: What computes, as `Training.Runs.RunIdentity.facts(of:)` has it; a fact that is left out
    ///     is not compared.
    ///   - accepting: What the user takes that is otherwise refused.
    ///   - isPart: Whether the study is a part of what the folder sweeps: its cells say where they stand.
    /// - Throws: `Datasets.DatasetError` for a text that cannot be read, `RunError` for a folder that cannot.
    public init(
        _ study: Study, in path: String, engine: [String: String]?, accepting: IdentityAcceptance,
        isPart: Bool = false
    ) throws {
        self.accepting = accepting
        var digests: [TextSource: String] = [:]
        var identities: [String: RunIdentity] = [:]
        for cell in study.cells {
            let source = cell.configuration.textSource
            let data = try digests[source] ?? source.digest()
            digests[source] = data
            identities[cell.name] = RunIdentity(cell.configuration, data: data, engine: engine)
        }
        self.identities = identities
        let found =
            study.isKeyed || isPart
            ? (study: study, others: []) : try Self.place(study, in: path, identities)
        self.study = found.study
        others = found.others
        folder = SweepFolder(path, plan: found.study.plan)
    }

    /// Gives cells the folders in which earlier grids trained them under other names.
    private static func place(
        _ study: Study, in path: String, _ identities: [String: RunIdentity]
    ) throws -> (study: Study, others: [String]) {
        var study = study
        let cells = path + "/cells"
        let names =
            FileManager.default.fileExists(atPath: cells)
            ? try FileManager.default.contentsOfDirectory(atPath: cells).sorted() : []
        let own = Set(study.cells.map(\.name))
        var free = names.filter {
            !own.contains($0) && RunFolder(cells + "/" + $0).exists
        }
        let standing = Set(names)
        let missing = study.cells.indices.filter {
            let name = study.cells[$0].name
            return !standing.contains(name) || !RunFolder(cells + "/" + name).exists
        }
        guard !missing.isEmpty, !free.isEmpty else { return (study, free) }
        var known: [String: String] = [:]
        for name in free {
            // One that cannot be read is none of these.
            guard let run = try? RunFolder(cells + "/" + name).recordedRun(),
                let configuration = run.identities.compactMap(\.configuration).first
            else { continue }
            let identity = RunIdentity(
                configuration: configuration, data: run.identities.compactMap(\.data).first)
            known[identity.folderName] = name
        }
        var taken: Set<String> = []
        for index in missing {
            guard let identity = identities[study.cells[index].name],
                let name = known[identity.folderName]
            else { continue }
            study.cells[index].folder = "cells/" + name
            taken.insert(name)
        }
        free.removeAll { taken.contains($0) }
        return (study, free)
    }

    /// Checks all cells that have begun.
    ///
    /// - Throws: `RunError.otherIdentity(folder:differences:others:)` and
    ///   `RunError.unknownIdentity(folder:parts:others:)` for the first that is not what is asked for.
    public func check() throws { _ = try checkedStates() }

    /// Checks all cells that have begun, and says where all stand; one whose files cannot be read is to be begun
    /// anew.
    ///
    /// - Returns: The states by the names of cells.
    /// - Throws: As ``check()``.
    package func checkedStates() throws -> [String: CellState] {
        var first: RunError?
        var count = 0
        var states: [String: CellState] = [:]
        for cell in study.cells {
            var state = folder.state(of: cell.name)
            do {
                try checkReadable(cell)
            } catch let error as RunError {
                switch error {
                case .otherIdentity, .unknownIdentity:
                    count += 1
                    first = first ?? error
                default: state = Self.unreadable(state)
                }
            } catch {
                state = Self.unreadable(state)
            }
            states[cell.name] = state
        }
        switch first {
        case .otherIdentity(let folder, let differences, _):
            throw RunError.otherIdentity(
                folder: folder, differences: differences, others: count - 1)
        case .unknownIdentity(let folder, let parts, _):
            throw RunError.unknownIdentity(folder: folder, parts: parts, others: count - 1)
        default: return states
        }
    }

    /// The state of a cell whose files cannot be read.
    private static func unreadable(_ state: CellState) -> CellState {
        [.finished, .diverged].contains(state) ? .interrupted : state
    }

    /// Why a cell is not what is asked for; nil where it is, has not begun, or cannot be read, which its
    /// own process says.
    func refusal(of cell: Study.Cell) -> RunError? {
        do {
            try checkReadable(cell)
            return nil
        } catch let error as RunError {
            switch error {
            case .otherIdentity, .unknownIdentity: return error
            default: return nil
            }
        } catch {
            return nil
        }
    }

    /// The state of a cell; interrupted where its files cannot be read.
    func state(of cell: Study.Cell) -> CellState {
        let state = folder.state(of: cell.name)
        guard [.finished, .diverged].contains(state) else { return state }
        do {
            try checkReadable(cell)
        } catch {
            return .interrupted
        }
        return state
    }

    /// Checks a cell.
    ///
    /// - Throws: As ``check()``, and an error for files that cannot be read.
    func checkReadable(_ cell: Study.Cell) throws {
        guard let identity = identities[cell.name] else { return }
        try folder.cell(cell.name).check(
            identity, of: cell.configuration, accepting: accepting)
    }
}
