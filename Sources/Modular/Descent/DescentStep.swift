public import Norms
import OrderedCollections
public import Programs
public import Tensors

/// A step of steepest descent in a module's norm, as a program for any engine.
///
/// ```
/// g = ∂loss/∂w
/// b ← β b + (1 − β) g
/// w ← w − η · dualize(b)
/// w ← project(w)                 when asked for
/// ```
///
/// The learning rate η is in units of the module's norm: to first order the output moves by at most η,
/// at every width and depth.
///
/// Inputs: `input`, `target`, `learning_rate`, `parameter/PATH` and `momentum/PATH`. Outputs: `loss`
/// before the step, and parameters and momentum after it, in place of the inputs of the same names.
///
/// Source: arXiv 2410.21265, equations 3 and 4, with a scheduled rate in place of the dual norm.
public struct DescentStep: Sendable {
    /// What is trained.
    public let module: any Module
    /// The step.
    public let program: Program

    /// Builds the step.
    ///
    /// - Parameters:
    ///   - module: What is trained; it has weights, and one input and one output.
    ///   - input: The type of the input.
    ///   - target: The type of what the outputs are compared with.
    ///   - momentum: β.
    ///   - projects: Whether weights are made admissible after each step.
    ///   - orthogonalization: What orthogonalises.
    ///   - type: The type of weights, momentum and learning rate.
    ///   - loss: A scalar of the output and the target.
    /// - Throws: `ProgramError` when shapes do not fit together, or a share is unknown.
    public init(
        of module: any Module, input: ValueType, target: ValueType, momentum: Double = 0,
        projects: Bool = false, by orthogonalization: NewtonSchulz = .modula,
        weightsOf type: ElementType = .f32,
        loss: (Value, Value) -> Value
    ) throws(ProgramError) {
        self.module = module
        let builder = ProgramBuilder("descent")
        let x = builder.input("input", input.elementType, input.shape)
        let y = builder.input("target", target.elementType, target.shape)
        let rate = builder.input("learning_rate", type, [])
        let weights = Weights(inputsFor: module, in: builder, type)
        let velocity = Weights(inputsFor: module, in: builder, prefix: "momentum", type)

        let error = loss(module.forward([x], weights)[0], y)
        let gradients = builder.gradients(of: error, withRespectTo: Array(weights.values.values))
        let gradient = Weights(paths: Array(weights.values.keys), gradients)
        let mean = velocity.map { $1 * momentum + gradient[$0] * (1 - momentum) }
        let step = module.dualize(mean, by: orthogonalization)
        let moved = weights.map { $1 - step[$0] * rate }

        builder.output("loss", error)
        (projects ? module.project(moved, by: orthogonalization) : moved).output()
        mean.output("momentum")
        program = try builder.build().simplified()
    }

    /// The names of what goes from step to step: the parameters, then their momentum.
    public var stateNames: [String] {
        ["parameter", "momentum"].flatMap { prefix in
            module.parameters.map { Weights.name(prefix, $0.path) }
        }
    }
}
