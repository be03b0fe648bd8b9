/// How much a training procedure loses, on average, by a learning rate that is not the best one.
///
/// ```
/// S = mean over η of min(ℓ(η), ℓ₀) − ℓ*        ℓ* = min over η of min(ℓ(η), ℓ₀)
/// ```
///
/// `ℓ(η)` is the final loss of the run at the learning rate `η`, `ℓ₀` the loss at initialisation, and
/// the mean is over the learning rates that were run, each with the same weight: for a geometric grid,
/// uniform in log η. A run that diverged, and one that ended above its start, counts as `ℓ₀`.
///
/// ```swift
/// let losses = [(1e-3, 1.8), (1e-2, 1.5), (1e-1, .nan)]
/// let sensitivity = try LearningRateSensitivity(
///     losses.map { .init(learningRate: $0.0, loss: $0.1, initialLoss: 5.5) })
/// sensitivity.value       // (0.3 + 0 + 4) / 3 = 1.433
/// sensitivity.clamped     // 1
/// ```
///
/// Several runs at one learning rate, which differ in their seed, are clamped one by one and then
/// averaged, so that a learning rate counts once however many seeds it has.
///
/// What the number does not say (arXiv 2309.14322, appendix B):
/// 1. It depends on the grid, and grows with the number of diverged points in it: compare two values
///    over the same ``grid`` only, and quote the grid with the value. The window should lie about the
///    optimum; the paper's is 3e-4 to 3e-1.
/// 2. It means nothing across interventions that change what a learning rate is, such as steps
///    relative to the size of a parameter.
/// 3. It is blind to the level of the loss: show the loss against the learning rate beside it.
///
/// Source: Wortsman et al. 2023, arXiv 2309.14322, section 2.
public struct LearningRateSensitivity: Sendable, Hashable, Codable {
    /// One run of the grid.
    public struct Point: Sendable, Hashable, Codable {
        /// The peak learning rate `η`.
        public var learningRate: Double
        /// The final loss `ℓ(η)` in nats; nil or not finite when the run diverged.
        public var loss: Double?
        /// The run's loss before its first step, `ℓ₀`, in nats.
        public var initialLoss: Double

        public init(learningRate: Double, loss: Double?, initialLoss: Double) {
            self.learningRate = learningRate
            self.loss = loss
            self.initialLoss = initialLoss
        }

        /// `min(ℓ, ℓ₀)`, which is `ℓ₀` for a run that diverged.
        fileprivate var clampedLoss: Double { isClamped ? initialLoss : (loss ?? initialLoss) }

        fileprivate var isClamped: Bool {
            guard let loss, loss.isFinite else { return true }
            return loss > initialLoss
        }
    }

    /// The sensitivity `S` in nats, zero or more.
    public let value: Double
    /// The learning rates averaged over, ascending, each once.
    public let grid: [Double]
    /// How many runs counted as their loss at initialisation.
    public let clamped: Int
    /// The learning rate of the lowest loss; the smallest such, when several tie.
    public let bestLearningRate: Double
    /// The lowest loss `ℓ*` in nats, averaged over seeds.
    public let bestLoss: Double

    /// Computes the sensitivity of a grid of runs.
    ///
    /// - Parameter points: The runs, in any order; seeds as several points at one learning rate.
    /// - Throws: ``SensitivityError``, which says what the grid lacks.
    public init(_ points: [Point]) throws(SensitivityError) {
        for point in points {
            guard point.learningRate > 0, point.learningRate.isFinite else {
                throw .learningRate(point.learningRate)
            }
            guard point.initialLoss.isFinite else { throw .initialLoss(point.initialLoss) }
        }
        let runs = Dictionary(grouping: points, by: \.learningRate)
        guard runs.count > 1 else { throw .tooFewLearningRates(runs.count) }
        guard points.contains(where: { $0.loss?.isFinite ?? false }) else { throw .noFiniteLoss }
        guard points.contains(where: { !$0.isClamped }) else { throw .nothingLearned }

        let grid = runs.keys.sorted()
        let losses = grid.map { rate in
            Descriptive.mean(of: runs[rate, default: []].map(\.clampedLoss)) ?? .nan
        }
        var best = 0
        for index in losses.indices where losses[index] < losses[best] { best = index }
        self.grid = grid
        value = losses.reduce(0) { $0 + ($1 - losses[best]) } / Double(losses.count)
        clamped = points.filter(\.isClamped).count
        bestLearningRate = grid[best]
        bestLoss = losses[best]
    }
}

/// Why a grid of runs has no learning-rate sensitivity.
public enum SensitivityError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Fewer than two learning rates were run.
    case tooFewLearningRates(Int)
    /// Every run diverged.
    case noFiniteLoss
    /// No run ended at or below its loss at initialisation.
    case nothingLearned
    /// A learning rate that is not a positive number.
    case learningRate(Double)
    /// A loss at initialisation that is not a number.
    case initialLoss(Double)

    /// The reason, as a clause that can follow "no learning-rate sensitivity:".
    public var description: String {
        switch self {
        case .tooFewLearningRates(let count):
            "\(count) learning rate\(count == 1 ? "" : "s") with a result; two are needed"
        case .noFiniteLoss: "every run diverged"
        case .nothingLearned: "no run ended below its loss at initialisation"
        case .learningRate(let rate): "a learning rate of \(rate), which is not a positive number"
        case .initialLoss(let loss): "a loss at initialisation of \(loss)"
        }
    }
}
