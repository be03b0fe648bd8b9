/// A convolutional network of residual blocks, each of one or more layers
/// `MeanSubtract ∘ Abs ∘ Conv2D ∘ RMSDivide`, then the mean over all pixels and a matrix.
///
/// That `RMSDivide` has sensitivity one is an assumption, as in ``ResMLP``.
///
/// The blocks together have mass 20; the first convolution and the last matrix have mass one.
///
/// Source: Modula's first version, `ResCNN`; the scale stands in the weights.
public struct ResCNN: Compound {
    public let body: Composition
    public var tare = 1.0

    /// Creates the module.
    ///
    /// - Parameters:
    ///   - outputs: The extent of the last axis of the result, (batch, outputs).
    ///   - inputs: Channels of the operand, (batch, height, width, inputs).
    ///   - width: Channels of all between.
    ///   - blocks: How many residual blocks, at least two.
    ///   - layers: Layers of a block.
    ///   - kernel: The side of the kernels, odd.
    public init(
        _ outputs: Int, from inputs: Int, width: Int, blocks: Int, layers: Int = 2, kernel: Int = 3
    ) {
        let layer =
            MeanSubtract() ∘ Abs() ∘ Conv2D(width, from: width, kernel: kernel)
            ∘ RMSDivide().assuming(sensitivity: 1)
        let block = Residual(layer ** layers, weight: 1 / Double(blocks))
        body =
            Linear(outputs, from: width).named("final") ∘ Mean()
            ∘ (block ** blocks).tared(to: 20).named("blocks")
            ∘ Conv2D(width, from: inputs, kernel: kernel).named("initial")
    }
}
