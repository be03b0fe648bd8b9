public import Programs

/// Two matrices with a function between them, or three with a gate.
///
/// ```
/// gelu, relu:  y = down f(up x)
/// swiglu:      y = down (silu(gate x) ⊙ up x)       arXiv 2002.05202
/// ```
public struct MLP: Module {
    /// The width of operand and result.
    public var width: Int
    /// The width between.
    public var hidden: Int
    /// The function between.
    public var kind: MLPKind
    /// The factor of the standard deviation at the start.
    public var gain: Double
    /// Where γ of the matrices start; nil where they are taken as they are.
    public var gamma: GammaStart?

    /// Creates the module.
    public init(
        width: Int, hidden: Int, kind: MLPKind, gain: Double = 1, gamma: GammaStart? = nil
    ) {
        self.width = width
        self.hidden = hidden
        self.kind = kind
        self.gain = gain
        self.gamma = gamma
    }

    public func callAsFunction(_ x: Value, _ scope: Scope) -> Value {
        let up = Linear("up", from: width, to: hidden, gain: gain, gamma: gamma)(x, scope)
        let inner: Value
        switch kind {
        case .gelu: inner = Activation.gelu(up)
        case .relu: inner = Activation.relu(up)
        case .swiglu:
            let gate = Linear("gate", from: width, to: hidden, gain: gain, gamma: gamma)(x, scope)
            inner = Activation.silu(gate) * up
        }
        return Linear("down", from: hidden, to: width, gain: gain, gamma: gamma)(inner, scope)
    }
}
