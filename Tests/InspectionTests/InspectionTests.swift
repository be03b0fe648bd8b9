import Formats
import Foundation
import Inspection
import OrderedCollections
import Tensors
import Testing

@Suite struct InspectionTests {
    /// A model in Llama's names, of eight layers.
    private func model(_ change: (inout ParameterTree) -> Void = { _ in }) -> ParameterTree {
        var noise = Noise(5)
        var tree: ParameterTree = ["model.embed_tokens.weight": noise.tensor([64, 32])]
        for layer in 0..<8 {
            let prefix = "model.layers.\(layer)."
            tree[prefix + "input_layernorm.weight"] = Tensor(
                [Float](repeating: 1, count: 32), shape: [32])
            for name in ["q", "k", "v", "o"] {
                tree[prefix + "self_attn.\(name)_proj.weight"] = noise.tensor([32, 32], scale: 0.2)
            }
            tree[prefix + "post_attention_layernorm.weight"] = Tensor(
                [Float](repeating: 1, count: 32), shape: [32])
            for name in ["gate", "up"] {
                tree[prefix + "mlp.\(name)_proj.weight"] = noise.tensor([48, 32], scale: 0.2)
            }
            tree[prefix + "mlp.down_proj.weight"] = noise.tensor([32, 48], scale: 0.2)
        }
        change(&tree)
        return tree
    }

    private func inspect(
        _ tree: ParameterTree, _ depth: CheckpointInspector.Depth = .spectra, threads: Int = 1,
        config: String? = #"{"model_type": "llama", "num_attention_heads": 4, "hidden_size": 32}"#
    ) throws -> CheckpointInspection {
        let scratch = try Scratch()
        _ = try scratch.put(tree)
        try config?.write(toFile: scratch.path + "/config.json", atomically: true, encoding: .utf8)
        return try CheckpointInspector(path: scratch.path, depth: depth, threads: threads).inspect()
    }

    private func scaled(_ tensor: Tensor, _ factor: Float) -> Tensor {
        Tensor(tensor.doubles.map { Float($0) * factor }, shape: tensor.shape)
    }

    @Test func aHealthyModelHasNoFindings() throws {
        let inspection = try inspect(model())
        #expect(inspection.findings.isEmpty, "\(inspection.findings.map(\.summary))")
        #expect(inspection.attention.count == 8)
        #expect(inspection.notes.isEmpty)
    }

    @Test func numbersDoNotDependOnThreads() throws {
        // Above the part that one thread takes at a time.
        var noise = Noise(9)
        var tree = model()
        tree["lm_head.weight"] = noise.tensor([2100, 2500])
        let one = try inspect(tree, .normsOnly), four = try inspect(tree, .normsOnly, threads: 4)
        #expect(one.tensors == four.tensors)
        let head = try #require(one.tensors.last?.statistics)
        let doubles = tree["lm_head.weight"]?.doubles ?? []
        let squares = doubles.reduce(0) { $0 + $1 * $1 }
        #expect((head.frobenius / squares.squareRoot() - 1).magnitude < 1e-6)
        #expect(head.rows?.count == 2100 && head.columns?.count == 2500)
        let spectra = try inspect(model()), again = try inspect(model(), threads: 3)
        #expect(spectra == CheckpointInspection(again, at: spectra.path))
    }

    @Test func nonFiniteNumbersAreCountedAndLeftOut() throws {
        let name = "model.layers.3.mlp.up_proj.weight"
        let healthy = try inspect(model())
        let sick = try inspect(
            model { tree in
                var values = tree[name]?.doubles.map { Float($0) } ?? []
                values[7] = .nan
                values[40] = -.infinity
                values[41] = .infinity
                tree[name] = Tensor(values, shape: [48, 32])
            })
        let finding = try #require(sick.findings.first { $0.kind == "non_finite" })
        #expect(
            finding.summary == "\(name): 3 of 1536 elements are nan or infinite"
                && finding.severity == .alarm && finding.layer == 3)
        let tensors = [healthy, sick].map { $0.tensors.first { $0.name == name } }
        let numbers = tensors.map { $0?.statistics?.rootMeanSquare ?? 0 }
        #expect((numbers[1] / numbers[0] - 1).magnitude < 0.01)
        #expect(tensors[1]?.spectrum == nil && tensors[0]?.spectrum != nil)
        let channels = tensors.map { $0?.statistics?.columns?.median ?? 0 }
        #expect((channels[1] / channels[0] - 1).magnitude < 0.05)
    }

    @Test func aLayerThatDepartsFromItsSiblingsIsFound() throws {
        let name = "model.layers.5.self_attn.v_proj.weight"
        let sick = try inspect(model { $0[name] = scaled($0[name] ?? Tensor(scalar: 0), 3) })
        let findings = sick.findings.filter { $0.kind == "departs_from_siblings" }
        #expect(findings.map(\.tensor) == [name])
        let mild = try inspect(model { $0[name] = scaled($0[name] ?? Tensor(scalar: 0), 1.5) })
        #expect(!mild.findings.contains { $0.kind == "departs_from_siblings" })
    }

    @Test func zeroTensorsAndSilentChannelsAreFound() throws {
        let up = "model.layers.1.mlp.up_proj.weight", down = "model.layers.2.mlp.down_proj.weight"
        let sick = try inspect(
            model { tree in
                var values = tree[up]?.doubles.map { Float($0) } ?? []
                for column in 0..<32 { values[5 * 32 + column] = 0 }
                tree[up] = Tensor(values, shape: [48, 32])
                tree[down] = Tensor([Float](repeating: 0, count: 32 * 48), shape: [32, 48])
            })
        let found = sick.findings.map { "\($0.kind) \($0.tensor ?? "")" }
        #expect(found.contains("silent_channels \(up)"))
        #expect(found.contains("all_zero \(down)"))
        #expect(
            sick.findings.contains {
                $0.summary == "\(up): 1 of 48 output channels are zero throughout"
            })
    }

    @Test func hotChannelsAndOverflowAreFound() throws {
        let gate = "model.layers.0.mlp.gate_proj.weight"
        let sick = try inspect(
            model { tree in
                var values = tree[gate]?.doubles.map { Float($0) } ?? []
                for row in 0..<48 { values[row * 32 + 9] *= 1e6 }
                tree[gate] = Tensor(values, shape: [48, 32])
            })
        let hot = try #require(sick.findings.first { $0.kind == "hot_channels" })
        #expect(hot.summary.contains("input channel 9 of \(gate)"))
        #expect(sick.findings.contains { $0.kind == "overflow_fp16" && $0.tensor == gate })
    }

    @Test func attentionLogitsThatWeightsMakeLargeAreFound() throws {
        func grown(_ factor: Float) throws -> [CheckpointFinding] {
            try inspect(
                model { tree in
                    for name in ["q", "k"] {
                        let path = "model.layers.4.self_attn.\(name)_proj.weight"
                        tree[path] = scaled(tree[path] ?? Tensor(scalar: 0), factor)
                    }
                }
            ).findings.filter { $0.kind == "attention_logits" }
        }
        #expect(try grown(100).map(\.layer) == [4])
        #expect(try grown(1).isEmpty)
    }

    @Test func smallAndLargeNumbersKeepTheirDigits() throws {
        for factor in [Float(1e-30), 1e-22, 1e25] {
            var noise = Noise(2)
            let tensor = noise.tensor([32, 48])
            let plain = try inspect(["a.weight": tensor], config: nil).tensors[0]
            let far = try inspect(["a.weight": scaled(tensor, factor)], config: nil).tensors[0]
            let pairs: [(Double?, Double?)] = [
                (far.statistics?.rootMeanSquare, plain.statistics?.rootMeanSquare),
                (far.statistics?.columns?.median, plain.statistics?.columns?.median),
                (far.spectrum?.norm, plain.spectrum?.norm),
            ]
            for (a, b) in pairs {
                let ratio = try #require(a) / (#require(b) * Double(factor))
                #expect((ratio - 1).magnitude < 1e-5, "\(factor): \(ratio)")
            }
        }
    }

    @Test func expectationsFollowTheory() throws {
        var inspector = try CheckpointInspector(path: "\(oracle)/llama", depth: .normsOnly)
        inspector.facts.learningRate = 1e-2
        inspector.facts.weightDecay = 0.1
        let tensor = try #require(
            try inspector.inspect().tensors.first { $0.name.hasSuffix("0.self_attn.q_proj.weight") }
        )
        let size = try #require(tensor.statistics?.rootMeanSquare)
        // sqrt(0.01 / 0.2), theory's own number.
        #expect(
            (try #require(tensor.expectations.equilibrium) * 0.2236 / size - 1).magnitude < 1e-4)
        #expect(try #require(tensor.expectations.muPStart) == size * 4)
        #expect(tensor.headroom["e4m3"] == log2(448 / (tensor.statistics?.largest ?? 0)))
    }

    @Test func textFitsAndJSONAndCSVHaveAll() throws {
        let inspection = try CheckpointInspector(path: "\(oracle)/neox").inspect()
        for width in [60, 80, 120, 200] {
            let lines = inspection.text(columns: width).split(separator: "\n")
            let longest = lines.map(\.count).max() ?? 0
            #expect(longest <= width || lines[0].count == longest, "\(width): \(longest)")
        }
        #expect(inspection.table.rows.count == inspection.tensors.count)
        let json = try inspection.json()
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let back = try decoder.decode(CheckpointInspection.self, from: Data(json.utf8))
        #expect(back.tensors.count == inspection.tensors.count)
        #expect(json.contains("\"rms_to_rms\"") && json.contains("\"stable_rank\""))
    }

    @Test func whatHoldsNoTensorsIsRefusedAndEmptyOnesAreNoFinding() throws {
        let scratch = try Scratch()
        let path = try scratch.put([:], "nothing.safetensors")
        let error = #expect(throws: FormatError.self) { _ = try CheckpointInspector(path: path) }
        #expect(error?.description.contains("has no 'tensor'; it holds no weights") == true)
        let tensors: ParameterTree = [
            "empty.weight": .zeros([0, 8]), "zero.weight": .zeros([4, 8]),
        ]
        let inspection = try CheckpointInspector(path: scratch.put(tensors)).inspect()
        #expect(inspection.findings.map(\.tensor) == ["zero.weight"])
        let text = inspection.text(columns: 200)
        #expect(text.contains("was it ever trained? [arXiv 1903.06733]"))
        #expect(inspection.findings.allSatisfy { !$0.confirmation.isEmpty })
    }

    @Test func aConfigurationThatIsNoneIsAnError() throws {
        let scratch = try Scratch()
        _ = try scratch.put(model())
        for text in ["[1, 2]", "{", String(repeating: "[", count: 100_000)] {
            try text.write(toFile: scratch.path + "/config.json", atomically: true, encoding: .utf8)
            let error = #expect(throws: FormatError.self) {
                _ = try CheckpointInspector(path: scratch.path)
            }
            #expect(
                error?.description.contains("config.json: configuration: not a JSON object") == true
            )
        }
        let odd =
            #"{"model_type": 3, "num_attention_heads": 1e300, "head_dim": -1, "hidden_size": "x"}"#
        try odd.write(toFile: scratch.path + "/config.json", atomically: true, encoding: .utf8)
        let inspection = try CheckpointInspector(path: scratch.path).inspect()
        #expect(inspection.family == "Llama" && inspection.facts.heads == nil)
    }
}

extension CheckpointInspection {
    /// The same of another path.
    fileprivate init(_ other: CheckpointInspection, at path: String) {
        self = other
        self.path = path
    }
}
