/// A number that is recorded step by step, under the tag of the event file.
public struct Metric: Sendable, Hashable {
    /// The tag, as `norm/weight/head/rms`: group first, snake case.
    public let tag: String
    /// What it is measured in.
    public let unit: Unit

    public init(_ tag: String, _ unit: Unit) {
        self.tag = tag
        self.unit = unit
    }

    /// The metric of a tag that was read from a file: one of those here, with its unit, or of unknown unit.
    ///
    /// - Parameter tag: The tag.
    public init(tag: String) {
        let unit =
            Self.single[tag] ?? MetricFamily.all.first { $0.pattern.matches(tag) }?.unit ?? .unknown
        self.init(tag, unit)
    }

    /// A title for the axis of a figure: the words, and the unit where it has a name.
    public func title(_ words: String) -> String {
        unit.label.map { "\(words) (\($0))" } ?? words
    }

    /// The cross-entropy of the step's batch, without z-loss.
    public static let trainLoss = Metric("train/loss", .nats)
    /// The cross-entropy on the fixed validation set.
    public static let validationLoss = Metric("val/loss", .nats)
    /// The step's learning rate.
    public static let learningRate = Metric("optim/lr", .learningRate)
    /// The norm of all gradients together, before clipping.
    public static let gradientNorm = Metric("optim/grad_norm", .norm)
    /// Training speed since the last record.
    public static let tokensPerSecond = Metric("throughput/tokens_per_second", .tokensPerSecond)
    /// The mean of the logarithm of the softmax's denominator.
    public static let logZ = Metric("out/logz", .logit)
    /// The mean output logit.
    public static let logitMean = Metric("out/logit_mean", .logit)
    /// The largest output logit.
    public static let logitMaximum = Metric("out/logit_max", .logit)

    /// Those that are of no place, by tag.
    private static let single: [String: Unit] = {
        let all: [Metric] = [
            trainLoss, validationLoss, learningRate, gradientNorm, tokensPerSecond, logZ,
            logitMean, logitMaximum,
        ]
        return Dictionary(uniqueKeysWithValues: all.map { ($0.tag, $0.unit) })
    }()

    /// The size of a weight after the step.
    public static func weight(_ path: String) -> Metric { MetricFamily.weights(path) }
    /// The largest singular value of a matrix.
    public static func spectralNorm(_ path: String) -> Metric { MetricFamily.spectralNorms(path) }
    /// The size of a gradient, before clipping.
    public static func gradient(_ path: String) -> Metric { MetricFamily.gradients(path) }
    /// The size of what a step added to a weight.
    public static func update(_ path: String) -> Metric { MetricFamily.updates(path) }
    /// The largest attention logit of a layer.
    public static func maxAttentionLogit(_ layer: Int) -> Metric {
        MetricFamily.maxAttentionLogits(layer)
    }
    /// The size of the residual stream after a block.
    public static func residual(_ layer: Int) -> Metric { MetricFamily.residuals(layer) }
    /// The root mean square behind a block over that before it.
    public static func blockGain(_ layer: Int) -> Metric { MetricFamily.blockGains(layer) }
}
