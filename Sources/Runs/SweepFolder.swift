import Formats
import Foundation

/// Where the parts of a sweep stand in its folder.
///
/// ```
/// sweep.json                what the newest command sweeps, written before its first cell
/// cells/NAME/               one run folder a cell; beside the run's own files cell.yaml, what it
///                           was asked to train, log.txt, and failed.txt when it failed
/// report.html summary.json figures/
/// ```
///
/// A study whose cells are named by their configuration keeps them in folders beside its own, which
/// `sweep.json` names, and shares them with the other studies there.
///
/// The state of the sweep is read from the folders of its cells, so any number of processes and any
/// interruption leave it right.
public struct SweepFolder: Sendable, Hashable {
    /// The folder's path.
    public let path: String
    /// The folders of cells that do not stand under `cells/`, by the cells' names.
    private let places: [String: String]

    /// Names a folder, which need not exist.
    public init(_ path: String) {
        self.path = path
        places = [:]
    }

    /// Names a folder whose cells stand where a plan says.
    ///
    /// - Parameters:
    ///   - path: The folder's path.
    ///   - plan: What is swept.
    public init(_ path: String, plan: Plan) {
        self.path = path
        places = plan.cells.reduce(into: [:]) { $0[$1.name] = $1.folder }
    }

    /// What is swept.
    public var plan: String { path + "/sweep.json" }
    /// The run folder of a cell.
    public func cell(_ name: String) -> RunFolder {
        let place = places[name] ?? "cells/" + name
        guard place.hasPrefix("../") else { return RunFolder(path + "/" + place) }
        // Without a step through the sweep's own folder, which need not exist yet.
        return RunFolder(Self.parent(of: path) + place.dropFirst(2))
    }

    /// The folder that holds another; `.` for that of a single name.
    package static func parent(of path: String) -> String {
        let whole = path.drop { $0 == "/" }
        let parts = whole.split(separator: "/")
        let parent = parts.dropLast().joined(separator: "/")
        if whole.count < path.count { return "/" + parent }
        return parent.isEmpty ? "." : parent
    }
    /// What a cell's process printed.
    public func log(_ name: String) -> String { cell(name).path + "/log.txt" }
    /// Why a cell failed; only there while it has.
    public func failure(_ name: String) -> String { cell(name).path + "/failed.txt" }

    /// What is swept, as `sweep.json` has it.
    public struct Plan: Sendable, Hashable, Codable {
        /// A cell.
        public struct Cell: Sendable, Hashable, Codable {
            /// The name of its folder.
            public var name: String
            /// The swept key paths and its values.
            public var settings: [String: SettingValue]
            /// Steps that it trains.
            public var steps: Int
            /// Its folder from the sweep's; `cells/` and the name when nil.
            public var folder: String?

            public init(
                name: String, settings: [String: SettingValue], steps: Int, folder: String? = nil
            ) {
                self.name = name
                self.settings = settings
                self.steps = steps
                self.folder = folder
            }
        }

        /// The version of this file; nil in folders of earlier versions.
        public var format: Int?
        /// The study's name.
        public var name: String
        /// The swept key paths, in the order of the study.
        public var axes: [String]
        /// The cells, in the order of the grid.
        public var cells: [Cell]

        public init(name: String, axes: [String], cells: [Cell]) {
            format = FormatVersion.sweep.current
            self.name = name
            self.axes = axes
            self.cells = cells
        }
    }

    /// Reads what is swept.
    ///
    /// - Throws: ``RunError/notARun(folder:missing:)`` when nothing is,
    ///   ``RunError/severalSweeps(folder:names:)`` where studies stand below.
    public func readPlan() throws(RunError) -> Plan {
        if let plan = try FormatVersion.decode(Plan.self, at: plan, .sweep) { return plan }
        // A command with several studies keeps each in a folder of its own.
        let inside = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
            .sorted()
            .filter { FileManager.default.fileExists(atPath: "\(path)/\($0)/sweep.json") }
        guard inside.isEmpty else {
            throw .severalSweeps(folder: path, names: inside)
        }
        throw .notARun(folder: path, missing: "sweep.json")
    }

    /// The state of a cell, from its folder; ``CellState/failed`` where that cannot be read.
    public func state(of name: String) -> CellState {
        let folder = cell(name)
        let result = Result { try folder.readResult() }
        if case .success(let result?) = result { return result.diverged ? .diverged : .finished }
        if FolderLock.isHeld(folder) { return .running }
        if case .failure = result { return .failed }
        if isFile(folder) { return .failed }
        if FileManager.default.fileExists(atPath: failure(name)) { return .failed }
        let hasBegun = folder.exists || FileManager.default.fileExists(atPath: folder.imported)
        return hasBegun ? .interrupted : .missing
    }

    /// Whether a file stands where a cell's folder should.
    private func isFile(_ folder: RunFolder) -> Bool {
        var isFolder: ObjCBool = false
        return unsafe FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder)
            && !isFolder.boolValue
    }

    /// Why a cell has failed, in a line; nil when it has not.
    public func problem(of name: String) -> String? {
        guard state(of: name) == .failed else { return nil }
        let path = cell(name).path
        if isFile(cell(name)) { return "\(path): a file stands where its folder should; move it" }
        do {
            _ = try cell(name).readResult()
            let text = try WholeFile.read(failure(name)).map { String(decoding: $0, as: UTF8.self) }
            return text?.split(separator: "\n").last.map(String.init) ?? "it left no reason"
        } catch {
            return "\(error)"
        }
    }
}
