import Ballast
import Dashboard
import Foundation
import Import
import Judging
import Recipes
import TensorFiles

extension FuzzTarget {
    /// Every target, by the name that `scripts/fuzz.sh` takes.
    static let all: [String: FuzzTarget] = ofRuns.merging(ofText) { $1 }.merging(ofRecipes) { $1 }

    /// What other tools configured, asked and judged.
    private static let ofRecipes: [String: FuzzTarget] = [
        "huggingface": FuzzTarget(file: "config.json") { path, _ in
            _ = try RecipeTranslation.read(path).yaml
        },
        "nanogpt": FuzzTarget(file: "train.py") { path, _ in
            _ = try RecipeTranslation.read(path).yaml
        },
        "torchtitan": FuzzTarget(file: "train.toml") { path, _ in
            _ = try RecipeTranslation.read(path).yaml
        },
        "campaign": FuzzTarget(file: "campaign.json") { path, _ in
            _ = try Campaign.read(path)
        },
        "request": FuzzTarget(file: "request") { _, bytes in
            _ = try Request.read(bytes[...])
        },
    ]

    /// Files of runs, studies and tensors.
    private static let ofRuns: [String: FuzzTarget] = [
        "safetensors": FuzzTarget(file: "a.safetensors") { path, _ in
            let file = try SafetensorsFile(path: path)
            try file.verifyDigests()
            _ = try file.tensors()
        },
        "checkpoint": FuzzTarget(file: "checkpoints/step-00000006.safetensors") { path, _ in
            _ = try Checkpoint(path: path).identity(at: path)
        },
        "events": FuzzTarget(file: "events.out.tfevents.1.a") { path, _ in
            _ = try EventLog.read(
                folder: URL(fileURLWithPath: path).deletingLastPathComponent().path)
        },
        "gzip": FuzzTarget(file: "a.gz") { path, _ in
            var count = 0
            try Gzip.forEachChunk(of: path) { count += $0.count }
        },
        "configuration": FuzzTarget(file: "a.yaml") { path, _ in
            try ConfigurationFile.read(path).validate()
        },
        "study": FuzzTarget(file: "a.yaml") { path, _ in
            _ = try Study(path: path)
        },
        "manifest": FuzzTarget(file: "manifest.json") { path, _ in
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            _ = try RunFolder(folder).recordedRun()
        },
        "result": FuzzTarget(file: "result.json") { path, _ in
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            _ = try RunFolder(folder).readResult()
        },
        "plan": FuzzTarget(file: "sweep.json") { path, _ in
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            _ = try SweepFolder(folder).read()
        },
        "transfer": FuzzTarget(file: "transfer.json") { _, bytes in
            _ = try TransferResult(json: Data(bytes))
        },
        "csv": FuzzTarget(file: "a.csv") { path, bytes in
            _ = try CSVTable(parsing: bytes, of: path)
            _ = try LogReader.runs(at: path)
        },
        "jsonl": FuzzTarget(file: "a.jsonl") { path, _ in
            _ = try LogReader.runs(at: path)
        },
        "trainerstate": FuzzTarget(file: "trainer_state.json") { path, _ in
            // The name decides: a folder is searched for it, as for the states of several checkpoints.
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            for place in [path, folder] { _ = try? LogReader.runs(at: place) }
        },
        "textlog": FuzzTarget(file: "a.log") { path, _ in
            _ = try LogReader.runs(at: path)
        },
        "wandb": FuzzTarget(file: "a.wandb") { path, _ in
            _ = try LogReader.runs(at: path)
        },
        "names": FuzzTarget(file: "names.yaml") { path, _ in
            _ = try MetricAliases(path: path)
        },
        "program": FuzzTarget(file: "a.txt") { _, bytes in
            _ = try Program(text: String(decoding: bytes, as: UTF8.self))
        },
        "pytorch": FuzzTarget(file: "a.pt") { path, _ in
            _ = try TensorArchive.open(path)
        },
        "numpy": FuzzTarget(file: "a.npz") { path, _ in
            _ = try TensorArchive.open(path)
        },
        "dcp": FuzzTarget(file: "dcp/.metadata", beside: "dcp") { path, _ in
            try readTensors(of: URL(fileURLWithPath: path).deletingLastPathComponent().path)
        },
        "distcp": FuzzTarget(file: "dcp/__0_0.distcp", beside: "dcp") { path, _ in
            try readTensors(of: URL(fileURLWithPath: path).deletingLastPathComponent().path)
        },
        "megatron": FuzzTarget(
            file: iteration + "mp_rank_00_000/model_optim_rng.pt",
            copies: ["01_000", "00_001", "01_001"].map {
                "\(iteration)mp_rank_\($0)/model_optim_rng.pt"
            }, beside: "megatron"
        ) { path, _ in
            let root = URL(fileURLWithPath: path).pathComponents.dropLast(3)
            try readTensors(of: root.joined(separator: "/"))
        },
    ]

    private static let iteration = "megatron/iter_0000100/"

    /// Reads every tensor of a checkpoint, as joined from its ranks.
    private static func readTensors(of path: String) throws {
        let archive = try TensorArchive.open(path)
        for tensor in archive.tensors.values { _ = try? archive.floats(of: tensor) }
    }
}
