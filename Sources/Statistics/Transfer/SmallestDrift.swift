import Foundation

/// The smallest drift that a study can see, from its design and the spread of an optimum.
///
/// Before a study the spread is an assumption or a pilot's; after it, that of its replicates.
public struct SmallestDrift: Sendable, Hashable {
    /// Half the width of the interval about the total drift, in octaves.
    public let halfWidth: Double
    /// The total drift, in octaves, whose interval leaves out zero in four of five studies.
    public let detectable: Double

    /// The share of studies that are to see the drift.
    public static let power = 0.8

    /// Computes what a design can see; nil for a design that has no interval.
    ///
    /// - Parameters:
    ///   - extents: The sizes, at least three different ones.
    ///   - seeds: Seeds of each size, at least two.
    ///   - spread: The standard deviation of one seed's optimum, in octaves.
    ///   - confidence: The share of intervals that are to hold.
    public init?(extents: [Double], seeds: Int, spread: Double, confidence: Double = 0.95) {
        let places = extents.map { log2($0) }
        guard Set(places).count >= 3, seeds >= 2, let first = places.min(),
            let last = places.max()
        else { return nil }
        let mean = places.reduce(0, +) / Double(places.count)
        let squares = places.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } * Double(seeds)
        let error = (last - first) * spread / squares.squareRoot()
        let student = StudentDistribution(degreesOfFreedom: Double(places.count * seeds - 2))
        halfWidth = student.quantile((1 + confidence) / 2) * error
        detectable = halfWidth + student.quantile(Self.power) * error
    }
}
