import Conformance
import Modular
import Norms
import Programs
import Tensors
import Testing

/// Irregular numbers, each vector along the last axis of root mean square `size`.
func activations(_ shape: Shape, size: Double = 1, seed: UInt64 = 1) -> Tensor {
    let width = shape[shape.rank - 1]
    let rows = Tensor.unitRows(shape.count / width, columns: width, RandomKey(seed: seed))
    return Tensor(rows.floats.map { $0 * Float(size) }, shape: shape)
}

/// Irregular weights of attention, (1, heads, time, time), which sum to one.
private func mixture(heads: Int, time: Int) -> Tensor {
    let numbers = RandomKey(seed: 4).normals(heads * time * time, deviation: 1).map(\.magnitude)
    let rows = stride(from: 0, to: numbers.count, by: time).flatMap { start -> [Float] in
        let row = numbers[start..<start + time]
        return row.map { $0 / row.reduce(0, +) }
    }
    return Tensor(rows, shape: [1, heads, time, time])
}

private let tokens = Tensor(integers: [0, 3, 1, 4, 4, 2], shape: [2, 3])

@Suite("modules keep to their norms")
struct ConformanceTests {
    static let atoms: [(module: any Module, input: Tensor)] = [
        (Linear(5, from: 8), activations([2, 3, 8])),
        (Linear(8, from: 5), activations([4, 5])),
        (Linear(6, from: 6), activations([4, 6])),
        (Embedding(6, vocabulary: 5), tokens),
        (Conv2D(3, from: 2, kernel: 3), activations([1, 4, 5, 2])),
        (Gain(6), activations([3, 6])),
    ]

    @Test("atoms", arguments: atoms.indices)
    func atom(index: Int) throws {
        let (module, input) = Self.atoms[index]
        // A kernel reaches its bound where all neighbours point the way that their places want.
        let isTight = !(module is Conv2D)
        try ModuleConformance(
            module, at: [input], isTightInWeights: isTight,
            isTightInInputs: isTight && input.elementType == .f32
        ).check()
    }

    @Test("every set of coefficients", arguments: NewtonSchulz.allCases)
    func coefficients(set: NewtonSchulz) throws {
        try ModuleConformance(Linear(5, from: 8), at: [activations([3, 8])], by: set).check()
    }

    @Test("a kernel reaches its norm where all neighbours are alike")
    func tightKernel() throws {
        let image = Tensor([Float](repeating: 1, count: 3 * 3), shape: [1, 3, 3, 1])
        try ModuleConformance(
            Conv2D(2, from: 1, kernel: 3), at: [image], isTightInWeights: true
        ).checkWeights()
    }

    static let bonds: [(module: any Module, input: Tensor)] = [
        (Identity(), activations([3, 6])),
        (ScalarMultiple(-0.5), activations([3, 6])),
        (ReLU(), activations([3, 6])),
        (Abs(), activations([3, 6])),
        (ScaledGELU(), Tensor([Float](repeating: 1.418504, count: 4), shape: [1, 4])),
        (SiLU(), Tensor([Float](repeating: 2.399357, count: 4), shape: [1, 4])),
        (MeanSubtract(), activations([3, 6])),
        (RMSDivide(), activations([3, 6])),
        (LayerNorm(), activations([3, 6], size: 3)),
        (RotaryEmbedding(), activations([1, 3, 2, 4])),
        (SplitHeads(4), activations([1, 2, 8])),
        (MergeHeads(), activations([1, 2, 4, 2])),
        (Mean(), activations([2, 3, 4])),
        (AveragePool(2), activations([1, 4, 2, 3])),
        (Flatten(), activations([2, 2, 3, 2])),
    ]

    @Test("bonds", arguments: bonds.indices)
    func bond(index: Int) throws {
        let (module, input) = Self.bonds[index]
        // A deviation of three leaves a layer norm a third of its sensitivity; ReLU reaches its own
        // where all elements are positive.
        try ModuleConformance(
            module, at: [input], isTightInInputs: !(module is LayerNorm || module is ReLU)
        ).check()
    }

    @Test("ReLU passes positive changes on")
    func relu() throws {
        let input = Tensor([0.5, 1, 1.5, 0.2], shape: [1, 4])
        try ModuleConformance(ReLU(), at: [input], isTightInInputs: true).check()
    }

    @Test("the parts of attention, in their own norms")
    func attention() throws {
        let heads: Shape = [1, 3, 2, 4]
        let query = activations(heads, seed: 2)
        try ModuleConformance(
            QueryKeyProduct(width: 4), at: [query, query], outputNorms: [.largest],
            isTightInInputs: true
        ).check()
        // Two equal scores that move apart.
        let scores = Tensor([Float](repeating: 0.3, count: 8), shape: [1, 2, 2, 2])
        try ModuleConformance(
            Softmax(scale: 2), at: [scores], inputNorms: [.largest], outputNorms: [.rowSum],
            isTightInInputs: true
        ).check()
        try ModuleConformance(
            CausalMask(), at: [scores], inputNorms: [.largest], outputNorms: [.largest],
            isTightInInputs: true
        ).check()
        try ModuleConformance(
            ValueMixture(), at: [query, mixture(heads: 2, time: 3)],
            inputNorms: [.rootMeanSquare, .rowSum], isTightInInputs: true
        ).check()
    }

    static let compounds: [(module: any Module, input: Tensor)] = [
        (Linear(3, from: 6) ∘ ReLU() ∘ Linear(6, from: 4), activations([5, 4])),
        (2 * Linear(3, from: 6) ∘ Linear(6, from: 4).tared(to: 3), activations([5, 4])),
        (Linear(4, from: 4) + Linear(4, from: 4).tared(to: 0.2), activations([5, 4])),
        (Add() ∘ (Linear(3, from: 4), 0.5 * Identity() ∘ Linear(3, from: 4)), activations([5, 4])),
        (RMSDivide() ∘ Linear(4, from: 4), activations([5, 4])),
        (Residual(Linear(4, from: 4) ∘ Abs(), weight: 0.25) ** 3, activations([5, 4])),
        (MLP(3, from: 4, width: 6, depth: 3), activations([5, 4])),
        (ResMLP(3, from: 4, width: 6, blocks: 2), activations([5, 4])),
        (ResCNN(3, from: 2, width: 4, blocks: 2, layers: 1), activations([1, 3, 3, 2])),
        (Attention(width: 6, heads: 1), activations([1, 3, 6])),
    ]

    @Test("compounds", arguments: compounds.indices)
    func compound(index: Int) throws {
        let (module, input) = Self.compounds[index]
        try ModuleConformance(module, at: [input]).check()
    }

    @Test("GPT, whose shares rest on an assumption")
    func gpt() throws {
        let module = GPT(vocabulary: 5, width: 4, heads: 2, blocks: 2)
        #expect(module.parameters.contains { $0.share.provenValue == nil })
        try ModuleConformance(module, at: [tokens]).check()
    }
}
