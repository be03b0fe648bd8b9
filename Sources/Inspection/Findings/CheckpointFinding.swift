/// Something in a checkpoint that is worth a look.
public struct CheckpointFinding: Sendable, Hashable, Codable {
    /// How much it matters.
    public enum Severity: String, Sendable, Hashable, Codable {
        /// Good to know.
        case note
        /// May cost quality, or trouble later.
        case warning
        /// Broken, or about to break.
        case alarm
    }

    /// How much it matters.
    public var severity: Severity
    /// The kind of finding, in snake case.
    public var kind: String
    /// The tensor; nil where it is about a layer or the whole.
    public var tensor: String?
    /// The block.
    public var layer: Int?
    /// What was found, with its numbers, in a line.
    public var summary: String
    /// What to do, or what would tell more.
    public var advice: String
    /// The arXiv id that says why it matters.
    public var source: String
    /// What would confirm it.
    public var confirmation: String
}

extension CheckpointFinding {
    /// What was found and what to do.
    var sentences: String { summary.endingSentence + " " + advice.endingSentence }
}

extension String {
    /// The text with a full stop, unless it ends a question.
    var endingSentence: String { hasSuffix("?") ? self : self + "." }
}

/// A rule that looks for one kind of finding in what was measured.
///
/// A rule is a file in this folder and a line of ``all``.
struct CheckpointRule: Sendable {
    let find: @Sendable (CheckpointInspection) -> [CheckpointFinding]

    static let all: [CheckpointRule] = [
        .nonFinite, .formatRange, .attentionLogits, .siblings, .hotChannels, .silentChannels,
    ]
}
