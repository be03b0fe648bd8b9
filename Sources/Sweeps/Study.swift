import Foundation
import OrderedCollections
public import Runs
public import Training
package import Yams

/// A grid of runs: a base configuration, lists of values for key paths, seeds.
///
/// ```yaml
/// name: quickstart
/// base:
///   steps: 400
/// grid:
///   model.width: [32, 64]
///   optimizer.learning-rate: [1e-3, 1e-2]
/// seeds: [0]
/// ```
///
/// `base` is a mapping or the path of a file, from the folder of the study. A list of numbers that grow
/// by one factor may be written `{from: 1e-3, factor: 2, count: 9}`. The axis `interventions` takes names
/// of `Training.InterventionCatalog` and lists of them: `[none, qk-norm, [qk-norm, z-loss]]`. What
/// `transfer` says is for `TransferStudy`, what `findings` says for `FindingStudy`.
public struct Study: Sendable {
    /// One point of the grid.
    public struct Cell: Sendable {
        /// The name of its folder: the swept keys and values.
        public var name: String
        /// The swept key paths and its values.
        public var settings: [String: SettingValue]
        /// The resolved configuration.
        public var configuration: RunConfiguration
        /// Its folder from the sweep's, where that is not `cells/` and the name.
        public var folder: String?
        /// Steps that another run has taken for it: it goes on from there, as
        /// `Training.Run.branch(from:after:)` says.
        public var startStep = 0

        /// Describes a point.
        package init(
            name: String, settings: [String: SettingValue], configuration: RunConfiguration,
            folder: String? = nil, startStep: Int = 0
        ) {
            self.name = name
            self.settings = settings
            self.configuration = configuration
            self.folder = folder
            self.startStep = startStep
        }

        /// The name of its configuration: that of its folder where it is keyed, which spares making it anew.
        public var digest: String {
            guard let folder, folder.hasPrefix(Study.contentAddressedPrefix) else {
                return configuration.digest
            }
            return String(folder.dropFirst(Study.contentAddressedPrefix.count))
        }

        /// Steps that it trains itself.
        public var ownSteps: Int { configuration.steps - startStep }
    }

    /// The study's name.
    public var name: String
    /// The swept key paths, in order; `seed` is last when there are several.
    public var axes: [String]
    /// All points, the last axis fastest.
    public var cells: [Cell]

    /// Creates a study.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - axes: The swept key paths, in order.
    ///   - cells: All points.
    package init(name: String, axes: [String], cells: [Cell]) {
        self.name = name
        self.axes = axes
        self.cells = cells
    }

    /// Reads a study file.
    ///
    /// - Parameters:
    ///   - path: A YAML file.
    ///   - overrides: `KEY.PATH=VALUE`, applied to every cell.
    ///   - seeds: Seeds in place of the file's.
    /// - Throws: `ConfigurationError` for what does not parse or fit together.
    public init(
        path: String, overrides: [String] = [], seeds: [UInt64]? = nil
    ) throws(ConfigurationError) {
        let node = try ConfigurationFile.yaml(at: path)
        guard case .mapping(let mapping) = node else {
            throw .malformed(source: path, key: "", reason: "is not a mapping")
        }
        let known = Self.fileKeys.map(\.name)
        for key in mapping.keys.compactMap(\.string) where !known.contains(key) {
            throw .unknownKey(source: path, key: key, nearest: [], siblings: known)
        }
        let fileName = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
        name = mapping["name"]?.string ?? fileName
        try Self.requireFolder(named: name, path)
        var base: Node
        if let given = mapping["base"] {
            base = given
        } else {
            base = try ConfigurationFile.yaml(of: "", source: path)
        }
        if let file = base.string {
            guard !["", "~", "null"].contains(file) else {
                throw .malformed(
                    source: path, key: "base",
                    reason: "is empty; write keys of a configuration below it, or name a file")
            }
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            let isWhole = file.hasPrefix("/") || file.hasPrefix("~")
            base = try ConfigurationFile.yaml(at: isWhole ? file : folder + "/" + file)
        }
        var axes: [Axis] = []
        if let variants = mapping["variants"] { axes.append(try Self.variants(variants, path)) }
        if let factors = mapping["factors"] {
            guard mapping["variants"] == nil else {
                throw .malformed(
                    source: path, key: "factors",
                    reason: "stands beside variants, and each of them would be one; give either")
            }
            axes.append(try Self.factors(factors, path))
        }
        if let sizes = mapping["sizes"] { axes.append(try Self.sizes(sizes, path)) }
        if let grid = mapping["grid"] {
            guard case .mapping(let lists) = grid, !lists.isEmpty else {
                throw .malformed(
                    source: path, key: "grid",
                    reason: "holds no key paths with values; write one below it, as "
                        + "optimizer.learning-rate: [1e-3, 1e-2]")
            }
            for (key, list) in lists {
                axes.append(
                    Axis(key.string ?? "", try Self.axis(key.string ?? "", list, path).values))
            }
        }
        if let seeds {
            axes.append(Axis("seed", seeds.map { Node("\($0)") }))
        } else if let seeds = mapping["seeds"] {
            axes.append(Axis("seed", try Self.axis("seed", seeds, path).values))
        }
        try Self.requireCells(axes.map(\.points.count), path)
        try Self.refuseSwept(overrides, axes, path)
        var cells: [Cell] = []
        var runs: [String: String] = [:]
        var reader = ConfigurationReader()
        for points in Self.product(axes.map(\.points)) {
            let configuration = try reader.configuration(
                from: base, source: path, overrides: overrides,
                settings: points.flatMap(\.overrides))
            try configuration.requireByteTokens()
            // A single seed is part of the configuration and not of the grid.
            let swept = zip(axes, points).filter { axis, _ in
                axis.keys != ["seed"] || axis.points.count > 1
            }.flatMap { $1.shown }
            // Name and settings say what was resolved, however it was spelled.
            let cell = Self.cell(swept, configuration)
            if let other = runs.updateValue(cell.name, forKey: configuration.digest) {
                throw .malformed(
                    source: path, key: "grid",
                    reason: other == cell.name
                        ? "\(other) appears twice; take one value away"
                        : "\(other) and \(cell.name) are the same run; take one value away")
            }
            cells.append(cell)
        }
        self.cells = cells
        self.axes = axes.filter { $0.keys != ["seed"] || $0.points.count > 1 }.flatMap(\.keys)
        if let twice = Dictionary(grouping: cells, by: \.name).first(where: { $0.value.count > 1 })
        {
            throw .malformed(
                source: path, key: "grid",
                reason: "\(twice.key) appears twice; take one value away")
        }
    }

    /// An override of a key to which every point of an axis gives its own value would say nothing.
    private static func refuseSwept(
        _ overrides: [String], _ axes: [Axis], _ path: String
    ) throws(ConfigurationError) {
        var swept: Set<String> = []
        for axis in axes {
            swept.formUnion(shared(axis.points.map { Set($0.overrides.map(key)) }))
        }
        try refuse(overrides, of: swept, path)
    }

    /// The key of `KEY.PATH=VALUE`.
    private static func key(_ override: String) -> String { String(override.prefix { $0 != "=" }) }

    /// Refuses a study's name that no folder of its own can have.
    package static func requireFolder(named name: String, _ path: String) throws(ConfigurationError)
    {
        guard !name.isEmpty, name != "cells", !name.hasPrefix(".") else {
            throw .malformed(
                source: path, key: "name",
                reason: "\"\(name)\" names no folder of a study: give a word other than cells")
        }
    }

    /// The keys that all points have.
    package static func shared(_ points: [Set<String>]) -> Set<String> {
        points.dropFirst().reduce(points.first ?? []) { $0.intersection($1) }
    }

    /// Refuses overrides of keys to which every run of a study gives a value of its own.
    package static func refuse(
        _ overrides: [String], of swept: Set<String>, _ path: String
    ) throws(ConfigurationError) {
        for override in overrides where swept.contains(key(override)) {
            throw .malformed(
                source: path, key: key(override),
                reason:
                    "has a value of its own in every run, so that --set \(override) would change "
                    + "nothing; change the study"
                    + (key(override) == "seed" ? ", or give --seeds N" : ""))
        }
    }

    /// What is swept, as the folder records it.
    public var plan: SweepFolder.Plan {
        SweepFolder.Plan(
            name: name, axes: axes,
            cells: cells.map {
                .init(
                    name: $0.name, settings: $0.settings, steps: $0.configuration.steps,
                    folder: $0.folder)
            })
    }

    /// The study with each cell in a folder named by its resolved configuration, beside the sweep's own
    /// folder, so that studies in one directory share the cells that they have in common.
    public var contentAddressed: Study {
        var copy = self
        for index in copy.cells.indices {
            copy.cells[index].folder =
                Self.contentAddressedPrefix + copy.cells[index].configuration.digest
        }
        return copy
    }

    /// Where cells stand that are named by their configuration.
    fileprivate static let contentAddressedPrefix = "../cells/"

    /// Whether cells stand in folders named by their configuration.
    var isKeyed: Bool {
        cells.allSatisfy { $0.folder?.hasPrefix(Self.contentAddressedPrefix) ?? false }
    }

    private static func axis(
        _ key: String, _ list: Node, _ path: String
    ) throws(ConfigurationError) -> (key: String, values: [Node]) {
        if case .mapping(let rule) = list { return (key, try geometric(rule, key, path)) }
        let place = key == "seed" ? "seeds" : "grid.\(key)"
        guard case .sequence(let values) = list, !values.isEmpty else {
            let example = key == "seed" ? "[0, 1, 2]" : "[A, B]"
            throw .malformed(
                source: path, key: place,
                reason: "is not a list of values, or an empty one; give \(example)")
        }
        // A list of interventions stands in one value, as `qk-norm+z-loss`.
        let words = values.map { value in
            if value.string?.isEmpty ?? false { return Node("null") }
            guard key == "interventions", let names = value.sequence?.map(\.string),
                !names.contains(nil)
            else { return value }
            return Node(names.isEmpty ? "none" : names.compactMap(\.self).joined(separator: "+"))
        }
        guard words.allSatisfy({ $0.string != nil }) else {
            throw .malformed(
                source: path, key: place, reason: "has a value that is neither a word nor a number")
        }
        return (key, words)
    }

    /// The numbers that `{from:, factor:, count:}` stands for, in five digits.
    private static func geometric(
        _ rule: Node.Mapping, _ key: String, _ path: String
    ) throws(ConfigurationError) -> [Node] {
        let keys = Set(rule.keys.compactMap(\.string))
        guard keys == ["from", "factor", "count"], let from = rule["from"]?.float,
            let factor = rule["factor"]?.float, let count = rule["count"]?.int, from > 0,
            factor > 0,
            factor != 1, from.isFinite, factor.isFinite, (1...1000).contains(count)
        else {
            throw .malformed(
                source: path, key: "grid.\(key)",
                reason: "is neither a list of values nor positive numbers {from: 1e-3, factor: 2, "
                    + "count: 9}")
        }
        return (0..<count).map { index in
            let value = from * pow(factor, Double(index))
            let rounded = Double(String(format: "%.5g", value)) ?? value
            return Node(Int(exactly: rounded).map(String.init) ?? "\(rounded)")
        }
    }

    /// Settings that change together, point by point.
    private struct Axis {
        struct Point {
            /// What the cell's name and settings show.
            var shown: [(String, String)]
            /// `KEY.PATH=VALUE`.
            var overrides: [String]
        }
        var keys: [String]
        var points: [Point]

        init(keys: [String], points: [Point]) {
            self.keys = keys
            self.points = points
        }

        /// One key with its values.
        init(_ key: String, _ values: [Node]) {
            keys = [key]
            points = values.map { value in
                let text = value.string ?? ""
                return Point(shown: [(key, text)], overrides: ["\(key)=\(text)"])
            }
        }
    }

    /// The key paths and values of a mapping.
    package static func settings(
        _ node: Node, _ place: String, _ path: String
    ) throws(ConfigurationError) -> [(String, String)] {
        guard case .mapping(let mapping) = node else {
            throw .malformed(
                source: path, key: place, reason: "is not a mapping of key paths to values")
        }
        var settings: [(String, String)] = []
        for (key, value) in mapping {
            guard let key = key.string else {
                throw .malformed(source: path, key: place, reason: "has a key that is not a word")
            }
            let list = value.sequence.map { $0.map(\.string) }
            if let list, !list.contains(nil) {
                settings.append((key, "[\(list.compactMap(\.self).joined(separator: ", "))]"))
            } else if let value = value.string {
                settings.append((key, value))
            } else {
                throw .malformed(
                    source: path, key: "\(place).\(key)",
                    reason:
                        "is not a word, a number or a list of them; write keys below it with dots, as "
                        + "optimizer.weight-decay.form")
            }
        }
        return settings
    }

    private static func sizes(
        _ node: Node, _ path: String
    ) throws(ConfigurationError) -> Axis {
        guard case .sequence(let list) = node, !list.isEmpty else {
            throw .malformed(source: path, key: "sizes", reason: "is not a list of mappings")
        }
        var points: [Axis.Point] = []
        for (index, entry) in list.enumerated() {
            let settings = try settings(entry, "sizes[\(index)]", path)
            points.append(.init(shown: settings, overrides: settings.map { "\($0)=\($1)" }))
        }
        return Axis(keys: Array(OrderedSet(points.flatMap { $0.shown.map(\.0) })), points: points)
    }

    private static func variants(
        _ node: Node, _ path: String
    ) throws(ConfigurationError) -> Axis {
        guard case .mapping(let mapping) = node, !mapping.isEmpty else {
            throw .malformed(source: path, key: "variants", reason: "is not a mapping by name")
        }
        var points: [Axis.Point] = []
        for (name, entry) in mapping {
            let name = name.string ?? ""
            let settings = try settings(entry, "variants.\(name)", path)
            points.append(
                .init(
                    shown: [("variant", name)], overrides: settings.map { "\($0)=\($1)" }))
        }
        return Axis(keys: ["variant"], points: points)
    }

    /// What separates the factors of a variant's name.
    package static let factorSeparator: Character = "+"

    /// The variants of a factorial design: each set of factors that are in, `none` for the empty one.
    private static func factors(_ node: Node, _ path: String) throws(ConfigurationError) -> Axis {
        guard case .mapping(let mapping) = node, (2...6).contains(mapping.count) else {
            throw .malformed(
                source: path, key: "factors",
                reason: "is not a mapping of two to six names to keys, as {qk-norm: "
                    + "{model.qk-norm: true}, z-loss: {loss.z-loss: 1e-4}}")
        }
        var factors: [(name: String, settings: [(String, String)])] = []
        for (name, entry) in mapping {
            let name = name.string ?? ""
            guard !name.isEmpty, !name.contains(factorSeparator), name != "none" else {
                throw .malformed(
                    source: path, key: "factors.\(name)",
                    reason: "is not a name for a factor; use a word other than none, without "
                        + "\(factorSeparator)")
            }
            factors.append((name, try settings(entry, "factors.\(name)", path)))
        }
        let keys = factors.flatMap { $0.settings.map(\.0) }
        if let twice = keys.first(where: { key in keys.count { $0 == key } > 1 }) {
            throw .malformed(
                source: path, key: "factors",
                reason: "\(twice) stands in two of them: what both together are is not said")
        }
        let points = (0..<1 << factors.count).map { set in
            let present = factors.enumerated().filter { set >> $0.offset & 1 == 1 }.map(\.element)
            let name = present.map(\.name).joined(separator: String(factorSeparator))
            return Axis.Point(
                shown: [("variant", name.isEmpty ? "none" : name)],
                overrides: present.flatMap { $0.settings.map { "\($0)=\($1)" } })
        }
        return Axis(keys: ["variant"], points: points)
    }

    /// Checks that no run appears twice in the grid, where cells are named by their configuration.
    ///
    /// - Parameter path: The file.
    /// - Throws: ``ConfigurationError`` for the first that does.
    package func requireDistinctCells(source path: String) throws(ConfigurationError) {
        var names: [String: String] = [:]
        for cell in cells {
            if let other = names.updateValue(cell.name, forKey: cell.folder ?? cell.name) {
                throw .malformed(
                    source: path, key: "grid",
                    reason: "\(other) and \(cell.name) are the same run; take one value away")
            }
        }
    }

    private static func product<Element>(_ lists: [[Element]]) -> [[Element]] {
        lists.reduce([[]]) { rows, list in rows.flatMap { row in list.map { row + [$0] } } }
    }

    package static func setting(_ text: String) -> SettingValue {
        switch text {
        case "true": .flag(true)
        case "false": .flag(false)
        default: Double(text).map(SettingValue.number) ?? .text(text)
        }
    }
}
