import Formats
import OrderedCollections
import Tensors

/// Opens an iteration of Megatron-LM: a folder `mp_rank_TP` or `mp_rank_TP_PPP` of each rank of tensor and pipeline
/// parallelism, each with a `model_optim_rng.pt`.
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
        let ranks = try MegatronRanks(folder, names)
        var result = MegatronTensors(folder: folder, tensorRanks: ranks.tensorRanks)
        var files: [String] = []
        var metadata: [String: String] = [:]
        var notes: [String] = []
        var layer = 0
        for stage in ranks.stages {
            var shards: [TensorArchive] = []
            for rank in stage {
                let shard = try open(folder + "/" + rank)
                files += shard.files
                if metadata.isEmpty { (metadata, notes) = (shard.metadata, shard.notes) }
                shards.append(shard)
            }
            layer += try result.add(shards, from: layer, isGated: isGated(metadata))
        }
        guard !result.tensors.isEmpty else {
            throw .missing(path: folder, name: "tensor", advice: "no rank's file holds a model")
        }
        if !result.unknown.isEmpty {
            notes.append(
                "\(result.unknown.count) tensors of unknown split are listed a rank, as "
                    + (result.unknown.first ?? ""))
        }
        return TensorArchive(
            path: given, kind: .pytorch, files: files, folder: folder, tensors: result.tensors,
            sources: result.sources, metadata: metadata, notes: notes)
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
        guard case .zip? = ForeignFormat(try TensorArchive.firstBytes(16, of: path)) else {
            throw .unsupported(
                path: path, place: "first bytes", found: "no file of PyTorch 1.6 or later",
                advice: "load and save it with a later version of PyTorch")
        }
        let archive = try PyTorchArchive.open(ZipFile(path), from: path, classes: classes)
        guard !archive.tensors.keys.contains(where: { $0.hasPrefix("model0.") }) else {
            throw .unsupported(
                path: path, place: "model", found: "several stages of the pipeline in one rank",
                advice: "convert it with Megatron's tools/checkpoint/convert.py")
        }
        return archive
    }
}

/// The folders of ranks by stage of the pipeline.
private struct MegatronRanks {
    /// For each stage of the pipeline the folders of its ranks of tensor parallelism.
    var stages: [[String]]

    var tensorRanks: Int { stages.first?.count ?? 0 }

    init(_ folder: String, _ names: [String]) throws(FormatError) {
        var byPlace: [[Int]: String] = [:]
        for name in names where name.hasPrefix("mp_rank_") {
            let parts = name.dropFirst("mp_rank_".count).split(
                separator: "_", omittingEmptySubsequences: false
            ).map { Int($0) ?? -1 }
            guard (1...2).contains(parts.count), parts.allSatisfy({ $0 >= 0 }) else {
                throw .unsupported(
                    path: folder, place: "folder", found: "ranks called '\(name.prefix(80))'",
                    advice: "experts over ranks are not joined: convert it with Megatron's "
                        + "tools/checkpoint/convert.py")
            }
            byPlace[[parts.count > 1 ? parts[1] : 0, parts[0]]] = name
        }
        let tensor = (byPlace.keys.map { $0[1] }.max() ?? -1).addingReportingOverflow(1)
        let stage = (byPlace.keys.map { $0[0] }.max() ?? -1).addingReportingOverflow(1)
        let product = tensor.partialValue.multipliedReportingOverflow(by: stage.partialValue)
        guard !tensor.overflow, !stage.overflow, !product.overflow,
            product.partialValue == byPlace.count
        else {
            throw .missing(
                path: folder, name: "rank",
                advice:
                    "\(byPlace.count) folders mp_rank_* are there, and their names speak of more: "
                    + "fetch all")
        }
        stages = (0..<stage.partialValue).map { stage in
            (0..<tensor.partialValue).compactMap { byPlace[[stage, $0]] }
        }
    }
}

/// The tensors of all ranks, joined.
private struct MegatronTensors {
    let folder: String
    let tensorRanks: Int
    var tensors: OrderedDictionary<String, StoredTensor> = [:]
    var sources: [ByteSource] = []
    /// Tensors that are listed a rank.
    var unknown: [String] = []

    init(folder: String, tensorRanks: Int) {
        (self.folder, self.tensorRanks) = (folder, tensorRanks)
    }

    /// Adds a stage of the pipeline.
    ///
    /// - Parameters:
    ///   - shards: The ranks of tensor parallelism.
    ///   - layer: The layers before the stage, whose own begin at zero.
    ///   - isGated: Whether the first matrix of MLPs is two in each rank.
    /// - Returns: The layers of the stage.
    /// - Throws: ``FormatError`` where ranks do not hold the same tensors.
    mutating func add(
        _ shards: [TensorArchive], from layer: Int, isGated: Bool
    ) throws(FormatError) -> Int {
        guard let first = shards.first else { return 0 }
        let starts = shards.map { shard in
            defer { sources += shard.sources }
            return sources.count
        }
        var last = -1
        for name in first.tensors.keys where !name.hasSuffix("_extra_state") {
            let parts = MegatronName(name)
            last = max(last, parts.layer ?? -1)
            let full = parts.name(from: layer)
            let ranks = try shards.enumerated().map { rank, shard throws(FormatError) in
                guard let tensor = shard.tensors[name] else {
                    throw .missing(
                        path: shard.path, name: name,
                        advice: "another rank has it: fetch all ranks of one iteration")
                }
                return StoredTensor(
                    name: full, type: tensor.type, shape: tensor.shape, strides: tensor.strides,
                    source: tensor.source + starts[rank], bytes: tensor.bytes)
            }
            try join(ranks, parts, full, isGated)
        }
        return last + 1
    }

    private mutating func join(
        _ ranks: [StoredTensor], _ parts: MegatronName, _ name: String, _ isGated: Bool
    ) throws(FormatError) {
        guard let first = ranks.first else { return }
        let isAlike = ranks.allSatisfy { $0.shape == first.shape && $0.type == first.type }
        if ranks.count == 1 || parts.split == .none && isAlike {
            // The last stage has the embeddings of the first once more.
            tensors[name] = tensors[name] ?? first
            return
        }
        guard case .axis(let axis) = parts.split, axis < first.shape.dimensions.count, isAlike,
            ranks.allSatisfy({ $0.strides == nil })
        else {
            for (rank, tensor) in ranks.enumerated() {
                let own = "\(name)@tp\(rank)"
                unknown.append(own)
                tensors[own] = StoredTensor(
                    name: own, type: tensor.type, shape: tensor.shape, strides: tensor.strides,
                    source: tensor.source, bytes: tensor.bytes)
            }
            return
        }
        guard tensors[name] == nil else { return }
        let extents = first.shape.dimensions
        // Gate and value stand one behind the other in each rank, and so they do in the whole.
        let parts = isGated && parts.isFirstOfMLP && extents[axis] % 2 == 0 ? 2 : 1
        let width = first.type.bitCount / 8
        var whole = extents
        let (extent, overflow) = extents[axis].multipliedReportingOverflow(by: ranks.count)
        whole[axis] = extent
        guard !overflow, let shape = Shape(checking: whole),
            case let (size, isTooMuch) = shape.count.multipliedReportingOverflow(by: width),
            !isTooMuch
        else { throw ZipFile.corrupt(folder, "tensor '\(name)'", "a shape that overflows") }
        var sizes = extents
        sizes[axis] /= parts
        let half = first.shape.count / parts * width
        let pieces = ranks.enumerated().flatMap { rank, tensor in
            (0..<parts).map { part in
                var offsets = [Int](repeating: 0, count: extents.count)
                offsets[axis] = (part * ranks.count + rank) * sizes[axis]
                return PieceMap.Piece(
                    offsets: offsets, sizes: sizes, source: sources[tensor.source],
                    start: tensor.bytes.lowerBound + part * half)
            }
        }
        tensors[name] = StoredTensor(
            name: name, type: first.type, shape: shape, source: sources.count, bytes: 0..<size)
        sources.append(
            .pieces(PieceMap(path: folder, shape: shape, width: width, pieces: pieces)))
    }
}
