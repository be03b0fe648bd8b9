import Formats

/// Tokens as bytes, little-endian.
struct TokenRow {
    var bytes: [UInt8]
    /// The bytes of a token: 1, 2 or 4.
    var width: Int

    var count: Int { bytes.count / width }

    /// The token at `index`.
    subscript(index: Int) -> UInt32 {
        var token: UInt32 = 0
        for byte in 0..<width { token |= UInt32(bytes[index * width + byte]) << (8 * UInt32(byte)) }
        return token
    }

    /// The same tokens, of so many bytes each, which are enough for them.
    func resized(to size: Int) -> TokenRow {
        guard size != width else { return self }
        var result = TokenRow(bytes: [UInt8](repeating: 0, count: count * size), width: size)
        for index in 0..<count {
            for byte in 0..<min(width, size) {
                result.bytes[index * size + byte] = bytes[index * width + byte]
            }
        }
        return result
    }
}
