public import Programs

/// How a parameter moves.
///
/// A rule builds a piece of the step's program for each parameter; the numbers that change from step
/// to step (learning rate, corrections of bias) are computed on the host in double and fed as
/// scalars, so that every schedule runs through one compiled program.
public protocol UpdateRule: Sendable {
    /// The name in configuration files.
    static var name: String { get }

    /// The tensors kept for each parameter, of its shape, zero at the start.
    var slots: [String] { get }

    /// The scalars of a step, by name.
    func scalars(at step: StepSize) -> [String: Double]

    /// The names of the scalars, in the order of the program's inputs.
    var scalarNames: [String] { get }

    /// Builds the update of one parameter.
    func update(_ operands: UpdateOperands) -> UpdateResults
}

/// What an update is built from.
public struct UpdateOperands {
    /// The parameter before the step.
    public var parameter: Value
    /// Its gradient, before clipping.
    public var gradient: Value
    /// The factor that clipping puts on the gradient, a scalar.
    public var gradientScale: Value
    /// The tensors of ``UpdateRule/slots``, in order.
    public var state: [Value]
    /// The scalars of the step by name.
    public var scalars: [String: Value]
    /// Whether weight decay applies.
    public var isDecayed: Bool

    /// Creates operands.
    public init(
        parameter: Value, gradient: Value, gradientScale: Value, state: [Value],
        scalars: [String: Value], isDecayed: Bool
    ) {
        self.parameter = parameter
        self.gradient = gradient
        self.gradientScale = gradientScale
        self.state = state
        self.scalars = scalars
        self.isDecayed = isDecayed
    }

    /// A scalar of the step.
    ///
    /// - Precondition: The rule named it.
    public func scalar(_ name: String) -> Value {
        guard let value = scalars[name] else { preconditionFailure("no scalar \(name)") }
        return value
    }
}

/// What an update makes.
public struct UpdateResults {
    /// The parameter after the step.
    public var parameter: Value
    /// The tensors of ``UpdateRule/slots`` after the step.
    public var state: [Value]
    /// The sum of the squares of the change of the parameter.
    public var squaredUpdate: Value

    /// Creates results.
    public init(parameter: Value, state: [Value], squaredUpdate: Value) {
        self.parameter = parameter
        self.state = state
        self.squaredUpdate = squaredUpdate
    }
}
