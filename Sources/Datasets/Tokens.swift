package import Foundation

/// A row of tokens, in memory or in a mapped file.
public struct Tokens: Sendable, Hashable {
    /// The tokens, each of ``width`` bytes, little-endian.
    package let data: Data
    /// The bytes of a token: 1, 2 or 4.
    package let width: Int

    /// Creates a row from tokens below 256.
    public init(_ tokens: [UInt8]) { self.init(data: Data(tokens), width: 1) }

    /// Creates a row from tokens that are not negative.
    public init(ids tokens: [Int32]) {
        let width = tokens.allSatisfy { $0 < 1 << 16 } ? 2 : 4
        self.init(data: Data(Self.bytes(of: tokens, width: width)), width: width)
    }

    init(data: Data, width: Int) {
        precondition(
            [1, 2, 4].contains(width) && data.count % width == 0,
            "Tokens: \(data.count) bytes of tokens of \(width)")
        self.data = data
        self.width = width
    }

    /// The bytes of tokens, of which `width` is enough for each.
    static func bytes(of tokens: [Int32], width: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(tokens.count * width)
        for token in tokens {
            for byte in 0..<width { bytes.append(UInt8(truncatingIfNeeded: token >> (8 * byte))) }
        }
        return bytes
    }

    /// The number of tokens.
    public var count: Int { data.count / width }

    /// The token at `index`, counted from 0.
    public subscript(index: Int) -> Int32 {
        let start = data.startIndex + index * width
        if width == 1 { return Int32(data[start]) }
        var token = Int32(data[start]) | Int32(data[start + 1]) << 8
        if width == 4 {
            token |= Int32(data[start + 2]) << 16 | Int32(bitPattern: UInt32(data[start + 3]) << 24)
        }
        return token
    }
}
