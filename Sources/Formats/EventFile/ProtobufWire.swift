/// Fields of a protobuf message, read one after another without a schema.
///
/// Nothing is allocated: a field of bytes is a range of the message. Source: protobuf.dev, "Encoding".
package enum ProtobufWire {
    /// What a field holds.
    package enum Value: Sendable, Hashable {
        /// A whole number, as it stands.
        case varint(UInt64)
        /// Eight bytes, little-endian.
        case word64(UInt64)
        /// Four bytes, little-endian.
        case word32(UInt32)
        /// Bytes: a text, a message or packed numbers.
        case bytes(Range<Int>)
    }

    /// A field.
    package struct Field: Sendable, Hashable {
        /// Its number.
        package var number: Int
        /// What it holds.
        package var value: Value
    }

    /// Bytes that are no message.
    package struct Malformed: Error {}

    /// Reads the next field of the message in `range`, which begins where the field does afterwards.
    ///
    /// - Parameters:
    ///   - bytes: The bytes.
    ///   - range: What is left of the message, in `bytes`.
    /// - Returns: The field; nil at the end of the message.
    /// - Throws: ``Malformed`` where the bytes are no field, or go beyond the message.
    package static func next(
        _ bytes: RawSpan, _ range: inout Range<Int>
    ) throws(Malformed) -> Field? {
        guard !range.isEmpty else { return nil }
        var position = range.lowerBound
        let end = range.upperBound
        let tag = try varint(bytes, &position, end)
        guard let number = Int(exactly: tag >> 3), number > 0, number < 1 << 29 else {
            throw Malformed()
        }
        let value: Value
        switch tag & 7 {
        case 0: value = .varint(try varint(bytes, &position, end))
        case 1: value = .word64(try word(bytes, &position, end))
        case 5: value = .word32(try word(bytes, &position, end))
        case 2:
            let length = try varint(bytes, &position, end)
            guard length <= UInt64(end - position) else { throw Malformed() }
            value = .bytes(position..<position + Int(length))
            position += Int(length)
        default: throw Malformed()
        }
        range = position..<end
        return Field(number: number, value: value)
    }

    /// The text in `range`.
    package static func text(_ bytes: RawSpan, _ range: Range<Int>) -> String {
        unsafe bytes.extracting(range).withUnsafeBytes {
            unsafe String(decoding: $0, as: UTF8.self)
        }
    }

    private static func varint(
        _ bytes: RawSpan, _ position: inout Int, _ end: Int
    ) throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end, shift < 70 {
            let byte = unsafe bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
            position += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw Malformed()
    }

    private static func word<Word: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: RawSpan, _ position: inout Int, _ end: Int
    ) throws(Malformed) -> Word {
        guard end - position >= MemoryLayout<Word>.size else { throw Malformed() }
        defer { position += MemoryLayout<Word>.size }
        return Word(
            littleEndian: unsafe bytes.unsafeLoadUnaligned(
                fromByteOffset: position, as: Word.self))
    }
}
