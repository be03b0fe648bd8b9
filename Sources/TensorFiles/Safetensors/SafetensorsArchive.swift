import Formats
import Foundation
import OrderedCollections

/// Opens a safetensors file.
enum SafetensorsArchive {
    static func open(_ file: String, from path: String) throws(FormatError) -> TensorArchive {
        var tensors: OrderedDictionary<String, StoredTensor> = [:]
        let header = try SafetensorsFile(path: file)
        let open = try OpenFile(file, O_RDONLY)
        let size = try open.size()
        for entry in header.entries.values {
            guard entry.byteRange.upperBound <= size else {
                throw .corrupt(
                    path: file, place: "tensor '\(entry.name)'",
                    found: "ends at byte \(entry.byteRange.upperBound) of \(size)",
                    advice: "wait until whatever writes it is done, and run the command again")
            }
            tensors[entry.name] = StoredTensor(
                name: entry.name, type: entry.type, shape: entry.shape, source: 0,
                bytes: entry.byteRange)
        }
        return TensorArchive(
            path: path, kind: .safetensors, files: [file], folder: parent(of: file),
            tensors: tensors, sources: [.file(open)], metadata: header.metadata)
    }

    /// The folder of a file.
    static func parent(of path: String) -> String {
        let folder = (path as NSString).deletingLastPathComponent
        return folder.isEmpty ? "." : folder
    }
}
