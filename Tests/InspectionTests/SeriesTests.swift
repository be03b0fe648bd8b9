import Formats
import Foundation
import Inspection
import OrderedCollections
import Tensors
import Testing

@Suite struct SeriesTests {
    /// Checkpoints in which tensors grow by laws that are given.
    private func series(
        _ steps: [Int], _ laws: [String: (Double) -> Double], noise scatter: Double = 0
    ) throws -> CheckpointSeries {
        let scratch = try Scratch()
        var inspectors: [CheckpointInspector] = []
        for (place, step) in steps.enumerated() {
            var tree: ParameterTree = [:]
            for (name, law) in laws.sorted(by: { $0.key < $1.key }) {
                var noise = Noise(8)
                let wobble = 1 + scatter * (place % 2 == 0 ? 1 : -1)
                tree[name] = noise.tensor([20, 20], scale: Float(law(Double(step)) * wobble))
            }
            let path = try scratch.put(tree, "step-\(step).safetensors")
            inspectors.append(try CheckpointInspector(path: path, depth: .normsOnly))
        }
        return try CheckpointSeries(inspectors.reversed())
    }

    @Test func exponentsAndDeparturesAreThoseOfTheLaws() throws {
        var laws: [String: (Double) -> Double] = [:]
        for layer in 0..<8 {
            laws["model.layers.\(layer).self_attn.q_proj.weight"] = {
                layer == 5 ? 0.01 * $0 : 0.1 * pow($0, 0.5)
            }
            laws["model.layers.\(layer).input_layernorm.weight"] = { _ in 1 }
            laws["model.layers.\(layer).mlp.gate_proj.weight"] = { _ in 0.2 }
        }
        let series = try series([100, 200, 400, 800], laws)
        #expect(series.steps == [100, 200, 400, 800])
        let queries = series.tensors.filter { $0.role?.kind == .query }
        for tensor in queries {
            let growth = try #require(tensor.growth)
            let law = tensor.role?.layer == 5 ? 1 : 0.5
            #expect((growth.exponent - law).magnitude < 1e-4)
            #expect((growth.low ?? 2) <= growth.exponent && growth.exponent <= (growth.high ?? -2))
            #expect(tensor.departs == (tensor.role?.layer == 5), "\(tensor.name)")
        }
        let unchanged = series.tensors.filter(\.isUnchanged)
        #expect(unchanged.count == 16 && unchanged.allSatisfy { $0.role?.kind != .query })
        let text = series.text(columns: 80)
        #expect(
            text.contains("16 tensors have the same bytes in the first and the last checkpoint"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test func theStepAtWhichAFormatIsLeftFollows() throws {
        let series = try series([100, 200, 400], ["a.weight": { $0 }, "b.weight": { $0 * 2000 }])
        let (slow, fast) = (series.tensors[0], series.tensors[1])
        let largest = try #require(slow.largest.last)
        // Largest grows as the step does: 448 is passed at 400 * 448 / largest.
        #expect((try #require(slow.leaves["e4m3"]) / (400 * 448 / largest) - 1).magnitude < 1e-3)
        #expect(slow.leaves["fp16"] == nil)
        #expect(fast.leaves["e4m3"] == 100 && fast.leaves["fp16"] == 100)
        #expect(fast.leaves["bf16"] == nil)
    }

    /// The interval is that of a regression: of four points that lie 5% up and down, in NumPy and SciPy
    /// `t.ppf(.975, 2)` times the slope's standard error.
    @Test func scatterWidensTheInterval() throws {
        let series = try series([100, 200, 400, 800], ["a.weight": { $0 }], noise: 0.05)
        let growth = try #require(series.tensors[0].growth)
        let x = [100.0, 200, 400, 800].map { log($0) }
        let y = zip(x, [1.05, 0.95, 1.05, 0.95]).map { $0 + log($1) }
        let (meanX, meanY) = (x.reduce(0, +) / 4, y.reduce(0, +) / 4)
        let spread = x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
        let slope = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) } / spread
        let squares = zip(x, y).reduce(0) {
            $0 + pow($1.1 - meanY - slope * ($1.0 - meanX), 2)
        }
        // 4.302653: the 97.5% point of Student's t with two degrees of freedom.
        let reach = 4.302653 * (squares / 2 / spread).squareRoot()
        #expect((growth.exponent - slope).magnitude < 1e-5)
        #expect((try #require(growth.high) - slope - reach).magnitude < 1e-4)
    }

    @Test func checkpointsWithoutOrderAreRefused() throws {
        let scratch = try Scratch()
        var noise = Noise(1)
        let tree: ParameterTree = ["a.weight": noise.tensor([2, 2])]
        func inspector(_ name: String) throws -> CheckpointInspector {
            try CheckpointInspector(path: scratch.put(tree, name))
        }
        let nameless = try [inspector("a.safetensors"), inspector("b.safetensors")]
        #expect(throws: FormatError.self) { _ = try CheckpointSeries(nameless) }
        let equal = try [inspector("x-5.safetensors"), inspector("y-5.safetensors")]
        let error = #expect(throws: FormatError.self) { _ = try CheckpointSeries(equal) }
        #expect(error?.description.contains("step 5, as") == true)
    }
}
