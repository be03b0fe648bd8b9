import Formats
import Foundation
import OrderedCollections
import Tensors

/// Opens a folder that `torch.distributed.checkpoint` wrote: a `.metadata`, and a `.distcp` of each rank, in which
/// every piece of a tensor is what `torch.save` writes.
enum DistributedCheckpoint {
    /// Whether a folder with these names is one.
    static func isOne(_ names: [String]) -> Bool {
        names.contains(".metadata") && names.contains { $0.hasSuffix(".distcp") }
    }

    static func open(_ folder: String, from given: String) throws(FormatError) -> TensorArchive {
        let path = folder + "/.metadata"
        let metadata = try DistributedMetadata(path)
        let model = ModelNames(Array(metadata.tensors.keys))
        var files: OrderedDictionary<String, (file: OpenFile, size: Int)> = [:]
        var tensors: OrderedDictionary<String, StoredTensor> = [:]
        var sources: [ByteSource] = []
        var (promised, available) = (0, 0)
        for (full, tensor) in metadata.tensors {
            guard let name = model.name(of: full) else { continue }
            func corrupt(_ found: String) -> FormatError {
                ZipFile.corrupt(path, "tensor '\(full)'", found)
            }
            guard let shape = Shape(checking: tensor.shape) else {
                throw corrupt("a shape \(tensor.shape) that overflows")
            }
            var pieces: [(box: PieceMap.Piece, stored: StoredTensor)] = []
            for chunk in tensor.chunks {
                if files[chunk.file] == nil {
                    let file = try OpenFile(folder + "/" + chunk.file, O_RDONLY)
                    files[chunk.file] = (file, try file.size())
                    available += try file.size()
                }
                guard let (file, size) = files[chunk.file] else { continue }
                guard chunk.bytes.upperBound <= size else {
                    throw corrupt("bytes \(chunk.bytes) of \(chunk.file), which has \(size)")
                }
                promised += chunk.bytes.count
                // Each piece has bytes of its own: what the metadata promises is no more than there is.
                guard promised <= available else {
                    throw corrupt("pieces that share bytes of a file")
                }
                pieces.append(try piece(chunk, file, full))
            }
            guard let first = pieces.first?.stored else {
                guard shape.count == 0 else { throw corrupt("no pieces") }
                continue
            }
            guard pieces.allSatisfy({ $0.stored.type == first.type }) else {
                throw corrupt("pieces of several types")
            }
            if let gap = PieceMap.gap(in: shape, of: pieces.map(\.box)) { throw corrupt(gap) }
            if pieces.count == 1 {
                tensors[name] = StoredTensor(
                    name: name, type: first.type, shape: shape, strides: first.strides,
                    source: sources.count, bytes: first.bytes)
                sources.append(pieces[0].box.source)
                continue
            }
            guard pieces.allSatisfy({ $0.stored.strides == nil }) else {
                throw .unsupported(
                    path: path, place: "tensor '\(full)'",
                    found: "pieces whose elements are not row-major",
                    advice: "convert it: python -m torch.distributed.checkpoint.format_utils "
                        + "dcp_to_torch \(folder) weights.pt")
            }
            let width = first.type.bitCount / 8
            let (size, overflow) = shape.count.multipliedReportingOverflow(by: width)
            guard !overflow else { throw corrupt("a shape \(tensor.shape) that overflows") }
            tensors[name] = StoredTensor(
                name: name, type: first.type, shape: shape, source: sources.count, bytes: 0..<size)
            sources.append(
                .pieces(
                    PieceMap(path: path, shape: shape, width: width, pieces: pieces.map(\.box))))
        }
        guard !tensors.isEmpty else {
            throw .missing(
                path: folder, name: "tensor",
                advice: "it holds \(metadata.others.count) values that are none")
        }
        let left = metadata.tensors.count - tensors.count
        return TensorArchive(
            path: given, kind: .pytorch, files: [path] + files.keys.map { folder + "/" + $0 },
            folder: folder, tensors: tensors, sources: sources,
            notes: left > 0
                ? ["only the model is read; beside it stand \(left) tensors of optimizer and loop"]
                : [])
    }

    /// The box of a chunk, and the tensor that its bytes hold.
    private static func piece(
        _ chunk: DistributedMetadata.Chunk, _ file: OpenFile, _ name: String
    ) throws(FormatError) -> (box: PieceMap.Piece, stored: StoredTensor) {
        let archive = try PyTorchArchive.open(ZipFile(file, chunk.bytes), from: file.path)
        guard archive.tensors.count == 1, let stored = archive.tensors.values.first,
            stored.shape.dimensions == chunk.sizes
        else {
            throw ZipFile.corrupt(
                file.path, "bytes \(chunk.bytes)",
                "no tensor of \(chunk.sizes), which the metadata has for '\(name)'")
        }
        let box = PieceMap.Piece(
            offsets: chunk.offsets, sizes: chunk.sizes, source: archive.sources[stored.source],
            start: stored.bytes.lowerBound)
        return (box, stored)
    }
}

/// Which names of a training checkpoint are the model's.
private struct ModelNames {
    private static let models = ["model", "state_dict", "model_state_dict", "app.model", "module"]
    private static let loops = [
        "optimizer", "optim", "optimizers", "param_groups", "lr_scheduler", "scheduler",
        "dataloader", "train_state", "rng_state", "state", "app", "chained_0", "chained_1",
    ]
    private static let moments: Set<String> = [
        "exp_avg", "exp_avg_sq", "max_exp_avg_sq", "momentum_buffer", "fp32_param",
    ]

    /// What stands before each of the model's names.
    private let prefix: String?

    init(_ names: [String]) {
        let found = Self.models.first { model in names.contains { $0.hasPrefix(model + ".") } }
        // A model whose own names begin with `model.`, as Llama's, has its head beside them.
        let rest = names.filter { name in
            found.map { !name.hasPrefix($0 + ".") } ?? true
        }
        prefix = rest.allSatisfy(Self.isLoop) ? found : nil
    }

    private static func isLoop(_ name: String) -> Bool {
        let parts = name.split(separator: ".").map(String.init)
        return loops.contains(parts.first ?? "") || moments.contains(parts.last ?? "")
            || parts.count == 1 && name != "weight"
    }

    /// The name within the model; nil for what is none of it.
    func name(of full: String) -> String? {
        guard let prefix else { return Self.isLoop(full) ? nil : full }
        guard full.hasPrefix(prefix + ".") else { return nil }
        return String(full.dropFirst(prefix.count + 1))
    }
}
