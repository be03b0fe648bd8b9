import Foundation

/// Reads a TensorBoard event file from its start, and goes on when the file has grown.
///
/// ```swift
/// var reader = try EventFileReader(path: path)
/// while let event = try reader.next() { ... }
/// ```
public struct EventFileReader: Sendable {
    /// The file read.
    public let path: String
    /// The byte at which the next record begins.
    public private(set) var offset = 0

    /// Nil while it is not needed: a run of many sessions has many files.
    private var file: OpenFile?
    /// Bytes of the file from ``bufferStart`` on.
    private var buffer: [UInt8] = []
    private var bufferStart = 0
    private static let pieceSize = 1 << 18

    /// Opens the file at `path`.
    ///
    /// - Parameter path: The file.
    /// - Throws: ``FormatError/system(path:operation:code:advice:)`` if it cannot be read.
    public init(path: String) throws(FormatError) {
        self.path = path
        _ = try opened().size()
    }

    /// Names a file that is not opened yet.
    init(closed path: String) { self.path = path }

    /// Lets go of the file; the next read opens it again.
    mutating func close() {
        file = nil
        buffer = []
        bufferStart = offset
    }

    private mutating func opened() throws(FormatError) -> OpenFile {
        if let file { return file }
        let file = try OpenFile(path, O_RDONLY)
        self.file = file
        return file
    }

    /// Reads the next record.
    ///
    /// - Returns: The event, or nil if the file ends here or within the record: ask again when it has
    ///   grown.
    /// - Throws: ``FormatError/corrupt(path:place:found:advice:)`` if a check does not hold, and at every
    ///   later call; ``FormatError/system(path:operation:code:advice:)`` if the file cannot be read.
    public mutating func next() throws(FormatError) -> Event? {
        guard try fill(12) else { return nil }
        let length = unsafe buffer.span.bytes.word(at: offset - bufferStart, as: UInt64.self)
        guard holds(0..<8) else {
            throw corrupt("the check of the record's length does not hold")
        }
        // A length that the file cannot hold yet is a record still being written: nothing is allocated
        // for it.
        guard length <= Int.max - 16 - offset, try fill(16 + Int(length)) else { return nil }
        guard holds(12..<12 + Int(length)) else {
            throw corrupt("the check of the record's \(length) bytes does not hold")
        }
        guard let event = decode(Int(length)) else {
            throw corrupt("the record's \(length) bytes are not an event")
        }
        offset += 16 + Int(length)
        return event
    }

    /// Makes the `count` bytes from the offset on available, if the file has them.
    private mutating func fill(_ count: Int) throws(FormatError) -> Bool {
        let end = bufferStart + buffer.count
        if offset + count <= end { return true }
        let file = try opened()
        let size = try file.size()
        guard size >= offset + count else { return false }
        buffer.removeFirst(offset - bufferStart)
        bufferStart = offset
        try file.read(
            min(max(offset + count - end, Self.pieceSize), size - end), at: end, into: &buffer)
        return bufferStart + buffer.count >= offset + count
    }

    /// Whether the bytes of `range`, counted from the offset, agree with the check that follows them.
    private func holds(_ range: Range<Int>) -> Bool {
        let start = offset - bufferStart
        let record = unsafe buffer.span.bytes
        let found = CRC32C.masked(
            record.extracting(start + range.lowerBound..<start + range.upperBound))
        return found == record.word(at: start + range.upperBound, as: UInt32.self)
    }

    /// The event in the present record, or nil if its bytes are none.
    private func decode(_ length: Int) -> Event? {
        let start = offset - bufferStart + 12
        return try? Event(
            serialized: unsafe buffer.span.bytes.extracting(start..<start + length))
    }

    private func corrupt(_ found: String) -> FormatError {
        .corrupt(
            path: path, place: "byte \(offset)", found: found,
            advice: "the file is damaged from here on; what stands before is good")
    }
}

extension RawSpan {
    /// The little-endian word at `position`, aligned or not.
    fileprivate func word<Word: FixedWidthInteger & BitwiseCopyable>(
        at position: Int, as type: Word.Type
    ) -> Word {
        precondition(position >= 0 && position <= byteCount - MemoryLayout<Word>.size)
        return Word(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: position, as: type))
    }
}
