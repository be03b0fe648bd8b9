/// What one finished run came to: the contents of `result.json`.
///
/// The file is written once, after the last checkpoint, and its presence marks the run as done. Losses
/// are cross-entropies in nats per token on the fixed validation set, without z-loss. What is nil is not
/// known, as of a run that another tool trained.
public struct RunResult: Sendable, Hashable, Codable {
    /// The version of this file; nil in folders of earlier versions.
    public var format: Int?
    /// The name of what was trained on which data (``RunIdentity/folderName``); nil in folders of earlier
    /// versions.
    public var identity: String?
    /// The width of the residual stream.
    public var width: Int?
    /// The number of blocks.
    public var depth: Int?
    /// Attention heads of a block.
    public var heads: Int?
    /// The elements of attention and MLP matrices; in folders of earlier versions gains too.
    public var parameters: Int?
    /// Parameters, all of them.
    public var totalParameters: Int?
    /// Whether queries and keys are normalised.
    public var qkNorm: Bool?
    /// The peak learning rate.
    public var learningRate: Double?
    /// Seed of the initial weights.
    public var seed: UInt64?
    /// Keys the order of the data.
    public var dataSeed: UInt64?
    /// The steps asked for.
    public var steps: Int
    /// The steps taken; fewer than ``steps`` when the run diverged.
    public var stepsDone: Int
    /// The validation loss before the first step; nil where it is not finite, or not known.
    public var initialLoss: Double?
    /// The validation loss after the last step; nil when the run diverged.
    public var finalLoss: Double?
    /// ``finalLoss`` in bits for each byte of the text; nil where a token is a byte, and where it is not known.
    public var bitsPerByte: Double?
    /// The largest attention logit of all steps and layers, the signed maximum of scale * q.k over
    /// unmasked pairs; nil when it became NaN or infinite before one was recorded.
    public var maxAttentionLogit: Double?
    /// Whether a number that is not finite ended the run.
    public var diverged: Bool
    /// The step at which the first such number showed.
    public var divergedStep: Int?
    /// The first tensor that became NaN or infinite, in the order of computation.
    public var divergedTensor: String?
    /// Tokens trained on per second of training, the last session's median.
    public var tokensPerSecond: Double?
    /// The share of recorded training losses that leap out; nil with too few records.
    public var lossSpikes: Double?
    /// The share of recorded gradient norms that leap out; nil with too few records.
    public var gradientSpikes: Double?

    public init(
        width: Int?, depth: Int?, heads: Int?, parameters: Int?, totalParameters: Int?,
        qkNorm: Bool?, learningRate: Double?, seed: UInt64?, dataSeed: UInt64?, steps: Int,
        stepsDone: Int, initialLoss: Double?, finalLoss: Double?, maxAttentionLogit: Double?,
        diverged: Bool, divergedStep: Int?, divergedTensor: String?, tokensPerSecond: Double?
    ) {
        format = FormatVersion.result.current
        self.width = width
        self.depth = depth
        self.heads = heads
        self.parameters = parameters
        self.totalParameters = totalParameters
        self.qkNorm = qkNorm
        self.learningRate = learningRate
        self.seed = seed
        self.dataSeed = dataSeed
        self.steps = steps
        self.stepsDone = stepsDone
        self.initialLoss = initialLoss.flatMap { $0.isFinite ? $0 : nil }
        self.finalLoss = finalLoss
        self.maxAttentionLogit = maxAttentionLogit
        self.diverged = diverged
        self.divergedStep = divergedStep
        self.divergedTensor = divergedTensor
        self.tokensPerSecond = tokensPerSecond
    }

    private enum CodingKeys: String, CodingKey {
        case format, identity, width, depth, heads, parameters, seed, steps, diverged
        case totalParameters = "total_parameters"
        case qkNorm = "qk_norm"
        case learningRate = "learning_rate"
        case dataSeed = "data_seed"
        case stepsDone = "steps_done"
        case initialLoss = "initial_loss"
        case finalLoss = "final_loss"
        case maxAttentionLogit = "max_attention_logit"
        case divergedStep = "diverged_step"
        case divergedTensor = "diverged_tensor"
        case tokensPerSecond = "tokens_per_second"
        case lossSpikes = "loss_spikes"
        case gradientSpikes = "gradient_spikes"
        case bitsPerByte = "bits_per_byte"
    }
}
