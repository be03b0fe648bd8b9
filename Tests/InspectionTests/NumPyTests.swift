import Foundation
import Inspection
import OrderedCollections
import Tensors
import Testing

/// Comparisons with NumPy's numbers of checkpoints that the safetensors package wrote.
@Suite struct NumPyTests {
    private struct Expected: Decodable {
        struct Numbers: Decodable {
            var rms, frobenius, largest: Double
            var spectral, smallest, entropy, hotRows, hotColumns: Double?
        }
        struct Attention: Decodable {
            var layer: Int
            var bounds, typical: [Double]
        }
        var tensors: [String: Numbers]
        var attention: [Attention]

        init(_ family: String) throws {
            let text = try String(
                contentsOfFile: "\(oracle)/\(family)/expected.json", encoding: .utf8)
            // A strategy for keys would change the names of tensors.
            let plain = text.replacingOccurrences(of: "hot_rows", with: "hotRows")
                .replacingOccurrences(of: "hot_columns", with: "hotColumns")
            self = try JSONDecoder().decode(Self.self, from: Data(plain.utf8))
        }
    }

    static let families = ["llama", "qwen3", "gemma2", "gpt2", "neox", "megatron"]

    private func near(_ a: Double?, _ b: Double?, _ share: Double) -> Bool {
        guard let a, let b else { return a == nil && b == nil }
        return (a - b).magnitude <= share * b.magnitude
    }

    @Test(arguments: families, [CheckpointInspector.Depth.spectra, .exactSpectra])
    func numbersAreNumPys(family: String, depth: CheckpointInspector.Depth) throws {
        let expected = try Expected(family)
        let inspection = try CheckpointInspector(path: "\(oracle)/\(family)", depth: depth)
            .inspect()
        let tensors = inspection.tensors.filter { !$0.isPart }
        #expect(tensors.count == expected.tensors.count)
        for tensor in tensors {
            let want = try #require(expected.tensors[tensor.name])
            let numbers = try #require(tensor.statistics)
            #expect(near(numbers.rootMeanSquare, want.rms, 1e-6), "\(tensor.name)")
            #expect(near(numbers.frobenius, want.frobenius, 1e-6), "\(tensor.name)")
            #expect(numbers.largest == want.largest, "\(tensor.name)")
            #expect(near(numbers.rows?.ratio, want.hotRows, 1e-5), "\(tensor.name)")
            #expect(near(numbers.columns?.ratio, want.hotColumns, 1e-5), "\(tensor.name)")
            // Lanczos ends where its own bound on the error is small; a decomposition has all digits.
            let share = depth == .exactSpectra ? 1e-9 : 5e-4
            #expect(near(tensor.spectrum?.norm, want.spectral, share), "\(tensor.name)")
            guard depth == .exactSpectra, let spectrum = tensor.spectrum else { continue }
            #expect(near(spectrum.smallest, want.smallest, 1e-7), "\(tensor.name)")
            #expect(near(spectrum.entropy, want.entropy, 1e-9), "\(tensor.name)")
            #expect(
                near(spectrum.stableRank, pow(want.frobenius / (want.spectral ?? 0), 2), 1e-9),
                "\(tensor.name)")
        }
    }

    @Test(arguments: families)
    func attentionBoundsAreNumPys(family: String) throws {
        let expected = try Expected(family)
        let inspection = try CheckpointInspector(path: "\(oracle)/\(family)").inspect()
        try #require(inspection.attention.count == expected.attention.count)
        for (found, want) in zip(inspection.attention, expected.attention) {
            #expect(found.layer == want.layer)
            try #require(found.bounds.count == want.bounds.count)
            for head in want.bounds.indices {
                // The norm of a head is rounded up by its own error.
                let bound = found.bounds[head]
                #expect(near(bound, want.bounds[head], 2e-3), "\(bound), not \(want.bounds[head])")
                #expect(bound >= want.bounds[head] * (1 - 1e-6))
                #expect(near(found.typical[head], want.typical[head], 1e-5))
            }
        }
        let basis = inspection.attention.map(\.basis)
        #expect(
            basis.contains(
                family == "qwen3" ? .queryKeyNorm : family == "gemma2" ? .cap : .weights))
    }

    @Test(arguments: families)
    func everyTensorHasItsRole(family: String) throws {
        let inspection = try CheckpointInspector(path: "\(oracle)/\(family)", depth: .normsOnly)
            .inspect()
        let names = [
            "llama": "Llama", "qwen3": "Qwen 3", "gemma2": "Gemma 2", "gpt2": "GPT-2",
            "neox": "GPT-NeoX", "megatron": "Megatron",
        ]
        #expect(inspection.family == names[family])
        let without = inspection.tensors.filter { $0.role == nil }.map(\.name)
        #expect(without.isEmpty, "\(without)")
        #expect(inspection.tensors.compactMap { $0.role?.layer }.max() == 1)
    }

    /// The families are told apart by names alone where there is no configuration.
    // Megatron's arguments stand in the file itself.
    @Test(arguments: families.filter { $0 != "megatron" })
    func namesTellTheFamily(family: String) throws {
        let inspection = try CheckpointInspector(
            path: "\(oracle)/\(family)/model.safetensors", depth: .normsOnly
        ).inspect()
        let scratch = try Scratch()
        try FileManager.default.copyItem(
            atPath: "\(oracle)/\(family)/model.safetensors", toPath: scratch.path + "/a.safetensors"
        )
        let alone = try CheckpointInspector(path: scratch.path, depth: .spectra).inspect()
        #expect(alone.family == inspection.family)
        #expect(alone.facts.heads == nil)
        #expect(
            alone.attention.isEmpty == (family != "qwen3"),
            "a norm of queries that heads share says how wide they are")
        #expect(family == "qwen3" || alone.notes.contains { $0.contains("config.json") })
    }

    /// The first matrix of a gated MLP holds its gate, as its rows say; grouped experts have their numbers.
    @Test func rolesOfMegatronFollowShapesAndNumbers() throws {
        let inspection = try CheckpointInspector(path: "\(oracle)/megatron", depth: .normsOnly)
            .inspect()
        let kinds = inspection.tensors.compactMap { $0.role }.filter { $0.layer == 1 }.map(\.kind)
        #expect(kinds.contains(.gateUp) && !kinds.contains(.up))
        #expect(kinds.count { $0 == .attentionNorm } == 1 && kinds.count { $0 == .mlpNorm } == 1)
        var noise = Noise(4)
        let scratch = try Scratch()
        let stem = "decoder.layers.3.mlp.experts."
        let path = try scratch.put([
            "decoder.layers.0.self_attention.linear_qkv.weight": noise.tensor([12, 4]),
            "decoder.layers.0.self_attention.linear_proj.weight": noise.tensor([4, 4]),
            stem + "linear_fc1.weight7": noise.tensor([8, 4]),
            stem + "linear_fc2.weight7": noise.tensor([4, 8]),
            stem + "local_experts.2.linear_fc1.weight": noise.tensor([16, 4]),
            stem + "local_experts.2.linear_fc2.weight": noise.tensor([4, 8]),
        ])
        let roles = try CheckpointInspector(path: path, depth: .normsOnly).inspect().tensors
            .reduce(into: [:]) { $0[$1.name] = $1.role }
        func said(_ name: String) -> String {
            let role = roles[stem + name] ?? nil
            return "\(role?.kind.rawValue ?? "-") \(role?.layer ?? -1) \(role?.expert ?? -1)"
        }
        #expect(said("linear_fc1.weight7") == "up 3 7")
        #expect(said("linear_fc2.weight7") == "down 3 7")
        #expect(said("local_experts.2.linear_fc1.weight") == "gate_up 3 2")
    }

    /// Queries, keys and values of a fused projection are those rows, and a wrong layout gives others.
    @Test(arguments: ["gpt2", "neox", "megatron"])
    func fusedProjectionsAreDivided(family: String) throws {
        let inspection = try CheckpointInspector(path: "\(oracle)/\(family)").inspect()
        let fused = inspection.tensors.filter {
            $0.role?.kind == .queryKeyValue && $0.role?.isBias == false
        }
        #expect(fused.count == 2)
        for whole in fused {
            let parts = inspection.tensors.filter { $0.isPart && $0.name.hasPrefix(whole.name) }
            #expect(parts.map { $0.role?.kind } == [.query, .key, .value])
            let squares = parts.compactMap { $0.statistics.map { $0.frobenius * $0.frobenius } }
            let size = try #require(whole.statistics?.frobenius)
            #expect(near(squares.reduce(0, +), size * size, 1e-6))
            let shared = family == "megatron" ? 16 : 32
            #expect(parts.map(\.shape) == [[32, 16], [shared, 16], [shared, 16]])
        }
    }
}
