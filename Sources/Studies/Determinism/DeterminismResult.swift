public import Statistics
public import Sweeps
public import Training
import TransferStudies

/// Whether a configuration trains to the same bits each time: the contents of `determinism.json`.
///
/// Keys are in snake case; what is not known is `null` and never left out.
public struct DeterminismResult: Sendable, Hashable, Codable {
    /// The version of these keys; a change of meaning changes it.
    public var schema = "ballast.determinism/1"
    /// PASS where every variation has the bits of the first run.
    public var verdict: Verdict
    /// The digest of the configuration.
    public var configuration: String
    /// The engine's name.
    public var engine: String
    /// Steps of each run.
    public var steps: Int
    /// Steps between the parameters that are compared.
    public var every: Int
    /// The first run, and those compared with it.
    public var variations: [Variation]

    /// One run.
    public struct Variation: Sendable, Hashable, Codable {
        /// `baseline`, `rerun`, `threads-2`, `resumed`.
        public var name: String
        /// Threads of the engine.
        public var threads: Int
        /// The step after which it was ended and begun anew; nil when it was not.
        @NullWhenNil public var resumedAfter: Int?
        /// SHA-256 of the logged losses: the bits of each step's training loss and of each validation
        /// loss.
        public var lossDigest: String
        /// SHA-256 of parameters and optimizer state, step by step.
        public var states: [StateDigest]
        /// PASS where all bits are those of the first run.
        public var verdict: Verdict
        /// Where the bits first differ; nil where they do not.
        @NullWhenNil public var firstDifference: RunDifference?

        public init(
            name: String, threads: Int, resumedAfter: Int?, lossDigest: String,
            states: [StateDigest], firstDifference: RunDifference?
        ) {
            self.name = name
            self.threads = threads
            self.resumedAfter = resumedAfter
            self.lossDigest = lossDigest
            self.states = states
            self.firstDifference = firstDifference
            verdict = firstDifference == nil ? .pass : .fail
        }
    }

    /// The digest of all tensors of a checkpoint.
    public struct StateDigest: Sendable, Hashable, Codable {
        /// The step after which they stood so.
        public var step: Int
        /// SHA-256 in hexadecimal.
        public var digest: String
    }

    /// Creates a result.
    ///
    /// - Parameters:
    ///   - configuration: The digest of the configuration.
    ///   - engine: The engine's name.
    ///   - steps: Steps of each run.
    ///   - every: Steps between the parameters that are compared.
    ///   - variations: The runs, the one that others are compared with first.
    public init(
        configuration: String, engine: String, steps: Int, every: Int, variations: [Variation]
    ) {
        self.configuration = configuration
        self.engine = engine
        self.steps = steps
        self.every = every
        self.variations = variations
        verdict = Verdict(variations.dropFirst().map(\.verdict))
    }

    /// The name of the folder of a result and its runs, which no other question has.
    ///
    /// - Parameters:
    ///   - configuration: The configuration with the cadences of the comparison.
    ///   - digest: That of the configuration without them.
    ///   - conditions: What else the bits may depend on, and what is asked of them.
    /// - Returns: `determinism-DIGEST-` and eight digits.
    public static func folderName(
        _ configuration: RunConfiguration, digest: String, _ conditions: [String]
    ) -> String {
        let all = ConfigurationDigest.joined([configuration.digest] + conditions)
        return "determinism-\(digest)-\(all.prefix(8))"
    }
}

/// Where the bits of two runs first differ.
public struct RunDifference: Sendable, Hashable, Codable {
    /// The step after which they were compared.
    public var step: Int
    /// The tag of the logged number, or the tensor.
    public var name: String
    /// What the first run has: a number, or the first digits of a digest.
    public var first: String
    /// What the other has; `nothing` where it has none.
    public var second: String
    /// How many numbers and tensors differ in all, of those compared.
    public var differing: Int
    /// How many were compared.
    public var compared: Int
}
