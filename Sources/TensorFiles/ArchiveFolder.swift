import Formats
import Foundation

/// Finds the checkpoint in a folder.
enum ArchiveFolder {
    /// The file, or the index of shards, that a folder is about.
    static func file(of folder: String) throws(FormatError) -> String {
        let names = try AtomicFile.names(in: folder).filter { !$0.hasSuffix(".ballast-partial") }
        if names.contains("checkpoints") {
            // The folder of a run: its newest checkpoint.
            let steps = try AtomicFile.names(in: folder + "/checkpoints")
                .filter { $0.hasSuffix(".safetensors") }.sorted()
            if let last = steps.last { return folder + "/checkpoints/" + last }
        }
        if let refusal = refusal(of: folder, names) { throw refusal }
        let preferred = [
            "model.safetensors.index.json", "model.safetensors", "pytorch_model.bin.index.json",
            "pytorch_model.bin",
        ]
        for name in preferred where names.contains(name) { return folder + "/" + name }
        for ending in endings {
            let found = names.filter { $0.hasSuffix(ending) && !isOptimizer($0) }
            if found.count == 1, let only = found.first { return folder + "/" + only }
            guard found.count > 1 else { continue }
            throw .unsupported(
                path: folder, place: "folder",
                found: "\(found.count) checkpoints: \(found.prefix(4).joined(separator: ", "))"
                    + (found.count > 4 ? ", ..." : ""),
                advice: "name one of them, or several as paths")
        }
        throw .missing(
            path: folder, name: "checkpoint",
            advice: "give a folder with \(endings.joined(separator: ", ")), or a file")
    }

    private static let endings = [
        ".index.json", ".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".npz", ".npy",
    ]

    private static func isOptimizer(_ name: String) -> Bool {
        ["optimizer", "scheduler", "rng_state", "training_args", "scaler"].contains {
            name.hasPrefix($0)
        }
    }

    /// Folders in formats that other tools convert.
    private static func refusal(of folder: String, _ names: [String]) -> FormatError? {
        func refuse(_ found: String, _ advice: String) -> FormatError {
            .unsupported(path: folder, place: "folder", found: found, advice: advice)
        }
        let orbax = ["_CHECKPOINT_METADATA", "manifest.ocdbt", "_METADATA", "ocdbt.process_0"]
        if names.contains(where: orbax.contains) {
            return refuse(
                "an orbax checkpoint (TensorStore)",
                """
                convert it where it was trained:
                  import jax, numpy as np, orbax.checkpoint as ocp
                  tree = ocp.StandardCheckpointer().restore("\(folder)")
                  flat = jax.tree_util.tree_flatten_with_path(tree)[0]
                  key = lambda path: ".".join(str(getattr(k, "key", getattr(k, "idx", k))) for k in path)
                  np.savez("weights.npz", **{key(p): np.asarray(x, np.float32) for p, x in flat})
                """)
        }
        if names.contains(".zarray") || names.contains("zarr.json") {
            return refuse(
                "a zarr store (TensorStore)",
                "convert it: python -c \"import zarr, numpy as np; "
                    + "np.save('weights.npy', zarr.open('\(folder)')[:])\"")
        }
        if names.contains("common.pt"), names.contains("metadata.json") {
            return refuse(
                "a Megatron checkpoint in zarr",
                "save it with --ckpt-format torch_dist, which is read here, or convert it with Megatron's "
                    + "tools/checkpoint/convert.py")
        }
        return nil
    }
}
