/// What a number is measured in.
public enum Unit: String, Sendable, Hashable, Codable {
    /// Natural units of information per token.
    case nats
    /// The root of a mean square, in units of the tensor's elements.
    case rootMeanSquare = "rms"
    /// The 2-norm over all elements.
    case norm
    /// The largest magnitude of an element.
    case magnitude
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
    /// Not known, as of a tag that another tool wrote.
    case unknown

    /// The unit as the axis of a figure has it; nil for a pure number and where it is not known.
    public var label: String? {
        switch self {
        case .nats: "nats per token"
        case .rootMeanSquare: "RMS"
        case .norm: "2-norm"
        case .magnitude: "largest magnitude"
        case .learningRate: "learning rate"
        case .radians: "radians"
        case .decibel: "dB"
        case .octaves: "octaves"
        case .tokensPerSecond: "tokens/s"
        case .logit, .ratio, .unknown: nil
        }
    }
}
