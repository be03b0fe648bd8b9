import Modules
public import Programs
import Tensors

/// The mean magnitudes of all activations of a batch, and of their changes since the start.
///
/// Inputs: `tokens` (batch, time), `parameter/PATH` as they are and `start/PATH` as they were. Outputs:
/// for each activation `size/NAME`, the mean of |x|, and `change/NAME`, the mean of |x − x₀|.
public struct ActivationProgram: Sendable {
    /// The program.
    public let program: Program
    /// The activations, in the order of computation.
    public let names: [String]

    /// Builds the program.
    ///
    /// - Throws: `ProgramError` when the configuration does not fit together.
    public init(_ configuration: RunConfiguration) throws {
        let builder = ProgramBuilder("activations")
        let shape: Shape = [configuration.data.batch, configuration.model.context]
        let tokens = builder.input("tokens", .i32, shape)
        let model = ProxyTransformer(configuration.resolvedModel)
        func activations(_ prefix: String) -> [(name: String, value: Value)] {
            let scope = Scope(
                builder, productType: configuration.model.elementType, prefix: prefix)
            _ = model.logits(tokens, scope)
            return scope.model.activations
        }
        let now = activations("parameter")
        for (activation, before) in zip(now, activations("start")) {
            builder.output("size/" + activation.name, activation.value.absolute().mean())
            builder.output(
                "change/" + activation.name, (activation.value - before.value).absolute().mean())
        }
        program = try builder.build().simplified()
        names = now.map(\.name)
    }
}
