import OrderedCollections
import Reports
public import Statistics
import Sweeps
import TransferStudies

extension CoordinateCheck {
    /// The slopes of measurements, and the verdict.
    public func result(_ points: [Point]) -> Result {
        var names: OrderedSet<String> = []
        for point in points { names.append(point.activation) }
        var slopes: [Slope] = []
        for name in names {
            for step in steps {
                let here = points.filter { $0.activation == name && $0.step == step }
                // In the order of the seeds: sums depend on it.
                let perSeed = Dictionary(grouping: here, by: \.seed).sorted { $0.key < $1.key }
                    .map { _, points in
                        LogLogSlope.of(points.map { Double($0.extent) }, points.map(\.size))
                    }
                slopes.append(slope(name, step, perSeed))
            }
        }
        return Result(
            recipe: configuration.recipeDigest, axis: axis, extents: extents, seeds: seeds,
            threshold: threshold, points: points,
            slopes: slopes,
            activations: names.map { name in
                Activation(
                    activation: name, verdict: Verdict(slopes.filter { $0.activation == name }))
            }, verdict: Verdict(slopes))
    }

    private func slope(_ name: String, _ step: Int, _ perSeed: [Double?]) -> Slope {
        let known = perSeed.compactMap { $0 }
        guard known.count == perSeed.count, let mean = Descriptive.mean(of: known),
            let deviation = Descriptive.standardDeviation(of: known)
        else {
            // A size of zero, as that of queries that start at zero, has no slope.
            return Slope(
                activation: name, step: step, mean: nil, low: nil, high: nil,
                verdict: step == 0 ? .inconclusive : .fail)
        }
        // Few seeds know their own spread badly: two take 12.7 standard errors, three 4.3.
        let student = StudentDistribution(degreesOfFreedom: Double(known.count - 1))
        let half =
            student.quantile((1 + Self.confidence) / 2) * deviation
            / Double(known.count).squareRoot()
        let (low, high) = (mean - half, mean + half)
        let floor = name == "logits" ? -Double.infinity : -threshold
        let verdict: Verdict =
            low >= floor && high <= threshold
            ? .pass : low > threshold || high < floor ? .fail : .inconclusive
        return Slope(
            activation: name, step: step, mean: mean, low: low, high: high,
            verdict: verdict)
    }
}

extension Verdict {
    /// What slopes say together after the start: FAIL if any fails, PASS if all pass.
    public init(_ slopes: [CoordinateCheck.Slope]) {
        self.init(slopes.filter { $0.step > 0 }.map(\.verdict))
    }
}
