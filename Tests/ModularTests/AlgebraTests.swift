import Engines
import Modular
import Norms
import OrderedCollections
import Programs
import Tensors
import Testing

@Suite("the algebra of modules")
struct AlgebraTests {
    @Test("masses add, sensitivities multiply, and shares are what follows from both")
    func composition() {
        let module = 2 * Linear(3, from: 6).tared(to: 3) ∘ ReLU() ∘ (0.5 * Linear(6, from: 4))
        #expect(module.mass == 4)
        #expect(module.sensitivity == .proven(1))
        #expect(module.parameters.map(\.path) == ["0", "1"])
        // Of mass 1 of 4 before a half and a double; of mass 3 of 4 before a double.
        #expect(module.parameters.map(\.share) == [.proven(0.25 / 1), .proven(0.75 / 2)])
    }

    @Test("tuples add sensitivities and sums take them back to one number")
    func tuple() {
        let tuple = Tuple(Linear(3, from: 4), 0.25 * Linear(3, from: 4))
        #expect(tuple.sensitivity == .proven(1.25))
        #expect(tuple.parameters.map(\.share) == [.proven(0.5), .proven(0.5 / 0.25)])
        let sum = Linear(3, from: 4) + 0.25 * Linear(3, from: 4)
        #expect(sum.sensitivity == .proven(1.25))
        #expect(sum.parameters.map(\.path) == ["0", "1"])
    }

    @Test("composition is associative in every number")
    func associativity() {
        let (a, b, c) = (
            RMSDivide() ∘ Linear(4, from: 4), 3 * Linear(4, from: 4), Linear(4, from: 5)
        )
        // Names keep compositions from becoming one list.
        let left = (a.named("a") ∘ b.named("b")).named("ab") ∘ c.named("c")
        let right = a.named("a") ∘ (b.named("b") ∘ c.named("c")).named("bc")
        #expect(left.mass == right.mass && left.sensitivity == right.sensitivity)
        for (x, y) in zip(left.parameters, right.parameters) {
            let (x, y) = (x.share.value ?? .nan, y.share.value ?? .nan)
            #expect((x - y).magnitude < 1e-15)
        }
        let (s, t) = (left.sharpness, right.sharpness)
        // Sums of products of a few numbers below ten.
        #expect(((s?.weights ?? .nan) - (t?.weights ?? 0)).magnitude < 1e-14)
        #expect(((s?.mixed ?? .nan) - (t?.mixed ?? 0)).magnitude < 1e-14)
        #expect(((s?.inputs ?? .nan) - (t?.inputs ?? 0)).magnitude < 1e-14)
    }

    @Test("sharpness of two matrices, by hand")
    func sharpness() {
        // p = 1/2 each, β = 1 each, μ = 1: α = 2 · 1/2 · 1/2 · 1, β = 1/2 + 1/2.
        let module = Linear(3, from: 4) ∘ Linear(4, from: 5)
        #expect(module.sharpness == Sharpness(weights: 0.5, mixed: 1, inputs: 0))
        #expect((ReLU() ∘ module).sharpness == nil)
    }

    @Test("powers have weights of their own, and names are paths")
    func power() {
        let module = (ReLU() ∘ Linear(4, from: 4).named("up")) ** 3
        // The only module with weights in a copy, so that its name is not needed.
        #expect(module.parameters.map(\.path) == ["0.up", "1.up", "2.up"])
        #expect(module.mass == 3)
        #expect(module.tared(to: 6).parameters.map(\.mass) == [2, 2, 2])
        #expect(module.tared(to: 6).parameters.map(\.share) == module.parameters.map(\.share))
    }

    @Test("what rests on an assumption is marked, and what is unknown is refused")
    func unknown() throws {
        let assumed = Linear(3, from: 4) ∘ ReLU().assuming(sensitivity: 2) ∘ Linear(4, from: 4)
        #expect(assumed.sensitivity == .assumed(2))
        #expect(assumed.parameters.map(\.share) == [.assumed(0.25), .proven(0.5)])
        let unknown =
            Linear(3, from: 4) ∘ Multiply() ∘ (Linear(4, from: 4), Linear(4, from: 4).named("gate"))
        #expect(unknown.sensitivity == .unknown)
        #expect(
            throws: ProgramError.malformed(
                "the share of weight '0.0' in the norm is unknown, since a sensitivity after it is; give "
                    + "that module one with assuming(sensitivity:)")
        ) {
            let builder = ProgramBuilder("dualize")
            unknown.dualize(Weights(inputsFor: unknown, in: builder)).output()
            _ = try builder.build()
        }
    }

    @Test("zero mass leaves a module where it is")
    func massless() throws {
        let module = Linear(3, from: 4) ∘ Linear(4, from: 4).tared(to: 0)
        let builder = ProgramBuilder("dualize")
        module.dualize(Weights(inputsFor: module, in: builder, .f64)).output()
        let ones = [Double](repeating: 1, count: 16)
        let results = try ReferenceEngine().run(
            try builder.build(),
            [
                "parameter/0": Tensor(doubles: ones, shape: [4, 4]),
                "parameter/1": Tensor(doubles: Array(ones[..<12]), shape: [3, 4]),
            ])
        #expect(results["parameter/0"]?.doubles.allSatisfy { $0 == 0 } == true)
        #expect(results["parameter/1"]?.doubles.contains { $0 != 0 } == true)
    }

    @Test("the table of a network")
    func table() {
        let mlp = Linear(10, from: 256) ∘ ReLU() ∘ Linear(256, from: 784)
        #expect(
            mlp.table == """
                Linear(10, from: 256) ∘ ReLU ∘ Linear(256, from: 784)
                mass 2, sensitivity 1, sharpness unknown
                weight  atom                    shape      mass  part  share  sensitivity after
                0       Linear(256, from: 784)  [256,784]  1     0.5   0.5    1
                1       Linear(10, from: 256)   [10,256]   1     0.5   0.5    1
                """)
        let gpt = GPT(vocabulary: 65, width: 16, heads: 4, blocks: 3)
        #expect(gpt.mass == 7)
        #expect(gpt.sensitivity == .assumed(1))
        let shares = gpt.parameters.map { ($0.path, $0.share.value ?? .nan) }
        let table = Dictionary(uniqueKeysWithValues: shares)
        #expect(shares.count == 2 + 3 * 6)
        // 5/18 of 7 for each of 18 weights of blocks; a sixth of the residual stream, and for values a
        // third; before queries stand a third and a sixth too.
        #expect(abs((table["embedding"] ?? 0) - 1 / 7) < 1e-15)
        #expect(abs((table["blocks.2.mlp.up"] ?? 0) - 5 / 18 / 7 * 6) < 1e-14)
        #expect(abs((table["blocks.0.attention.output"] ?? 0) - 5 / 18 / 7 * 6) < 1e-14)
        #expect(abs((table["blocks.1.attention.value"] ?? 0) - 5 / 18 / 7 * 18) < 1e-13)
        #expect(abs((table["blocks.1.attention.query"] ?? 0) - 5 / 18 / 7 * 18) < 1e-13)
    }
}
