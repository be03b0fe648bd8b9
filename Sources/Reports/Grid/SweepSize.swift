import Runs

/// The size of a model, as the sweep tells sizes apart.
package struct SweepSize: Sendable, Hashable {
    /// The width of the residual stream, when a result or the settings say it.
    package var width: Int?
    /// The number of blocks, when a result or the settings say it.
    package var depth: Int?

    /// Creates a size.
    package init(width: Int?, depth: Int?) {
        self.width = width
        self.depth = depth
    }

    /// Reads a cell's size from its result, or else from its settings, or else takes what all others
    /// have in common.
    init(_ cell: CellRecord, common: SweepSize = SweepSize(width: nil, depth: nil)) {
        width = cell.result?.width ?? cell.whole("width") ?? common.width
        depth = cell.result?.depth ?? cell.whole("depth") ?? common.depth
    }

    /// The width and the depth that all results share, each if it is one.
    static func common(of cells: [CellRecord]) -> SweepSize {
        func only(_ values: [Int]) -> Int? { Set(values).count == 1 ? values.first : nil }
        let results = cells.compactMap(\.result)
        return SweepSize(width: only(results.map(\.width)), depth: only(results.map(\.depth)))
    }

    /// Whether this size comes before another: by width, then by depth.
    static func precedes(_ a: Self, _ b: Self) -> Bool {
        (a.width ?? .max, a.depth ?? .max) < (b.width ?? .max, b.depth ?? .max)
    }
}

/// What the sizes of a sweep differ in, and so what they are called.
package enum SizeNaming: Sendable {
    /// By the width alone.
    case width
    /// By the depth alone.
    case depth
    /// By both.
    case both

    init(_ sizes: [SweepSize]) {
        let depths = Set(sizes.compactMap(\.depth)).count > 1
        let widths = Set(sizes.compactMap(\.width)).count > 1
        self = depths ? (widths ? .both : .depth) : .width
    }

    /// What a legend is headed.
    package var title: String {
        switch self {
        case .width: "width"
        case .depth: "depth"
        case .both: "width x depth"
        }
    }

    /// A size in a legend headed ``title``: `64`, or `64 x 3`.
    package func short(_ size: SweepSize) -> String {
        let width = size.width.map(String.init) ?? "unknown"
        let depth = size.depth.map(String.init) ?? "unknown"
        return switch self {
        case .width: width
        case .depth: depth
        case .both: "\(width) x \(depth)"
        }
    }

    /// A size in a sentence: `width 64`, or `width 64, depth 3`.
    package func long(_ size: SweepSize) -> String {
        let width = "width " + (size.width.map(String.init) ?? "unknown")
        let depth = "depth " + (size.depth.map(String.init) ?? "unknown")
        return switch self {
        case .width: width
        case .depth: depth
        case .both: "\(width), \(depth)"
        }
    }
}

extension CellRecord {
    /// The value of the swept setting whose key path ends in `name`.
    func setting(_ name: String) -> SettingValue? {
        settings.sorted { $0.key < $1.key }.first { Labels.lastPart($0.key) == name }?.value
    }

    /// The swept number whose key path ends in `name`.
    func number(_ name: String) -> Double? {
        guard case .number(let value) = setting(name) else { return nil }
        return value
    }

    /// The swept whole number whose key path ends in `name`.
    func whole(_ name: String) -> Int? { number(name).flatMap { Int(exactly: $0) } }
}
