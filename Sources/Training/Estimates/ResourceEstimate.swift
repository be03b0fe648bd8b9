import Modules
import Optimizers
import Tensors

/// What a run takes of memory and disk, from its shapes alone: nothing is allocated to find out.
///
/// ```swift
/// let estimate = try ResourceEstimate(configuration)
/// print(estimate.memory / 1e9, "GB of memory,", estimate.disk / 1e9, "GB of checkpoints")
/// ```
///
/// It is of the CPU engine. Activations are counted by block and token, with factors that were fitted to the
/// resident memory of runs over widths 64 to 512, depths 3 and 6, contexts 128 and 512 and both kinds of
/// MLP; they were within 15% of it.
public struct ResourceEstimate: Sendable, Hashable {
    /// Bytes of the parameters, as the engine and the host hold them.
    public let parameters: Double
    /// Bytes of the gradients.
    public let gradients: Double
    /// Bytes of the optimizer's state, as the engine and the host hold it.
    public let optimizerState: Double
    /// Bytes of what a step keeps and works with beside these.
    public let activations: Double
    /// Bytes of the text, which a run holds as tokens.
    public let tokens: Double
    /// Bytes of the checkpoints that stand on disk at a time.
    public let disk: Double

    /// Bytes of a process that has nothing to train yet.
    public static let process = 45e6

    /// Bytes of memory of the whole run.
    public var memory: Double {
        parameters + gradients + optimizerState + activations + tokens + Self.process
    }

    /// Bytes of tokens above which their file is mapped, and takes no memory of its own.
    private static let mapped = Double(1 << 26)

    /// Estimates a run.
    ///
    /// - Parameters:
    ///   - configuration: One that is valid.
    ///   - text: Bytes of its text; 0 where that is not known.
    /// - Throws: `ProgramError` when the configuration does not fit together.
    public init(_ configuration: RunConfiguration, text: Double = 0) throws {
        let specifications = try ProxyTransformer(configuration.resolvedModel).parameters()
        let rule = configuration.rule
        let bytes = 4.0
        var (weights, state) = (0.0, 0.0)
        for parameter in specifications {
            weights += bytes * Double(parameter.shape.count)
            for slot in rule.slots(for: parameter) { state += bytes * Double(slot.shape.count) }
        }
        // Twice: the engine's, and the host's where it starts from and what a checkpoint is made of.
        parameters = 2 * weights
        gradients = weights
        optimizerState = 2 * state
        activations = Self.activations(configuration)
        tokens = text <= Self.mapped ? text : 0
        // One more stands there until the oldest is removed.
        disk = (weights + state) * Double(configuration.checkpoints.keep + 1)
    }

    private static func activations(_ configuration: RunConfiguration) -> Double {
        let model = configuration.model
        let width = Double(model.width)
        // Elements of the hidden layer that are kept for each of its own.
        let hidden = (model.mlp.isGated ? 5.0 : 2.0) * Double(model.hiddenWidth)
        var block = 8.5 * width + hidden
        if model.qkNorm { block += 2 * width }
        if model.blockNorm != .pre { block += 2 * width }
        // A soft cap or a window has no kernel: all logits of attention stand at once.
        if model.attentionSoftcap > 0 || model.window(of: 0, over: model.context) != nil {
            block += 9 * Double(model.heads) * Double(model.context)
        }
        let head = Double(model.vocabulary) * (model.outputSoftcap > 0 ? 5 : 3)
        var elements = Double(model.depth) * block + 4 * width + hidden + head
        // A step beside the real one is measured.
        let parts = Double(configuration.data.accumulation)
        elements *= configuration.telemetry.measuresSteps ? 1 + 1 / parts : 1 / parts
        return 4 * elements * Double(configuration.data.batch) * Double(model.context)
    }

    /// The largest batch whose run takes no more memory than this; 0 where none does.
    ///
    /// - Parameters:
    ///   - memory: Bytes.
    ///   - batch: The batch that the estimate is of.
    /// - Returns: Sequences.
    public func largestBatch(within memory: Double, of batch: Int) -> Int {
        let rest = memory - (self.memory - activations)
        let each = activations / Double(batch)
        guard rest > 0, each > 0, rest / each < 1e15 else { return 0 }
        return Int(rest / each)
    }
}
