/// An MLP of residual blocks, each of one or more layers `MeanSubtract ∘ Abs ∘ Linear ∘ RMSDivide`.
///
/// What the second layer of a block divides by is below one, since taking magnitudes and their mean away
/// leaves vectors smaller than they were: that `RMSDivide` has sensitivity one is an assumption here, as
/// in Modula.
///
/// The blocks together have mass one, and so have the first and the last matrix.
///
/// Source: Modula's first version, `ResMLP`, which puts the scale in the forward computation; here it
/// stands in the weights.
public struct ResMLP: Compound {
    public let body: Composition
    public var tare = 1.0

    /// Creates the module.
    ///
    /// - Parameters:
    ///   - outputs: The extent of the last axis of the result.
    ///   - inputs: That of the operand.
    ///   - width: That of all between.
    ///   - blocks: How many residual blocks, at least two.
    ///   - layers: Layers of a block.
    public init(_ outputs: Int, from inputs: Int, width: Int, blocks: Int, layers: Int = 2) {
        let layer =
            MeanSubtract() ∘ Abs() ∘ Linear(width, from: width)
            ∘ RMSDivide().assuming(sensitivity: 1)
        let block = Residual(layer ** layers, weight: 1 / Double(blocks))
        body =
            Linear(outputs, from: width).named("final")
            ∘ (block ** blocks).tared(to: 1).named("blocks")
            ∘ Linear(width, from: inputs).named("initial")
    }
}
