/// What a number is measured in.
public enum Unit: String, Sendable, Hashable, Codable {
    /// Natural units of information per token.
    case nats
    /// The root of a mean square, in units of the tensor's elements.
    case rootMeanSquare = "rms"
    /// The 2-norm over all elements.
    case norm
    /// An attention or output logit.
    case logit
    /// A learning rate: change of a parameter per unit of direction.
    case learningRate = "learning_rate"
    /// A quotient of two numbers of one kind, or a share.
    case ratio
    /// An angle, in radians.
    case radians
    /// Ten decimal logarithms of a quotient of mean squares.
    case decibel = "db"
    /// A binary logarithm of a quotient.
    case octaves
    /// Tokens trained on per second.
    case tokensPerSecond = "tokens_per_second"
}

/// A number that is recorded step by step, under the tag of the event file.
public struct Metric: Sendable, Hashable {
    /// The tag, as `norm/weight/head/rms`: group first, snake case.
    public let tag: String
    /// What it is measured in.
    public let unit: Unit

    /// Creates a metric.
    public init(_ tag: String, _ unit: Unit) {
        self.tag = tag
        self.unit = unit
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

    /// The size of a weight after the step.
    public static func weight(_ path: String) -> Metric {
        Metric("norm/weight/\(path)/rms", .rootMeanSquare)
    }
    /// The largest singular value of a matrix.
    public static func spectralNorm(_ path: String) -> Metric {
        Metric("norm/weight/\(path)/spectral", .norm)
    }
    /// The size of a gradient, before clipping.
    public static func gradient(_ path: String) -> Metric {
        Metric("norm/gradient/\(path)/rms", .rootMeanSquare)
    }
    /// The size of what a step added to a weight.
    public static func update(_ path: String) -> Metric {
        Metric("norm/update/\(path)/rms", .rootMeanSquare)
    }
    /// The largest attention logit of a layer.
    public static func maxAttentionLogit(_ layer: Int) -> Metric {
        Metric("attn/\(layer)/max_logit", .logit)
    }

    /// Whether a tag is the largest attention logit of some layer.
    public static func isMaxAttentionLogit(_ tag: String) -> Bool {
        tag.hasPrefix("attn/") && tag.hasSuffix("/max_logit")
    }
}
