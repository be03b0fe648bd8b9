import EngineCPU
import Engines
import Formats
import Foundation
import Modular
import OrderedCollections
import Programs
import Tensors
import Testing

/// Numbers that JAX and NumPy computed; `Oracle/make_oracle.py` makes them.
private struct Oracle {
    let file: SafetensorsFile
    let network: String
    let module: any Module

    private func loss(_ output: Value, _ target: Value) -> Value {
        network == "mlp"
            ? ErrorMeasure.squared(output, target) : ErrorMeasure.crossEntropy(output, target)
    }

    init(_ network: String, module: (any Module)? = nil) throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Oracle/oracle.safetensors").path
        file = try SafetensorsFile(path: path)
        self.network = network
        let known: any Module = Self.modules[network] ?? Identity()
        self.module = module ?? known
    }

    static let modules: [String: any Module] = [
        "mlp": MLP(3, from: 5, width: 6, depth: 3),
        "gpt": GPT(vocabulary: 7, width: 8, heads: 2, blocks: 2, finalScale: 2),
    ]

    func tensor(_ key: String) throws -> Tensor { try file.tensor("\(network).\(key)") }

    /// The weights under a key.
    func tree(_ key: String) throws -> ParameterTree {
        var tree = ParameterTree()
        for parameter in module.parameters {
            tree[parameter.path] = try tensor("\(key).\(parameter.path)")
        }
        return tree
    }

    /// A function of weights, in double.
    func apply(_ key: String, _ function: (Weights) -> Weights) throws -> ParameterTree {
        let builder = ProgramBuilder("oracle")
        function(Weights(inputsFor: module, in: builder, .f64)).output()
        var inputs: [String: Tensor] = [:]
        for (path, tensor) in try tree(key) {
            inputs[Weights.name("parameter", path)] = Tensor(
                doubles: tensor.doubles, shape: tensor.shape)
        }
        let results = try ReferenceEngine().run(try builder.build(), inputs)
        return try tree(key).mapValues { $0 }.reduce(into: ParameterTree()) { tree, entry in
            tree[entry.key] = results[Weights.name("parameter", entry.key)]
        }
    }

    /// A whole step from the start.
    func step(
        _ engine: any Engine, _ type: ElementType
    ) throws -> (loss: Double, weights: ParameterTree) {
        let (input, target) = (try tensor("input"), try tensor("target"))
        func cast(_ tensor: Tensor) -> Tensor {
            tensor.elementType == .i32
                ? tensor
                : Tensor(rounding: tensor.doubles, shape: tensor.shape, elementType: type)
        }
        func valueType(_ tensor: Tensor) -> ValueType {
            ValueType(tensor.elementType == .i32 ? .i32 : type, tensor.shape)
        }
        let step = try DescentStep(
            of: module, input: valueType(input), target: valueType(target), projects: true,
            weightsOf: type, loss: loss)
        let descent = try Descent(step, on: engine, weights: try tree("start"))
        let value = try descent.step(cast(input), cast(target), learningRate: 0.1)
        return (value, try descent.weights())
    }

    /// The largest distance of equal places.
    func distance(_ a: ParameterTree, _ key: String) throws -> Double {
        var worst = 0.0
        for (path, expected) in try tree(key) {
            guard let actual = a[path], actual.shape == expected.shape else { return .infinity }
            for (x, y) in zip(actual.doubles, expected.doubles) {
                worst = (x - y).isNaN ? .infinity : max(worst, (x - y).magnitude)
            }
        }
        return worst
    }
}

@Suite("numbers of JAX")
struct OracleTests {
    // Orthogonalisation stretches an error by 1137 at most, of values below 32; about a hundred
    // operations come before, and six steps of five products over at most 32 terms.
    static let double = 0x1p-53 * 1137 * 32 * 100
    static let single = 0x1p-24 * 1137 * 32

    @Test("dual maps, projections and a whole step, in double", arguments: ["mlp", "gpt"])
    func inDouble(network: String) throws {
        let oracle = try Oracle(network)
        let dual = try oracle.apply("gradient") { oracle.module.dualize($0) }
        #expect(try oracle.distance(dual, "dual") < Self.double)
        let projected = try oracle.apply("start") { oracle.module.project($0) }
        #expect(try oracle.distance(projected, "project") < Self.double)
        let (loss, weights) = try oracle.step(ReferenceEngine(), .f64)
        #expect(abs(loss - (try oracle.tensor("loss").doubles[0])) < 1e-13)
        #expect(try oracle.distance(weights, "step") < Self.double)
    }

    @Test("a whole step on the CPU engine", arguments: ["mlp", "gpt"])
    func inSingle(network: String) throws {
        let oracle = try Oracle(network)
        let isa = ProcessInfo.processInfo.environment["BALLAST_ISA"]
        let engine = try CPUEngine(instructionSet: InstructionSet(rawValue: isa ?? "") ?? .best)
        let (loss, weights) = try oracle.step(engine, .f32)
        // A loss of about two from numbers with errors of a few 2⁻²⁴.
        #expect(abs(loss - (try oracle.tensor("loss").doubles[0])) < 64 * 0x1p-24)
        let error = try oracle.distance(weights, "step")
        #expect(error < Self.single, "\(error)")
    }

    @Test("the comparison can fail: another mass, scale or number of heads is told apart")
    func negativeControl() throws {
        for module in [
            GPT(vocabulary: 7, width: 8, heads: 2, blocks: 2, blocksMass: 4.9, finalScale: 2),
            GPT(vocabulary: 7, width: 8, heads: 2, blocks: 2, finalScale: 2.01),
        ] {
            let oracle = try Oracle("gpt", module: module)
            let dual = try oracle.apply("gradient") { module.dualize($0) }
            #expect(try oracle.distance(dual, "dual") > Self.double)
        }
        let heads = GPT(vocabulary: 7, width: 8, heads: 1, blocks: 2, finalScale: 2)
        let oracle = try Oracle("gpt", module: heads)
        #expect(
            abs(try oracle.step(ReferenceEngine(), .f64).loss - oracle.tensor("loss").doubles[0])
                > 1e-6)
    }
}
