import Formats
import OrderedCollections
import Tensors

/// The tensors of all ranks, joined.
struct MegatronTensors {
    let folder: String
    /// Whether the first matrix of MLPs is two in each rank.
    let isGated: Bool
    /// The ranks over which experts are divided.
    let expertRanks: Int
    private(set) var tensors: OrderedDictionary<String, StoredTensor> = [:]
    private(set) var sources: [ByteSource] = []
    /// Tensors that are listed a rank.
    private(set) var unknown: [String] = []

    /// Tensors of no rank yet.
    init(folder: String, isGated: Bool, expertRanks: Int) {
        (self.folder, self.isGated, self.expertRanks) = (folder, isGated, expertRanks)
    }

    /// Adds a stage of the pipeline, as one rank of experts has it.
    ///
    /// - Parameters:
    ///   - shards: The ranks of tensor parallelism.
    ///   - layer: The layers before the stage, whose own begin at zero.
    ///   - prefix: What stands before the names of the stage; the others are left out.
    ///   - expertRank: Which rank of experts it is; all of them have the same beside their experts.
    /// - Returns: The layers of the stage.
    /// - Throws: ``FormatError`` where ranks do not hold the same tensors.
    mutating func add(
        _ shards: [TensorArchive], from layer: Int, under prefix: String, expertRank: Int
    ) throws(FormatError) -> Int {
        guard let first = shards.first else { return 0 }
        let starts = shards.map { shard in
            defer { sources += shard.sources }
            return sources.count
        }
        let names = first.tensors.keys.filter {
            $0.hasPrefix(prefix) && !$0.hasSuffix("_extra_state")
        }
        let all = names.map { MegatronName(String($0.dropFirst(prefix.count))) }
        let last = all.compactMap(\.layer).max() ?? -1
        guard last < Int.max - layer - 1 else {
            throw ZipFile.corrupt(first.path, "model", "a layer \(last)")
        }
        // Experts are counted within the rank.
        let experts = (all.compactMap(\.expert).max() ?? -1).addingReportingOverflow(1)
        let before = experts.partialValue.multipliedReportingOverflow(by: expertRank)
        guard !experts.overflow, !before.overflow else {
            throw ZipFile.corrupt(first.path, "model", "an expert without a number")
        }
        for (name, parts) in zip(names, all) where expertRank == 0 || parts.expert != nil {
            let full = parts.name(
                from: layer, expertsFrom: expertRanks > 1 ? before.partialValue : 0)
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
            try join(ranks, parts, full)
        }
        return last + 1
    }

    private mutating func join(
        _ ranks: [StoredTensor], _ parts: MegatronName, _ name: String
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
