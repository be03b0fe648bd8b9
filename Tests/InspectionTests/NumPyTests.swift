import Foundation
import Inspection
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

    static let families = ["llama", "qwen3", "gemma2", "gpt2", "neox"]

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
            "neox": "GPT-NeoX",
        ]
        #expect(inspection.family == names[family])
        let without = inspection.tensors.filter { $0.role == nil }.map(\.name)
        #expect(without.isEmpty, "\(without)")
        #expect(inspection.tensors.compactMap { $0.role?.layer }.max() == 1)
    }

    /// The families are told apart by names alone where there is no configuration.
    @Test(arguments: families)
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

    /// Queries, keys and values of a fused projection are those rows, and a wrong layout gives others.
    @Test(arguments: ["gpt2", "neox"])
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
            #expect(parts.allSatisfy { $0.shape == [32, 16] })
        }
    }
}
