import Foundation

/// The exponent by which one quantity grows with another.
public enum LogLogSlope {
    /// The slope of log y against log x by least squares; nil with fewer than two different x, or
    /// where a number is not positive and finite.
    ///
    /// - Parameters:
    ///   - x: Where it was measured.
    ///   - y: What was measured, as many.
    /// - Returns: p of the fit y ∝ xᵖ.
    /// - Precondition: `x.count == y.count`.
    public static func of(_ x: [Double], _ y: [Double]) -> Double? {
        precondition(x.count == y.count, "LogLogSlope: \(x.count) places and \(y.count) values")
        guard Set(x).count > 1, (x + y).allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
        let (u, v) = (x.map { log($0) }, y.map { log($0) })
        let count = Double(u.count)
        let (meanU, meanV) = (u.reduce(0, +) / count, v.reduce(0, +) / count)
        let products = zip(u, v).map { ($0 - meanU) * ($1 - meanV) }.reduce(0, +)
        let squares = u.map { ($0 - meanU) * ($0 - meanU) }.reduce(0, +)
        return products / squares
    }
}
