/// The final losses of one model over a geometric grid of learning rates, under several seeds.
public struct LossCurve: Sendable, Hashable {
    /// One learning rate.
    public struct Point: Sendable, Hashable {
        /// The peak learning rate.
        public var learningRate: Double
        /// The final loss of each seed in nats, seeds in one order at all points; nil when the run
        /// diverged or ended above its start.
        public var losses: [Double?]

        public init(learningRate: Double, losses: [Double?]) {
            self.learningRate = learningRate
            self.losses = losses
        }

        /// The mean over the seeds; nil where any of them diverged.
        public var mean: Double? {
            let known = losses.compactMap { $0 }.filter(\.isFinite)
            guard known.count == losses.count else { return nil }
            return Descriptive.mean(of: known)
        }
    }

    /// The points, by learning rate.
    public let points: [Point]

    /// Creates a curve.
    ///
    /// - Parameter points: The points, in any order, each with as many seeds.
    public init(_ points: [Point]) {
        self.points = points.sorted { $0.learningRate < $1.learningRate }
    }

    /// The number of seeds.
    public var seeds: Int { points.first?.losses.count ?? 0 }

    /// The curve of other seeds in place of these, as a bootstrap draws them.
    ///
    /// - Parameter seeds: Indices of seeds, with repetition.
    /// - Returns: The curve.
    public func resampled(_ seeds: [Int]) -> LossCurve {
        LossCurve(
            points.map { point in
                Point(learningRate: point.learningRate, losses: seeds.map { point.losses[$0] })
            })
    }
}
