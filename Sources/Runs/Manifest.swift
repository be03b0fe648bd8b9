/// What ran and where: the contents of `manifest.json`.
public struct Manifest: Sendable, Hashable, Codable {
    /// A process that trained the run for a while.
    public struct Session: Sendable, Hashable, Codable {
        /// When it began, ISO 8601.
        public var started: String
        /// The machine.
        public var host: String
        /// The process.
        public var pid: Int
        /// The step from which it went on.
        public var fromStep: Int
        /// The engine's facts: instruction set, versions, threads.
        public var engine: [String: String]
        /// The name of the engine; nil in folders of earlier versions.
        public var engineName: String?
        /// What the user took that was not known, or that another engine had begun; nil for nothing.
        public var accepted: [String]?
        /// The commit that the program was built from; nil where that is not known.
        public var commit: String?

        public init(
            started: String, host: String, pid: Int, fromStep: Int, engine: [String: String],
            engineName: String? = nil, accepted: [String]? = nil, commit: String? = nil
        ) {
            self.started = started
            self.host = host
            self.pid = pid
            self.fromStep = fromStep
            self.engine = engine
            self.engineName = engineName
            self.accepted = accepted
            self.commit = commit
        }

        private enum CodingKeys: String, CodingKey {
            case started, host, pid, engine, accepted, commit
            case fromStep = "from_step"
            case engineName = "engine_name"
        }
    }

    /// The version of this file; nil in folders of earlier versions.
    public var format: Int?
    /// What determines the run's result, as of the last session; nil in folders of earlier versions.
    public var identity: RunIdentity?
    /// The version of ballast.
    public var ballast: String
    /// The name of the engine.
    public var engine: String
    /// The operations of the training step and what ran them, as `dot (oneDNN): 42`.
    public var kernels: [String: Int]
    /// SHA-256 of the text; of text and tokenizer, or of files of tokens, where they are trained on.
    public var textDigest: String
    /// SHA-256 of the tokenizer's file; nil without a tokenizer.
    public var tokenizerDigest: String?
    /// What the texts, or files of tokens, are called in the configuration; nil in folders of earlier versions.
    public var dataNames: [String]?
    /// Tokens to train on.
    public var trainingTokens: Int
    /// Tokens of the validation split.
    public var validationTokens: Int
    /// The extents of each parameter, by path; nil in folders of earlier versions.
    public var parameterShapes: [String: [Int]]?
    /// The decay rate of each step, after scaling with the number of steps; `null` where it is not finite.
    @NullWhenNotFinite public var weightDecayRate: Double
    /// The processes that trained the run, in order.
    public var sessions: [Session]

    public init(
        ballast: String, engine: String, kernels: [String: Int], textDigest: String,
        trainingTokens: Int, validationTokens: Int, weightDecayRate: Double, sessions: [Session],
        identity: RunIdentity? = nil, tokenizerDigest: String? = nil, dataNames: [String]? = nil,
        parameterShapes: [String: [Int]]? = nil
    ) {
        format = FormatVersion.manifest.current
        self.identity = identity
        self.ballast = ballast
        self.engine = engine
        self.kernels = kernels
        self.textDigest = textDigest
        self.tokenizerDigest = tokenizerDigest
        self.dataNames = dataNames
        self.parameterShapes = parameterShapes
        self.trainingTokens = trainingTokens
        self.validationTokens = validationTokens
        self.weightDecayRate = weightDecayRate
        self.sessions = sessions
    }

    private enum CodingKeys: String, CodingKey {
        case format, identity, ballast, engine, kernels, sessions
        case textDigest = "text_digest"
        case tokenizerDigest = "tokenizer_digest"
        case dataNames = "data_names"
        case parameterShapes = "parameter_shapes"
        case trainingTokens = "training_tokens"
        case validationTokens = "validation_tokens"
        case weightDecayRate = "weight_decay_rate"
    }
}
