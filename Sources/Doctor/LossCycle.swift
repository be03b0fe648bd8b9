import Import
import Statistics

/// A loss that comes round with a period, late in a run and not at its start.
struct LossCycle {
    /// The first step from which it does.
    let step: Int
    /// Steps.
    let period: Int
    /// Of values with those a period later.
    let correlation: Double
    /// The same in the first quarter.
    let before: Double

    private static let most = 2000
    private static let shortest = 5

    /// Nil where it does not, or did from the start, as where data are mixed in turn or the log is smoothed.
    init?(_ points: [LoggedRun.Point]) {
        let values = Self.held(Self.residuals(Self.residuals(points.map(\.value))))
        let late = Array(values[(values.count / 2)...].suffix(Self.most))
        let early = Array(values[..<(values.count / 4)].suffix(Self.most))
        guard late.count >= 100, early.count >= 40 else { return nil }
        let all = (0...late.count * 2 / 3).map { Self.correlation(late[...], lag: $0) }
        let lags = Self.shortest..<late.count / 3
        guard let top = lags.map({ all[$0] }).max(), top > 0.6,
            // A multiple of a period is one, too.
            let lag = lags.first(where: { all[$0] > 0.9 * top }), all[2 * lag] > 0.5,
            // What only falls off slowly is no period.
            let least = all[1..<lag].min(), least < 0.5 * all[lag], lag < early.count / 2
        else { return nil }
        let before = Self.correlation(early[...], lag: lag)
        guard before < 0.4 else { return nil }
        (self.before, correlation) = (before, all[lag])
        let width = max(lag, 20)
        var start = values.count - width - lag
        while start >= width,
            Self.correlation(values[start - width..<start + lag], lag: lag) > 0.4
        { start -= width }
        step = points[max(start, 0)].step
        let last = points.count - 1
        period = points[last].step - points[last - lag].step
    }

    /// What is left when the mean of neighbours is taken away; done twice, no bend of a trend is left either.
    private static func residuals(_ values: [Double]) -> [Double] {
        var sums = [0.0]
        for value in values { sums.append((sums.last ?? 0) + value) }
        return values.indices.map { place in
            let reach = min(25, place, values.count - 1 - place)
            let (first, end) = (place - reach, place + reach + 1)
            return values[place] - (sums[end] - sums[first]) / Double(end - first)
        }
    }

    /// Single leaps, which would decide it alone, held.
    private static func held(_ values: [Double]) -> [Double] {
        let bound = 5 * (Descriptive.median(of: values.map(\.magnitude)) ?? 0)
        return values.map { min(max($0, -bound), bound) }
    }

    private static func correlation(_ values: ArraySlice<Double>, lag: Int) -> Double {
        var (product, first, second) = (0.0, 0.0, 0.0)
        for place in values.indices.dropLast(lag) {
            let (a, b) = (values[place], values[place + lag])
            product += a * b
            first += a * a
            second += b * b
        }
        let norm = (first * second).squareRoot()
        return norm > 0 ? product / norm : 0
    }
}
