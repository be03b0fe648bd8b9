/// How far one quantity rises where another does, whatever the shape of the rise.
///
/// Spearman's coefficient: the correlation of ranks, ties sharing the mean of theirs.
///
/// ```swift
/// RankCorrelation.of([1, 10, 100], [2, 3, 50])    // 1
/// ```
public enum RankCorrelation {
    /// The coefficient, from −1 to 1; nil for fewer than three pairs, a number that is none, or where all
    /// of one side are equal.
    ///
    /// - Parameters:
    ///   - x: One quantity; infinities rank as such.
    ///   - y: The other, as many.
    /// - Returns: 1 where both rise together, −1 where one falls as the other rises.
    /// - Precondition: `x.count == y.count`.
    public static func of(_ x: [Double], _ y: [Double]) -> Double? {
        precondition(x.count == y.count, "RankCorrelation: \(x.count) and \(y.count) values")
        guard x.count >= 3, !(x + y).contains(where: \.isNaN) else { return nil }
        let (u, v) = (ranks(x), ranks(y))
        let middle = Double(x.count + 1) / 2
        func sum(_ a: [Double], _ b: [Double]) -> Double {
            zip(a, b).reduce(0) { $0 + ($1.0 - middle) * ($1.1 - middle) }
        }
        let (squaresU, squaresV) = (sum(u, u), sum(v, v))
        guard squaresU > 0, squaresV > 0 else { return nil }
        return sum(u, v) / (squaresU * squaresV).squareRoot()
    }

    /// From 1, ties sharing the mean of their ranks.
    private static func ranks(_ values: [Double]) -> [Double] {
        values.map { value in
            let below = values.count { $0 < value }
            let equal = values.count { $0 == value }
            return Double(below) + Double(equal + 1) / 2
        }
    }
}
