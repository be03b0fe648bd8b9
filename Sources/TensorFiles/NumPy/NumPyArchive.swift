import Formats
import Foundation
import OrderedCollections
import Tensors

/// Opens `.npy` and `.npz` files.
enum NumPyArchive {
    /// Opens a single array, which has the name of its file.
    static func openArray(_ path: String, from given: String) throws(FormatError) -> TensorArchive {
        let name = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
        let file = try OpenFile(path, O_RDONLY)
        let size = try file.size()
        let start = try ZipFile.bytes(file, 0..<min(size, 1 << 16))
        let array = try NumPyArray(start, path: path, name: name)
        let tensor = try array.tensor(name, source: 0, start: 0, available: size, path: path)
        return TensorArchive(
            path: given, kind: .numpy, files: [path], folder: SafetensorsArchive.parent(of: path),
            tensors: [name: tensor], sources: [.file(file)])
    }

    /// Opens the arrays of a zip file.
    static func open(_ zip: ZipFile, from given: String) throws(FormatError) -> TensorArchive {
        let path = zip.file.path
        var tensors: OrderedDictionary<String, StoredTensor> = [:]
        var sources: [ByteSource] = [.file(zip.file)]
        var expanded = 0
        for member in zip.names.compactMap({ zip.members[$0] }) {
            guard member.name.hasSuffix(".npy") else {
                throw ZipFile.corrupt(path, "member '\(member.name)'", "not an array of NumPy")
            }
            let name = String(member.name.dropLast(4))
            if member.isDeflated {
                let contents = try zip.contents(member, expanded: &expanded)
                let array = try NumPyArray(
                    Array(contents.prefix(1 << 16)), path: path, name: name)
                tensors[name] = try array.tensor(
                    name, source: sources.count, start: 0, available: contents.count, path: path)
                sources.append(.memory(contents, path: path))
            } else {
                let range = try zip.range(of: member)
                let start = range.lowerBound
                let head = try ZipFile.bytes(zip.file, start..<start + min(range.count, 1 << 16))
                let array = try NumPyArray(head, path: path, name: name)
                tensors[name] = try array.tensor(
                    name, source: 0, start: start, available: range.count, path: path)
            }
        }
        return TensorArchive(
            path: given, kind: .numpy, files: [path], folder: SafetensorsArchive.parent(of: path),
            tensors: tensors, sources: sources)
    }
}
