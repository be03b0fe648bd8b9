import Tensors

/// The distances of sizes from a fit and of seeds from their size's mean, to be drawn from.
struct ForecastNoise {
    private let distances: [Double]
    private let deviations: [Double]
    private let counts: [Int]
    /// The part of a seed's variance that the mean over seeds does not have.
    private let share: Double
    /// The standard deviation of one run about the fit.
    let scale: Double

    /// Takes the distances of means from a fit, scaled up for the freedom it took.
    init(_ logs: [[Double]], means: [Double], design: GrowthDesign) {
        let residuals = design.residuals(means)
        distances = zip(residuals, design.hat.indices).map { residual, index in
            residual / max(1 - design.hat[index][index], 1e-9).squareRoot()
        }
        deviations = zip(logs, means).flatMap { values, mean -> [Double] in
            let count = Double(values.count)
            guard values.count > 1 else { return [] }
            return values.map { ($0 - mean) * (count / (count - 1)).squareRoot() }
        }
        counts = logs.map(\.count)
        let inverse = counts.reduce(0) { $0 + 1 / Double($1) } / Double(counts.count)
        share = 1 - inverse
        let rest = residuals.reduce(0) { $0 + $1 * $1 } / Double(design.freedom)
        let seeds = deviations.reduce(0) { $0 + $1 * $1 } / Double(deviations.count)
        scale = (rest + seeds * share).squareRoot()
    }

    /// New means of all sizes, and the variance that one run has beside them.
    func draw(
        about fit: [Double], _ random: inout DrawSource
    ) -> (heights: [Double], variance: Double) {
        var (squares, freedom) = (0.0, 0)
        let heights = zip(fit, counts).map { height, count in
            var (sum, ownSquares) = (0.0, 0.0)
            for _ in 0..<count {
                let deviation = deviations[random.index(below: deviations.count)]
                sum += deviation
                ownSquares += deviation * deviation
            }
            squares += ownSquares - sum * sum / Double(count)
            freedom += count - 1
            return height + distance(&random) + sum / Double(count)
        }
        return (heights, freedom > 0 ? squares / Double(freedom) * share : 0)
    }

    /// What one more run differs from the fit by.
    func newRun(_ random: inout DrawSource) -> Double {
        let deviation = deviations[random.index(below: deviations.count)]
        return distance(&random) + deviation * share.squareRoot()
    }

    private func distance(_ random: inout DrawSource) -> Double {
        let index = random.index(below: 2 * distances.count)
        return index < distances.count
            ? distances[index] : -distances[index - distances.count]
    }
}

/// Whole numbers drawn one after the other, a function of a key.
struct DrawSource {
    private let key: RandomKey
    private var counter: UInt64 = 0
    private var words = SIMD4<UInt32>()
    private var used = 4

    init(_ key: RandomKey) { self.key = key }

    /// A number from 0, below a bound.
    mutating func index(below bound: Int) -> Int {
        if used == 4 {
            words = key.words(at: counter)
            counter += 1
            used = 0
        }
        defer { used += 1 }
        return Int((UInt64(words[used]) * UInt64(bound)) >> 32)
    }
}
