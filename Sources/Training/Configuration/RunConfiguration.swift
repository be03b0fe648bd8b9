public import Modules
public import Optimizers
public import Statistics

/// Everything that a run depends on, under the keys of configuration files.
///
/// Two runs with equal configurations are the same run, bit for bit, on one build and instruction
/// set; threads, folders and cadence of display are not part of it.
public struct RunConfiguration: Sendable, Hashable, Codable {
    /// The model.
    public var model = ModelConfiguration()
    /// The optimizer.
    public var optimizer = OptimizerConfiguration()
    /// How sizes and learning rates depend on width and depth.
    public var parametrization = Parametrization()
    /// The learning rate over the steps.
    public var schedule = Schedule()
    /// What is minimised.
    public var loss = LossConfiguration()
    /// What is trained on.
    public var data = DataConfiguration()
    /// Updates.
    public var steps = 400
    /// Seed of the initial weights.
    public var seed: UInt64 = 0
    /// When the validation loss is measured.
    public var evaluation = EvaluationConfiguration()
    /// What is recorded.
    public var telemetry = TelemetryConfiguration()
    /// When state is saved.
    public var checkpoints = CheckpointConfiguration()

    /// The defaults.
    public init() {}

    /// The defaults for an optimizer.
    ///
    /// - Parameter rule: A name of the catalog.
    public init(rule: String) {
        optimizer = OptimizerConfiguration(rule: rule)
        if optimizer.refusal(of: "schedule") != nil {
            schedule.shape = .constant
            schedule.warmup = 0
        }
        if optimizer.refusal(of: "schedule.shape") != nil { schedule.shape = .constant }
    }
}

/// Weight decay, named by its formula.
public struct WeightDecayConfiguration: Sendable, Hashable, Codable {
    /// The formula; see `Optimizers.Decay`.
    public var form = Decay.Form.independent
    /// The rate of the formula, for a run of ``referenceSteps``.
    public var rate = 1e-4
    /// The steps of the run that the rate was published for; 0 takes the rate as it stands.
    ///
    /// The rate used is `rate * reference-steps / steps`, so that rate times steps stays the same
    /// in a shorter run. That is how to follow a publication in a small run; as a default it would take a
    /// sixth of each weight per step in a run of 60 steps.
    public var referenceSteps = 0
    /// Roles that do not decay.
    public var exclude = [Role.gain]
    /// Whether only the elements decay whose step points the way of their decay (arXiv 2510.12402).
    public var cautious = false

    private enum CodingKeys: String, CodingKey {
        case form, rate, exclude
        case referenceSteps = "reference-steps"
        case cautious
    }

    /// The rate of each step of a run of `steps`.
    public func scaledRate(steps: Int) -> Double {
        referenceSteps == 0 ? rate : rate * Double(referenceSteps) / Double(steps)
    }
}

/// What is minimised beside the cross-entropy.
public struct LossConfiguration: Sendable, Hashable, Codable {
    /// The factor on the mean of log² Z (arXiv 2204.02311, section 5).
    public var zLoss = 1e-4

    private enum CodingKeys: String, CodingKey { case zLoss = "z-loss" }
}

/// What is trained on.
public struct DataConfiguration: Sendable, Hashable, Codable {
    /// Files, folders, globs, or names of fetched corpora.
    public var text = ["gcide"]
    /// A `tokenizer.json` that makes tokens of the text; empty for a token for each byte.
    public var tokenizer = ""
    /// Files of tokens, trained on in place of text.
    public var tokens: [String] = []
    /// The field of each line that is text, in files of JSON Lines; empty to take them as they stand.
    public var field = "text"
    /// Sequences in a batch.
    public var batch = 16
    /// Micro-batches that a step accumulates its gradients over, one after another: each has as many sequences.
    public var accumulation = 1
    /// Keys which sequences a run visits, and their order.
    public var dataSeed: UInt64 = 0
    /// Keys another order of the same sequences; 0 for that of ``dataSeed``.
    public var orderSeed: UInt64 = 0

    private enum CodingKeys: String, CodingKey {
        case text, tokenizer, tokens, field, batch, accumulation
        case dataSeed = "data-seed"
        case orderSeed = "order-seed"
    }
}

/// When the validation loss is measured.
///
/// It always is before the first and after the last step.
public struct EvaluationConfiguration: Sendable, Hashable, Codable {
    /// Steps between measurements; 0 for the two ends alone.
    public var every = 100
    /// Batches of the fixed validation set.
    public var batches = 16
}

/// What is recorded in the event file.
public struct TelemetryConfiguration: Sendable, Hashable, Codable {
    /// Steps between records.
    public var every = 10
    /// Whether the sizes of all weights, gradients and updates are measured, and the logits; without
    /// them, the loss and the norm of the whole gradient are.
    public var norms = true
    /// Steps between measurements of the spectral norms of all matrices; 0 for none.
    public var spectralEvery = 0
    /// Whether stable rank and entropy of singular values are measured, with the spectral norms.
    public var spectrum = false
    /// Whether each head's largest attention logit is measured with what makes it, and entropy.
    public var attention = false
    /// Whether updates are measured against weights, epsilon and the lines of theory.
    public var ratios = false
    /// Whether alignment of matrices with their inputs, and the gain and outliers of blocks, are measured.
    public var alignment = false
    /// Number formats whose range tensors are compared with.
    public var formats: [NumberFormat] = []

    /// Whether a step is to be measured beside the real one, at the steps of ``every`` and the first.
    public var measuresSteps: Bool { attention || ratios || alignment || !formats.isEmpty }

    private enum CodingKeys: String, CodingKey {
        case every, norms, spectrum, attention, ratios, alignment, formats
        case spectralEvery = "spectral-every"
    }
}

/// When state is saved.
///
/// It always is after the last step, and on a signal.
public struct CheckpointConfiguration: Sendable, Hashable, Codable {
    /// Steps between checkpoints; 0 for the last alone.
    public var every = 100
    /// How many are kept, the newest.
    public var keep = 2
}
