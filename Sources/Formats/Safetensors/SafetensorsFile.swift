public import OrderedCollections
public import Tensors

/// A safetensors file, open for reading.
///
/// Opening checks the whole header: known types, products that do not overflow, tensors that follow one
/// another without holes or overlaps up to the end of the file. Tensors are read when asked for.
///
/// ```swift
/// let file = try SafetensorsFile(path: "checkpoints/step-00000400.safetensors")
/// try file.verifyDigests()
/// let parameters = try file.tensors()
/// ```
///
/// The file is mapped, not copied, and must not be cut short while it is open.
public struct SafetensorsFile: Sendable {
    /// Where one tensor stands, and what it is.
    public struct Entry: Sendable, Hashable {
        /// The tensor's name.
        public let name: String
        /// The kind of number.
        public let type: SafetensorsType
        /// The extents; elements are row-major.
        public let shape: Shape
        /// The tensor's bytes, counted from the start of the file.
        public let byteRange: Range<Int>
    }

    /// The longest header that readers of the format accept, in bytes.
    package static let longestHeader = 100_000_000
    static let advice = "the file is damaged or not safetensors: use another copy"

    /// The path that was opened.
    public let path: String
    /// The strings of the header's `__metadata__`, digests included.
    public let metadata: [String: String]
    /// The tensors by name, in the order of the header.
    public let entries: OrderedDictionary<String, Entry>

    private let file: MappedFile

    /// Opens the file at `path` and checks its header.
    ///
    /// - Parameter path: The file.
    /// - Throws: ``FormatError/system(path:operation:code:advice:)`` if the file cannot be read, and
    ///   ``FormatError/corrupt(path:place:found:advice:)`` or
    ///   ``FormatError/unsupported(path:place:found:advice:)`` with the first fault of its header.
    public init(path: String) throws(FormatError) {
        self.path = path
        file = try MappedFile(path)
        func corrupt(_ place: String, _ found: String) -> FormatError {
            .corrupt(path: path, place: place, found: found, advice: Self.advice)
        }

        guard file.count >= 8 else {
            throw corrupt("header", "the file has \(file.count) bytes, the header's length alone 8")
        }
        let length = file.bytes(in: 0..<8).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        guard length <= Self.longestHeader else {
            throw corrupt("header", "length \(length) is above \(Self.longestHeader) bytes")
        }
        guard length <= file.count - 8 else {
            throw corrupt(
                "header", "length \(length) is above the \(file.count - 8) bytes that follow")
        }
        let start = 8 + Int(length)
        let header = try HeaderParser(file.bytes(in: 8..<start), path: path)
        metadata = header.metadata

        var entries: OrderedDictionary<String, Entry> = [:]
        for tensor in header.tensors {
            let place = "tensor '\(tensor.name)'"
            guard let type = SafetensorsType(rawValue: tensor.type) else {
                throw .unsupported(
                    path: path, place: place, found: "unknown dtype '\(tensor.type)'",
                    advice: "convert it to one of F64, F32, BF16, I32, BOOL")
            }
            guard let bits = Self.bitCount(type, tensor.dimensions) else {
                throw corrupt(place, "shape \(tensor.dimensions) overflows")
            }
            let (begin, end) = (tensor.offsets[0], tensor.offsets[1])
            guard begin <= end, end <= file.count - start else {
                throw corrupt(
                    place, "data_offsets \(tensor.offsets) of \(file.count - start) bytes of data")
            }
            guard bits % 8 == 0, bits / 8 == end - begin else {
                throw corrupt(
                    place,
                    "\(end - begin) bytes for \(type.rawValue) of shape \(tensor.dimensions)")
            }
            entries[tensor.name] = Entry(
                name: tensor.name, type: type, shape: Shape(tensor.dimensions),
                byteRange: start + begin..<start + end)
        }
        self.entries = entries

        var position = start
        let inFileOrder = entries.values.sorted {
            ($0.byteRange.lowerBound, $0.byteRange.upperBound)
                < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
        }
        for entry in inFileOrder {
            guard entry.byteRange.lowerBound == position else {
                throw corrupt(
                    "tensor '\(entry.name)'",
                    "begins at byte \(entry.byteRange.lowerBound), the one before ends at \(position)"
                )
            }
            position = entry.byteRange.upperBound
        }
        guard position == file.count else {
            throw corrupt("end", "\(file.count - position) bytes belong to no tensor")
        }
    }

    /// The bits of a tensor, or nil if any product of its extents overflows, zeros left out.
    private static func bitCount(_ type: SafetensorsType, _ dimensions: [Int]) -> Int? {
        var product = type.bitCount
        for dimension in dimensions {
            let (next, overflow) = product.multipliedReportingOverflow(by: max(dimension, 1))
            guard !overflow else { return nil }
            product = next
        }
        return dimensions.contains(0) ? 0 : product
    }

    /// The names of the tensors, in the order of the header.
    public var names: [String] { Array(entries.keys) }

    /// Where the tensor called `name` stands, or nil if there is none.
    public func entry(_ name: String) -> Entry? { entries[name] }

    /// Calls `body` with the bytes of a tensor, little-endian and row-major, without copying them.
    ///
    /// - Parameters:
    ///   - name: The tensor.
    ///   - body: What to do with its bytes, which need not be aligned.
    /// - Returns: What `body` returns.
    /// - Throws: ``FormatError/missing(path:name:advice:)``.
    public func withBytes<Result>(of name: String, _ body: (RawSpan) -> Result)
        throws(FormatError) -> Result
    {
        file.withBytes(in: try found(name).byteRange, body)
    }

    /// Reads one tensor.
    ///
    /// - Parameter name: The tensor.
    /// - Returns: A copy of its elements.
    /// - Throws: ``FormatError/missing(path:name:advice:)``, or
    ///   ``FormatError/unsupported(path:place:found:advice:)`` if `Tensor` has no such element type.
    public func tensor(_ name: String) throws(FormatError) -> Tensor {
        let entry = try found(name)
        guard let elementType = entry.type.elementType else {
            throw .unsupported(
                path: path, place: "tensor '\(name)'", found: "dtype \(entry.type.rawValue)",
                advice: "convert it to one of F64, F32, BF16, I32, BOOL")
        }
        let bytes = file.bytes(in: entry.byteRange)
        guard elementType != .bool || bytes.allSatisfy({ $0 <= 1 }) else {
            throw .corrupt(
                path: path, place: "tensor '\(name)'", found: "a BOOL that is neither 0 nor 1",
                advice: Self.advice)
        }
        return Tensor(bytes: bytes, shape: entry.shape, elementType: elementType)
    }

    /// Reads all tensors, in the order of the header.
    ///
    /// - Returns: Copies of their elements by name.
    /// - Throws: What ``tensor(_:)`` throws for the first that cannot be read.
    public func tensors() throws(FormatError) -> ParameterTree {
        var tree = ParameterTree(minimumCapacity: entries.count)
        for name in entries.keys { tree[name] = try tensor(name) }
        return tree
    }

    /// Whether the metadata holds digests, as files written by ``Safetensors`` do.
    public var hasDigests: Bool { metadata[Safetensors.headerDigestKey] != nil }

    /// Compares every tensor, and the header, with the SHA-256 digests in the metadata.
    ///
    /// - Throws: ``FormatError/digest(path:entry:expected:found:)`` naming the first tensor whose bytes
    ///   differ, or ``FormatError/missing(path:name:advice:)`` if the file has no digest for it.
    public func verifyDigests() throws(FormatError) {
        func verify(_ key: String, of entry: String, _ found: String) throws(FormatError) {
            guard let expected = metadata[key] else {
                throw .missing(
                    path: path, name: key,
                    advice: "without digests damage cannot be seen: skip the check if another tool "
                        + "wrote the file")
            }
            guard expected == found else {
                throw .digest(path: path, entry: entry, expected: expected, found: found)
            }
        }
        try verify(
            Safetensors.headerDigestKey, of: "header",
            Safetensors.headerDigest(entries.values.elements, metadata))
        for entry in entries.values {
            let found = file.withBytes(in: entry.byteRange) { Safetensors.digest($0) }
            try verify(
                Safetensors.digestPrefix + entry.name, of: "tensor '\(entry.name)'", found)
        }
    }

    private func found(_ name: String) throws(FormatError) -> Entry {
        guard let entry = entries[name] else {
            throw .missing(path: path, name: name, advice: "list what it has with: inspect")
        }
        return entry
    }
}
