public import Formats
import Foundation
public import OrderedCollections

/// The tensors of a checkpoint, whatever tool wrote it: names, types and shapes, and their elements on
/// request.
///
/// ```swift
/// let archive = try TensorArchive.open("Qwen3-0.6B")      // a folder, an index, or one file
/// for tensor in archive.tensors.values { print(tensor.name, tensor.shape) }
/// ```
///
/// Opening reads headers alone. Nothing in a file is executed, and no file is changed.
public struct TensorArchive: Sendable {
    /// The formats that are read.
    public enum Kind: String, Sendable, Hashable, Codable {
        /// One safetensors file, or several that share the tensors.
        case safetensors
        /// What `torch.save` writes.
        case pytorch
        /// `.npz` and `.npy`.
        case numpy
    }

    /// The path that was opened.
    public let path: String
    /// The format.
    public let kind: Kind
    /// The files that were read, in order.
    public let files: [String]
    /// The tensors by name, in the order of the file.
    public let tensors: OrderedDictionary<String, StoredTensor>
    /// Strings that the file keeps with the tensors.
    public let metadata: [String: String]
    /// What was left out, and why.
    public let notes: [String]
    /// The folder in which a `config.json` may stand.
    public let folder: String

    let sources: [ByteSource]

    init(
        path: String, kind: Kind, files: [String], folder: String,
        tensors: OrderedDictionary<String, StoredTensor>, sources: [ByteSource],
        metadata: [String: String] = [:], notes: [String] = []
    ) {
        self.path = path
        self.kind = kind
        self.files = files
        self.folder = folder
        self.tensors = tensors
        self.sources = sources
        self.metadata = metadata
        self.notes = notes
    }

    /// Opens a checkpoint.
    ///
    /// - Parameter path: A file of safetensors, PyTorch or NumPy, an index of shards (`*.index.json`), a folder that holds
    ///   one of them, one that `torch.distributed.checkpoint` or Megatron-LM wrote, or the folder of a run of Ballast,
    ///   whose newest checkpoint is taken.
    /// - Returns: Its tensors.
    /// - Throws: `FormatError` with the file, the place in it and the next step; a format that is not
    ///   read is refused by name, with the lines that convert it.
    public static func open(_ path: String) throws(FormatError) -> TensorArchive {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw .system(path, "open", code: ENOENT)
        }
        if isFolder.boolValue {
            if let sharded = try ShardedFolder.open(path, from: path) { return sharded }
            return try open(try ArchiveFolder.file(of: path), from: path)
        }
        return try open(path, from: path)
    }

    /// Opens a file, whose format its first bytes say.
    static func open(_ file: String, from path: String) throws(FormatError) -> TensorArchive {
        if file.hasSuffix(".index.json") { return try ShardIndex.open(file, from: path) }
        let start = try WholeFile.start(64, of: file)
        if let refusal = GitLFSPointer.refusal(of: file, start) { throw refusal }
        switch ForeignFormat(start) {
        case .zip:
            let zip = try ZipFile(file)
            return zip.names.contains { $0.hasSuffix(".npy") }
                ? try NumPyArchive.open(zip, from: path) : try PyTorchArchive.open(zip, from: path)
        case .numpy: return try NumPyArchive.openArray(file, from: path)
        case .pickle: return try PyTorchArchive.openLegacy(file, from: path)
        case let other?: throw other.refusal(of: file)
        case nil: return try SafetensorsArchive.open(file, from: path)
        }
    }
}

extension TensorArchive {
    /// Fills `buffer` with stored bytes of a tensor, from `offset` bytes after its first.
    ///
    /// - Throws: ``FormatError`` if the file cannot be read, or has become shorter.
    /// - Precondition: The bytes lie in the tensor.
    package func read(
        _ tensor: StoredTensor, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(FormatError) {
        precondition(
            offset >= 0 && offset + buffer.count <= tensor.bytes.count,
            "TensorArchive: bytes \(offset)..<\(offset + buffer.count) of \(tensor.bytes.count)")
        try unsafe sources[tensor.source].read(
            at: tensor.bytes.lowerBound + offset, into: buffer)
    }
}
