/// Matrices with ReLU between them: `Linear ∘ ReLU ∘ … ∘ Linear`.
///
/// Its weights are called `0`, `1` and so on, the first applied first.
public struct MLP: Compound {
    public let body: Composition
    public var tare = 1.0

    /// Creates the module.
    ///
    /// - Parameters:
    ///   - outputs: The extent of the last axis of the result.
    ///   - inputs: That of the operand.
    ///   - width: That of all between.
    ///   - depth: How many matrices, at least two.
    /// - Precondition: `depth` is at least two.
    public init(_ outputs: Int, from inputs: Int, width: Int, depth: Int = 3) {
        precondition(depth >= 2, "an MLP of \(depth) matrices")
        let first = ReLU() ∘ Linear(width, from: inputs)
        let between = (2..<depth).map { _ in ReLU() ∘ Linear(width, from: width) }
        body = Composition([first] + between + [Linear(outputs, from: width)])
    }
}
