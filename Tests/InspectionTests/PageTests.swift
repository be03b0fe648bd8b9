import Documents
import Foundation
import Inspection
import OrderedCollections
import Tensors
import Testing

/// The page of a checkpoint, and of a series of them.
@Suite struct PageTests {
    /// A page as the command writes it, and its folder.
    private func written(_ document: Document) throws -> (page: String, scratch: Scratch) {
        let scratch = try Scratch()
        let lines = try document.write(
            to: scratch.path, vegaBundle: "window.vegaEmbed = null;", python: nil)
        for line in lines where !line.hasPrefix("note: ") {
            #expect(FileManager.default.fileExists(atPath: line))
        }
        let page = try String(contentsOfFile: scratch.path + "/report.html", encoding: .utf8)
        return (page, scratch)
    }

    /// The rows of a map as its file has them.
    private func cells(_ name: String, _ scratch: Scratch) throws -> [[String]] {
        let text = try String(
            contentsOfFile: "\(scratch.path)/figures/inspect-\(name).csv", encoding: .utf8)
        return text.split(separator: "\n").dropFirst().map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }

    @Test func mapsHoldTheNumbersOfEachPartOfEachBlock() throws {
        let inspection = try CheckpointInspector(path: oracle + "/qwen3").inspect()
        let (page, scratch) = try written(inspection.document())
        for (name, number): (String, (InspectedTensor) -> Double?) in [
            ("spectral-norm", { $0.spectrum?.norm }), ("rms-to-rms", { $0.spectrum?.rmsToRMS }),
            ("stable-rank", { $0.spectrum?.stableRank }), ("hot-channels", { $0.hotChannels }),
            ("headroom", { $0.headroom["e4m3"] }),
        ] {
            let cells = try cells(name, scratch)
            let wanted = inspection.tensors.filter {
                $0.role?.layer != nil && $0.role?.isBias == false && number($0) != nil
            }
            try #require(cells.count == wanted.count && !wanted.isEmpty, "\(name)")
            for tensor in wanted {
                let cell = try #require(cells.first { $0[3] == tensor.name })
                #expect(cell[0] == tensor.role?.kind.rawValue.replacing("_", with: " "))
                #expect(cell[1] == tensor.role?.layer.map(String.init))
                let value = try #require(Double(cell[2]))
                #expect((value - (number(tensor) ?? 0)).magnitude <= 1e-9 * value.magnitude)
            }
            #expect(page.contains("id=\"inspect-\(name)\""))
        }
        // Heads by blocks.
        #expect(try cells("attention-logits", scratch).count == 8)
        #expect(page.contains("model.embed_tokens.weight"))
        #expect(!page.contains("http://") && !page.contains("src=\"http"))
    }

    /// Names of no known family are parts by themselves; of experts the worst counts.
    @Test func partsOfUnknownNamesAndExpertsHaveTheirRows() throws {
        var noise = Noise(3)
        let scratch = try Scratch()
        let path = try scratch.put([
            "tower.0.mix.weight": noise.tensor([8, 8]), "tower.1.mix.weight": noise.tensor([8, 8]),
            "tower.1.mix.bias": noise.tensor([8]), "ending": noise.tensor([8]),
        ])
        let unknown = try CheckpointInspector(path: path).inspect()
        let (page, folder) = try written(unknown.document())
        let rows = try cells("spectral-norm", folder)
        #expect(rows.map { $0[0] + $0[1] } == ["tower.#.mix0", "tower.#.mix1"])
        #expect(page.contains("ending"))
        let experts = try scratch.put(
            [
                "model.layers.0.self_attn.q_proj.weight": noise.tensor([8, 8]),
                "model.layers.0.input_layernorm.weight": noise.tensor([8]),
                "model.layers.0.block_sparse_moe.experts.0.w1.weight": noise.tensor([8, 8]),
                "model.layers.0.block_sparse_moe.experts.1.w1.weight":
                    noise.tensor([8, 8], scale: 50),
                "model.layers.0.block_sparse_moe.gate.weight": noise.tensor([2, 8]),
            ], "experts.safetensors")
        let mixture = try CheckpointInspector(path: experts).inspect()
        #expect(mixture.family == "Mixtral")
        let other = try written(mixture.document())
        let gate = try #require(try cells("spectral-norm", other.scratch).first { $0[0] == "gate" })
        #expect(gate[3].contains("experts.1.w1"))
        #expect(other.page.contains("Of several experts the largest counts."))
    }

    @Test func growthStandsOnThePageOfASeries() throws {
        let scratch = try Scratch()
        var inspectors: [CheckpointInspector] = []
        for step in [100, 200, 400] {
            var noise = Noise(8)
            let path = try scratch.put(
                [
                    "model.layers.0.self_attn.q_proj.weight": noise.tensor(
                        [16, 16], scale: Float(step)),
                    "model.layers.0.mlp.gate_proj.weight": noise.tensor([16, 16]),
                    "model.layers.0.input_layernorm.weight": noise.tensor([16]),
                ], "step-\(step).safetensors")
            inspectors.append(try CheckpointInspector(path: path))
        }
        let series = try CheckpointSeries(inspectors)
        let (page, folder) = try written(series.document())
        let growth = try cells("growth", folder)
        let query = try #require(growth.first { $0[0] == "query" })
        let exponent = try #require(Double(query[2]))
        #expect((exponent - 1).magnitude < 1e-6)
        #expect(page.contains("the same bytes in the first and the last checkpoint"))
        #expect(page.contains("inspect-spectral-norm"), "the newest checkpoint has its maps")
        // The document of the series leaves out the newest checkpoint.
        #expect(try !series.json().contains("newest"))
    }
}
