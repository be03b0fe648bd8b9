import Formats
import Foundation
import OrderedCollections

/// What the `.metadata` of a distributed checkpoint says: which boxes of which tensors lie where.
struct DistributedMetadata {
    /// A box of a tensor, and the bytes of a file that hold it.
    struct Chunk {
        var offsets: [Int]
        var sizes: [Int]
        var file: String
        var bytes: Range<Int>
    }
    struct Tensor {
        var shape: [Int]
        var chunks: [Chunk]
    }

    /// By name, in the order of the file.
    private(set) var tensors: OrderedDictionary<String, Tensor> = [:]
    /// What is no tensor: numbers, states of data loaders and generators.
    private(set) var others: [String] = []

    /// The longest that is read, in bytes.
    static let longest = 1 << 28

    /// The classes of which it is built; what else it refers to is refused by name.
    static let classes: PickleClasses = {
        let metadata = "torch.distributed.checkpoint.metadata."
        let older = "torch.distributed._shard.sharded_tensor.metadata."
        let names = [
            "Metadata", "MetadataIndex", "TensorStorageMetadata", "BytesStorageMetadata",
            "ChunkStorageMetadata", "TensorProperties", "_MEM_FORMAT_ENCODING", "StorageMeta",
        ].map { metadata + $0 }
        return PickleClasses(
            kept: Set(
                names + [
                    "torch.distributed.checkpoint.filesystem._StorageInfo",
                    older + "TensorProperties", older + "MEM_FORMAT_ENCODING",
                ]))
    }()

    init(_ path: String) throws(FormatError) {
        let file = try OpenFile(path, O_RDONLY)
        let size = try file.size()
        guard size <= Self.longest else {
            throw ZipFile.corrupt(path, "metadata", "\(size) bytes")
        }
        var reader = PickleReader(
            try WholeFile.start(size, of: path), path: path, classes: Self.classes)
        // The values are good as long as what owns them.
        defer { withExtendedLifetime(reader.nodes) {} }
        guard let root = try reader.value().attributes(of: "Metadata"),
            case .dictionary(let states)? = root["state_dict_metadata"],
            case .dictionary(let storages)? = root["storage_data"]
        else { throw reader.corrupt("no metadata of a distributed checkpoint") }
        let places = try Self.places(storages, path)
        for (key, value) in states.entries {
            guard let name = key.string else { continue }
            guard let attributes = value.attributes(of: "TensorStorageMetadata") else {
                others.append(name)
                continue
            }
            guard let shape = attributes["size"]?.integers,
                case .list(let chunks)? = attributes["chunks"]
            else { throw ZipFile.corrupt(path, "tensor '\(name)'", "no size and chunks") }
            var tensor = Tensor(shape: shape, chunks: [])
            for chunk in chunks.items {
                guard let box = chunk.attributes(of: "ChunkStorageMetadata"),
                    let offsets = box["offsets"]?.integers, let sizes = box["sizes"]?.integers
                else {
                    throw ZipFile.corrupt(path, "tensor '\(name)'", "a chunk without its place")
                }
                guard let place = places[Key(name: name, offsets: offsets)] else {
                    throw .missing(
                        path: path, name: name,
                        advice:
                            "no file holds its piece at \(offsets): the checkpoint is not whole, "
                            + "save it again or use an earlier one")
                }
                tensor.chunks.append(
                    Chunk(offsets: offsets, sizes: sizes, file: place.file, bytes: place.bytes))
            }
            guard tensors.updateValue(tensor, forKey: name) == nil else {
                throw ZipFile.corrupt(path, "tensor '\(name)'", "is there twice")
            }
        }
    }

    private struct Key: Hashable {
        var name: String
        var offsets: [Int]
    }

    /// Where each piece lies.
    private static func places(
        _ storages: PickleDictionary, _ path: String
    ) throws(FormatError) -> [Key: (file: String, bytes: Range<Int>)] {
        var places: [Key: (file: String, bytes: Range<Int>)] = [:]
        for (key, value) in storages.entries {
            // What is no tensor has no offset, and is not read.
            guard let index = key.attributes(of: "MetadataIndex"), let name = index["fqn"]?.string,
                let offsets = index["offset"]?.integers
            else { continue }
            guard let storage = value.attributes(of: "_StorageInfo"),
                let file = storage["relative_path"]?.string,
                let start = storage["offset"]?.integer, let length = storage["length"]?.integer,
                start >= 0, length >= 0, start <= Int.max - length
            else {
                throw ZipFile.corrupt(
                    path, "tensor '\(name)'", "a piece without file, offset and length")
            }
            guard !file.isEmpty, !file.contains("/"), file != ".", file != ".." else {
                throw ZipFile.corrupt(
                    path, "tensor '\(name)'",
                    "a file called '\(file.prefix(80))', which is not beside the metadata")
            }
            if case .list(let steps)? = storage["transform_descriptors"], !steps.items.isEmpty {
                throw .unsupported(
                    path: path, place: "tensor '\(name)'",
                    found: "pieces that an extension changed",
                    advice: "save it without extensions of the storage writer")
            }
            places[Key(name: name, offsets: offsets)] = (file, start..<start + length)
        }
        return places
    }
}
