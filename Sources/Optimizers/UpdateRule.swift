public import Modules
public import Programs
public import Tensors

/// How parameters move.
///
/// A rule builds a piece of the step's program for each parameter; the numbers that change from step
/// to step (learning rate, corrections of bias) are computed on the host in double and fed as
/// scalars, so that every schedule runs through one compiled program.
public protocol UpdateRule: Sendable {
    /// The name in configuration files.
    static var name: String { get }

    /// The tensors kept for a parameter, zero at the start; of one name, of one meaning.
    func slots(for parameter: ParameterSpecification) -> [StateSlot]

    /// The values of the scalars of a step.
    func scalars(at step: StepSize) -> [StepScalar: Double]

    /// The scalars, in the order of the program's inputs.
    var stepScalars: [StepScalar] { get }

    /// Builds what all parameters' updates read, once in a step; nothing by default.
    func shared(_ model: ModelOperands) -> [String: Value]

    /// Builds the update of one parameter.
    func update(_ operands: UpdateOperands) -> UpdateResults

    /// What the rule does with a parameter.
    ///
    /// - Parameters:
    ///   - parameter: The parameter.
    ///   - count: The number of parameters of the model.
    /// - Returns: The plan; its decay is that of parameters which are not spared.
    func plan(for parameter: ParameterSpecification, among count: Int) -> UpdatePlan

    /// What is added to a parameter where it is evaluated: a tensor that is kept for it, times a factor; nil
    /// where what trains is what is evaluated.
    func evaluationOffset(
        of parameter: ParameterSpecification
    ) -> (slot: String, factor: Double)?

    /// Whether the first step carries a parameter to a surface that it does not leave again.
    func constrains(_ parameter: ParameterSpecification) -> Bool
}

extension UpdateRule {
    public func shared(_ model: ModelOperands) -> [String: Value] { [:] }

    /// Nothing is known of the update.
    public func plan(for parameter: ParameterSpecification, among count: Int) -> UpdatePlan {
        UpdatePlan(self, "unknown", decay: .none)
    }

    public func constrains(_ parameter: ParameterSpecification) -> Bool { false }

    public func evaluationOffset(
        of parameter: ParameterSpecification
    ) -> (slot: String, factor: Double)? { nil }
}

/// A tensor that a rule keeps for a parameter from step to step.
public struct StateSlot: Sendable, Hashable {
    /// The name, unique among those of the parameter.
    public var name: String
    /// The extents.
    public var shape: Shape

    public init(_ name: String, _ shape: Shape) {
        self.name = name
        self.shape = shape
    }
}

extension ParameterSpecification {
    /// Slots of the parameter's own shape.
    func slots(_ names: String...) -> [StateSlot] { names.map { StateSlot($0, shape) } }

    /// √(fan-out / fan-in): what the spectral norm of a weight of unit RMS-to-RMS norm is.
    var spectralScale: Double { (Double(fanOut) / Double(fanIn)).squareRoot() }
}
