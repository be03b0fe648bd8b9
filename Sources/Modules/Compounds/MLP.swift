public import Programs

/// Two matrices with a function between them, or three with a gate.
///
/// ```
/// gelu, relu:     y = down f(up x)
/// relu-squared:   y = down (relu(up x) ⊙ relu(up x))   arXiv 2109.08668
/// swiglu, geglu:  y = down (f(gate x) ⊙ up x)          arXiv 2002.05202
/// ```
///
/// Each product has a bias where ``hasBias`` says so.
public struct MLP: Layer {
    /// The width of operand and result.
    public var width: Int
    /// The width between.
    public var hidden: Int
    /// The function between.
    public var kind: MLPKind
    /// The factor of the standard deviation at the start.
    public var gain: Double
    /// The standard deviation at the start; nil for one by each matrix's inputs.
    public var deviation: Double?
    /// Where γ of the matrices start; nil where they are taken as they are.
    public var gamma: GammaStart?
    /// Whether biases are added.
    public var hasBias: Bool

    public init(
        width: Int, hidden: Int, kind: MLPKind, gain: Double = 1, deviation: Double? = nil,
        gamma: GammaStart? = nil, hasBias: Bool = false
    ) {
        self.hasBias = hasBias
        self.deviation = deviation
        self.width = width
        self.hidden = hidden
        self.kind = kind
        self.gain = gain
        self.gamma = gamma
    }

    public func callAsFunction(_ x: Value, _ scope: Scope) -> Value {
        let up = linear("up", width, hidden)(x, scope)
        let inner: Value
        switch kind {
        case .gelu: inner = Activation.gelu(up)
        case .relu: inner = Activation.relu(up)
        case .reluSquared:
            let positive = Activation.relu(up)
            inner = positive * positive
        case .swiglu: inner = Activation.silu(linear("gate", width, hidden)(x, scope)) * up
        case .geglu: inner = Activation.gelu(linear("gate", width, hidden)(x, scope)) * up
        }
        return linear("down", hidden, width)(inner, scope)
    }

    private func linear(_ name: String, _ inputs: Int, _ outputs: Int) -> Linear {
        Linear(
            name, from: inputs, to: outputs, gain: gain, deviation: deviation, gamma: gamma,
            hasBias: hasBias)
    }
}
