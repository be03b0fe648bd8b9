public import Modules
public import Programs
import Tensors

/// What an update is built from.
public struct UpdateOperands {
    /// The parameter before the step.
    public var parameter: Value
    /// Its gradient, before clipping.
    public var gradient: Value
    /// The factor that clipping puts on the gradient, a scalar.
    public var gradientScale: Value
    /// The tensors of ``UpdateRule/slots(for:)``, in order.
    public var state: [Value]
    /// The scalars of the step.
    public var scalars: [StepScalar: Value]
    /// Whether weight decay applies.
    public var isDecayed: Bool
    /// The parameter's path, role and fans.
    public var specification: ParameterSpecification
    /// What ``UpdateRule/shared(_:)`` built.
    public var shared: [String: Value]
    /// The parametrisation's factor on the epsilon of Adam's step.
    public var epsilonFactor = 1.0

    /// Creates operands.
    ///
    /// - Parameters:
    ///   - parameter: The parameter before the step.
    ///   - gradient: Its gradient, before clipping.
    ///   - gradientScale: The factor of clipping, a scalar.
    ///   - state: The tensors of ``UpdateRule/slots(for:)``, in order.
    ///   - scalars: The scalars of the step.
    ///   - isDecayed: Whether weight decay applies.
    ///   - specification: What the parameter is; nil for a hidden matrix, or a gain when it is none.
    ///   - shared: What ``UpdateRule/shared(_:)`` built.
    public init(
        parameter: Value, gradient: Value, gradientScale: Value, state: [Value],
        scalars: [StepScalar: Value], isDecayed: Bool, specification: ParameterSpecification? = nil,
        shared: [String: Value] = [:]
    ) {
        self.parameter = parameter
        self.gradient = gradient
        self.gradientScale = gradientScale
        self.state = state
        self.scalars = scalars
        self.isDecayed = isDecayed
        self.specification =
            specification
            ?? ParameterSpecification(
                path: "parameter", shape: parameter.shape,
                role: parameter.shape.rank < 2 ? .gain : .hidden, initialization: .constant(0))
        self.shared = shared
    }

    /// These operands with every learning rate of the step multiplied.
    public func multiplyingLearningRates(by factor: Double) -> UpdateOperands {
        factor == 1 ? self : mappingLearningRates { $0 * factor }
    }

    /// These operands with every learning rate of the step multiplied by a scalar of the program.
    public func multiplyingLearningRates(by factor: Value) -> UpdateOperands {
        mappingLearningRates { $0 * factor }
    }

    /// These operands with another value for every learning rate, in the order of their names, so that
    /// equal rules build equal programs.
    private func mappingLearningRates(_ transform: (Value) -> Value) -> UpdateOperands {
        var copy = self
        let rates = scalars.filter(\.key.isLearningRate).sorted { $0.key.name < $1.key.name }
        for (scalar, value) in rates { copy.scalars[scalar] = transform(value) }
        return copy
    }

    /// These operands with the epsilon of Adam's step multiplied.
    public func multiplyingEpsilon(by factor: Double) -> UpdateOperands {
        var copy = self
        copy.epsilonFactor = factor
        return copy
    }

    /// A scalar of the step.
    ///
    /// - Precondition: The rule named it.
    public func scalar(_ scalar: StepScalar) -> Value {
        guard let value = scalars[scalar] else { preconditionFailure("no scalar \(scalar)") }
        return value
    }

    /// η of the step.
    public var learningRate: Value { scalar(.learningRate) }

    /// The gradient after clipping.
    public var clippedGradient: Value { gradient * gradientScale }
}

/// What ``UpdateRule/shared(_:)`` is built from: all parameters with their gradients.
public struct ModelOperands {
    /// One parameter.
    public struct Element {
        /// Its path, role and fans.
        public var specification: ParameterSpecification
        /// Its value before the step.
        public var parameter: Value
        /// Its gradient, before clipping.
        public var gradient: Value
        /// The sum of the squares of ``gradient``.
        public var squaredGradient: Value

        public init(
            specification: ParameterSpecification, parameter: Value, gradient: Value,
            squaredGradient: Value
        ) {
            self.specification = specification
            self.parameter = parameter
            self.gradient = gradient
            self.squaredGradient = squaredGradient
        }
    }

    /// The parameters in order, at least one.
    public var elements: [Element]
    /// The scalars of the step.
    public var scalars: [StepScalar: Value]

    /// Creates operands.
    ///
    /// - Precondition: There is at least one parameter.
    public init(_ elements: [Element], scalars: [StepScalar: Value]) {
        precondition(!elements.isEmpty, "ModelOperands: no parameters")
        self.elements = elements
        self.scalars = scalars
    }
}

/// What an update makes.
public struct UpdateResults {
    /// The parameter after the step.
    public var parameter: Value
    /// The tensors of ``UpdateRule/slots(for:)`` after the step.
    public var state: [Value]
    /// The sum of the squares of the change of the parameter.
    public var squaredUpdate: Value

    /// Creates results.
    public init(parameter: Value, state: [Value], squaredUpdate: Value) {
        self.parameter = parameter
        self.state = state
        self.squaredUpdate = squaredUpdate
    }

    /// The results of adding a change to a parameter.
    init(adding change: Value, to parameter: Value, state: [Value]) {
        self.init(
            parameter: parameter + change, state: state, squaredUpdate: (change * change).sum())
    }

    /// The results of putting a new value in a parameter's place.
    init(replacing parameter: Value, with value: Value, state: [Value]) {
        let change = value - parameter
        self.init(parameter: value, state: state, squaredUpdate: (change * change).sum())
    }
}
