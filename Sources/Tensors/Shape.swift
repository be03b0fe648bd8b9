/// The extents of a tensor's axes, outermost first; elements are stored row-major.
///
/// A scalar has the empty shape.
public struct Shape: Sendable, Hashable, Codable, ExpressibleByArrayLiteral {
    /// The extent of each axis, none of them negative.
    public let dimensions: [Int]

    /// Creates a shape.
    ///
    /// - Precondition: No extent is negative, and their product fits an `Int`.
    public init(_ dimensions: [Int]) {
        precondition(dimensions.allSatisfy { $0 >= 0 }, "Shape: negative extent in \(dimensions)")
        self.dimensions = dimensions
    }

    /// Creates a shape, or nil when an extent is negative or the number of elements does not fit an
    /// `Int`.
    public init?(checking dimensions: [Int]) {
        var count = 1
        for extent in dimensions where extent != 0 {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard extent > 0, !overflow else { return nil }
            count = product
        }
        self.init(dimensions)
    }

    /// Creates a shape from its extents.
    public init(arrayLiteral elements: Int...) { self.init(elements) }

    /// The shape of a single number.
    public static let scalar: Shape = []

    /// The number of axes.
    public var rank: Int { dimensions.count }

    /// The number of elements.
    public var count: Int { dimensions.reduce(1, *) }

    /// The extent of `axis`.
    public subscript(axis: Int) -> Int { dimensions[axis] }

    /// For each axis the number of elements between neighbours along it.
    public var strides: [Int] {
        var strides = [Int](repeating: 1, count: rank)
        for axis in stride(from: rank - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] * dimensions[axis + 1]
        }
        return strides
    }
}

extension Shape: CustomStringConvertible {
    /// The extents in brackets, as `[16,128]`.
    public var description: String {
        "[" + dimensions.map(String.init).joined(separator: ",") + "]"
    }
}
