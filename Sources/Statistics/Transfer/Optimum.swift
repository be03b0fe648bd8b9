import Foundation

/// Where a loss curve is lowest, between the points of its grid.
///
/// A parabola in the logarithm of the learning rate through the means over seeds of the five points
/// around the lowest. Near divergence curves rise faster on one side: the outer two points lose weight,
/// from one where the steeper rises six times as far as the other (a parabola's rise up to three times)
/// to none where it rises 24 times, gradually, so that noise does not switch between two answers.
///
/// The lowest point must have at least three learning rates of the grid on each side, or as many as asked
/// for. One at which a
/// seed diverged counts as a side, since it shows that the optimum is not beyond, and has no height. With
/// replicates the curve must bend upwards by more than three standard errors, and no other learning rate may
/// have a loss that is not told from the lowest behind a rise that is.
public struct Optimum: Sendable, Hashable {
    /// log₂ of the learning rate of the lowest loss.
    public let log2: Double
    /// The lowest loss in nats: of the parabola through the middle three points alone, since that
    /// through five lies beside the points where the curve is no parabola.
    public let loss: Double
    /// Half its second derivative, in nats per squared octave.
    public let curvature: Double
    /// The learning rates that the parabola passes by.
    public let window: [Double]
    /// How far each seed moves the optimum, in octaves and to first order; the mean is zero.
    ///
    /// To first order, since the vertex of a single seed's parabola is a ratio, which has no variance.
    public let deviations: [Double]

    /// The learning rate of the lowest loss.
    public var learningRate: Double { exp2(log2) }

    /// Learning rates that must stand on each side of the lowest.
    public static let pointsOnEachSide = 3
    private static let asymmetry = (least: 6.0, most: 24.0)

    /// Finds the optimum of a curve.
    ///
    /// - Parameters:
    ///   - curve: The losses over a geometric grid.
    ///   - side: Learning rates that must stand on each side of the lowest, at least 1. One brackets the
    ///     optimum, and then the parabola passes by three points alone.
    /// - Throws: ``OptimumError``, which says what to run next.
    public init(
        _ curve: LossCurve, pointsOnEachSide side: Int = Optimum.pointsOnEachSide
    ) throws(OptimumError) {
        let points = curve.points
        let means = points.map(\.mean)
        let known = means.indices.compactMap { index in means[index].map { (index, $0) } }
        guard let best = known.min(by: { $0.1 < $1.1 })?.0 else { throw .everyRunDiverged }
        let rates = points.map(\.learningRate)
        let factor =
            rates.count > 1
            ? pow(rates[rates.count - 1] / rates[0], 1 / Double(rates.count - 1)) : 2
        if best < side { throw .beyond(down: true, to: rates[best] / pow(factor, Double(side))) }
        if best > points.count - 1 - side {
            throw .beyond(down: false, to: rates[best] * pow(factor, Double(side)))
        }
        for neighbour in [best - 1, best + 1] where means[neighbour] == nil {
            throw .edgeOfDivergence(optimum: rates[best], diverged: rates[neighbour])
        }
        let places = rates.map { Foundation.log2($0) }
        var centre = best
        var fitted = Self.parabola(about: centre, places, means)
        // Noise may put the lowest mean beside the optimum: the parabola says where to look again.
        for _ in 0..<2 {
            guard let vertex = fitted?.parabola.vertex,
                let nearest = places.indices.min(by: {
                    (places[$0] - vertex).magnitude < (places[$1] - vertex).magnitude
                }), nearest != centre, (nearest - best).magnitude <= 1,
                let again = Self.parabola(about: nearest, places, means)
            else { break }
            (centre, fitted) = (nearest, again)
        }
        guard let (parabola, window) = fitted, let vertex = parabola.vertex,
            (vertex - places[centre]).magnitude <= 1.5 * Foundation.log2(factor)
        else { throw .flat(around: rates[best]) }
        if let noise = Self.noise(
            aboutLinesOf: points, near: centre, side: max(side, Self.pointsOnEachSide)),
            parabola.coefficients[2] <= Self.errors * noise * parabola.squareError
        {
            throw .flat(around: rates[best])
        }
        if let other = Self.other(than: best, points, means, side: side) {
            throw .severalOptima(rates[min(best, other)], rates[max(best, other)])
        }
        log2 = vertex
        let near = Array(centre - 1...centre + 1)
        let close = Parabola(near.map { places[$0] }, near.map { means[$0] ?? .nan })
        let low = close?.vertex.flatMap {
            close?.height(at: min(max($0, places[near[0]]), places[near[2]]))
        }
        loss = min(low ?? .infinity, means[best] ?? .nan)
        curvature = parabola.coefficients[2]
        self.window = window.map { rates[$0] }
        let influence = parabola.vertexInfluence
        deviations = (0..<curve.seeds).map { seed in
            zip(window, influence).reduce(0) { sum, pair in
                let excess = (points[pair.0].losses[seed] ?? .nan) - (means[pair.0] ?? .nan)
                return sum + pair.1 * excess
            }
        }
    }

    /// Standard errors that a bend, or a rise between two low points, must exceed.
    private static let errors = 3.0

    /// The standard deviation of the mean over seeds of one point, from what seeds differ by beside a shift
    /// of all their losses; nil without a replicate.
    private static func noise(_ points: [LossCurve.Point], _ places: [Int]) -> Double? {
        let rows = places.map { points[$0].losses.compactMap(\.self) }
        guard let seeds = rows.first?.count, seeds > 1, rows.allSatisfy({ $0.count == seeds }),
            rows.count > 1
        else { return nil }
        let means = rows.map { $0.reduce(0, +) / Double(seeds) }
        let mean = means.reduce(0, +) / Double(rows.count)
        let lifts = (0..<seeds).map { seed in
            rows.reduce(0) { $0 + $1[seed] } / Double(rows.count) - mean
        }
        var squares = 0.0
        for (row, own) in zip(rows, means) {
            for (loss, lift) in zip(row, lifts) {
                squares += (loss - own - lift) * (loss - own - lift)
            }
        }
        let freedom = Double((seeds - 1) * (rows.count - 1))
        return (squares / freedom / Double(seeds)).squareRoot()
    }

    /// The standard deviation of the mean over seeds of one point, from what seeds differ by about a line of
    /// each; nil without a replicate.
    ///
    /// A seed whose losses are all higher, or whose optimum lies beside the others', differs by a line to first
    /// order: neither makes a curve flat.
    private static func noise(
        aboutLinesOf points: [LossCurve.Point], near centre: Int, side: Int
    ) -> Double? {
        let places = (max(centre - side, 0)...min(centre + side, points.count - 1)).filter {
            points[$0].mean != nil
        }
        let seeds = points[centre].losses.count
        guard seeds > 1, places.count > 2,
            places.allSatisfy({ points[$0].losses.count == seeds })
        else { return nil }
        let x = places.map { Foundation.log2(points[$0].learningRate) }
        let middle = x.reduce(0, +) / Double(x.count)
        let spread = x.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
        var squares = 0.0
        for seed in 0..<seeds {
            let excess = places.map {
                (points[$0].losses[seed] ?? .nan) - (points[$0].mean ?? .nan)
            }
            let lift = excess.reduce(0, +) / Double(excess.count)
            let slope = zip(x, excess).reduce(0) { $0 + ($1.0 - middle) * $1.1 } / spread
            for (place, value) in zip(x, excess) {
                let rest = value - lift - slope * (place - middle)
                squares += rest * rest
            }
        }
        let freedom = Double((seeds - 1) * (places.count - 2))
        return (squares / freedom / Double(seeds)).squareRoot()
    }

    /// Another point that is not told from the lowest by its loss and that a rise stands between; nil where
    /// there is none.
    private static func other(
        than best: Int, _ points: [LossCurve.Point], _ means: [Double?], side: Int
    ) -> Int? {
        guard let lowest = means[best] else { return nil }
        return means.indices.filter { ($0 - best).magnitude >= 2 }.first { place in
            let between = Array(min(place, best)...max(place, best))
            let heights = between.compactMap { means[$0] }
            guard let height = means[place], heights.count == between.count,
                let noise = noise(points, between)
            else { return false }
            let error = errors * noise * 2.0.squareRoot()
            let rise = heights.max() ?? height
            return height - lowest <= error && rise - height > error
        }
    }

    /// The parabola about a point of the grid; nil where a point beside it has no mean.
    private static func parabola(
        about centre: Int, _ places: [Double], _ means: [Double?]
    ) -> (parabola: Parabola, window: [Int])? {
        guard centre > 0, centre < means.count - 1, let height = means[centre] else { return nil }
        var window = Array(centre - 1...centre + 1)
        var weights = [1.0, 1, 1]
        let outer = [centre - 2, centre + 2].filter(means.indices.contains)
        let rises = outer.compactMap { index in means[index].map { $0 - height } }
        if rises.count == 2, let low = rises.min(), let high = rises.max(), low > 0,
            high < asymmetry.most * low
        {
            let weight = log(asymmetry.most * low / high) / log(asymmetry.most / asymmetry.least)
            window = Array(centre - 2...centre + 2)
            weights = [min(weight, 1)] + weights + [min(weight, 1)]
        }
        let parabola = Parabola(
            window.map { places[$0] }, window.map { means[$0] ?? .nan }, weights: weights)
        guard let parabola else { return nil }
        return (parabola, window)
    }
}

/// Why a loss curve has no optimum that can be told.
public enum OptimumError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No learning rate at which all seeds ended below their start.
    case everyRunDiverged
    /// The lowest point stands too near an end of the grid.
    case beyond(down: Bool, to: Double)
    /// The learning rate beside the lowest diverged.
    case edgeOfDivergence(optimum: Double, diverged: Double)
    /// The points around the lowest do not bend upwards by more than three standard errors.
    case flat(around: Double)
    /// Two learning rates of losses that cannot be told apart, with a rise between them.
    case severalOptima(Double, Double)

    /// What cannot be said and what to do next, as a clause.
    public var description: String {
        func rate(_ value: Double) -> String { String(format: "%.3g", value) }
        return switch self {
        case .everyRunDiverged:
            "cannot say: at every learning rate a run diverged; add lower ones to the grid"
        case .beyond(let down, let to):
            "cannot say: the lowest loss is too near the \(down ? "lower" : "upper") end; extend "
                + "the grid \(down ? "down" : "up") to \(rate(to))"
        case .edgeOfDivergence(let optimum, let diverged):
            "cannot say: the lowest loss, at \(rate(optimum)), is next to \(rate(diverged)), where "
                + "runs diverge; that is an instability and not an optimum: lengthen the warm-up, or "
                + "normalise queries and keys"
        case .flat(let around):
            "cannot say: the losses around \(rate(around)) have no curvature beyond their noise; "
                + "train longer or add seeds"
        case .severalOptima(let low, let high):
            "cannot say: the losses at \(rate(low)) and \(rate(high)) cannot be told apart and rise "
                + "between them; add seeds, or learning rates between them"
        }
    }
}
