/// The width and the depth of a model, as far as they are known.
package struct ModelSize: Sendable, Hashable {
    /// The width of the residual stream.
    package var width: Int?
    /// The number of blocks.
    package var depth: Int?
}

/// What the sizes of a sweep differ in, and so what they are called.
package enum SizeNaming: Sendable {
    /// By the width alone.
    case width
    /// By the depth alone.
    case depth
    /// By both.
    case both

    init(_ sizes: [ModelSize]) {
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
    package func short(_ size: ModelSize) -> String { text(size, "", "", " x ") }

    /// A size in a sentence: `width 64`, or `width 64, depth 3`.
    package func long(_ size: ModelSize) -> String { text(size, "width ", "depth ", ", ") }

    private func text(
        _ size: ModelSize, _ width: String, _ depth: String, _ separator: String
    ) -> String {
        let width = width + (size.width.map(String.init) ?? "unknown")
        let depth = depth + (size.depth.map(String.init) ?? "unknown")
        return switch self {
        case .width: width
        case .depth: depth
        case .both: width + separator + depth
        }
    }
}
