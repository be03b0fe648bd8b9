public import Formats
public import Tensors

/// A tensor in a checkpoint: what it is, and where its bytes stand.
public struct StoredTensor: Sendable, Hashable {
    /// Its name, as the checkpoint has it.
    public let name: String
    /// The kind of number.
    public let type: SafetensorsType
    /// The extents of its axes.
    public let shape: Shape
    /// How many elements apart neighbours along each axis are; nil where elements are row-major.
    public let strides: [Int]?
    /// The index of the source among the archive's.
    let source: Int
    /// The bytes that hold its elements, counted from the start of the source.
    let bytes: Range<Int>

    init(
        name: String, type: SafetensorsType, shape: Shape, strides: [Int]? = nil, source: Int,
        bytes: Range<Int>
    ) {
        self.name = name
        self.type = type
        self.shape = shape
        self.strides = strides
        self.source = source
        self.bytes = bytes
    }
}

/// Where the bytes of tensors come from.
enum ByteSource: Sendable {
    /// A file, read as it is asked for. It is not mapped: a file that is cut short is then an error of
    /// the reading, not the end of the process.
    case file(OpenFile)
    /// A part of a file that had to be expanded.
    case memory([UInt8], path: String)
    /// Pieces of other sources, as one tensor's row-major bytes.
    case pieces(PieceMap)

    var path: String {
        switch self {
        case .file(let file): file.path
        case .memory(_, let path): path
        case .pieces(let map): map.path
        }
    }

    /// Fills `buffer` with the bytes from `offset` on.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FormatError) {
        switch self {
        case .file(let file):
            let got = try unsafe file.read(at: offset, into: buffer)
            guard got == buffer.count else {
                throw .corrupt(
                    path: file.path, place: "byte \(offset + got)",
                    found: "the file ends here; it was longer when it was opened",
                    advice: "wait until whatever writes it is done, and run the same command again")
            }
        case .memory(let bytes, _):
            unsafe bytes.withUnsafeBytes { all in
                unsafe buffer.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: all[offset..<offset + buffer.count]))
            }
        case .pieces(let map): try unsafe map.read(at: offset, into: buffer)
        }
    }
}
