import Formats
import Foundation
import OrderedCollections

/// Opens the shards of a checkpoint, whose index says which holds what.
enum ShardIndex {
    /// The longest index that is read, in bytes.
    private static let longestIndex = 1 << 28

    /// Opens the shards that an index names.
    static func open(_ path: String, from given: String) throws(FormatError) -> TensorArchive {
        let map = try weightMap(path)
        let folder = SafetensorsArchive.parent(of: path)
        let shards = OrderedSet(map.values.sorted())
        let there = Set(try AtomicFile.names(in: folder))
        let missing = shards.filter { !there.contains($0) }
        if let first = missing.first {
            throw .missing(
                path: folder, name: first,
                advice: "\(missing.count) of the \(shards.count) shards that "
                    + "\((path as NSString).lastPathComponent) names are not there: fetch them")
        }
        let archive = try joined(shards.map { folder + "/" + $0 }, from: given, folder)
        let absent = map.keys.filter { archive.tensors[$0] == nil }.sorted()
        if let first = absent.first {
            throw .missing(
                path: folder, name: first,
                advice: "the index promises \(absent.count) tensors that no shard holds: "
                    + "fetch the shards and the index of one version")
        }
        return archive
    }

    /// The shard of each tensor.
    private static func weightMap(_ path: String) throws(FormatError) -> [String: String] {
        func corrupt(_ found: String) -> FormatError {
            .corrupt(
                path: path, place: "index", found: found,
                advice: "the file is damaged or no index: use another copy")
        }
        let file = try OpenFile(path, O_RDONLY)
        let size = try file.size()
        guard size <= longestIndex else { throw corrupt("\(size) bytes") }
        let bytes = try WholeFile.start(size, of: path)
        guard
            let json = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any],
            let map = json["weight_map"] as? [String: String], !map.isEmpty
        else { throw corrupt("no object weight_map of names and files") }
        for name in map.values where name.contains("/") || name == ".." || name.isEmpty {
            throw corrupt("a shard called '\(name)', which is not beside the index")
        }
        return map
    }

    /// The tensors of several files as those of one checkpoint.
    private static func joined(_ files: [String], from path: String, _ folder: String)
        throws(FormatError) -> TensorArchive
    {
        var tensors: OrderedDictionary<String, StoredTensor> = [:]
        var sources: [ByteSource] = []
        var metadata: [String: String] = [:]
        var kind = TensorArchive.Kind.safetensors
        for file in files {
            guard !file.hasSuffix(".index.json") else {
                throw .corrupt(
                    path: path, place: "index", found: "a shard that is an index itself",
                    advice: "use another copy")
            }
            let shard = try TensorArchive.open(file, from: file)
            kind = shard.kind
            metadata.merge(shard.metadata) { old, _ in old }
            for tensor in shard.tensors.values {
                let moved = StoredTensor(
                    name: tensor.name, type: tensor.type, shape: tensor.shape,
                    strides: tensor.strides, source: tensor.source + sources.count,
                    bytes: tensor.bytes)
                guard tensors.updateValue(moved, forKey: tensor.name) == nil else {
                    throw .corrupt(
                        path: file, place: "tensor '\(tensor.name)'",
                        found: "another shard holds a tensor of that name",
                        advice: "give one checkpoint at a time")
                }
            }
            sources += shard.sources
        }
        return TensorArchive(
            path: path, kind: kind, files: files, folder: folder, tensors: tensors,
            sources: sources, metadata: metadata)
    }
}
