import CZlib
import Foundation

/// Reads gzip files, those of several members and dictzip files (`.dict.dz`) included.
public enum Gzip {
    /// The bytes put out at a time.
    private static let chunkSize = 1 << 18
    /// How many times larger than the file its contents may be.
    private static let largestExpansion = 64

    /// Whether `bytes` begin as a gzip file does.
    ///
    /// - Parameter bytes: The first bytes of a file; two are enough.
    /// - Returns: Whether they are gzip's two magic bytes.
    public static func isGzip(_ bytes: some Sequence<UInt8>) -> Bool {
        bytes.starts(with: [0x1f, 0x8b])
    }

    /// Reads a file whole, expanding it if it begins as a gzip file does.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: The most bytes to return.
    /// - Returns: The contents.
    /// - Throws: ``FormatError/system(path:operation:code:advice:)`` if the file cannot be read,
    ///   ``FormatError/corrupt(path:place:found:advice:)`` if it is damaged or cut off, and
    ///   ``FormatError/unsupported(path:place:found:advice:)`` if it holds more than `limit` bytes.
    public static func contents(of path: String, limit: Int = 1 << 32)
        throws(FormatError) -> [UInt8]
    {
        var contents: [UInt8] = []
        try forEachChunk(of: path) { chunk throws(FormatError) in
            guard contents.count + chunk.count <= limit else {
                throw .unsupported(
                    path: path, place: "contents", found: "more than \(limit) bytes",
                    advice: "raise the limit or read it in chunks")
            }
            contents += chunk
        }
        return contents
    }

    /// Reads a file chunk by chunk, expanding it if it begins as a gzip file does.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - body: Called with the contents in order, up to 256 KiB at a time.
    /// - Throws: ``FormatError/system(path:operation:code:advice:)`` if the file cannot be read,
    ///   ``FormatError/corrupt(path:place:found:advice:)`` if it is damaged or cut off,
    ///   ``FormatError/unsupported(path:place:found:advice:)`` if it expands far more than text does, and
    ///   what `body` throws.
    public static func forEachChunk(
        of path: String, _ body: ([UInt8]) throws(FormatError) -> Void
    ) throws(FormatError) {
        let file = try MappedFile(path)
        let isCompressed = isGzip(file.bytes(in: 0..<min(2, file.count)))
        var inflater = isCompressed ? try Inflater(path: path) : nil
        // A small file must not fill the memory or the disk: text expands four times, and deflate up to 1032.
        let limit = max(1 << 26, file.count * largestExpansion)
        var expanded = 0
        var position = 0
        while position < file.count {
            let piece = file.bytes(in: position..<min(position + chunkSize, file.count))
            if inflater == nil {
                try body(piece)
            } else {
                try inflater?.expand(piece, at: position) { chunk throws(FormatError) in
                    expanded += chunk.count
                    guard expanded <= limit else {
                        throw .unsupported(
                            path: path, place: "gzip",
                            found: "its \(file.count) bytes expand to more than \(limit), which "
                                + "text does not",
                            advice: "expand it with gunzip and name the result, if that is meant")
                    }
                    try body(chunk)
                }
            }
            position += piece.count
        }
        try inflater?.finish(at: file.count)
    }
}

/// The state of one expansion.
@safe private struct Inflater: ~Copyable {
    private let path: String
    /// On the heap, since zlib keeps a pointer to it.
    private let stream: UnsafeMutablePointer<z_stream>
    /// Whether the input may end here: a member is complete and no other has begun.
    private var isBetweenMembers = false

    init(path: String) throws(FormatError) {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 15 bits of window, plus 16 for gzip framing.
        let code = unsafe inflateInit2_(
            stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else {
            unsafe stream.deallocate()
            throw .system(path, "expand", code: ENOMEM)
        }
        self.path = path
        unsafe self.stream = unsafe stream
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Expands `input`, which stands at `offset` of the file.
    mutating func expand(
        _ input: [UInt8], at offset: Int, _ body: ([UInt8]) throws(FormatError) -> Void
    ) throws(FormatError) {
        var position = 0
        while true {
            if isBetweenMembers {
                // Zeros may follow the last member, as on tapes.
                position += input[position...].prefix { $0 == 0 }.count
                if position == input.count { return }
                guard unsafe inflateReset(stream) == Z_OK else {
                    throw corrupt(offset + position, "zlib cannot be reset")
                }
                isBetweenMembers = false
            }
            var code = Z_OK
            let output = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 18) { buffer, count in
                unsafe input.withUnsafeBufferPointer { source in
                    // zlib reads through this pointer only, though its type does not say so.
                    unsafe stream.pointee.next_in = source.baseAddress.map {
                        unsafe UnsafeMutablePointer(mutating: $0 + position)
                    }
                    unsafe stream.pointee.avail_in = UInt32(source.count - position)
                    unsafe stream.pointee.next_out = buffer.baseAddress
                    unsafe stream.pointee.avail_out = UInt32(buffer.count)
                    code = unsafe inflate(stream, Z_NO_FLUSH)
                    unsafe position = source.count - Int(stream.pointee.avail_in)
                    unsafe count = buffer.count - Int(stream.pointee.avail_out)
                }
            }
            if !output.isEmpty { try body(output) }
            switch code {
            case Z_STREAM_END: isBetweenMembers = true
            // No progress: all input is used up, and the output had room.
            case Z_BUF_ERROR: return
            case Z_MEM_ERROR: throw .system(path, "expand", code: ENOMEM)
            case Z_OK: if position == input.count && output.count < 1 << 18 { return }
            default:
                let message = unsafe stream.pointee.msg.map { unsafe String(cString: $0) }
                throw corrupt(offset + position, message ?? "zlib error \(code)")
            }
        }
    }

    /// Checks that the input ended where a member does.
    func finish(at offset: Int) throws(FormatError) {
        guard isBetweenMembers else { throw corrupt(offset, "the file is cut off") }
    }

    private func corrupt(_ offset: Int, _ found: String) -> FormatError {
        .corrupt(
            path: path, place: "gzip, byte \(offset)", found: found,
            advice: "fetch the file again")
    }
}
