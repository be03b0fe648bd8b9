import Formats
import Foundation
import OrderedCollections
import Tensors

/// Opens what `torch.save` writes: a zip file with a pickle and storages, and the older form, which is
/// several pickles with the storages behind them.
enum PyTorchArchive {
    /// The longest pickle that is read, in bytes.
    private static let longest = 1 << 28

    /// Opens a zip file.
    static func open(
        _ zip: ZipFile, from given: String, classes: PickleClasses = PickleClasses()
    ) throws(FormatError) -> TensorArchive {
        let path = zip.file.path
        guard let name = zip.names.first(where: { $0.hasSuffix("/data.pkl") || $0 == "data.pkl" }),
            let pickle = zip.members[name]
        else { throw ZipFile.corrupt(path, "directory", "neither data.pkl nor arrays of NumPy") }
        let root = String(name.dropLast("data.pkl".count))
        var expanded = 0
        if let order = zip.members[root + "byteorder"] {
            let text = try zip.contents(order, expanded: &expanded)
            guard text.starts(with: "little".utf8) else {
                throw .unsupported(
                    path: path, place: "byteorder",
                    found: String(decoding: text.prefix(20), as: UTF8.self),
                    advice: "load and save it on a machine with the least byte first")
            }
        }
        guard pickle.size <= longest else {
            throw ZipFile.corrupt(path, "data.pkl", "\(pickle.size) bytes")
        }
        var reader = PickleReader(
            try zip.contents(pickle, expanded: &expanded), path: path, classes: classes)
        let state = try StateDictionary(try reader.value(), path: path)
        var sources: [ByteSource] = [.file(zip.file)]
        var places: [String: (source: Int, range: Range<Int>)] = [:]
        let tensors = try tensors(of: state, path) { key throws(FormatError) in
            if let known = places[key] { return known }
            guard let member = zip.members[root + "data/" + key] else { return nil }
            let place: (Int, Range<Int>)
            if member.isDeflated {
                let contents = try zip.contents(member, expanded: &expanded)
                sources.append(.memory(contents, path: path))
                place = (sources.count - 1, 0..<contents.count)
            } else {
                place = (0, try zip.range(of: member))
            }
            places[key] = place
            return place
        }
        return archive(given, path, state, tensors, sources)
    }

    /// Opens a file in the form that `torch.save` had before version 1.6.
    static func openLegacy(_ path: String, from given: String) throws(FormatError) -> TensorArchive
    {
        let file = try OpenFile(path, O_RDONLY)
        let size = try file.size()
        let head = try ZipFile.bytes(file, 0..<min(size, longest))
        var reader = PickleReader(head, path: path)
        let first = try reader.value()
        guard case .opaque = first else {
            throw reader.corrupt("a pickle that torch.save did not write")
        }
        // The version of the form, the writer's machine, the object, the order of the storages.
        _ = try reader.value()
        _ = try reader.value()
        var object = PickleReader(head, at: reader.reader.position, path: path)
        let state = try StateDictionary(try object.value(), path: path)
        var last = PickleReader(head, at: object.reader.position, path: path)
        guard case .list(let keys) = try last.value() else {
            throw last.corrupt("no list of storages")
        }
        var widths: [String: Int] = [:]
        for tensor in state.tensors.values {
            widths[tensor.storage.key] = (tensor.storage.type ?? tensor.type).bitCount / 8
        }
        var places: [String: (source: Int, range: Range<Int>)] = [:]
        var position = last.reader.position
        for key in keys.items.compactMap(\.string) {
            guard let width = widths[key] else {
                throw .unsupported(
                    path: path, place: "storage '\(key)'", found: "no tensor shows its type",
                    advice: "save the model's state_dict alone, with PyTorch 1.6 or later")
            }
            guard size - position >= 8 else { throw last.corrupt("a storage that is cut short") }
            var count = ByteReader(try ZipFile.bytes(file, position..<position + 8))
            guard let elements = count.count(8), elements <= (size - position - 8) / max(width, 1)
            else { throw last.corrupt("a storage that is cut short") }
            places[key] = (0, position + 8..<position + 8 + elements * width)
            position += 8 + elements * width
        }
        let found = places
        let tensors = try tensors(of: state, path) { key throws(FormatError) in found[key] }
        return archive(given, path, state, tensors, [.file(file)])
    }

    private static func archive(
        _ given: String, _ path: String, _ state: StateDictionary,
        _ tensors: OrderedDictionary<String, StoredTensor>, _ sources: [ByteSource]
    ) -> TensorArchive {
        TensorArchive(
            path: given, kind: .pytorch, files: [path],
            folder: SafetensorsArchive.parent(of: path), tensors: tensors, sources: sources,
            metadata: state.metadata, notes: state.notes)
    }

    /// Views of storages as stored tensors.
    private static func tensors(
        of state: StateDictionary, _ path: String,
        _ place: (String) throws(FormatError) -> (source: Int, range: Range<Int>)?
    ) throws(FormatError) -> OrderedDictionary<String, StoredTensor> {
        var tensors: OrderedDictionary<String, StoredTensor> = [:]
        for (name, view) in state.tensors {
            guard let (source, range) = try place(view.storage.key) else {
                throw ZipFile.corrupt(
                    path, "tensor '\(name)'", "storage '\(view.storage.key)' is not in the file")
            }
            tensors[name] = try tensor(name, view, source, range, path)
        }
        return tensors
    }

    private static func tensor(
        _ name: String, _ view: PickleTensor, _ source: Int, _ range: Range<Int>, _ path: String
    ) throws(FormatError) -> StoredTensor {
        func corrupt(_ found: String) -> FormatError {
            ZipFile.corrupt(path, "tensor '\(name)'", found)
        }
        let width = view.type.bitCount / 8
        guard let shape = Shape(checking: view.shape) else {
            throw corrupt("a shape \(view.shape) that overflows")
        }
        // The last element that it shows, and what one has if elements are row-major.
        var (last, next) = (view.offset, 1)
        var isRowMajor = true
        for (extent, stride) in zip(view.shape, view.strides).reversed() where shape.count > 0 {
            let (reach, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
            let (sum, carry) = last.addingReportingOverflow(reach)
            guard !overflow, !carry else { throw corrupt("strides \(view.strides) that overflow") }
            last = sum
            if extent > 1, stride != next { isRowMajor = false }
            next *= extent
        }
        let available = range.count / width
        guard shape.count == 0 || last < available else {
            throw corrupt("shows element \(last) of a storage of \(available)")
        }
        guard shape.count <= available else {
            throw .unsupported(
                path: path, place: "tensor '\(name)'",
                found: "a view that shows elements several times (expand)",
                advice: "save tensor.contiguous() in its place")
        }
        let first = range.lowerBound + (shape.count == 0 ? 0 : view.offset * width)
        let end = shape.count == 0 ? first : range.lowerBound + (last + 1) * width
        return StoredTensor(
            name: name, type: view.type, shape: shape, strides: isRowMajor ? nil : view.strides,
            source: source, bytes: first..<end)
    }
}
