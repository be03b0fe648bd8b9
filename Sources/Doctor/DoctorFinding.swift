/// What a pathology says of a run.
public struct DoctorFinding: Sendable, Hashable, Codable {
    /// How much it matters.
    public enum Severity: String, Sendable, Hashable, Codable {
        /// A drift or an event that is known to be harmless: no intervention.
        case note
        /// May cost quality, or trouble later.
        case warning
        /// Has broken the run, or is about to.
        case alarm
    }

    /// How sure the cause is.
    public enum Confidence: String, Sendable, Hashable, Codable {
        case low, medium, high
    }

    /// The pathology, in snake case.
    public var pathology: String
    /// How much it matters.
    public var severity: Severity
    /// The layer or tensor, as the log names it; nil where it is about the whole.
    public var place: String?
    /// The step from which it shows; nil of a checkpoint.
    public var step: Int?
    /// What was seen, with its numbers.
    public var evidence: String
    /// How sure it is.
    public var confidence: Confidence
    /// The arXiv id that says why.
    public var source: String
    /// What would confirm it.
    public var confirmation: String
    /// What to change; nil: no intervention.
    public var change: String?
}

/// What a pathology came to on one run.
public enum PathologyOutcome: Sendable, Hashable {
    /// Nothing: what was looked at, with its numbers.
    case quiet(String)
    /// Something.
    case findings([DoctorFinding])
    /// The log lacks what it would take.
    case cannotSay(needs: String)
}
