import Formats

/// Takes little-endian numbers and runs of bytes from the front of an array, never past its end.
struct ByteReader {
    let bytes: [UInt8]
    private(set) var position: Int

    init(_ bytes: [UInt8], at position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    var remaining: Int { bytes.count - position }

    /// The next byte, or nil at the end.
    mutating func byte() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    /// The next `count` bytes, or nil where there are fewer.
    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= remaining else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// The next `size` bytes as a number without sign, or nil where there are fewer.
    mutating func number(_ size: Int) -> UInt64? {
        take(size).map { $0.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    }

    /// The same where it must fit an `Int`.
    mutating func count(_ size: Int) -> Int? { number(size).flatMap { Int(exactly: $0) } }

    /// The bytes up to a line feed, without it, or nil where there is none.
    mutating func line() -> ArraySlice<UInt8>? {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { position = end + 1 }
        return bytes[position..<end]
    }
}
