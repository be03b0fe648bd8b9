/// Sequences of tokens and, for each token, the one that follows it.
public struct Batch: Sendable, Hashable {
    /// The number of sequences.
    public let sequences: Int
    /// The tokens of a sequence.
    public let context: Int
    /// The tokens, row-major: `sequences` rows of `context`.
    public let inputs: [Int32]
    /// The token that follows each input, in the same places.
    public let targets: [Int32]

    /// Creates a batch.
    ///
    /// - Parameters:
    ///   - inputs: The tokens, row-major.
    ///   - targets: The token that follows each input.
    ///   - sequences: The number of rows.
    ///   - context: The tokens of a row.
    /// - Precondition: `inputs` and `targets` hold `sequences * context` tokens.
    public init(inputs: [Int32], targets: [Int32], sequences: Int, context: Int) {
        precondition(
            inputs.count == sequences * context && targets.count == inputs.count,
            "Batch: \(inputs.count) inputs, \(targets.count) targets for \(sequences) x \(context)")
        self.inputs = inputs
        self.targets = targets
        self.sequences = sequences
        self.context = context
    }
}
