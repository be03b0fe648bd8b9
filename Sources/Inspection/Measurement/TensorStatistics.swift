/// What one pass over a tensor's elements says.
public struct TensorStatistics: Sendable, Hashable, Codable {
    /// How the root mean squares of a matrix's channels are spread.
    public struct Channels: Sendable, Hashable, Codable {
        /// The median over channels.
        public var median: Double
        /// The largest.
        public var largest: Double
        /// Which channel has it, from 0.
        public var index: Int
        /// How many channels are zero throughout.
        public var silent: Int
        /// How many there are.
        public var count: Int

        /// Largest over median; nil where the median is zero.
        public var ratio: Double? { median > 0 ? largest / median : nil }

        /// The spread of sums of squares, one a channel.
        ///
        /// - Parameters:
        ///   - squares: The sums; at least one.
        ///   - extent: How many elements each is over.
        init(squares: [Double], over extent: Int) {
            let sizes = squares.map { ($0 / Double(max(extent, 1))).squareRoot() }
            let sorted = sizes.sorted()
            let middle = sorted.count / 2
            median =
                sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
            largest = sorted.last ?? 0
            index = sizes.firstIndex(of: largest) ?? 0
            silent = squares.count { $0 == 0 }
            count = squares.count
        }
    }

    /// The number of elements.
    public var count: Int
    /// How many are nan or infinite; they are left out of everything else.
    public var nonFinite: Int
    /// The 2-norm over all elements.
    public var frobenius: Double
    /// The largest magnitude.
    public var largest: Double
    /// The rows of the stored matrix; nil where there are too few to compare.
    public var rows: Channels?
    /// The columns of the stored matrix.
    public var columns: Channels?

    /// The root of the mean square.
    public var rootMeanSquare: Double {
        count > nonFinite ? frobenius / Double(count - nonFinite).squareRoot() : 0
    }
    /// The share of elements that are nan or infinite.
    public var nonFiniteShare: Double { count > 0 ? Double(nonFinite) / Double(count) : 0 }
}
