import Formats
import OrderedCollections
import Tensors

/// Opens an iteration of Megatron-LM: a folder of each rank of tensor, pipeline and expert parallelism, as
/// ``MegatronRanks`` reads their names, each with a `model_optim_rng.pt`.
enum MegatronCheckpoint {
    private static let names = ["model_optim_rng.pt", "model_rng.pt"]
    /// Megatron's own classes stand among the settings, as enumerations and functions; none of them is a tensor.
    private static let classes = PickleClasses(
        kept: ["argparse.Namespace"],
        ignored: [
            "megatron.", "transformer_engine.", "torch.nn.functional.", "torch._C._nn.",
            "signal.Signals", "_io.BytesIO",
        ])

    static func open(_ folder: String, _ names: [String], from given: String) throws(FormatError)
        -> TensorArchive
    {
        let folders = names.filter { $0.hasPrefix("mp_rank_") }.sorted()
        guard let first = folders.first else {
            throw .missing(path: folder, name: "rank", advice: "give a folder with mp_rank_*")
        }
        let archives = try folders.map { name throws(FormatError) in
            (name, try open(folder + "/" + name))
        }
        let metadata = archives[0].1.metadata
        let byName = Dictionary(archives) { first, _ in first }
        let ranks = try MegatronRanks(folder, folders, metadata)
        let chunks = try chunks(of: byName[first] ?? archives[0].1)
        var result = MegatronTensors(
            folder: folder, isGated: isGated(metadata), expertRanks: ranks.expertRanks)
        var layer = 0
        // A rank that holds several stages has every so manyth: all first ones come before the second ones.
        for chunk in chunks {
            for stage in ranks.stages {
                var layers = 0
                for (expertRank, tensorRanks) in stage.enumerated() {
                    let shards = tensorRanks.compactMap { byName[$0] }
                    layers = max(
                        layers,
                        try result.add(
                            shards, from: layer, under: chunk, expertRank: expertRank))
                }
                layer += layers
            }
        }
        guard !result.tensors.isEmpty else {
            throw .missing(path: folder, name: "tensor", advice: "no rank's file holds a model")
        }
        var notes = chunks == [""] ? archives[0].1.notes : ["only the model is read"]
        if !result.unknown.isEmpty {
            notes.append(
                "\(result.unknown.count) tensors of unknown split are listed a rank, as "
                    + (result.unknown.first ?? ""))
        }
        return TensorArchive(
            path: given, kind: .pytorch, files: archives.flatMap(\.1.files), folder: folder,
            tensors: result.tensors, sources: result.sources, metadata: metadata, notes: notes)
    }

    /// What stands before the names of each stage that a rank holds: nothing where it holds one.
    private static func chunks(of archive: TensorArchive) throws(FormatError) -> [String] {
        var found: Set<Int> = []
        for name in archive.tensors.keys where name.hasPrefix("model") {
            let digits = name.dropFirst("model".count).prefix { $0.isASCII && $0.isNumber }
            guard name.dropFirst("model".count + digits.count).hasPrefix("."),
                let number = Int(digits)
            else { continue }
            found.insert(number)
        }
        guard !found.isEmpty else { return [""] }
        guard found == Set(0..<found.count) else {
            throw ZipFile.corrupt(
                archive.path, "model", "stages \(found.sorted().map { "model\($0)" })")
        }
        return (0..<found.count).map { "model\($0)." }
    }

    /// Whether the first matrix of MLPs is two, gate and value, in each rank.
    private static func isGated(_ metadata: [String: String]) -> Bool {
        ["swiglu", "gated_linear_unit"].contains { metadata[$0] == "true" }
    }

    /// The file of a rank.
    private static func open(_ folder: String) throws(FormatError) -> TensorArchive {
        let there = try AtomicFile.names(in: folder)
        guard let name = names.first(where: there.contains) else {
            throw .missing(
                path: folder, name: names[0], advice: "the checkpoint is not whole: fetch all ranks"
            )
        }
        let path = folder + "/" + name
        guard case .zip? = ForeignFormat(try WholeFile.start(16, of: path)) else {
            throw .unsupported(
                path: path, place: "first bytes", found: "no file of PyTorch 1.6 or later",
                advice: "load and save it with a later version of PyTorch")
        }
        return try PyTorchArchive.open(ZipFile(path), from: path, classes: classes)
    }
}
