import Foundation
import Tensors

/// Batches in an order that depends on the data seed alone.
///
/// ```swift
/// let batches = try BatchSource(tokens, context: 256, batch: 16, dataSeed: 0)
/// let first = batches.batch(0)        // the same whenever and wherever it is asked for
/// let held = batches.validationBatches(count: 8)
/// ```
///
/// Training sequence `s` holds the tokens from `s * context` on, `context + 1` of them: inputs and
/// targets are these, shifted by one. Sequences number on through batches and epochs; each epoch visits
/// all of them exactly once, in an order keyed by the data seed and the epoch, and a batch may hold the
/// end of one epoch and the start of the next. There is no state to save: batch `i` is a function of the
/// data seed and `i`, so a resumed run goes on with the index of its next step.
public struct BatchSource: Sendable {
    /// What is trained on.
    public let training: Tokens
    /// What is kept for measuring.
    public let validation: Tokens
    /// The tokens of a sequence.
    public let context: Int
    /// The sequences of a batch.
    public let batch: Int
    /// Keys the order of the sequences.
    public let dataSeed: UInt64

    /// How the first sequences are visited in another order; nil where they are not.
    public let reordering: Reordering?
    private let order: SequenceOrder
    private let reordered: SequenceOrder?

    /// Another order of the same sequences.
    ///
    /// A run of so many sequences visits exactly those that it would visit without, each as often, at
    /// other times: what differs between two runs is the order and nothing else.
    public struct Reordering: Sendable, Hashable {
        /// Keys the order.
        public var seed: UInt64
        /// The sequences of the run, repeats counted; those that follow stay as they are.
        public var sequences: Int

        /// Names an order.
        public init(seed: UInt64, sequences: Int) {
            self.seed = seed
            self.sequences = sequences
        }
    }

    /// Creates a source of batches from the tokens of a text.
    ///
    /// - Parameters:
    ///   - tokens: The text.
    ///   - context: The tokens of a sequence.
    ///   - batch: The sequences of a batch.
    ///   - dataSeed: Keys the order of the sequences.
    ///   - reordering: Another order of the first of them.
    /// - Throws: ``DatasetError/tooShort(part:tokens:context:)`` if a part does not hold one sequence.
    /// - Precondition: `context` and `batch` are positive.
    public init(
        _ tokens: TokenCache, context: Int, batch: Int, dataSeed: UInt64,
        reordering: Reordering? = nil
    ) throws(DatasetError) {
        try self.init(
            training: tokens.training, validation: tokens.validation, context: context,
            batch: batch, dataSeed: dataSeed, reordering: reordering)
    }

    /// Creates a source of batches from tokens that are already cut.
    ///
    /// - Parameters:
    ///   - training: What is trained on.
    ///   - validation: What is kept for measuring.
    ///   - context: The tokens of a sequence.
    ///   - batch: The sequences of a batch.
    ///   - dataSeed: Keys the order of the sequences.
    ///   - reordering: Another order of the first of them.
    /// - Throws: ``DatasetError/tooShort(part:tokens:context:)`` if a part does not hold one sequence.
    /// - Precondition: `context` and `batch` are positive.
    public init(
        training: Tokens, validation: Tokens, context: Int, batch: Int, dataSeed: UInt64,
        reordering: Reordering? = nil
    ) throws(DatasetError) {
        precondition(
            context > 0 && batch > 0, "BatchSource: \(batch) sequences of \(context) tokens")
        guard training.count > context else {
            throw .tooShort(part: .training, tokens: training.count, context: context)
        }
        guard validation.count > context else {
            throw .tooShort(part: .validation, tokens: validation.count, context: context)
        }
        self.training = training
        self.validation = validation
        self.context = context
        self.batch = batch
        self.dataSeed = dataSeed
        order = SequenceOrder(count: (training.count - 1) / context, dataSeed: dataSeed)
        self.reordering = reordering
        reordered = reordering.map {
            SequenceOrder(
                count: max($0.sequences, 1),
                key: RandomKey(seed: $0.seed).split("order of the run"))
        }
    }

    /// The training sequences, each visited once in an epoch.
    public var sequencesPerEpoch: Int { order.count }

    /// The place in ``training`` of the first token of sequence number `row` of batch `index`.
    ///
    /// - Precondition: `index` is not negative and `row` is in `0..<batch`.
    package func start(ofRow row: Int, batch index: Int) -> Int {
        precondition(index >= 0 && 0..<batch ~= row, "BatchSource: row \(row) of batch \(index)")
        var place = index * batch + row
        if let reordered, place < reordered.count {
            place = reordered.sequence(epoch: 0, position: place)
        }
        let (epoch, position) = place.quotientAndRemainder(dividingBy: order.count)
        return order.sequence(epoch: epoch, position: position) * context
    }

    /// Training batch number `index`.
    ///
    /// - Precondition: `index` is not negative.
    public func batch(_ index: Int) -> Batch {
        makeBatch { inputs, targets in fill(index, inputs: &inputs, targets: &targets) }
    }

    /// Writes training batch number `index` to memory at hand; nothing is allocated.
    ///
    /// - Parameters:
    ///   - index: The number of the batch.
    ///   - inputs: Takes the tokens, row-major.
    ///   - targets: Takes the token that follows each input.
    /// - Precondition: `index` is not negative; both spans hold `batch * context` tokens.
    public func fill(
        _ index: Int, inputs: inout MutableSpan<Int32>, targets: inout MutableSpan<Int32>
    ) {
        precondition(
            inputs.count == batch * context && targets.count == batch * context,
            "BatchSource: \(inputs.count) inputs and \(targets.count) targets for \(batch) x \(context)"
        )
        for row in 0..<batch {
            copy(
                training, from: start(ofRow: row, batch: index), toRow: row, inputs: &inputs,
                targets: &targets)
        }
    }

    /// The batches on which losses are measured.
    ///
    /// The sequences are spread evenly over the validation text, from its first token to its last. They
    /// overlap only if the text does not hold as many one after the other. They depend on the text, the
    /// context and the number of sequences, and on no seed.
    ///
    /// - Parameter count: The number of batches.
    /// - Returns: The batches, the same at every call.
    /// - Precondition: `count` is not negative.
    public func validationBatches(count: Int) -> [Batch] {
        let sequences = count * batch
        let room = validation.count - context - 1
        return (0..<count).map { index in
            makeBatch { inputs, targets in
                for row in 0..<batch {
                    let start = (index * batch + row) * room / max(sequences - 1, 1)
                    copy(validation, from: start, toRow: row, inputs: &inputs, targets: &targets)
                }
            }
        }
    }

    private func makeBatch(
        _ fill: (inout MutableSpan<Int32>, inout MutableSpan<Int32>) -> Void
    ) -> Batch {
        var inputs = [Int32](repeating: 0, count: batch * context)
        var targets = inputs
        var inputSpan = inputs.mutableSpan
        var targetSpan = targets.mutableSpan
        fill(&inputSpan, &targetSpan)
        return Batch(inputs: inputs, targets: targets, sequences: batch, context: context)
    }

    /// Writes the sequence that begins at `start` to row `row`.
    private func copy(
        _ tokens: Tokens, from start: Int, toRow row: Int, inputs: inout MutableSpan<Int32>,
        targets: inout MutableSpan<Int32>
    ) {
        guard tokens.width == 1 else {
            for column in 0..<context {
                inputs[row * context + column] = tokens[start + column]
                targets[row * context + column] = tokens[start + column + 1]
            }
            return
        }
        let tokens = tokens.data.span
        var token = Int32(tokens[start])
        for column in 0..<context {
            inputs[row * context + column] = token
            token = Int32(tokens[start + column + 1])
            targets[row * context + column] = token
        }
    }
}
