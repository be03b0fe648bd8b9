/// How much of the spread of a table comes from its rows, from its columns, and from both together.
///
/// ```
/// yᵢⱼ = μ + aᵢ + bⱼ + eᵢⱼ,   var y = σ²_rows + σ²_columns + σ²_residual
/// ```
///
/// Rows and columns are drawn at random (orders of the data, seeds of the weights), one number for each
/// pair. The estimates are those of the method of moments, from the mean squares of a two-way analysis
/// of variance: `σ²_rows = (MS_rows − MS_residual) / columns`. Such an estimate may be negative, which a
/// variance is not: it is then zero, and ``Component/isClamped`` says so. The residual holds what a row
/// does with one column and not with another; for runs that repeat bit by bit it holds nothing else.
///
/// Source: Searle, Casella and McCulloch, Variance Components (1992), chapter 4.
public struct VarianceComponents: Sendable, Hashable {
    /// One source of spread.
    public struct Component: Sendable, Hashable {
        /// The estimate σ², zero where the method of moments gives less.
        public let variance: Double
        /// Whether it gave less.
        public let isClamped: Bool
        /// The mean square.
        public let meanSquare: Double
        /// The degrees of freedom of the mean square.
        public let degreesOfFreedom: Int
        /// Where σ lies.
        public let deviationInterval: ClosedRange<Double>
        /// The probability of a mean square as large as this over the residual's, if σ were zero; nil
        /// for the residual.
        public let probability: Double?

        /// The estimate σ.
        public var deviation: Double { variance.squareRoot() }
    }

    /// The mean of the table.
    public let mean: Double
    /// The spread that rows make.
    public let rows: Component
    /// The spread that columns make.
    public let columns: Component
    /// The rest.
    public let residual: Component

    /// Estimates the components; nil for a table without replicates, with rows of unequal length, or a
    /// number that is not finite.
    ///
    /// Intervals of σ are, for the residual, those of χ²; for rows and columns those of Williams (1962)
    /// and Tukey, which hold at least about as often as asked for.
    ///
    /// - Parameters:
    ///   - table: Rows of equal length: at least two of at least two finite numbers.
    ///   - confidence: The share of intervals that are to hold, between 0 and 1.
    public init?(_ table: [[Double]], confidence: Double = 0.95) {
        let (rowCount, columnCount) = (table.count, table.first?.count ?? 0)
        guard rowCount >= 2, columnCount >= 2, table.allSatisfy({ $0.count == columnCount }),
            table.joined().allSatisfy(\.isFinite), confidence > 0, confidence < 1
        else { return nil }
        let (p, s) = (Double(rowCount), Double(columnCount))
        let mean = table.joined().reduce(0, +) / (p * s)
        let rowMeans = table.map { $0.reduce(0, +) / s }
        let columnMeans = (0..<columnCount).map { column in
            table.reduce(0) { $0 + $1[column] } / p
        }
        let rowSquares = s * rowMeans.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let columnSquares = p * columnMeans.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        var rest = 0.0
        for (row, rowMean) in zip(table, rowMeans) {
            for (value, columnMean) in zip(row, columnMeans) {
                let distance = value - rowMean - columnMean + mean
                rest += distance * distance
            }
        }
        self.mean = mean
        let freedom = (rowCount - 1) * (columnCount - 1)
        let residual = (square: rest / Double(freedom), freedom: freedom)
        let tail = (1 - confidence) / 2
        rows = Self.component(rowSquares, rowCount - 1, over: s, residual, tail)
        columns = Self.component(columnSquares, columnCount - 1, over: p, residual, tail)
        let chi = ChiSquaredDistribution(degreesOfFreedom: Double(freedom))
        self.residual = Component(
            variance: residual.square, isClamped: false, meanSquare: residual.square,
            degreesOfFreedom: freedom,
            deviationInterval: (rest / chi.quantile(1 - tail))
                .squareRoot()...(rest / chi.quantile(tail))
                .squareRoot(), probability: nil)
    }

    private static func component(
        _ squares: Double, _ freedom: Int, over count: Double,
        _ residual: (square: Double, freedom: Int), _ tail: Double
    ) -> Component {
        let square = squares / Double(freedom)
        let estimate = (square - residual.square) / count
        let fisher = FisherDistribution(Double(freedom), Double(residual.freedom))
        let chi = ChiSquaredDistribution(degreesOfFreedom: Double(freedom))
        func end(_ probability: Double) -> Double {
            let above = squares - Double(freedom) * residual.square * fisher.quantile(probability)
            return (max(above, 0) / (count * chi.quantile(probability))).squareRoot()
        }
        return Component(
            variance: max(estimate, 0), isClamped: estimate < 0, meanSquare: square,
            degreesOfFreedom: freedom, deviationInterval: end(1 - tail)...end(tail),
            probability: fisher.probability(
                above: residual.square > 0
                    ? square / residual.square : square > 0 ? .infinity : 0))
    }

    /// The variance of the numbers of one column: that of rows and residual together.
    public var withinColumns: Combined { Combined(rows, residual) }
    /// The variance of the numbers of one row.
    public var withinRows: Combined { Combined(columns, residual) }

    /// A variance made up of a component and the residual.
    public struct Combined: Sendable, Hashable {
        /// The standard deviation.
        public let deviation: Double
        /// The degrees of freedom by Satterthwaite's rule (1946).
        public let degreesOfFreedom: Double

        /// What is added up, each with its degrees of freedom.
        private let parts: [Part]
        private struct Part: Sendable, Hashable {
            var value: Double
            var freedom: Double
        }

        /// Adds up `MS/k + (1 − 1/k) MS_residual`, which is unbiased, k the numbers that each mean
        /// square of the component averages over.
        init(_ component: Component, _ residual: Component) {
            let k = Double(residual.degreesOfFreedom / component.degreesOfFreedom + 1)
            parts = [
                Part(
                    value: component.meanSquare / k, freedom: Double(component.degreesOfFreedom)),
                Part(
                    value: residual.meanSquare * (k - 1) / k,
                    freedom: Double(residual.degreesOfFreedom)),
            ]
            let variance = parts[0].value + parts[1].value
            let squares = parts.reduce(0) { $0 + $1.value * $1.value / $1.freedom }
            deviation = variance.squareRoot()
            degreesOfFreedom = squares > 0 ? variance * variance / squares : parts[0].freedom
        }

        /// Where the standard deviation lies, by the modified large-sample interval of Graybill and
        /// Wang (1980), exact where either part is all of the variance.
        ///
        /// - Parameter confidence: The share of intervals that are to hold.
        /// - Returns: From low to high.
        public func interval(confidence: Double = 0.95) -> ClosedRange<Double> {
            var (below, above) = (0.0, 0.0)
            for part in parts {
                let chi = ChiSquaredDistribution(degreesOfFreedom: part.freedom)
                let low = part.value * (1 - part.freedom / chi.quantile((1 + confidence) / 2))
                let high = part.value * (part.freedom / chi.quantile((1 - confidence) / 2) - 1)
                below += low * low
                above += high * high
            }
            let variance = deviation * deviation
            return max(variance - below.squareRoot(), 0)
                .squareRoot()...(variance
                + above.squareRoot()).squareRoot()
        }

        /// This standard deviation over another, by Fisher's F.
        ///
        /// Satterthwaite's degrees of freedom make it an approximation.
        ///
        /// - Parameters:
        ///   - other: That of an independent table.
        ///   - confidence: The share of intervals that are to hold.
        /// - Returns: Nil where the other is zero.
        public func ratio(
            to other: Combined, confidence: Double = 0.95
        ) -> (value: Double, low: Double, high: Double)? {
            guard other.deviation > 0 else { return nil }
            let fisher = FisherDistribution(degreesOfFreedom, other.degreesOfFreedom)
            let value = deviation / other.deviation
            return (
                value, value / fisher.quantile((1 + confidence) / 2).squareRoot(),
                value / fisher.quantile((1 - confidence) / 2).squareRoot()
            )
        }
    }
}
